"""The problem of a plan, from what is known: prices, air, demand, wishes, the plan in force and what was carried out. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from domain.bill.tariff import power_period
from domain.plan.plant import Plant
from domain.plan.production import (
    Absence,
    Batch,
    Demand,
    MachineDown,
    NoStart,
    Order,
    Outage,
    Pin,
    PlanProblem,
    Running,
    StageRun,
    UnderWay,
    Wish,
)
from domain.shop_floor.execution import carried_of
from domain.shop_floor.facts import Opening, Span
from domain.shop_floor.orders import LEAST_KG, Kilograms
from domain.shop_floor.state import FloorBatch, FloorRun, FloorState
from domain.timeline import HOUR, QUARTER, ceil_to, day_bounds, floor_to, local_day, slot_starts
from domain.weather.merge import MergedHour
from services.plan.far import Far
from services.plan.prices import Outlook

HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class InForce:
    """The plan in force, as a new plan needs it."""

    batches: tuple[Batch, ...]
    start: datetime
    prices: tuple[float | None, ...]
    late_since: Mapping[str, datetime] = field(default_factory=dict)
    """Since when it is known that an order is late, by its id."""

    @property
    def end(self) -> datetime:
        """End of its horizon."""
        return self.start + len(self.prices) * QUARTER


@dataclass(frozen=True, slots=True)
class Given:
    """What a request gives in place of what is set: None leaves it as it is."""

    demand: tuple[Demand, ...] | None = None
    wishes: tuple[Wish, ...] = ()
    end: datetime | None = None
    orders: tuple[Order, ...] = ()
    """Beside what is promised."""
    without: tuple[str, ...] = ()
    """Promises that are left out, by id."""


def first_slot(now: datetime) -> datetime:
    """The first quarter-hour that does not lie in the past."""
    return ceil_to(now, QUARTER)


def first_due(plant: Plant, now: datetime) -> date:
    """The first day that the plans answer for, where there was none before: today only while the work of today has not begun, which
    it does on the evening before where the shift is at night."""
    today = local_day(now, plant.tz)
    opening = plant.opening_of(today)
    return today if opening is not None and now <= opening else today + timedelta(days=1)


def ambient_kw(plant: Plant, starts: Sequence[datetime], hours: Iterable[MergedHour]) -> dict[str, tuple[float | None, ...]]:
    """Extra power of a running unit by stage and slot [kW]; a value that nobody knows breaks no limit."""
    air = {hour.start: (hour.value("temperature"), hour.value("humidity")) for hour in hours}
    stages = dict.fromkeys(limit.stage for limit in plant.ambient_limits)
    return {stage: tuple(_extra(plant, stage, *air.get(floor_to(at, HOUR), (None, None))) for at in starts) for stage in stages}


def _extra(plant: Plant, stage: str, temperature: float | None, humidity: float | None) -> float | None:
    extra = plant.extra_kw(stage, temperature, humidity)
    return None if extra is None else round(extra, 3)


@dataclass(frozen=True, slots=True)
class News:
    """What the log has since the plan in force."""

    floor: bool = False
    """Something happened on the floor."""
    orders: bool = False
    """An order came, was changed or withdrawn."""


@dataclass(frozen=True, slots=True)
class Past:
    """Where the plans stand: the one in force, the floor at the start of the new one, and what is promised and made."""

    in_force: InForce | None
    floor: FloorState
    kilograms: Kilograms
    opening: Opening
    """Since when the plans answer for the demand; not yet in the log where there was no plan before."""
    names: Mapping[str, int]
    """Highest numbers that names of batches ever had."""
    sequence: int
    """The last event of the log that the plan knows."""
    news: News = News()


NOTHING_FAR = Far((), frozenset())


def end_of(outlook: Outlook, given: Given) -> datetime:
    """The end of the horizon."""
    known = outlook.start + len(outlook.expected) * QUARTER
    return known if given.end is None else min(known, floor_to(given.end, QUARTER))


def problem_of(
    plant: Plant,
    outlook: Outlook,
    *,
    air: Iterable[MergedHour],
    wishes: Sequence[Wish],
    past: Past,
    given: Given | None = None,
    far: Far = NOTHING_FAR,
) -> PlanProblem:
    """Everything that a plan from `outlook.start` answers. `far` is what is due beyond its end."""
    given = given or Given()
    start, end = outlook.start, end_of(outlook, given)
    slots = (end - start) // QUARTER
    starts = list(slot_starts(start, end, QUARTER))
    in_force = past.in_force
    current = _current(plant, past.floor)
    units = {stage.name: stage.units for stage in plant.stages}
    return PlanProblem(
        plant=plant,
        start=start,
        prices=outlook.expected[:slots],
        periods=tuple(power_period(at, plant.tariff) for at in starts),
        demand=(*_demand(plant, past, given, end), *far.demand(plant)) if given.demand is None else given.demand,
        orders=(*_orders(past, given), *given.orders, *far.ahead) if given.demand is None else given.orders,
        stock_kg=past.kilograms.stock,
        ambient_kw=ambient_kw(plant, starts, air),
        wishes=tuple(wish for wish in (*wishes, *given.wishes) if _concerns(wish, start, end) and _is_there(plant, wish)),
        under_way=tuple(under_way(plant, batch) for batch in past.floor.under_way if _goes_on(plant, batch)),
        absences=tuple(_absence(plant, span, start) for span in past.floor.absent),
        outages=tuple(Outage(stage, unit, *span) for stage, unit, span in past.floor.down if unit <= units.get(stage, 0)),
        current=current,
        current_prices=() if in_force is None else tuple(_price_at(in_force, at) for at in starts),
        freeze_until=frozen_until(plant, start) if current and plant.freeze_hours > 0 else None,
        move_threshold_eur=plant.move_threshold_eur,
        scenarios=tuple(path[:slots] for path in outlook.scenarios),
        names_given=past.names,
    )


def frozen_until(plant: Plant, start: datetime) -> datetime:
    """The end of the freeze: its hours, and up to the next half-hour, on whose grid a plan is found in a fraction of the time."""
    return ceil_to(start + timedelta(hours=plant.freeze_hours), HALF_HOUR)


def _has_machines(plant: Plant, quality: str, runs: Iterable[FloorRun | StageRun]) -> bool:
    """Whether the plant, which may have been edited, still makes a quality and has the machines of runs."""
    units = {stage.name: stage.units for stage in plant.stages}
    return quality in plant.qualities and all(run.unit <= units.get(run.stage, 0) for run in runs)


def _goes_on(plant: Plant, batch: FloorBatch) -> bool:
    """Whether a batch that began can go on in the plant as it is: its stages are the plant's first, and there are more of them, or
    it is in the last one. Another one ends as it was planned, in machines that no plan has any more.
    """
    begun, names = [run.stage for run in batch.runs], [stage.name for stage in plant.stages]
    unfinished = len(begun) < len(names) or batch.runs[-1].state != "done"
    return begun == names[: len(begun)] and unfinished and _has_machines(plant, batch.quality, batch.runs)


def _is_of(plant: Plant, batch: Batch) -> bool:
    """Whether a batch was planned for the stages, machines and lengths that the plant has now."""
    stages = [run.stage for run in batch.runs] == [stage.name for stage in plant.stages]
    return stages and _has_machines(plant, batch.quality, batch.runs)


def _current(plant: Plant, floor: FloorState) -> tuple[Batch, ...]:
    """The plan in force, less what is over: what is under way as it runs and was to go on, and what has not begun."""
    going_on = [carried_of(batch, batch.planned.due).batch for batch in floor.under_way]
    ahead = [batch.planned for batch in floor.batches if not batch.runs and not batch.is_over]
    found = [batch for batch in (*going_on, *ahead) if _is_of(plant, batch)]
    return tuple(sorted(found, key=lambda batch: (batch.start, batch.id)))


def under_way(plant: Plant, batch: FloorBatch) -> UnderWay:
    """A batch of the floor as the planner knows it: a fact."""
    done = [run for run in batch.runs if run.state == "done"]
    last = batch.runs[-1]
    running = None
    if last.state != "done":
        left = last.left if last.resumes_unknown else None
        running = Running(last.stage, last.unit, last.start, last.end, left=left, stands=last.stands)
    return UnderWay(
        batch_id=batch.id,
        quality=batch.quality,
        done=tuple(StageRun(run.stage, run.unit, run.start, run.end, run.released or run.end) for run in done),
        running=running,
        due=batch.planned.due,
        kg=None if batch.kg == plant.batch_kg else batch.kg,
    )


def follows(planned: Sequence[Batch], problem: PlanProblem) -> bool:
    """Whether the floor is as a plan has it at the start of a new problem: what runs as planned, what should have begun has."""
    mine = {batch.id: batch for batch in planned}
    for fact in problem.under_way:
        batch = mine.get(fact.batch_id)
        if batch is None or not _runs_as_planned(batch, fact, problem.start):
            return False
    under_way_ids = {fact.batch_id for fact in problem.under_way}
    ahead = {batch.id for batch in problem.current} - under_way_ids
    late = [batch for batch in planned if batch.id in ahead and batch.start < problem.start]
    gone = [batch for batch in planned if batch.end > problem.start and batch.id not in ahead | under_way_ids]
    return not late and not gone


def _runs_as_planned(batch: Batch, fact: UnderWay, start: datetime) -> bool:
    """Whether the run that a batch is in ends when it should, and the next one is not overdue."""
    begun = len(fact.done) + (fact.running is not None)
    if fact.running is not None:
        runs = [run for run in batch.runs if run.stage == fact.running.stage and run.unit == fact.running.unit]
        expected = max(ceil_to(fact.running.expected_end, QUARTER), start)
        if fact.running.left is not None or not runs or ceil_to(runs[0].end, QUARTER) != expected:
            return False
    return all(run.start >= start for run in batch.runs[begun:])


def _absence(plant: Plant, span: Span, start: datetime) -> Absence:
    """Without an end nobody is expected before the next day."""
    return Absence(span[0], span[1] or day_bounds(local_day(max(span[0], start), plant.tz), plant.tz)[1])


def _demand(plant: Plant, past: Past, given: Given, end: datetime) -> tuple[Demand, ...]:
    """What the plant's file has due in the days to come."""
    own = [item.order for item in past.kilograms.promises if item.is_plant and item.order.id not in given.without]
    ahead = [order for order in own if past.floor.at < order.due <= end]
    return tuple(Demand(local_day(order.due - QUARTER, plant.tz), order.quality, order.kg) for order in ahead)


