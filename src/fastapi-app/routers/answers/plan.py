"""The plan: batches with their stages and reasons, wishes with their cost, limits that clash."""

from datetime import date
from typing import Literal, Self

from pydantic import Field

from domain.bill.terms import PriceBasis
from domain.messages import BatchName
from routers.answers.base import Instant, Out
from routers.answers.messages import MessageOut


class NameOut(Out):
    """What people call a batch."""

    quality: str | None
    day: date | None
    number: int

    @classmethod
    def of(cls, name: BatchName) -> Self | None:
        """As JSON; None for a batch that people have no name for."""
        return None if name.number is None else cls(quality=name.quality, day=name.day, number=name.number)


class QuartersOut(Out):
    """Energy of each quarter-hour from `start` on; the price of each is in `prices` of the plan."""

    start: Instant
    kwh: list[float]


class SlotPricesOut(Out):
    """What the plan takes a kWh to cost in each quarter-hour from `start` on; null where no price is known."""

    start: Instant
    minutes: int
    eur_kwh: list[float | None]


class StageRunOut(Out):
    """A stage of a batch. `unit` names the machine; `machine` is its number where there are several.

    `quarters` is not told on the page.
    """

    stage: str
    unit: str
    machine: int | None
    start: Instant
    end: Instant
    released: Instant
    energy_kwh: float
    cost_eur: float
    quarters: QuartersOut | None = None


class CheaperOut(Out):
    """Where a batch would be cheaper, and what stops it."""

    start: Instant
    saves_eur: float
    limits: list[str]
    blocked_by: list[str]
    at: Instant | None


class ReasonOut(Out):
    """Why a batch stands where it stands: its rank among the starts that there are."""

    rank: int
    of: int
    kept: bool
    cheaper: CheaperOut | None


class BatchOut(Out):
    """A batch."""

    id: str
    quality: str
    kg: float
    due: date | None
    name: NameOut | None
    start: Instant
    end: Instant
    stages: list[StageRunOut]
    why: MessageOut | None
    reason: ReasonOut | None
    assumed: list[str] = Field(default=[], description="Stages that nobody had reported when the plan was made")


class HorizonOut(Out):
    """What a plan speaks of."""

    start: Instant
    end: Instant
    known_until: Instant


class BaseLoadOut(Out):
    """What is used whatever is planned. `quarters_kwh`, from the start of the horizon on, is not told on the page."""

    energy_kwh: float
    cost_eur: float | None
    quarters_kwh: list[float] | None = None


class CostOut(Out):
    """Cost with its interval."""

    p10: float | None
    p50: float | None
    p90: float | None


class BaselineOut(Out):
    """Working as usual."""

    batches: list[BatchOut] | None


class ChangeSumOut(Out):
    """What changed in all."""

    batch: None
    saving_eur: float | None
    reason: str | None
    text: MessageOut
    added: list[str]
    removed: list[str]


class MovedOut(Out):
    """A batch that starts a stage at another time; `from` is null where it is new, `to` where it is planned no more."""

    batch: str
    quality: str
    before: Instant | None = Field(alias="from")
    after: Instant | None = Field(alias="to")
    due: date | None
    text: MessageOut


class PlanWishOut(Out):
    """A wish as the plan knows it; its cost is null while it is not known. `end`, `unit`, `quality`, `count` by its kind."""

    id: str
    start: Instant
    stage: str | None
    kind: Literal["forbidden", "machine_down", "no_start", "pin"]
    end: Instant | None = None
    unit: int | None = None
    quality: str | None = None
    count: int | None = None
    cost_eur: float | None
    uncertainty_eur: float | None
    possible: bool | None
    text: MessageOut | None


class UnplannedOut(Out):
    """Demand that is due beyond what is planned; `ahead_kg` of it is made before, as it could not all be made after."""

    date: date
    quality: str
    kg: float
    ahead_kg: float = 0.0


class PartOut(Out):
    """A part of a relief."""

    what: str
    amount: float


class ReliefSpanOut(Out):
    """Where a relief applies."""

    stage: str | None
    start: Instant
    end: Instant


