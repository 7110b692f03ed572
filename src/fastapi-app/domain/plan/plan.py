"""What a plan answers: batches with their cost, the proof, the comparison, or the clash."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from domain.messages import Message
from domain.plan.production import Batch, Demand, Lateness, PlanProblem

Status = Literal["optimal", "feasible", "infeasible", "unknown", "empty"]
"""`optimal`: proven within the absolute gap. `feasible`: with the gap that is stated. `infeasible`: proven, see the clash.
`unknown`: the clock ended the search before a plan or a proof was found.
`empty`: nothing is due within the known prices."""
StoppedBy = Literal["gap", "nodes", "clock"]


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """A batch, and what its runs within the horizon use and cost."""

    batch: Batch
    kwh: float
    cost_eur: float


@dataclass(frozen=True, slots=True)
class Relief:
    """The smallest stretch of one limit that mends a clash, in the limit's unit."""

    limit: str
    unit: Literal["kg", "h", "kW", "wishes"]
    amount: float
    parts: tuple[tuple[str, float], ...]
    """(what, amount): "2025-03-08 standard" for demand, "2025-03-08" for hours, "P6" for power, a wish's id, a quality."""
    spans: tuple[tuple[str, datetime, datetime], ...] = ()
    """(stage, start, end) of the hours, for shifts (no stage) and the air."""
    minimal: bool = True
    """Whether it is proven that less does not do."""
    least: float = 0.0
    """Less than this does not do: proven even where the amount is not."""
    confirmed: bool = False
    """Whether a second solve with the limit stretched so found a plan."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Limits that cannot all hold, and what mends it."""

    limits: tuple[str, ...]
    """A minimal set: with any one of them left out, a plan exists; `machines` or `started` where nothing can be left out."""
    minimal: bool
    """False where the clock ended the search before the set was shown to be minimal."""
    reliefs: tuple[Relief, ...]
    """Each mends the clash alone; where none does (`together`), all of them at once."""
    together: bool
    message: Message


@dataclass(frozen=True, slots=True)
class Stopped:
    """A cheaper slot that a batch could not have, everything else being equal."""

    start: datetime
    saves_eur: float
    limits: tuple[str, ...]
    """What it would break there (`machines`, `power`, `shifts`, `demand`, ...); `gap` where it breaks nothing: the search had
    proven enough and stopped."""
    blocked_by: tuple[Batch, ...]
    """The batches in the way, where machines stop it."""
    at: datetime | None
    """Where the first of the limits breaks."""


@dataclass(frozen=True, slots=True)
class MachineChange:
    """A stage on another machine, of several equal ones: their numbers."""

    stage: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class BatchMove:
    """A batch that starts a stage at another time than in the plan in force; or at the same times on another machine."""

    id: str
    quality: str
    before: datetime
    after: datetime
    due: date | None
    why: Message | None = None
    """What stands against it where it was, or what it gains where it is; None where nobody asked."""
    machine: MachineChange | None = None
    """Where nothing but the machine is another one; then both times are those of its stage."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new plan changes against the plan in force, both costed on the new prices."""

    moved: tuple[BatchMove, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    gain_eur: float | None
    """Cost of the batches that both plans have, as the plan in force has them, less as the new one has them; None where the
    plan in force is no longer possible."""
    reason: str
    """`price_fell`, `price_rose`, `limits_changed`, `horizon_moved` or `none`."""
    message: Message


@dataclass(frozen=True, slots=True)
class Plan:
    """The answer to a problem. Costs are euros within the horizon, on the problem's expected prices."""

    plan_id: str
    """SHA-256 of the problem and of the limits of the search."""
    status: Status
    start: datetime
    end: datetime
    known_until: datetime
    """Nothing is planned after it: no price is known."""
    batches: tuple[PlannedBatch, ...] = ()
    kwh: float = 0.0
    cost_eur: float = 0.0
    """Of the batches, holding included."""
    base_kwh: float = 0.0
    base_cost_eur: float = 0.0
    """Of the base load, over the known prices."""
    objective_eur: float = 0.0
    """Cost of the batches, and the move threshold for each batch moved."""
    bound_eur: float | None = None
    """Cost less gap. No plan that moves no more batches costs less; one that moves more is below it by their thresholds at most."""
    gap_eur: float | None = None
    """Objective less what is proven of it, the moves' thresholds in both."""
    gap_percent: float | None = None
    """Gap over the absolute cost; None at a cost of zero."""
    stopped_by: StoppedBy | None = None
    baseline: tuple[PlannedBatch, ...] | None = None
    """Working as usual; None where that way of working finds no place for a batch."""
    baseline_cost_eur: float | None = None
    saving_eur: float | None = None
    saving_percent: float | None = None
    """Saving over the baseline's cost with the base load."""
    cost_p10_eur: float | None = None
    cost_p50_eur: float | None = None
    cost_p90_eur: float | None = None
    """Cost of the batches over the price scenarios; None without scenarios."""
    unplanned: tuple[Demand, ...] = ()
    freeze_released: bool = False
    """The freeze could not be kept (a machine or an hour was lost) and was given up; what had begun was kept."""
    changes: Changes | None = None
    clash: Clash | None = None
    """Why something is late or a plan is impossible, and what would mend it."""
    late: tuple[Lateness, ...] = ()
    """What comes after its due time; the plan is the best one for what can be done."""
    lateness_kg_h: float = 0.0
    """Kilograms late times hours late times weight, to the end of the horizon: as little as can be, before any cost."""
    lateness_bound_kg_h: float = 0.0
    """No plan has less lateness."""
    set_aside: tuple[str, ...] = ()
    """Wishes that cannot be had beside the facts, by id; the plan is made without them."""

    @property
    def schedule(self) -> tuple[Batch, ...]:
        """The batches without their costs."""
        return tuple(item.batch for item in self.batches)


def as_planned(problem: PlanProblem, plan: Plan) -> PlanProblem:
    """The problem that a plan answers: without a freeze that was given up, and wishes that were set aside."""
    wishes = tuple(wish for wish in problem.wishes if wish.id not in plan.set_aside)
    return replace(problem, wishes=wishes, freeze_until=None if plan.freeze_released else problem.freeze_until)
