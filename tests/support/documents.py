# ruff: noqa: E501  rows of a hand-written document read better whole
"""Hand-written documents of GET /dashboard/complete for the tests of the page. Prices follow a plain daily shape, not a market."""

import math
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.messages import message_json
from services.plan.late import LateOrder
from support.bill_documents import bill_block, power_block
from support.plan_cases import default_plant

MADRID = ZoneInfo("Europe/Madrid")
UTC = ZoneInfo("UTC")
HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 18, 13, 20, tzinfo=UTC)
"""A Wednesday, 14:20 in Madrid."""
CLASSES = ("optimal", "moderate", "reduced", "halt")
LIMITS = ((0.30, "optimal"), (0.65, "moderate"), (0.90, "reduced"), (1.01, "halt"))

Json = dict[str, Any]
NO_CURVE: Json = {"supply_point": None, "month": None, "months": []}
"""The bill while no curve of consumption was imported."""


def day_starts(day: date, step: timedelta = HOUR) -> list[datetime]:
    """UTC starts of the slots of a Madrid day."""
    start, end = (datetime(d.year, d.month, d.day, tzinfo=MADRID).astimezone(UTC) for d in (day, day + timedelta(days=1)))
    return [start + i * step for i in range(int((end - start) / step))]


def pvpc_price(start: datetime) -> float:
    """A price with a solar valley and an evening peak [€/kWh]."""
    hour = start.astimezone(MADRID).hour + start.minute / 60
    weekend = 0.75 if start.astimezone(MADRID).weekday() >= 5 else 1.0
    shape = 0.11 - 0.055 * math.exp(-(((hour - 14.5) / 3.2) ** 2)) + 0.085 * math.exp(-(((hour - 20.5) / 1.6) ** 2))
    wiggle = 0.006 * math.sin(start.timestamp() / 86400 * 2.1) + 0.004 * math.sin(start.timestamp() / 5400)
    return round((shape + 0.03 * math.exp(-(((hour - 9) / 1.5) ** 2)) + wiggle) * weekend, 5)


def spot_price(start: datetime) -> float:
    """A spot price below the PVPC, negative around noon at the weekend [€/kWh]."""
    return round(pvpc_price(start) * 0.9 - 0.045, 5)


def period_2_0(start: datetime) -> str:
    """Tariff period of 2.0TD on a day that is no holiday."""
    local = start.astimezone(MADRID)
    if local.weekday() >= 5 or local.hour < 8:
        return "P3"
    return "P1" if 10 <= local.hour < 14 or 18 <= local.hour < 22 else "P2"


def iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def day_block(day: date, market: str = "pvpc", *, published: bool = True, minutes: int = 60, skip: int = 0) -> Json:
    """The prices of one day; without its first ``skip`` slots."""
    starts = day_starts(day, timedelta(minutes=minutes))
    price = pvpc_price if market == "pvpc" else spot_price
    source = "redata" if market == "pvpc" else "omie"
    as_of = iso(datetime(day.year, day.month, day.day, 20, 47, tzinfo=MADRID) - timedelta(days=1))
    slots = [
        {
            "start": iso(start), "end": iso(start + timedelta(minutes=minutes)), "price_eur_kwh": price(start),
            "period": period_2_0(start), "origin": "published", "source": source, "as_of": as_of,
        }
        for start in starts[skip:]
        if published
    ]  # fmt: skip
    state = ("partial" if skip else "published") if published else "not_published"
    expected_at = iso(datetime(day.year, day.month, day.day, 20, 50, tzinfo=MADRID) - timedelta(days=1))
    return {
        "date": day.isoformat(), "market": market, "resolution_minutes": minutes, "unit": "EUR/kWh", "expected_slots": len(starts),
        "state": state, "published_expected_at": expected_at, "origin": "published" if published else None,
        "source": source if published else None, "as_of": as_of if published else None, "slots": slots,
    }  # fmt: skip


def current_price(now: datetime, market: str = "pvpc") -> Json:
    start = now.replace(minute=0, second=0, microsecond=0)
    price = pvpc_price if market == "pvpc" else spot_price
    following = price(start + HOUR)
    return {
        "start": iso(start), "end": iso(start + HOUR), "price_eur_kwh": price(start), "market": market, "period": period_2_0(start),
        "tariff": "2.0TD", "origin": "published", "source": "redata" if market == "pvpc" else "omie", "as_of": iso(now - timedelta(hours=17, minutes=33)),
        "trend": {
            "direction": "up" if following > price(start) else "down", "next_price_eur_kwh": following, "next_start": iso(start + HOUR),
        },
    }  # fmt: skip