def _orders(past: Past, given: Given) -> tuple[Order, ...]:
    """What is promised beside that, and what is owed since a due time that is over."""
    kept = [item for item in past.kilograms.promises if item.order.id not in given.without]
    late = [replace(item.order, kg=item.owed_kg) for item in kept if item.order.due <= past.floor.at and item.owed_kg > LEAST_KG]
    return (*late, *(item.order for item in kept if not item.is_plant and item.order.due > past.floor.at))


def _concerns(wish: Wish, start: datetime, end: datetime) -> bool:
    """Whether a wish speaks of the horizon."""
    if isinstance(wish, Pin | NoStart):
        return start <= wish.start < end
    return wish.start < end and wish.end > start


def _is_there(plant: Plant, wish: Wish) -> bool:
    """Whether the plant, which may have been edited, has what a wish speaks of."""
    units = {stage.name: stage.units for stage in plant.stages}
    stage = wish.stage is None or wish.stage in units
    unit = not isinstance(wish, MachineDown) or wish.unit <= units.get(wish.stage or "", 0)
    return stage and unit and (not isinstance(wish, Pin | NoStart) or wish.quality in plant.qualities)


def _price_at(in_force: InForce, at: datetime) -> float | None:
    slot = (at - in_force.start) // QUARTER
    return in_force.prices[slot] if 0 <= slot < len(in_force.prices) else None
