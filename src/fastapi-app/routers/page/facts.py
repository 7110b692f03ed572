"""Figures of a document that the page shows in words and tables: pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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
