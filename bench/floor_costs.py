"""What a simulated week cost, beside other ways to the same kilograms: as carried out, with the plan of Monday kept, and with
perfect knowledge.

All are made comparable: batches that were finished count, with their runs, and so do the runs of what was spoiled; what is in the
works at the end is of the next week in all of them. A way that made less makes the rest after the week, at the least cost. Perfect
knowledge finishes as much by each midnight as was finished, on the same machines, less where they were broken: what was carried out
is one of its choices, but that stages take what the plant's file says. So it is compared with the carried out at those lengths.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.plan.plant import Plant
from domain.plan.production import Order, Outage, PlanProblem
from domain.shop_floor.energy import StageWork, used
from domain.timeline import QUARTER, ceil_to, day_bounds, floor_to, local_day
from planning.milp.engine import SearchLimits
from planning.search.solve import solve
from simulator.shop_floor import Factory, Going
from support.plan_world import MIDNIGHT, PlanWorld

REST = timedelta(days=3)
"""So long after the week what lacks in it is made."""


@dataclass(frozen=True)
class Way:
    """A way to the kilograms of a week."""

    eur: float
    kg: float
    gap_eur: float = 0.0
    """How much less it may cost."""

    def with_rest(self, rest: "Way") -> "Way":
        """And what lacks, made later."""
        return Way(self.eur + rest.eur, self.kg + rest.kg, self.gap_eur + rest.gap_eur)


@dataclass(frozen=True)
class Ways:
    """The same kilograms in other ways."""

    carried: Way
    at_lengths: Way
    """As carried out, with the lengths of the plant's file."""
    frozen: Way
    perfect: Way


async def compared(world: PlanWorld, factory: Factory, frozen: Factory, end: datetime) -> Ways:
    """The week that ended, and the same one in other ways."""
    plant, ends = world.plans.plant, finished(factory, world.plans.plant, end)
    kept = await _ran(world, frozen, end, actual=True)
    carried, at_lengths = await _ran(world, factory, end, actual=True), await _ran(world, factory, end, actual=False)
    perfect = _least(await _perfect(world, factory, plant, ends), "perfect knowledge")
    most = max(carried.kg, kept.kg)
    rest = await _rest(world, most - carried.kg, end)
    frozen_rest = await _rest(world, most - kept.kg, end)
    return Ways(carried.with_rest(rest), at_lengths.with_rest(rest), kept.with_rest(frozen_rest), perfect.with_rest(rest))


def finished(factory: Factory, plant: Plant, end: datetime) -> Mapping[str, datetime]:
    """Batches that were finished by an instant, and when."""
    whole = [id_ for id_, stages in factory.done.items() if len(stages) == len(plant.stages) and id_ not in factory.spoiled]
    return {id_: factory.ready[id_] for id_ in whole if factory.ready[id_] <= end}


async def _ran(world: PlanWorld, factory: Factory, end: datetime, *, actual: bool) -> Way:
    """Everything that ran for what is finished, or was spoiled; as long as it ran, or as long as the plant's file says."""
    plant = world.plans.plant
    ends = finished(factory, plant, end)
    counted = [run for run in factory.ran if run.batch in ends or run.batch in factory.spoiled]
    prices = await world.prices.realised(MIDNIGHT, ceil_to(end, QUARTER) + 8 * QUARTER)
    runs = [
        StageWork(run.stage, ((run.start, run.end if actual else _usual(factory, plant, run)),), None, is_said=True)
        for run in counted
    ]
    total = used(plant, runs, lambda at: prices[int((at - MIDNIGHT) / QUARTER)] or 0.0, lambda *_: 0.0)
    return Way(total.eur, len(ends) * plant.batch_kg)


def _usual(factory: Factory, plant: Plant, run: Going) -> datetime:
    """When a run would have ended; what is spoiled is so in its first one, which ends with it."""
    return run.end if run.batch in factory.spoiled else run.start + plant.stage(run.stage).slots(plant.qualities[0]) * QUARTER


async def _perfect(world: PlanWorld, factory: Factory, plant: Plant, ends: Mapping[str, datetime]) -> PlanProblem:
    """What was finished, by the midnight after it, or by the end of the week."""
    days = Counter(local_day(at - timedelta(microseconds=1)) for at in ends.values())
    last = max(ends.values(), default=MIDNIGHT)
    orders = [
        Order(f"made-{day}", plant.qualities[0], n * plant.batch_kg, min(day_bounds(day)[1], ceil_to(last, QUARTER)))
        for day, n in sorted(days.items())
    ]
    outages = [
        Outage(*_machine(machine), ceil_to(since, QUARTER), floor_to(until, QUARTER))
        for machine, since, until in factory.broke
        if ceil_to(since, QUARTER) < floor_to(until, QUARTER)
    ]
    return await _bare(world, MIDNIGHT, tuple(orders), tuple(outages))


async def _rest(world: PlanWorld, kg: float, end: datetime) -> Way:
    """What lacks, made after the week at the least cost."""
    if kg <= 0:
        return Way(0.0, 0.0)
    order = Order("rest", world.plans.plant.qualities[0], kg, ceil_to(end, QUARTER) + REST)
    return _least(await _bare(world, ceil_to(end, QUARTER), (order,), ()), "the rest")


async def _bare(world: PlanWorld, start: datetime, orders: tuple[Order, ...], outages: tuple[Outage, ...]) -> PlanProblem:
    """The prices and the plant from an instant on, with nothing but these orders."""
    world.clock.now = start
    return replace(
        (await world.plans.question(start)).problem,
        demand=(),
        orders=orders,
        stock_kg={},
        under_way=(),
        current=(),
        current_prices=(),
        freeze_until=None,
        absences=(),
        outages=outages,
        names_given=None,
    )


def _least(problem: PlanProblem, what: str) -> Way:
    """The cheapest plan, with what is not proven of it; all must be in time."""
    plan = solve(problem, SearchLimits())
    if plan.late or plan.unplanned or plan.status not in ("optimal", "feasible", "empty"):
        raise ValueError(f"{what}: {plan.status}, late {plan.late}, not planned {plan.unplanned}")
    return Way(plan.cost_eur, len(plan.batches) * problem.plant.batch_kg, plan.gap_eur or 0.0)


def _machine(name: str) -> tuple[str, int]:
    stage, _, number = name.partition("-")
    return stage, int(number or 1)