def source(name: str, now: datetime, state: str = "ok", **more: object) -> Json:
    return {
        "source": name, "state": state, "since": iso(now - timedelta(hours=30)), "last_success": iso(now - timedelta(minutes=12)),
        "last_error": None, "last_error_class": None, "open_until": None, **more,
    }  # fmt: skip


def spine_document(now: datetime = NOW, *, tomorrow: bool = False, simulated: bool = True) -> Json:
    """What the first version knows: prices and the system."""
    today = now.astimezone(MADRID).date()
    after = today + timedelta(days=1)
    return {
        "generated_at": iso(now - timedelta(minutes=3)), "revision": "4f2a", "at": None, "simulated": simulated, "lang_neutral": True,
        "plant": {"name": "Chocolates Linares", "price_basis": "pvpc"},
        "current": {"price": current_price(now), "spot": current_price(now, "spot"), "paid": None, "weather": None, "class": None},
        "prices": {
            "today": day_block(today), "tomorrow": day_block(after, published=tomorrow),
            "spot_today": day_block(today, "spot", minutes=15), "spot_tomorrow": day_block(after, "spot", minutes=15),
        },
        "price_parts": None,
        "week": None, "plan": None, "plan_reason": None, "floor": None, "recommendations": [], "alerts": [], "forecast": None, "savings": None, "weather": None, "bill": {**NO_CURVE}, "power": None,
        "system": {
            "sources": [
                source("redata", now),
                source("omie", now),
                source("esios", now, "not_configured", last_success=None),
                source("archive70", now, "waiting"),
            ],
            "store": {"kind": "sqlite", "state": "ok", "since": iso(now - timedelta(hours=30)), "detail": None, "spool": None},
            "ingestion": {"state": "running", "done": 61, "total": 157, "rate_per_s": 0.8, "remaining_s": 120, "oldest": "2025-02-11"},
            "gaps": None, "models": None,
            "jobs": [
                {"id": "prices", "name": "Prices", "next_run": iso(now + timedelta(hours=5)), "last_end": iso(now - timedelta(minutes=12)), "last_outcome": "ok"},
            ],
        },
    }  # fmt: skip


def without_prices(now: datetime = NOW) -> Json:
    """The first start, before any answer."""
    document = spine_document(now)
    today = now.astimezone(MADRID).date()
    document["current"] = {"price": None, "reason": "not_loaded", "spot": None, "paid": None, "weather": None, "class": None}
    document["prices"] = {
        "today": {**day_block(today, published=False), "state": "missing"},
        "tomorrow": day_block(today + timedelta(days=1), published=False),
        "spot_today": None, "spot_tomorrow": None,
    }  # fmt: skip
    failure = {"last_success": None, "last_error": "ConnectError: connection refused", "last_error_class": "transient"}
    document["system"]["sources"] = [source("redata", now, "degraded", open_until=iso(now + timedelta(minutes=4)), **failure)]
    document["system"]["ingestion"] = {
        "state": "running",
        "done": 0,
        "total": 157,
        "rate_per_s": None,
        "remaining_s": None,
        "oldest": None,
    }
    return document