class ReliefOut(Out):
    """The smallest stretch of a limit that mends a clash."""

    limit: str
    unit: str
    amount: float
    parts: list[PartOut]
    spans: list[ReliefSpanOut]
    minimal: bool
    confirmed: bool
    text: MessageOut


class ClashOut(Out):
    """Limits that cannot all hold."""

    limits: list[str]
    minimal: bool
    together: bool
    text: MessageOut
    reliefs: list[ReliefOut]


class ChecksOut(Out):
    """What the independent check went through, and the cost that it found."""

    passed: bool
    limits: list[str]
    cost_eur: float | None


class LateBatchOut(Out):
    """Kilograms of an order that come late; null where they do not come within the plan."""

    order: str
    quality: str
    kg: float
    due: Instant
    by_minutes: int | None
    since: Instant | None = None


class PlanOut(Out):
    """A plan, or why there is none. Its energy and costs are of the batches alone: `base_load` stands beside them.

    `prices` is not told on the page.
    """

    plan_id: str
    status: str
    complete: bool
    gap: float | None
    gap_eur: float | None
    bound_eur: float | None
    objective_eur: float | None
    horizon: HorizonOut
    batches: list[BatchOut]
    energy_kwh: float
    base_load: BaseLoadOut
    base_load_included: Literal[False]
    prices: SlotPricesOut | None = None
    cost_eur: CostOut | None
    baseline_eur: float | None
    baseline: BaselineOut
    saving_eur: float | None
    saving_percent: float | None
    saving_percent_of_batches: float | None
    saving_percent_with_base_load: float | None
    changes: list[ChangeSumOut | MovedOut]
    wishes: list[PlanWishOut]
    unplanned: list[UnplannedOut]
    freeze_released: bool
    late: list[LateBatchOut]
    lateness_kg_h: float
    lateness_bound_kg_h: float
    set_aside: list[str]
    clash: ClashOut | None
    checks: ChecksOut | None
    price_basis: PriceBasis
    fixed_power_eur_per_day: dict[str, float] | None
    unit: Literal["EUR"]
    source: str | None
    origin: Literal["published", "forecast"]
    as_of: Instant


class PlanBlockOut(PlanOut):
    """The plan of the page; `blocked` is the clash that keeps a newer one away."""

    blocked: ClashOut | None


class ComputingOut(Out):
    """A plan that is being computed; `href` has it when it is done."""

    state: Literal["computing"]
    plan_id: str
    href: str


class PlanBriefOut(Out):
    """What a new plan says in brief, or where it will be, or why there is none."""

    state: Literal["done", "computing", "not_known"]
    plan_id: str | None = None
    href: str | None = None
    reason: str | None = None
    status: str | None = None
    objective_eur: float | None = None
    saving_eur: float | None = None
    changes: list[ChangeSumOut | MovedOut] | None = None
    clash: ClashOut | None = None


class WishOut(Out):
    """A wish that stands, and what it costs. `end`, `until`, `unit`, `quality`, `count` by its kind."""

    id: int
    made_at: Instant
    kind: str
    start: Instant
    stage: str | None = None
    end: Instant | None = None
    until: Instant | None = None
    unit: int | None = None
    quality: str | None = None
    count: int | None = None
    cost_eur: float | None
    uncertainty_eur: float | None
    possible: bool | None
    text: MessageOut | None


class WishesOut(Out):
    """The wishes that stand."""

    wishes: list[WishOut]
    unit: Literal["EUR"]
    price_basis: PriceBasis
    as_of: Instant
    simulated: bool


class WishAnswerOut(Out):
    """A wish that was kept, and the plan with it."""

    wish: WishOut
    plan: PlanBriefOut


class WishRemovedOut(Out):
    """A wish that was undone, and the plan without it."""

    removed: int
    plan: PlanBriefOut


class ReportedRunOut(Out):
    """A stage as it was carried out."""

    stage: str
    unit: int
    start: Instant
    end: Instant
    released: Instant


class ReportedOut(Out):
    """A batch as it was carried out."""

    batch_id: str
    quality: str
    due: date | None
    state: str
    stages: list[ReportedRunOut]


class ActualsOut(Out):
    """What was reported, and the plan that knows of it."""

    reported: ReportedOut
    plan: PlanBriefOut
