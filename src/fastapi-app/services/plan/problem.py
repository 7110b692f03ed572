"""The problem of a plan, from what is known: prices, air, demand, wishes, the plan in force and what was carried out. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from domain.bill.tariff import power_period
from domain.plan.plant import Plant
from domain.plan.production import Batch, Demand, NoStart, Order, Pin, PlanProblem, Wish, demand_between
from domain.shop_floor.execution import Carried
from domain.timeline import HOUR, QUARTER, ceil_to, day_bounds, floor_to, local_day, slot_starts
from domain.weather.merge import MergedHour
from services.plan.prices import Outlook

HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class InForce:
    """The plan in force, as a new plan needs it."""

    batches: tuple[Batch, ...]
    start: datetime
    prices: tuple[float | None, ...]
    first_due: date
    """First day whose demand the plans cover: what was due before is none of theirs."""


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


def first_due(plant: Plant, now: datetime, in_force: InForce | None) -> date:
    """The first day that the plans answer for. Without a plan it is today only while the first shift has not begun."""
    if in_force is not None and in_force.start + len(in_force.prices) * QUARTER > now:
        return in_force.first_due
    today = local_day(now, plant.tz)
    opening = plant.first_shift_start(today)
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
class Past:
    """Where the plans stand: the one in force, what was carried out, and since when they answer for the demand."""

    in_force: InForce | None
    carried: tuple[Carried, ...]
    """Batches due from `since` on whose time has come."""
    since: date
    names: Mapping[str, int] | None = None
    """Highest numbers that names of batches ever had."""


def problem_of(
    plant: Plant, outlook: Outlook, *, air: Iterable[MergedHour], wishes: Sequence[Wish], past: Past, given: Given | None = None
) -> PlanProblem:
    """Everything that a plan from `outlook.start` answers."""
    given = given or Given()
    start = outlook.start
    slots = len(outlook.expected) if given.end is None else min(len(outlook.expected), (given.end - start) // QUARTER)
    end = start + slots * QUARTER
    starts = list(slot_starts(start, end, QUARTER))
    works, in_force = _works(plant, start, past), past.in_force
    return PlanProblem(
        plant=plant,
        start=start,
        prices=outlook.expected[:slots],
        periods=tuple(power_period(at, plant.tariff) for at in starts),
        demand=(_demand(plant, start, end, past) if given.demand is None else given.demand) + _asked(plant, given),
        stock_kg=_stock_kg(plant, start, works.finished),
        ambient_kw=ambient_kw(plant, starts, air),
        wishes=tuple(wish for wish in (*wishes, *given.wishes) if _concerns(wish, start, end)),
        started=works.started,
        current=works.current,
        current_prices=() if in_force is None else tuple(_price_at(in_force, at) for at in starts),
        freeze_until=frozen_until(plant, start) if works.current and plant.freeze_hours > 0 else None,
        move_threshold_eur=plant.move_threshold_eur,
        scenarios=tuple(path[:slots] for path in outlook.scenarios),
        names_given=past.names,
    )


def frozen_until(plant: Plant, start: datetime) -> datetime:
    """The end of the freeze: its hours, and up to the next half-hour, on whose grid a plan is found in a fraction of the time."""
    return ceil_to(start + timedelta(hours=plant.freeze_hours), HALF_HOUR)


@dataclass(frozen=True, slots=True)
class _Works:
    finished: tuple[Batch, ...]
    started: tuple[Batch, ...]
    current: tuple[Batch, ...]


def _works(plant: Plant, start: datetime, past: Past) -> _Works:
    """What is finished, in the works and planned at an instant; what the operator reported counts before the plan."""
    not_made = {(item.planned.id, item.planned.start) for item in past.carried if item.planned is not None and not item.made}
    planned = () if past.in_force is None else past.in_force.batches
    made = {batch.id: batch for batch in planned if (batch.id, batch.start) not in not_made}
    made |= {item.batch.id: item.batch for item in past.carried if item.made}
    begun = [batch for batch in made.values() if batch.end > start > batch.start]
    finished = [batch for batch in made.values() if batch.end <= start]
    finished += [batch for batch in begun if not keeps_its_chain(plant, batch)]
    going_on = [batch for batch in begun if keeps_its_chain(plant, batch)]
    ahead = [batch for batch in made.values() if batch.start >= start]
    started = tuple(replace(batch, runs=tuple(run for run in batch.runs if run.start < start)) for batch in going_on)
    return _Works(tuple(finished), started, tuple(sorted([*going_on, *ahead], key=lambda batch: (batch.start, batch.id))))


def keeps_its_chain(plant: Plant, batch: Batch) -> bool:
    """Whether the runs keep order, lengths and waits. A batch that was handled otherwise is in nobody's plan: it counts as made."""
    names = [stage.name for stage in plant.stages]
    if [run.stage for run in batch.runs] != names:
        return False
    on_grid = all(floor_to(run.start, QUARTER) == run.start for run in batch.runs)
    lengths = all(run.end - run.start == plant.stage(run.stage).slots(batch.quality) * QUARTER for run in batch.runs)
    waits = all(
        timedelta(0) <= onward.start - run.end <= plant.stage(run.stage).slack_slots * QUARTER
        for run, onward in zip(batch.runs, batch.runs[1:], strict=False)
    )
    return on_grid and lengths and waits


def _stock_kg(plant: Plant, start: datetime, finished: Iterable[Batch]) -> dict[str, float]:
    """Goods that are made and not yet delivered: finished batches that are due today or later."""
    today = local_day(start, plant.tz)
    stock = dict.fromkeys(plant.qualities, 0.0)
    for batch in finished:
        if batch.due is None or batch.due >= today:
            stock[batch.quality] += plant.batch_kg
    return {quality: kg for quality, kg in stock.items() if kg}


def _demand(plant: Plant, start: datetime, end: datetime, past: Past) -> tuple[Demand, ...]:
    """What is due by the end of each day. A batch that was not made is due again on the next working day, and on that day only."""
    today = local_day(start, plant.tz)
    due = {(item.day, item.quality): item.kg for item in demand_between(plant, start, end) if item.day >= past.since}
    for item in past.carried:
        if item.made or item.batch.due is None:
            continue
        quality, day = item.batch.quality, item.batch.due
        if (day, quality) in due:
            due[day, quality] -= plant.batch_kg
        again = next_working_day(plant, day)
        if again is not None and again >= today and day_bounds(again, plant.tz)[1] <= end:
            due[again, quality] = due.get((again, quality), 0.0) + plant.batch_kg
    return tuple(Demand(day, quality, kg) for (day, quality), kg in sorted(due.items()) if kg > 0)


def _asked(plant: Plant, given: Given) -> tuple[Demand, ...]:
    """Orders that are asked about, as demand of the day in which they are due."""
    return tuple(Demand(local_day(order.due - QUARTER, plant.tz), order.quality, order.kg) for order in given.orders)


def next_working_day(plant: Plant, day: date) -> date | None:
    """The first day after another one that has a shift; None within four weeks."""
    later = (day + timedelta(days=ahead) for ahead in range(1, 29))
    return next((after for after in later if plant.first_shift_start(after) is not None), None)


def _concerns(wish: Wish, start: datetime, end: datetime) -> bool:
    """Whether a wish speaks of the horizon."""
    if isinstance(wish, Pin | NoStart):
        return start <= wish.start < end
    return wish.start < end and wish.end > start


def _price_at(in_force: InForce, at: datetime) -> float | None:
    slot = (at - in_force.start) // QUARTER
    return in_force.prices[slot] if 0 <= slot < len(in_force.prices) else None