def full_document(now: datetime = NOW, *, tomorrow: bool = True, simulated: bool = True) -> Json:
    """What the complete service knows: forecast, classes, plan, ledger, alerts."""
    document = spine_document(now, tomorrow=tomorrow, simulated=simulated)
    week = week_block(now, published_days=2 if tomorrow else 1)
    here = next(hour for day in week["days"] for hour in day["hours"] if hour["start"] == iso(floor_hour(now)))
    document["current"]["class"] = {
        "production_class": here["production_class"], "until": iso(floor_hour(now) + 3 * HOUR), "energy_score": here["energy_score"],
        "probabilities": here["probabilities"], "origin": "forecast", "source": "production_classifier", "as_of": iso(now - timedelta(minutes=48)),
    }  # fmt: skip
    document["current"]["weather"] = {
        "temperature_c": 17.4, "humidity_percent": 58.0, "pressure_hpa": 1018.2, "source": "aemet", "origin": "observed",
        "as_of": iso(now - timedelta(minutes=50)), "start": iso(floor_hour(now)),
    }  # fmt: skip
    document["weather"] = weather_block(now, document["current"]["weather"])
    document["week"] = week
    document["plan"] = plan_block(now)
    document["floor"] = floor_block(now)
    document["recommendations"] = recommendations(now)
    document["alerts"] = alerts(now)
    document["forecast"] = forecast_block(now, week)
    document["savings"] = savings_block(now)
    document["price_parts"] = price_parts(now)
    document["bill"], document["power"] = bill_block(), power_block()
    document["system"]["gaps"] = {
        "series": [
            {
                "measurement": "energy_prices",
                "tags": {"market": "pvpc"},
                "newest": iso(now),
                "expected": 26304,
                "missing": 0,
                "gaps": 0,
                "state": "ok",
            },
            {
                "measurement": "energy_prices",
                "tags": {"market": "spot"},
                "newest": iso(now),
                "expected": 26304,
                "missing": 3,
                "gaps": 1,
                "state": "degraded",
            },
        ],
        "as_of": iso(now - timedelta(minutes=20)),
    }
    document["system"]["models"] = {
        "status": "trained",
        "models": {
            "energy_optimization": {
                "loaded": True,
                "version": "20261118T0215",
                "total_versions": 4,
                "trained_at": iso(now - timedelta(hours=11)),
                "metrics": {"mae_eur_kwh": 0.0121},
            },
            "production_classifier": {
                "loaded": False,
                "version": None,
                "total_versions": 0,
                "trained_at": None,
                "metrics": None,
                "serves": "price_distribution",
            },
        },
    }
    document["system"]["ingestion"] = {
        "state": "done",
        "done": 157,
        "total": 157,
        "rate_per_s": None,
        "remaining_s": None,
        "oldest": "2023-11-18",
    }
    return document


def floor_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def week_block(now: datetime, published_days: int = 2) -> Json:
    """Seven Madrid days from today, classes by rank over them."""
    first = now.astimezone(MADRID).date()
    starts = [start for i in range(7) for start in day_starts(first + timedelta(days=i))]
    ranked = sorted(starts, key=pvpc_price)
    rank = {start: place / len(ranked) for place, start in enumerate(ranked)}
    days = [
        {
            "date": (first + timedelta(days=i)).isoformat(),
            "hours": [
                week_hour(start, rank[start], published=i < published_days) for start in day_starts(first + timedelta(days=i))
            ],
        }
        for i in range(7)
    ]
    prices = [pvpc_price(start) for start in ranked]
    return {
        "days": days,
        "legend": {
            "price_basis": "pvpc",
            "price_quantiles": [prices[0], prices[42], prices[84], prices[126], prices[-1]],
            "class_thresholds": {name: prices[min(len(prices) - 1, int(limit * len(prices)))] for limit, name in LIMITS[:3]},
        },
        "as_of": iso(now - timedelta(minutes=48)), "source": "energy_optimization",
    }  # fmt: skip


def week_hour(start: datetime, rank: float, *, published: bool) -> Json:
    price, spread = pvpc_price(start), 0.012 + 0.02 * pvpc_price(start) / 0.2
    name = next(name for limit, name in LIMITS if rank < limit)
    sure = 0.82 if published else 0.58
    local = start.astimezone(MADRID)
    working = local.weekday() < 5 and 6 <= local.hour < 22 and rank < 0.5
    return {
        "start": iso(start), "end": iso(start + HOUR), "origin": "published" if published else "forecast",
        "price_eur_kwh": price if published else None,
        "p10": None if published else round(price - spread, 5), "p50": None if published else round(price + 0.002, 5),
        "p90": None if published else round(price + 1.4 * spread, 5),
        "energy_score": round(100 * (1 - rank), 1), "production_class": name.capitalize(),
        "probabilities": {other: round(sure if other == name else (1 - sure) / 3, 3) for other in CLASSES},
        "class_changes": {"below": None, "above": {"production_class": "halt", "price_eur_kwh": 0.5}} if published else None,
        "planned_load_kw": 90.0 if working else 18.0,
        "ambient": {"temperature_c": round(14 + 7 * math.sin((local.hour - 9) / 24 * 2 * math.pi), 1), "humidity_percent": round(66 - 22 * math.sin((local.hour - 9) / 24 * 2 * math.pi))},
    }  # fmt: skip


