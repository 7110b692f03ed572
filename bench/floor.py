"""Random weeks of a factory told by events: `scripts/bench floor [--weeks N] [--seed N] [--minutes N] [--days N]`.

Stages take 15 % longer or shorter, machines break, batches spoil, nobody is here for an afternoon, people forget to tell, tell
late, tell it wrong and correct it, somebody orders a batch for
tomorrow, and the service is killed. At each quarter of an hour the laws are checked; violations are
printed and make it fail. Then what the week cost beside the same week with the plan of Monday kept, and with perfect knowledge of
what broke; how long before it was due the lateness of an order was said; and the seconds from an event to the plan that has it.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Any

from bench.floor_costs import Ways, compared
from domain.errors import FactoryError, NotKnownError
from domain.plan.production import Order
from domain.shop_floor.events import Event, Recorded
from domain.shop_floor.facts import holds
from domain.shop_floor.orders import LEAST_KG, Kilograms
from domain.shop_floor.state import FloorState
from domain.timeline import HOUR
from planning.milp.engine import SearchLimits
from simulator.shop_floor import Factory, Habits, in_the_plan
from support.floor_cases import event_of
from support.here import Here
from support.plan_world import MIDNIGHT, PlanWorld, made_plant, plan_world

STEP, MINUTE = timedelta(minutes=15), timedelta(minutes=1)
HABITS = Habits(breaks=0.05, spoils=0.06, silent=0.2, late=0.2)
WRONG, KILLED, RUSH = 0.05, 0.01, 0.01
"""Share of the events that are told with a wrong minute and corrected at the next look; of the looks at which the service dies, and
of those at which somebody orders a batch more, due 12 to 48 hours later: some of them cannot be had in time.
"""
ENOUGH = SearchLimits(rel_gap=0.01, nodes=20, clock_s=5.0)
"""A law holds for any plan: a search to the last cent at each of some thousand looks would only take longer."""
PLANT = made_plant(weekday_batches={weekday: {"plain": 3.0} for weekday in range(7)}, max_stock_kg={})


@dataclass
class Week:
    """What came of one week."""

    seed: int
    steps: int = 0
    events: int = 0
    kills: int = 0
    rush_orders: int = 0
    violations: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """From an event to the plan that knows of it."""
    lived_s: float = 0.0
    ways: Ways | None = None
    said_before_h: list[float] = field(default_factory=list)
    """How long before it was due the lateness of an order was said; negative: after."""


def factory_of(seed: int, end: datetime) -> Factory:
    """The same for the same seed; on one afternoon nobody is here."""
    factory = Factory(Random(seed), HABITS)
    days = max(1, (end - MIDNIGHT).days)
    first = MIDNIGHT + timedelta(days=factory.of("absent").randrange(days), hours=13)
    factory.absent.append((first, first + timedelta(hours=4)))
    return factory


TRIES = 10
"""Nobody else is served here: a machine that finds no plan within the deadline because it is busy is asked again."""


async def document(world: PlanWorld) -> dict[str, Any]:
    """The plan in force."""
    for _ in range(TRIES):
        await world.plans.replan()
        with suppress(NotKnownError):
            answer = await world.plans.current()
            break
    else:
        answer = await world.plans.current()
    plan: dict[str, Any] = json.loads(answer.document or "null")
    return plan


async def looked(world: PlanWorld, factory: Factory, plan: dict[str, Any], week: Week) -> None:
    """The laws, at an instant."""
    now = world.clock()
    state = await world.logs.floor.state(now)
    kg = await world.logs.floor.kilograms(now, now + timedelta(days=3))
    bad = [f"runs and is not in the plan: {one}" for one in in_the_plan(factory, plan)]
    bad += [*bad_starts(plan, state), *doubled(plan, now), *lost_kg(kg, now)]
    week.violations += [f"seed {week.seed} {now.isoformat()}: {words}" for words in bad]


def bad_starts(plan: dict[str, Any], state: FloorState) -> Iterator[str]:
    """Stages to come that begin in the past, on a machine that is down, where nobody is."""
    now, begun = state.at, {(run.stage, batch.id) for batch in state.batches for run in batch.runs}
    for batch in plan["batches"]:
        for stage in batch["stages"]:
            start, name = datetime.fromisoformat(stage["start"]), f"{batch['id']} {stage['stage']}"
            if (stage["stage"], batch["id"]) in begun:
                continue
            if start < now:
                yield f"{name} begins in the past"
            down = [span for of, unit, span in state.down if stage["unit"] in (of, f"{of}-{unit}")]
            if any(holds(span, start) for span in down):
                yield f"{name} begins on a machine that is down"
            if PLANT.stage(stage["stage"]).attended and any(span[1] is not None and holds(span, start) for span in state.absent):
                yield f"{name} begins where nobody is"


def doubled(plan: dict[str, Any], now: datetime) -> Iterator[str]:
    """Machines with two batches at once, from now on: what is over is told to the minute and planned on quarters."""
    runs: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for batch in plan["batches"]:
        for stage in batch["stages"]:
            if datetime.fromisoformat(stage["end"]) > now:
                runs[stage["unit"]].append((stage["start"], stage["end"], batch["id"]))
    for unit, found in runs.items():
        for one, other in pairwise(sorted(found)):
            if other[0] < one[1]:
                yield f"{unit} has {one[2]} from {one[0]} to {one[1]}, and {other[2]} from {other[0]}"


def lost_kg(kg: Kilograms, now: datetime) -> Iterator[str]:
    """What was made is delivered or in stock."""
    made, given = sum(kg.made.values()), sum(item.made_kg for item in kg.promises if item.order.due <= now)
    if abs(made - given - sum(kg.stock.values())) > LEAST_KG:
        yield f"made {made} kg, delivered {given}, in stock {dict(kg.stock)}"


@dataclass
class Life:
    """A week under way."""

    week: Week
    factory: Factory
    wrong: Random
    first: dict[str, Any] | None = None
    """The plan of Monday."""
    late: dict[str, datetime] = field(default_factory=dict)
    """Since when a plan says that an order is late."""
    corrections: list[tuple[Recorded, datetime]] = field(default_factory=list)

    async def step(self, world: PlanWorld) -> None:
        """A quarter of an hour: what happens, what is told of it, the plan that knows it."""
        plan = await document(world)
        self.first = self.first or plan
        await world.clock.move(STEP)
        now = world.clock()
        told = [event_of(one) for one in self.factory.step(plan, now)]
        told += [Event(f"c{item.sequence}", "correction", at, of=item.sequence) for item, at in self.corrections]
        self.corrections = []
        for event in told:
            await self.tell(world, event, now)
        is_rush = self.wrong.random() < RUSH
        if is_rush:
            await self.order(world, now)
        began = time.monotonic()
        plan = await document(world)
        if told or is_rush:
            self.week.seconds.append(time.monotonic() - began)
        await looked(world, self.factory, plan, self.week)
        await self.look_at_late(world, plan, now)
        self.week.steps += 1

    async def tell(self, world: PlanWorld, event: Event, now: datetime) -> None:
        """True, or a minute wrong and corrected at the next look. What is true is never refused."""
        is_wrong = event.kind == "began" and event.at < now and self.wrong.random() < WRONG
        self.week.events += 1
        try:
            taken, _ = await world.logs.floor.tell(replace(event, at=event.at + MINUTE) if is_wrong else event, at_said=True)
        except FactoryError as error:
            self.week.violations.append(f"seed {self.week.seed} {now.isoformat()}: what is true is refused: {error}")
            return
        if is_wrong:
            self.corrections.append((taken, event.at))

    async def order(self, world: PlanWorld, now: datetime) -> None:
        """Somebody wants a batch soon."""
        due = now + self.wrong.randint(12, 48) * HOUR
        order, _ = await world.logs.floor.place(
            f"rush-{now.isoformat()}", lambda id_: Order(id_, "plain", PLANT.batch_kg, due, 1.0, "rush"), now
        )
        self.week.rush_orders += 1
        kept = {item.order.id for item in (await world.logs.floor.kilograms(now, due)).promises}
        if order.id not in kept:
            self.week.violations.append(f"seed {self.week.seed} {now.isoformat()}: order {order.id} is not kept")

    async def look_at_late(self, world: PlanWorld, plan: dict[str, Any], now: datetime) -> None:
        """What a plan says of lateness, and what was due and is owed."""
        for late in plan["late"]:
            self.late.setdefault(late["order"], now)
        for item in (await world.logs.floor.kilograms(now, now)).late(now):
            if item.order.due > now - STEP:
                self.week.said_before_h.append((item.order.due - self.late.get(item.order.id, now)) / HOUR)


async def lived(seed: int, folder: Path, end: datetime) -> Week:
    """One week of the service, and what it cost beside other ways."""
    life = Life(Week(seed), factory_of(seed, end), Random(f"{seed}:wrong"))
    now, week = MIDNIGHT, life.week
    while now < end:
        async with plan_world(folder, PLANT, now, child=Here(), limits=ENOUGH) as world:
            while now < end:
                await life.step(world)
                now = world.clock()
                if life.wrong.random() < KILLED:
                    week.kills += 1
                    break
    async with plan_world(folder, PLANT, now, child=Here(), limits=ENOUGH) as world:
        frozen, at = factory_of(seed, end), MIDNIGHT
        while at < end:
            at += STEP
            frozen.step(life.first or {"batches": []}, at)
        week.ways = await compared(world, life.factory, frozen, end)
    return week


def said(weeks: Sequence[Week]) -> str:
    """The summary."""
    seconds = sorted(second for week in weeks for second in week.seconds)
    before = [hours for week in weeks for hours in week.said_before_h]
    p50, p95 = (quantiles(seconds, n=20)[9], quantiles(seconds, n=20)[18]) if len(seconds) > 1 else (0.0, 0.0)
    lines = [
        f"weeks {len(weeks)}, looks {sum(week.steps for week in weeks)}, events {sum(week.events for week in weeks)},"
        f" kills {sum(week.kills for week in weeks)}, rush orders {sum(week.rush_orders for week in weeks)}",
        f"violations {sum(len(week.violations) for week in weeks)}",
        f"event to plan: p50 {p50:.2f} s, p95 {p95:.2f} s (load {os.getloadavg()[0]:.1f})",
        f"orders late {len(before)}, said before they were due {sum(hours > 0 for hours in before)},"
        f" on average {sum(before) / max(1, len(before)):.1f} h before",
    ]
    lines.append(f"seconds a week: {sum(week.lived_s for week in weeks) / max(1, len(weeks)):.0f}")
    known = [week.ways for week in weeks if week.ways is not None]
    for name, ways in (
        ("as carried out", [one.carried for one in known]),
        ("as carried out, at the plant's lengths", [one.at_lengths for one in known]),
        ("plan of Monday kept", [one.frozen for one in known]),
        ("perfect knowledge", [one.perfect for one in known]),
    ):
        eur, kg, gap = (sum(values) for values in zip(*((way.eur, way.kg, way.gap_eur) for way in ways), strict=True))
        lines.append(
            f"{name}: {eur:.2f} EUR for {kg:.0f} kg, {100 * eur / max(kg, 1.0):.3f} EUR per 100 kg, not proven {gap:.2f} EUR"
        )
    dearer = sum(one.perfect.eur - one.perfect.gap_eur > one.at_lengths.eur for one in known)
    lines.append(f"weeks in which perfect knowledge costs more than what was carried out: {dearer}")
    return "\n".join(lines)


async def main(arguments: list[str]) -> int:
    """Weeks until there are enough or the time is over; 1 where a law was broken."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--weeks", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=25.0, help="no new week is begun after")
    parser.add_argument("--days", type=float, default=7.0, help="length of a week")
    options = parser.parse_args(arguments)
    weeks: list[Week] = []
    until = time.monotonic() + 60 * options.minutes
    for seed in range(options.seed, options.seed + options.weeks):
        if time.monotonic() > until:
            break
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            week = await lived(seed, Path(folder), MIDNIGHT + timedelta(days=options.days))
        week.lived_s = time.monotonic() - began
        weeks.append(week)
        sys.stdout.write("".join(f"{line}\n" for line in week.violations[:20]))
        sys.stdout.write(f"seed {seed}: {week.events} events, {len(week.violations)} violations, {week.lived_s:.0f} s\n")
        sys.stdout.flush()
    sys.stdout.write(said(weeks) + "\n")
    return 1 if any(week.violations for week in weeks) else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
