"""The week as a heat map: seven local days by hour, with a legend whose thresholds are of this week. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from domain.plan.plant import Plant
from domain.plan.production import Batch
from domain.timeline import HOUR, QUARTER, day_slots

DAYS = 7
CLASS_SHARES = (("optimal", 0.30), ("moderate", 0.65), ("reduced", 0.90))
"""Cheapest 30 % Optimal, next 35 % Moderate, next 25 % Reduced, dearest 10 % Halt."""
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
Hour = dict[str, Any]


def week_days(plant: Plant, first: date, known: Mapping[datetime, Hour]) -> list[dict[str, Any]]:
    """Days with their 23, 24 or 25 hours; what nobody knows of an hour is null."""
    days = [first + timedelta(days=ahead) for ahead in range(DAYS)]
    return [
        {"date": day.isoformat(), "hours": [known.get(at) or empty_hour(at) for at in day_slots(day, tz=plant.tz)]} for day in days
    ]


def empty_hour(start: datetime) -> Hour:
    """An hour of which nothing is known."""
    names = ("origin", "price_eur_kwh", "p10", "p50", "p90", "energy_score", "production_class", "probabilities")
    nothing = dict.fromkeys((*names, "planned_load_kw", "ambient"))
    return {"start": start.isoformat(), "end": (start + HOUR).isoformat(), **nothing}


def price_of(hour: Hour) -> float | None:
    """The published price, else the middle of what is forecast."""
    price: float | None = hour["p50"] if hour["price_eur_kwh"] is None else hour["price_eur_kwh"]
    return price


def legend_of(hours: Sequence[Hour], ambient_limits: Mapping[str, float]) -> dict[str, Any]:
    """Quantiles of the week's prices, and the price up to which an hour is of a class."""
    prices = sorted(price for hour in hours if (price := price_of(hour)) is not None)
    return {
        "price_quantiles": [quantile(prices, share) for share in QUANTILES] if prices else [],
        "class_thresholds": {name: quantile(prices, share) for name, share in CLASS_SHARES} if prices else {},
        "ambient_limits": dict(ambient_limits),
        "unit": "EUR/kWh",
    }


def quantile(values: Sequence[float], share: float) -> float:
    """Quantile of sorted values, linear between two of them."""
    place = share * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return round(values[below] + (place - below) * (values[above] - values[below]), 6)


def ranked(hour: Hour, prices: Sequence[float]) -> Hour:
    """An hour that has been, with score and class as its price ranks among those of the week; without probabilities."""
    price = price_of(hour)
    if price is None or hour["energy_score"] is not None or len(prices) < 2:
        return hour
    dearer = sum(other > price for other in prices) + (sum(other == price for other in prices) - 1) / 2
    share = sum(other < price for other in prices) / len(prices)
    name = next((name for name, limit in CLASS_SHARES if share < limit), "halt")
    return hour | {"energy_score": round(100 * dearer / (len(prices) - 1), 1), "production_class": name}


def loads_kw(plant: Plant, batches: Sequence[Batch], starts: Sequence[datetime]) -> list[float]:
    """Mean power of hours: base load, running and holding machines, without what the weather adds."""
    return [sum(load_kw(plant, batches, start + i * QUARTER) for i in range(4)) / 4 for start in starts]


def load_kw(plant: Plant, batches: Sequence[Batch], at: datetime) -> float:
    """Power at an instant: base load, running and holding machines [kW]."""
    load = plant.base_kw(staffed=plant.is_staffed(at))
    for batch in batches:
        if batch.start <= at < batch.end:
            for run in batch.runs:
                stage = plant.stage(run.stage)
                load += stage.power_kw if run.start <= at < run.end else stage.hold_kw if run.end <= at < run.released else 0.0
    return load


def halted(plant: Plant, temperature_c: float | None, humidity_percent: float | None) -> list[str]:
    """Stages whose hard limit the air breaks."""
    return [limit.stage for limit in plant.ambient_limits if limit.extra_kw(temperature_c, humidity_percent) is None]


def class_now(hours: Sequence[Hour], now: datetime) -> dict[str, Any] | None:
    """The class of the hour of now, and until when it stays; None where it is not known."""
    ahead = [hour for hour in hours if datetime.fromisoformat(hour["end"]) > now]
    if not ahead or ahead[0]["production_class"] is None:
        return None
    here = ahead[0]
    until = here["end"]
    for hour in ahead[1:]:
        if hour["production_class"] != here["production_class"] or hour["start"] != until:
            break
        until = hour["end"]
    return {name: here[name] for name in ("production_class", "energy_score", "probabilities")} | {"until": until}
