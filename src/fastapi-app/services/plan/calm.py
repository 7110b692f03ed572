"""How calm the plans are: how many starts to come each new one moved. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.plan.production import Batch
from ports import StoredPlan
from services.plan.inputs import batches_of


@dataclass(frozen=True, slots=True)
class Calm:
    """The last new plan, and the sums since there are plans."""

    at: str
    """When it came into force, ISO 8601."""
    moved_starts: int = 0
    """Starts of stages yet to come that it has at another time than the one before."""
    replans: int = 0
    moved_starts_sum: int = 0


def calm_of(stored: StoredPlan) -> Calm | None:
    """What is kept beside a plan; None for one of an older version."""
    kept = stored.inputs.get("calm")
    return None if kept is None else Calm(**kept)


def calm_after(before: StoredPlan | None, stored: StoredPlan, now: datetime) -> Calm:
    """What is kept beside a plan that comes into force."""
    old = (None if before is None else calm_of(before)) or Calm("")
    moved = 0 if before is None else moved_starts(batches_of(before), batches_of(stored), now)
    return Calm(now.isoformat(), moved, old.replans + (before is not None), old.moved_starts_sum + moved)


def moved_starts(before: Sequence[Batch], after: Sequence[Batch], now: datetime) -> int:
    """Starts of stages yet to come that are at another time than they were."""
    known = {(batch.id, run.stage): run.start for batch in before for run in batch.runs}
    starts = [(known.get((batch.id, run.stage)), run.start) for batch in after for run in batch.runs if run.start > now]
    return sum(was is not None and was != start for was, start in starts)
