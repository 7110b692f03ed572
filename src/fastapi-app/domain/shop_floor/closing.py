"""The end of a shift: what nobody reported, and is asked for. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.plan.plant import Plant
from domain.shop_floor.events import ConfirmedRun
from domain.shop_floor.state import FloorBatch, FloorState
from domain.timeline import day_bounds, days_between, local_day

ASKED_BACK = timedelta(days=7)
"""What began longer ago is not asked for any more; it stays marked as assumed."""


@dataclass(frozen=True, slots=True)
class AskedBatch:
    """A batch of which something was reported by nobody."""

    batch: FloorBatch
    runs: tuple[ConfirmedRun, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for at the end of a shift: did it run as planned?"""

    until: datetime
    batches: tuple[AskedBatch, ...]

    @property
    def runs(self) -> tuple[ConfirmedRun, ...]:
        """Every stage that was reported by nobody."""
        return tuple(run for one in self.batches for run in one.runs)


def shift_end(plant: Plant, now: datetime) -> datetime:
    """The last end of a shift; the begin of the local day where no shift of the last week ended."""
    today = local_day(now, plant.tz)
    days = days_between(today - ASKED_BACK, today + timedelta(days=1))
    ends = [end for day in days for _, end in plant.shifts_of(day) if end <= now]
    return max(ends, default=day_bounds(today, plant.tz)[0])


def asked(state: FloorState, until: datetime, excepted: Collection[str] = ()) -> Asked:
    """What was assumed to have run and ended by an instant, by begin of the batch; a stage that runs is asked for when it is over,
    and of a batch that was spoiled nothing is."""
    found = []
    for batch in sorted(state.batches, key=lambda batch: (batch.start, batch.id)):
        runs = () if batch.id in excepted or batch.state == "spoiled" else _assumed(batch, state.at, until)
        if runs:
            found.append(AskedBatch(batch, runs))
    return Asked(until, tuple(found))


def _assumed(batch: FloorBatch, now: datetime, until: datetime) -> tuple[ConfirmedRun, ...]:
    found = []
    for run in batch.runs:
        over = run.state == "done" and run.end <= until
        if over and not run.is_said and run.start >= now - ASKED_BACK:
            found.append(ConfirmedRun(batch.id, run.stage, run.unit, run.start, run.end))
    return tuple(found)