def weather_block(now: datetime, current: Json) -> Json:
    """Observed up to now, then forecast."""
    first = now.astimezone(MADRID).date()
    hours = [weather_hour(start, now) for i in range(7) for start in day_starts(first + timedelta(days=i))]
    verdict = {
        "status": "allowed",
        "extra_kw": 0.0,
        "checks": [],
        "source": "AEMET",
        "kind": "observed",
        "origin": "observed",
        "as_of": current["as_of"],
    }
    return {
        "source": "AEMET", "origin": "observed", "as_of": current["as_of"], "current": current, "hours": hours,
        "production": [
            {"stage": "conching", "max_temperature_c": 28.0, "max_humidity_percent": 75.0, "hard": False, "now": verdict, "spans": []},
            {"stage": "tempering", "max_temperature_c": 26.0, "max_humidity_percent": 75.0, "hard": False, "now": {**verdict, "status": "at_cost", "extra_kw": 0.65}, "spans": []},
        ],
        "missing": [{"source": "OpenWeatherMap", "state": "not_configured", "because": None, "what": []}], "forecast_errors": {}, "attribution": ["© AEMET"],
    }  # fmt: skip


def weather_hour(start: datetime, now: datetime) -> Json:
    swing = math.sin((start.astimezone(MADRID).hour - 9) / 24 * 2 * math.pi)
    kind = "observed" if start < now else "forecast"
    return {
        "start": iso(start), "end": iso(start + HOUR), "temperature_c": round(14 + 7 * swing, 1), "humidity_percent": round(66 - 22 * swing),
        "pressure_hpa": 1018.0, "source": "AEMET", "kind": kind, "origin": kind, "as_of": iso(min(start, now)),
    }  # fmt: skip


STAGES = (("mixing", 30, 15), ("refining", 120, 84), ("conching", 150, 120), ("tempering", 60, 36), ("moulding", 30, 12))
"""Stage, minutes, kWh of a standard batch."""


def floor_block(now: datetime) -> Json:
    """Something late, and a shift that nobody reported."""
    due, since = iso(now + timedelta(hours=3)), iso(now - timedelta(hours=2))
    late = LateOrder("order-1", "premium", 100.0, datetime.fromisoformat(due), 90, datetime.fromisoformat(since))
    plant = default_plant()
    batch = {"id": "20260401-premium-1", "quality": "premium", "name": None, "stages": ["mixing", "refining"]}
    return {
        "late": [
            {
                "order": "order-1",
                "quality": "premium",
                "kg": 100.0,
                "due": due,
                "by_minutes": 90,
                "since": since,
                "text": message_json(late.text(plant)),
            }
        ],
        "asked": {"until": since, "stages": 2, "batches": [batch]},
        "calm": {"at": since, "moved_starts": 1, "replans": 12, "moved_starts_sum": 30},
    }


def plan_block(now: datetime) -> Json:
    first = datetime(*now.astimezone(MADRID).date().timetuple()[:3], 6, tzinfo=MADRID).astimezone(UTC)
    starts = [first + timedelta(hours=hours) for hours in (0.5, 6, 25, 31, 48.5, 55, 73, 79.25, 97)]
    batches = [plan_batch(number, start) for number, start in enumerate(starts, 1)]
    return {
        "plan_id": "9c01", "price_basis": "pvpc", "status": "optimal", "gap": 0.0007, "objective_eur": 214.3, "horizon": {"start": iso(now), "end": iso(now + timedelta(days=7))},
        "batches": batches, "cost_eur": {"p10": 196.2, "p50": 214.3, "p90": 241.9}, "baseline_eur": 268.1, "saving_eur": 53.8,
        "base_load": {"energy_kwh": 512.0, "cost_eur": 76.2}, "base_load_included": False,
        "changes": [
            {"batch": batches[2]["id"], "from": iso(starts[2] + 6 * HOUR), "to": iso(starts[2]), "saving_eur": 4.1,
             "text": {"es": "El lote 3 pasa del jueves 13:00 al jueves 7:00: ahorra 4,10 €, porque bajó la previsión de esa mañana.",
                      "en": "Batch 3 moves from Thursday 13:00 to Thursday 7:00: saves €4.10, because that morning's forecast fell."}},
        ],
        "wishes": [], "unplanned": [], "clash": None, "blocked": None,
        "source": "plan", "origin": "forecast", "as_of": iso(now - timedelta(minutes=31)),
    }  # fmt: skip


