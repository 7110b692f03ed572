"""Whatever is reported, in any order and taken back, is in the savings when they are read next: nobody waits for the hourly job.
`FLOOR_EVENTS` and `FLOOR_SEEDS` make it longer.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from domain.errors import FactoryError
from domain.shop_floor.events import Event
from planning.milp.engine import SearchLimits
from services.page.dashboard import ANSWER_S
from services.savings.ledger import LedgerService, Sources
from support.plan_cases import WEDNESDAY
from support.plan_world import PlanWorld, made_plant, plan_world

EVENTS = int(os.environ.get("FLOOR_EVENTS", "5"))
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LAST = WEDNESDAY + 5 * DAY
FIGURES = ("kg", "kwh", "plan_eur", "baseline_eur", "saving_eur", "spoiled_kwh", "reported_share_kwh", "closed")


QUICK = SearchLimits(rel_gap=1.0, nodes=1)
"""What was possible is not compared here: a search may end where it likes."""


class Here:
    """Scores in this process."""

    last_report = None

    async def run(self, work: Callable[..., Any], *arguments: Any, deadline_s: float) -> Any:
        assert deadline_s > 0
        return work(*arguments)


class Empty:
    """A ledger in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, date], Mapping[str, Any]] = {}

    async def put(self, span: str, first: date, entry: Mapping[str, Any]) -> None:
        self.kept[span, first] = dict(entry)

    async def entries(self, span: str, first: date, last: date) -> Sequence[Mapping[str, Any]]:
        return [entry for (of, day), entry in sorted(self.kept.items()) if of == span and first <= day <= last]


def ledger_of(world: PlanWorld, log: Any) -> LedgerService:
    sources = Sources(world.plans, world.prices, world.weather, world.logs, world.plants)
    return LedgerService(sources, log, world.plans.plant, world.clock, limits=QUICK, child=Here())


def told(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{name: entry[name] for name in ("date", *FIGURES)} for entry in entries]


async def clean_pass(world: PlanWorld) -> list[list[dict[str, Any]]]:
    log = Empty()
    await ledger_of(world, log).close()
    return [told(await log.entries(span, WEDNESDAY - 7 * DAY, LAST)) for span in ("day", "week")]


async def say(world: PlanWorld, random: Random, number: int) -> bool:
    """Something about one of the batches, true or not; whether the log took it."""
    batch = random.choice((await world.logs.floor.state(world.clock())).batches)
    said = [item for item in await world.logs.floor.events() if item.event.by != "clock"]
    kinds = ["spoiled", "finished", "began", "ended", "back"]
    kind: Any = random.choice(kinds)
    at = min(world.clock(), batch.planned.start + random.randint(-60, 120) * MINUTE)
    if kind == "back":
        if not said:
            return False
        event = Event(f"r{number}", "correction", world.clock(), of=random.choice(said).sequence)
    else:
        stage = random.choice(batch.planned.runs).stage if kind in ("began", "ended") else None
        event = Event(f"r{number}", kind, at, batch=batch.id, stage=stage)
    try:
        await world.logs.floor.tell(event, at_said=kind != "back")
    except FactoryError:
        return False
    return True


@pytest.mark.timeout(400)  # what is planned and scored is planned and scored in earnest, on a machine that may be busy
@pytest.mark.parametrize("seed", range(int(os.environ.get("FLOOR_SEEDS", "1"))))
async def test_the_savings_that_are_read_are_those_of_the_log_as_it_is(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    async with plan_world(tmp_path, made_plant(max_stock_kg={})) as world:
        ledger = ledger_of(world, world.ledger_log)
        for _ in range(2):
            await world.plans.replan()
            await world.clock.move(DAY)
        await world.plans.replan()
        number = taken = 0
        while taken < EVENTS and number < 200:
            number += 1
            if not await say(world, random, number):
                continue
            taken += 1
            await ledger.followed()
            read = [told(await ledger.entries(span, WEDNESDAY - 7 * DAY, LAST)) for span in ("day", "week")]
            assert read == await clean_pass(world), f"after event {number}"


async def test_a_spoiled_batch_is_in_no_saving_at_once(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant(max_stock_kg={})) as world:
        ledger = ledger_of(world, world.ledger_log)
        await world.plans.replan()
        await world.clock.move(2 * DAY)
        await ledger.followed()
        before = await ledger.entries("day", WEDNESDAY, LAST)
        changes = ledger.changes
        event = Event("1", "spoiled", world.clock(), batch="20260311-plain-1")
        await world.logs.floor.tell(event, at_said=False)
        await ledger.followed()
        days = await ledger.entries("day", WEDNESDAY, LAST)
        assert sum(day["kg"] for day in before) - sum(day["kg"] for day in days) == 100.0
        assert days[0]["kg"] == 100.0  # what was made next goes to what was due first
        assert days[0]["spoiled_kwh"] == pytest.approx(before[0]["kwh"] - before[0]["base_load_kwh"])
        cost, again = (sum(day["plan_eur"] for day in told) for told in (before, days))
        assert cost == pytest.approx(again, abs=1e-3) and ledger.changes > changes
        after = days[0]
        assert datetime.fromisoformat(after["as_of"]) == world.clock()
        seen = ledger.changes
        assert await ledger.entries("day", WEDNESDAY, WEDNESDAY) and ledger.changes == seen
        await ledger.stop()


class Slow(Here):
    """Scores when it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()

    async def run(self, work: Callable[..., Any], *arguments: Any, deadline_s: float) -> Any:
        await self.let.wait()
        return await super().run(work, *arguments, deadline_s=deadline_s)


async def test_the_page_waits_once_for_what_is_being_scored_and_shows_what_was_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float | None] = []
    async with plan_world(tmp_path, made_plant(max_stock_kg={})) as world:
        await world.plans.replan()
        await world.clock.move(2 * DAY)
        await ledger_of(world, world.ledger_log).close()
        slow = Slow()
        sources = Sources(world.plans, world.prices, world.weather, world.logs, world.plants)
        ledger = LedgerService(sources, world.ledger_log, world.plans.plant, world.clock, limits=QUICK, child=slow)
        known = await world.ledger_log.entries("day", WEDNESDAY, LAST)
        event = Event("1", "spoiled", world.clock(), batch="20260311-plain-1")
        await world.logs.floor.tell(event, at_said=False)
        followed = ledger.followed

        async def counted(within_s: float | None = None) -> None:
            waits.append(within_s)
            await followed(0.01)

        monkeypatch.setattr(ledger, "followed", counted)
        block = await ledger.block(world.clock())
        assert block is not None and [day["kg"] for day in block["days"]] == [day["kg"] for day in known if day["plan_eur"]]
        assert [wait for wait in waits if wait is None or wait >= ANSWER_S] == [] and len(waits) == 1
        slow.let.set()
        await followed()
        later = await ledger.block(world.clock())
        assert later is not None and sum(day["kg"] for day in later["days"]) < sum(day["kg"] for day in block["days"])
        await ledger.stop()
