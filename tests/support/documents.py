# ruff: noqa: E501  rows of a hand-written document read better whole
"""Hand-written documents of GET /dashboard/complete for the tests of the page. Prices follow a plain daily shape, not a market."""

import math
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MADRID = ZoneInfo("Europe/Madrid")
UTC = ZoneInfo("UTC")
HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 18, 13, 20, tzinfo=UTC)
"""A Wednesday, 14:20 in Madrid."""
CLASSES = ("optimal", "moderate", "reduced", "halt")
LIMITS = ((0.30, "optimal"), (0.65, "moderate"), (0.90, "reduced"), (1.01, "halt"))

Json = dict[str, Any]


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
        "plant": {"name": "Chocolates Linares"},
        "current": {"price": current_price(now), "spot": current_price(now, "spot"), "weather": None, "class": None},
        "prices": {
            "today": day_block(today), "tomorrow": day_block(after, published=tomorrow),
            "spot_today": day_block(today, "spot", minutes=15), "spot_tomorrow": day_block(after, "spot", minutes=15),
        },
        "week": None, "plan": None, "recommendations": [], "alerts": [], "forecast": None, "savings": None,
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
    document["current"] = {"price": None, "reason": "not_loaded", "spot": None, "weather": None, "class": None}
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