def plan_batch(number: int, start: datetime) -> Json:
    stages, at = [], start
    premium = number % 4 == 0
    due = start.astimezone(MADRID).date()
    name = f"{due:%Y%m%d}-{'premium' if premium else 'standard'}-{number}"
    for stage, minutes, energy in STAGES:
        minutes, energy = (300, 240) if premium and stage == "conching" else (minutes, energy)
        end = at + timedelta(minutes=minutes)
        unit = f"conching-{1 + number % 2}" if stage == "conching" else stage
        stages.append(
            {
                "stage": stage,
                "unit": unit,
                "machine": 1 + number % 2 if stage == "conching" else None,
                "start": iso(at),
                "end": iso(end),
                "released": iso(end),
                "energy_kwh": energy,
                "cost_eur": round(energy * pvpc_price(at), 2),
            }
        )
        at = end
    return {
        "id": name, "quality": "premium" if premium else "standard", "kg": 100.0, "due": due.isoformat(), "name": {"quality": name.split("-")[1], "day": due.isoformat(), "number": number}, "stages": stages,
        "why": {"es": "El valle de las 14:00 ya está ocupado por el lote anterior.", "en": "The 14:00 valley is taken by the batch before."},
    }  # fmt: skip


def recommendations(now: datetime) -> list[Json]:
    start = floor_hour(now) + HOUR
    return [
        {
            "id": "conche-3", "text": {"es": "Empieza el conchado del lote 2 a las 15:00", "en": "Start conching batch 2 at 15:00"},
            "when": {"start": iso(start), "end": iso(start + 3 * HOUR)}, "value_eur": 6.2,
            "reason": {"es": "Hasta las 17:00 la hora cuesta la mitad que esta tarde.", "en": "Until 17:00 an hour costs half of what it will this evening."},
        },
        {
            "id": "avoid-evening", "text": {"es": "El jueves de 19:00 a 22:00, mejor parar", "en": "On Thursday from 19:00 to 22:00, better stop"},
            "when": {"start": iso(start + 28 * HOUR), "end": iso(start + 31 * HOUR)}, "value_eur": 3.1,
            "reason": {"es": "Es el tramo más caro de la semana, con un 82 % de seguridad.", "en": "It is the dearest stretch of the week, with 82 % certainty."},
        },
    ]  # fmt: skip


def alerts(now: datetime) -> list[Json]:
    return [
        {
            "id": "spike", "level": "warning", "since": iso(now - timedelta(hours=2)), "rule": "price_spike",
            "text": {"es": "Pico de precio hoy a las 21:00: 0,1846 €/kWh, más que en 95 de cada 100 horas de los últimos 90 días (0,1710).", "en": "Price spike today at 21:00: 0.1846 €/kWh, more than in 95 of 100 hours of the last 90 days (0.1710)."},
            "action": {"es": "No arranques conchado entre las 20:00 y las 22:00.", "en": "Do not start conching between 20:00 and 22:00."},
        },
    ]  # fmt: skip


def forecast_block(now: datetime, week: Json) -> Json:
    hours = [
        {name: hour[name] for name in ("start", "end", "origin", "price_eur_kwh", "p10", "p50", "p90")}
        for day in week["days"]
        for hour in day["hours"]
    ]
    past = [
        {"start": iso(start), "end": iso(start + HOUR), "origin": "published", "price_eur_kwh": pvpc_price(start),
         "p10": round(pvpc_price(start) - 0.015, 5), "p50": round(pvpc_price(start) + 0.006 * math.sin(start.timestamp() / 20000), 5), "p90": round(pvpc_price(start) + 0.02, 5)}
        for i in range(7, 0, -1) for start in day_starts(now.astimezone(MADRID).date() - timedelta(days=i))
    ]  # fmt: skip
    return {
        "market": "pvpc", "issued_at": iso(now - timedelta(minutes=48)), "model": "energy_optimization", "model_version": "20261118T0215", "hours": past + hours,
        "history_days": 400, "band": {"widened": False, "below": 1.0, "above": 1.0},
        "record": {
            "mae_eur_kwh": 0.0121, "baseline_mae_eur_kwh": 0.0154, "coverage_80": 0.78, "window_days": 28,
            "watch": [{"window_days": 7, "coverage_80": 0.81, "state": "held"}, {"window_days": 28, "coverage_80": 0.78, "state": "held"}],
            "by_day_ahead": [{"day_ahead": day, "mae_eur_kwh": round(0.008 + 0.0012 * day, 4), "baseline_mae_eur_kwh": round(0.012 + 0.001 * day, 4)} for day in range(1, 8)],
        },
    }  # fmt: skip


