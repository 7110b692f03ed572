"""Figures of a document that the page shows in words and tables: pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from domain.timeline import HOUR, MADRID
from wording.localise import as_instant

Block = Mapping[str, Any]
WINDOW = 3 * HOUR
"""Length of the cheapest window shown: about one attended stage chain of a batch."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """An interval and its mean price [€/kWh]."""

    start: datetime
    end: datetime
    eur_per_kwh: float


@dataclass(frozen=True, slots=True)
class DayFacts:
    """The figures of one day of published prices."""

    mean_eur_per_kwh: float
    lowest: Stretch
    highest: Stretch
    window: Stretch | None


@dataclass(frozen=True, slots=True)
class BestWindow:
    """The cheapest window of a day and its mean price [€/kWh]; with the band (10 to 90 %) where hours of it are forecast."""

    start: datetime
    end: datetime
    eur_per_kwh: float
    low: float | None
    high: float | None
    origin: Literal["published", "forecast"]


@dataclass(frozen=True, slots=True)
class WeekRow:
    """One day of the week as 24 cells of the wall clock: none, one, or (on the autumn day) two hours in each."""

    date: str
    cells: Sequence[Sequence[Block]]


def day_facts(day: Block | None) -> DayFacts | None:
    """Mean, extremes and cheapest window of a day; None while it has no price."""
    slots = [_stretch(slot) for slot in (day or {}).get("slots", []) if slot["price_eur_kwh"] is not None]
    if not slots:
        return None
    return DayFacts(
        mean_eur_per_kwh=_mean(slots),
        lowest=min(slots, key=lambda slot: slot.eur_per_kwh),
        highest=max(slots, key=lambda slot: slot.eur_per_kwh),
        window=cheapest_window(slots, WINDOW),
    )


def cheapest_window(slots: Sequence[Stretch], length: timedelta) -> Stretch | None:
    """The cheapest run of slots that follow each other and last exactly `length`; the first of equals."""
    found: list[Stretch] = []
    for first in range(len(slots)):
        run: list[Stretch] = []
        for slot in slots[first:]:
            if run and run[-1].end != slot.start:
                break
            run.append(slot)
            if run[-1].end - run[0].start >= length:
                break
        if run and run[-1].end - run[0].start == length:
            found.append(Stretch(run[0].start, run[-1].end, _mean(run)))
    return min(found, key=lambda window: window.eur_per_kwh, default=None)


def best_tomorrow(document: Block) -> BestWindow | None:
    """The cheapest window of tomorrow by the price that the plant pays; None while an hour of it has neither price nor forecast.

    The band is the mean of the hours' own: wider than that of the window's mean, unless all hours miss together.
    """
    tomorrow = document["prices"]["tomorrow"]["date"]
    hours = [hour for day in _week_days(document) if day["date"] == tomorrow for hour in day["hours"]]
    expected = [_expected(hour, price) for hour in hours if (price := price_or_median(hour)) is not None]
    window = cheapest_window(expected, WINDOW)
    if window is None or len(expected) < len(hours):
        return None
    inside = [hour for hour in hours if window.start <= as_instant(hour["start"]) < window.end]
    if all(hour["price_eur_kwh"] is not None for hour in inside):
        return BestWindow(window.start, window.end, window.eur_per_kwh, None, None, "published")
    low, high = (sum(_edge(hour, name) for hour in inside) / len(inside) for name in ("p10", "p90"))
    return BestWindow(window.start, window.end, window.eur_per_kwh, low, high, "forecast")


def price_or_median(hour: Block) -> float | None:
    """What is known of the price of an hour [€/kWh]: as published, or the middle of what is forecast."""
    price: float | None = hour["p50"] if hour["price_eur_kwh"] is None else hour["price_eur_kwh"]
    return price


def _edge(hour: Block, name: str) -> float:
    return float(hour[name] if hour["price_eur_kwh"] is None else hour["price_eur_kwh"])


def _expected(hour: Block, price: float) -> Stretch:
    return Stretch(as_instant(hour["start"]), as_instant(hour["end"]), price)


def known_classes(document: Block) -> dict[datetime, str]:
    """Start of hour -> production class, where the week has one."""
    hours = [hour for day in _week_days(document) for hour in day["hours"]]
    return {as_instant(hour["start"]): hour["production_class"].lower() for hour in hours if hour.get("production_class")}


def week_rows(document: Block) -> list[WeekRow]:
    """The days of the week for the table: a cell for each hour of the wall clock."""
    rows = []
    for day in _week_days(document):
        cells: list[list[Block]] = [[] for _ in range(24)]
        for hour in day["hours"]:
            cells[_wall_hour(hour)].append(hour)
        rows.append(WeekRow(day["date"], cells))
    return rows


def today_savings(document: Block) -> Block | None:
    """The ledger's entry of today; None when it has none."""
    today = document["prices"]["today"]["date"]
    days = (document["savings"] or {}).get("days") or []
    return next((day for day in days if day["date"] == today), None)


def _week_days(document: Block) -> Sequence[Block]:
    days: Sequence[Block] = (document["week"] or {}).get("days", [])
    return days


def _wall_hour(hour: Block) -> int:
    return as_instant(hour["start"]).astimezone(MADRID).hour


def _stretch(slot: Block) -> Stretch:
    return Stretch(as_instant(slot["start"]), as_instant(slot["end"]), slot["price_eur_kwh"])


def _mean(slots: Sequence[Stretch]) -> float:
    """Mean over time: quarters and hours weigh by their length."""
    seconds = [(slot.end - slot.start).total_seconds() for slot in slots]
    return sum(slot.eur_per_kwh * length for slot, length in zip(slots, seconds, strict=True)) / sum(seconds)
