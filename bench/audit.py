"""A year of days, each lived and audited: `scripts/bench audit [--days N] [--seed N] [--minutes N]`.

Each day is planned, some of what happens is told (late, interrupted, spoiled), prices come in, the day is scored when it is over.
Prints each difference that the audit finds, then kilograms due, made and left, and days and batches; 1 where anything differs.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from random import Random

from domain.errors import FactoryError
from domain.shop_floor.events import Event
from domain.timeline import day_bounds
from services.savings.audit import AuditService, Report, Sources
from support.here import Here
from support.plan_cases import WEDNESDAY
from support.plan_world import PlanWorld, made_plant, plan_world

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
EVERY = 28
"""Days between two audits."""


async def told(world: PlanWorld, random: Random, number: int) -> int:
    """Something about a batch that is under way or was lately; whether the log took it."""
    state = await world.logs.floor.state(world.clock())
    lately = [
        batch for batch in state.batches if batch.runs and world.clock() - batch.runs[0].start < DAY and not batch.is_reported
    ]
    if not lately:
        return 0
    batch = random.choice(lately)
    run = random.choice(batch.runs)
    late = random.randint(-3, 20) * MINUTE
    kind = random.choice(("began", "ended", "interrupted", "spoiled"))
    now, name = world.clock(), f"e{number}"
    about = {
        "began": Event(name, "began", min(run.start + late, now), batch=batch.id, stage=run.stage),
        "ended": Event(name, "ended", min(run.end + late, now), batch=batch.id, stage=run.stage),
        "interrupted": Event(
            name, "interrupted", run.start + 5 * MINUTE, batch=batch.id, stage=run.stage, until=run.start + 25 * MINUTE
        ),
        "spoiled": Event(name, "spoiled", now, batch=batch.id),
    }[kind]
    try:
        await world.logs.floor.tell(about, at_said=True)
    except FactoryError:
        return 0
    return 1


async def lived(days: int, seed: int, until: float) -> Report | None:
    """Day after day; the report of the last audit, or the first one with a difference."""
    random, report, events = Random(seed), None, 0
    with tempfile.TemporaryDirectory() as folder:
        async with plan_world(Path(folder), made_plant(max_stock_kg={}), child=Here()) as world:
            for number in range(days):
                day = WEDNESDAY + number * DAY
                await world.clock.move(day_bounds(day)[0] + random.randint(0, 40) * MINUTE - world.clock())
                await world.plans.replan()
                await world.clock.move(random.randint(2, 14) * HOUR)
                events += await told(world, random, number)
                await world.plans.replan()
                await world.ledger.close()
                if number % EVERY == EVERY - 1 or number == days - 1 or time.monotonic() > until:
                    sources = Sources(world.logs.floor, world.ledger_log, world.prices, world.weather, world.plants)
                    audit = AuditService(sources, world.plans.plant, world.clock)
                    report = await audit.report(WEDNESDAY, day)
                    sys.stdout.write(f"{day}, {events} events: {report.lines()[-1]}\n")
                    sys.stdout.flush()
                    if report.differences or time.monotonic() > until:
                        break
    return report


async def main(arguments: list[str]) -> int:
    """Live, audit, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=600.0, help="no day is begun after")
    options = parser.parse_args(arguments)
    report = await lived(options.days, options.seed, time.monotonic() + 60 * options.minutes)
    if report is None:
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in report.lines()))
    return 1 if report.differences else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
