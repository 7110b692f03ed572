"""Batches on machines: what runs where and when, wishes about it, and the problem that a plan answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from domain.canonical import LATER
from domain.plan.plant import Plant
from domain.timeline import QUARTER, day_bounds, days_between, floor_to, local_day

HOURS_PER_SLOT = 0.25


@dataclass(frozen=True, slots=True)
class StageRun:
    """A batch on a machine in ``[start, end)``; the machine stays occupied until `released`, later than `end` where it holds."""

    stage: str
    unit: int
    """1 is the first machine of the stage."""
    start: datetime
    end: datetime
    released: datetime

    def __post_init__(self) -> None:
        if not self.start < self.end <= self.released:
            raise ValueError(f"need start < end <= released, got {self}")

    def moved(self, by: timedelta) -> "StageRun":
        """The same run at another time."""
        return replace(self, start=self.start + by, end=self.end + by, released=self.released + by)


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch through the stages, in order. `due` is the day whose demand it covers; None if it covers none that is planned."""

    id: str
    quality: str
    due: date | None
    runs: tuple[StageRun, ...]

    @property
    def start(self) -> datetime:
        """Start of the first stage."""
        return self.runs[0].start

    @property
    def end(self) -> datetime:
        """End of the last stage."""
        return self.runs[-1].end


@dataclass(frozen=True, slots=True)
class Demand:
    """Mass of a quality due by the end of a local day."""

    day: date
    quality: str
    kg: float


