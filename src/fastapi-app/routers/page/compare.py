"""Another day beside the one that is shown, hour by hour of the wall clock: pure.

An hour that the shown day has not (the one left out in spring, the second of two in autumn) stands beside none: it is in the table,
not in the chart, and in no mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from domain.timeline import MADRID
from wording.localise import as_instant

Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A slot of the other day, and the price of the same hours of the day that is shown [€/kWh]."""

    start: str
    end: str
    eur_per_kwh: float
    shown_eur_per_kwh: float | None


@dataclass(frozen=True, slots=True)
class Means:
    """Means of both days over the hours that both have [€/kWh], and how many slots that are."""

    other: float
    shown: float
    slots: int


def with_compared(document: Block, other: Block | None) -> Block:
    """The document of a page on which another day of prices stands beside the one that is shown."""
    return document if other is None else {**document, "compare": compared(other, document["prices"]["today"])}


def compared(other: Block, shown: Block) -> Block:
    """The other day with the instants of the shown day that its slots stand over; `over` is null where there are none."""
    day = date.fromisoformat(shown["date"])
    slots = [slot | {"over": _over(slot, day)} for slot in other["slots"]]
    return {"date": other["date"], "state": other["state"], "market": other["market"], "slots": slots}


def compared_rows(compare: Block, shown: Block) -> list[ComparedRow]:
    """The table of both days."""
    prices = {as_instant(slot["start"]): slot["price_eur_kwh"] for slot in shown["slots"]}
    return [
        ComparedRow(
            slot["start"],
            slot["end"],
            slot["price_eur_kwh"],
            prices.get(as_instant(slot["over"])) if slot["over"] is not None else None,
        )
        for slot in compare["slots"]
        if slot["price_eur_kwh"] is not None
    ]


def means(rows: Sequence[ComparedRow]) -> Means | None:
    """None where no hour is in both."""
    both = [(row.eur_per_kwh, row.shown_eur_per_kwh) for row in rows if row.shown_eur_per_kwh is not None]
    if not both:
        return None
    return Means(sum(other for other, _ in both) / len(both), sum(shown for _, shown in both) / len(both), len(both))


def _over(slot: Block, day: date) -> str | None:
    """The start of the shown day that the wall clock says as it said it at the start of the slot."""
    local = as_instant(slot["start"]).astimezone(MADRID)
    wall = datetime.combine(day, time(local.hour, local.minute, fold=local.fold), MADRID)
    there = wall.astimezone(UTC).astimezone(MADRID)
    same = (there.hour, there.minute, there.fold) == (local.hour, local.minute, local.fold)
    return wall.astimezone(UTC).isoformat() if same else None