def price_parts(now: datetime) -> Json:
    """An indexed price of the slot of now and of the month so far; each sums to its price."""
    hour, today = now.replace(minute=0, second=0, microsecond=0), now.astimezone(MADRID).date()
    bought, regulated = ("energy", "ancillary", "capacity", "losses", "efficiency_fund", "fee"), ("toll", "charge")
    codes = (*bought, *regulated, "municipal_tax", "electricity_tax")
    sums = {
        "now": (0.061200, 0.018200, 0.000300, 0.011935, 0.001000, 0.008000, 0.012000, 0.009900, 0.001509, 0.000621),
        "month": (0.052100, 0.018200, 0.000250, 0.010585, 0.001000, 0.008000, 0.007300, 0.006200, 0.001352, 0.000525),
    }
    parts = {name: [{"code": code, "eur_kwh": eur} for code, eur in zip(codes, row, strict=True)] for name, row in sums.items()}
    prices = {name: round(sum(row), 6) for name, row in sums.items()}
    row = {"since": f"{today.year}-01-01", "last": f"{today.year}-12-31", "norm": "BOE-A-2025-00000"}
    none = {"since": None, "last": None, "norm": ""}
    states = dict.fromkeys(codes, ("in_force", row)) | {"energy": ("published", none), "fee": ("contract", none)}
    states |= {"ancillary": ("assumed", row | {"since": f"{today.year}-08-01", "last": f"{today.year}-08-31"})}
    states |= {"electricity_tax": ("open", row)}
    return {
        "start": iso(hour), "end": iso(hour + timedelta(hours=1)), "price_eur_kwh": prices["now"], "basis": "indexed", "tariff": "3.0TD",
        "parts": parts["now"],
        "month": {
            "first": today.replace(day=1).isoformat(), "last": today.isoformat(), "hours": 418, "missing_hours": 1,
            "price_eur_kwh": prices["month"], "parts": parts["month"],
        },
        "statuses": [{"code": code, "state": state, **more} for code, (state, more) in states.items()],
        "source": "omie", "as_of": iso(now - timedelta(hours=20)),
    }  # fmt: skip


def savings_block(now: datetime) -> Json:
    today = now.astimezone(MADRID).date()
    days = [saving_day(today - timedelta(days=back), back) for back in range(27, -1, -1)]
    months = [
        {
            **saving_day(date(2026, month, 1), 3),
            "last": f"2026-{month:02d}-{monthrange(2026, month)[1]}",
            "closed": True,
            "month": f"2026-{month:02d}",
            "plan_eur": 1500.0 + 40 * month,
            "baseline_eur": 1900.0 + 35 * month,
            "saving_eur": 400.0 - 5 * month,
        }
        for month in (8, 9, 10)
    ]
    usual = {"date": today.isoformat(), "batches": usual_batches(now)}
    return {"days": days, "months": months, "usual": usual, "source": "ledger", "as_of": iso(now - timedelta(hours=13))}


def usual_batches(now: datetime) -> list[Json]:
    """Two batches of working as usual, whose cost is what `saving_day` has as the baseline of the day, less its base load."""
    start = now.astimezone(MADRID).replace(hour=6, minute=0)
    rows = []
    for number, eur in ((1, 38.5), (2, 40.5)):
        begin = start + timedelta(hours=4 * number - 4)
        stages = [
            {"stage": stage, "machine": None, "start": iso(begin + timedelta(hours=i)), "end": iso(begin + timedelta(hours=i + 1))}
            for i, stage in enumerate(("mixing", "refining", "conching"))
        ]
        name = {"quality": "standard", "day": start.date().isoformat(), "number": number}
        identity = f"{start.date().isoformat()}-standard-{number}"
        ends = {"start": stages[0]["start"], "end": stages[-1]["end"]}
        rows.append({"id": identity, "quality": "standard", "name": name, **ends, "cost_eur": eur, "stages": stages})
    return rows


def saving_day(day: date, seed: int) -> Json:
    baseline, possible = 91.0 - 3 * (seed % 5), 20.0 - (seed % 7)
    saving = round(possible * (0.95 - 0.05 * (seed % 6)) if day.weekday() < 6 else 0.0, 2)
    return {
        "date": day.isoformat(), "plan_eur": round(baseline - saving, 2), "baseline_eur": baseline, "perfect_eur": baseline - possible,
        "saving_eur": saving, "saving_percent": round(100 * saving / baseline, 1), "captured_percent": round(100 * saving / possible, 1) if saving else None,
        "base_load_eur": 12.0, "production_days": 0 if day.weekday() == 6 else 1,
    }  # fmt: skip