@dataclass(frozen=True, slots=True)
class Pin:
    """`count` batches of a quality must start a stage at an instant (the count holds only for what is not frozen)."""

    id: str
    quality: str
    stage: str
    start: datetime
    count: int = 1


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A stage (or, with None, every stage) must not run or hold in ``[start, end)``."""

    id: str
    start: datetime
    end: datetime
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class MachineDown:
    """A machine cannot be used in ``[start, end)``."""

    id: str
    stage: str
    unit: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class NoStart:
    """At most `count` batches of a quality may start a stage at an instant: the other half of a move."""

    id: str
    quality: str
    stage: str
    start: datetime
    count: int = 0


Wish = Pin | Forbidden | MachineDown | NoStart


@dataclass(frozen=True, slots=True)
class Order:
    """A promise: mass of a quality due by an instant. It may be late, at `weight` times its kilograms and hours."""

    id: str
    quality: str
    kg: float
    due: datetime
    weight: float = 1.0
    reference: str | None = None
    promised_for: datetime | None = field(default=None, metadata=LATER)
    """When it is due, where it is a part that must be there before: the rest is made after `due`."""

    def __post_init__(self) -> None:
        if self.due.utcoffset() != timedelta(0) or not self.kg > 0 or not self.weight > 0:
            raise ValueError(f"an order needs a UTC due time, kg and weight of more than 0, got {self}")


@dataclass(frozen=True, slots=True)
class Running:
    """The run that a batch is in: since when, on which machine, and when it is expected to end (any minute, never in the past)."""

    stage: str
    unit: int
    since: datetime
    expected_end: datetime
    stands: tuple[tuple[datetime, datetime], ...] = ()
    """Spans within it in which the machine stands still and draws no power."""
    left: timedelta | None = None
    """What is left to run of an interrupted run (by the stage's rule: the rest, or all of it), which goes on as soon as machine
    and people are there; `expected_end` is then of no account. None while it runs."""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A batch that stands somewhere: a fact. The runs that are done, and the one it is in; the stages after it are planned."""

    batch_id: str
    quality: str
    done: tuple[StageRun, ...] = ()
    """Runs that ended, as they were, by the minute; the last may still hold its machine."""
    running: Running | None = None
    """None where it waits for the next stage."""
    due: date | None = None
    """The day that it was planned for."""
    kg: float | None = None
    """What it makes where that is not a whole batch, as some of it was spoiled."""
    settled: tuple[StageRun, ...] | None = None
    """Its later runs where there is no choice left, as its wait is over: as early as can be; none where it cannot be finished
    within the horizon. None: they are planned."""


@dataclass(frozen=True, slots=True)
class Absence:
    """Nobody is here in ``[start, end)``: attended stages stand still and none begins."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """A machine is down from `start`, to `end` or nobody knows when: a fact, as a `MachineDown` is a wish."""

    stage: str
    unit: int
    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lateness:
    """Kilograms of an order that come after its due time, the last of them by `by_minutes`; None: not within the horizon."""

    order_id: str
    kg: float
    by_minutes: int | None


@dataclass(frozen=True, slots=True)
class Overtime:
    """Hours ``[start, end)`` that are staffed beside the shifts."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """Mass due by an instant, whatever it comes from: demand of a day, an order, or the reserve that is to be in the store."""

    order_id: str
    quality: str
    kg: float
    due: datetime
    day: date
    """The local day that ends with it or holds it."""
    weight: float
    names: str
    """What the names of its batches begin with."""
    is_reserve: bool = False
    promised_for: datetime | None = None

    @property
    def label(self) -> str:
        """Day and quality, and the order where it is not what the plant's file has due."""
        day = self.day if self.promised_for is None else local_day(self.promised_for - QUARTER)
        plain = f"{day} {self.quality}"
        return plain if self.order_id == plain or self.order_id.startswith("plant-") else f"{plain} [{self.order_id}]"


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """Everything that may influence a plan; equal problems have equal plans. Slots are quarter-hours from `start`, UTC."""

    plant: Plant
    start: datetime
    prices: tuple[float | None, ...]
    """Expected price of each slot [€/kWh]; None where it is neither published nor forecast: nothing is planned there."""
    periods: tuple[int, ...]
    """Power period of each slot, 1 is P1."""
    demand: tuple[Demand, ...] = ()
    stock_kg: Mapping[str, float] = field(default_factory=dict)
    """Finished goods at `start`; what was finished before it counts here and nowhere else."""
    ambient_kw: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    """Extra power of a running unit by stage and slot [kW]; None forbids. A stage that is missing has no limit."""
    wishes: tuple[Wish, ...] = ()
    overtime: tuple[Overtime, ...] = ()
    started: tuple[Batch, ...] = ()
    """Batches in the works: the runs that began before `start`, as they were; later runs are left out and planned anew."""
    current: tuple[Batch, ...] = ()
    """The plan in force, less what is finished; the batches of `started` are among them by id."""
    current_prices: tuple[float | None, ...] = ()
    """Prices that the plan in force was made with, for the same slots; empty if there is none."""
    freeze_until: datetime | None = None
    """Runs of `current` that start before it are kept."""
    move_threshold_eur: float = 0.0
    """A batch of `current` is moved only when that saves more."""
    scenarios: tuple[tuple[float, ...], ...] = ()
    """Whole-horizon price paths [€/kWh], equally likely, for the spread of the cost."""
    orders: tuple[Order, ...] = field(default=(), metadata=LATER)
    """Promises beside `demand`, over any horizon; of both together the stock covers what is due first."""
    under_way: tuple[UnderWay, ...] = field(default=(), metadata=LATER)
    """Batches that stand somewhere; each is in every plan. None of them is among `started`."""
    absences: tuple[Absence, ...] = field(default=(), metadata=LATER)
    outages: tuple[Outage, ...] = field(default=(), metadata=LATER)
    names_given: Mapping[str, int] | None = field(default=None, metadata=LATER)
    """Highest number that a batch's name ever had, by what the name begins with ("20260311-standard"). With it a batch keeps the
    name that it has in `current`, and a new one has a name that nobody had; without it names are counted by day."""

    def __post_init__(self) -> None:
        if self.start.utcoffset() != timedelta(0) or floor_to(self.start, QUARTER) != self.start:
            raise ValueError(f"the start must be UTC on the quarter-hour grid, got {self.start}")
        lengths = {len(self.prices), len(self.periods), *(len(kw) for kw in self.ambient_kw.values())}
        lengths |= {len(path) for path in self.scenarios}
        if len(lengths) != 1 or not self.prices:
            raise ValueError(f"prices, periods, ambient and scenarios need one value a slot, got lengths {sorted(lengths)}")
        for batch in self.started:
            if not batch.runs or (batch.end <= self.start and len(batch.runs) == len(self.plant.stages)):
                raise ValueError(f"{batch.id} has not begun or is finished: leave it out, or count it as stock")
            if [run.stage for run in batch.runs] != [stage.name for stage in self.plant.stages[: len(batch.runs)]]:
                raise ValueError(f"{batch.id}: the runs that began must be the first stages, in order")
            if any(floor_to(run.start, QUARTER) != run.start or run.start >= self.start for run in batch.runs):
                raise ValueError(f"{batch.id}: runs that began lie before the start, on the quarter-hour grid")
        self._check_names()

    def _check_names(self) -> None:
        """Wishes and demand speak of stages, machines and qualities that there are."""
        for wish in self.wishes:
            stage = None if wish.stage is None else self.plant.stage(wish.stage)
            if isinstance(wish, MachineDown) and stage is not None and not 1 <= wish.unit <= stage.units:
                raise ValueError(f"{wish.id}: {wish.stage} has no machine {wish.unit}")
            if isinstance(wish, Pin | NoStart) and wish.quality not in self.plant.qualities:
                raise ValueError(f"{wish.id}: no quality {wish.quality}")
        self._check_facts()

    def _check_facts(self) -> None:
        """So do promises and facts; a batch under way has begun with the first stages and is not finished."""
        asked = {item.quality for item in self.demand} | {item.quality for item in self.orders}
        asked |= {batch.quality for batch in self.under_way}
        if unknown := asked - set(self.plant.qualities):
            raise ValueError(f"demand of unknown qualities {sorted(unknown)}")
        for outage in self.outages:
            if not 1 <= outage.unit <= self.plant.stage(outage.stage).units:
                raise ValueError(f"{outage.stage} has no machine {outage.unit}")
        for batch in self.under_way:
            begun = [run.stage for run in batch.done] + ([batch.running.stage] if batch.running else [])
            if not begun or begun != [stage.name for stage in self.plant.stages[: len(begun)]]:
                raise ValueError(f"{batch.batch_id}: what is done and runs must be the first stages, in order, got {begun}")
            if batch.running is None and len(begun) == len(self.plant.stages):
                raise ValueError(f"{batch.batch_id} is finished: count it as stock")

    @property
    def slots(self) -> int:
        """Length of the horizon [quarter-hours]."""
        return len(self.prices)

    @property
    def end(self) -> datetime:
        """End of the horizon."""
        return self.start + self.slots * QUARTER

    @property
    def known_until(self) -> datetime:
        """End of the last slot with a price."""
        known = next((slot for slot in reversed(range(self.slots)) if self.prices[slot] is not None), -1)
        return self.start + (known + 1) * QUARTER

    def slot_of(self, instant: datetime) -> int:
        """Index of an instant on the grid; negative before the start."""
        return (instant - self.start) // QUARTER

    def at(self, slot: int) -> datetime:
        """UTC start of a slot."""
        return self.start + slot * QUARTER

    def day_end_slot(self, day: date) -> int:
        """Index of the first slot after a local day."""
        return self.slot_of(day_bounds(day, self.plant.tz)[1])

    @property
    def plannable(self) -> tuple[Demand, ...]:
        """Demand whose day ends within the known prices, by day."""
        known_until = self.known_until
        inside = [item for item in self.demand if day_bounds(item.day, self.plant.tz)[1] <= known_until]
        return tuple(sorted(inside, key=lambda item: (item.day, item.quality)))

    @property
    def promises(self) -> tuple[Promise, ...]:
        """Demand and orders that are due within the known prices, by due time; the reserve is due with the first of its quality."""
        found, known_until = [_promise_of(item, self.plant) for item in self.plannable], self.known_until
        for order in sorted(self.orders, key=lambda order: (order.due, order.id)):
            if order.due <= known_until:
                day = local_day(order.due - QUARTER, self.plant.tz)
                ahead_of = order.promised_for
                found.append(
                    Promise(order.id, order.quality, order.kg, order.due, day, order.weight, order.id, promised_for=ahead_of)
                )
        found.sort(key=lambda item: item.due)
        for quality, kg in self.plant.min_stock_kg.items():
            due = next((item.due for item in found if item.quality == quality), None)
            if due is not None and kg > 0:
                day, name = local_day(due - QUARTER, self.plant.tz), f"reserve-{quality}"
                found.append(Promise(name, quality, kg, due, day, 1.0, name, is_reserve=True))
        return tuple(sorted(found, key=lambda item: (item.due, item.is_reserve)))

    @property
    def unplanned(self) -> tuple[Demand, ...]:
        """What is due beyond the known prices: nothing is planned for it, because nothing would be known of its cost."""
        inside, known_until = set(self.plannable), self.known_until
        later = [order for order in self.orders if order.due > known_until]
        days = [Demand(local_day(order.due - QUARTER, self.plant.tz), order.quality, order.kg) for order in later]
        return (*(item for item in self.demand if item not in inside), *days)

    def due_slot(self, promise: Promise) -> int:
        """Index of the first slot after a due time, which counts from the quarter-hour that it lies in; negative in the past."""
        return self.slot_of(promise.due)


def _promise_of(item: Demand, plant: Plant) -> Promise:
    due = day_bounds(item.day, plant.tz)[1]
    return Promise(f"{item.day} {item.quality}", item.quality, item.kg, due, item.day, 1.0, f"{item.day:%Y%m%d}-{item.quality}")


def demand_between(plant: Plant, start: datetime, end: datetime) -> tuple[Demand, ...]:
    """The plant's demand of the local days that end in ``(start, end]``."""
    last = local_day(end.astimezone(UTC) - QUARTER, plant.tz)
    return tuple(
        Demand(day, quality, kg)
        for day in days_between(local_day(start, plant.tz), last)
        if day_bounds(day, plant.tz)[1] <= end
        for quality, kg in sorted(plant.demand_kg(day).items())
    )
