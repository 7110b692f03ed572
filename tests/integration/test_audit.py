"""The audit finds nothing in an honest ledger, and every figure that somebody changed."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.shop_floor.events import Event
from services.savings.audit import AuditError, AuditService, Sources
from support.plan_cases import WEDNESDAY
from support.plan_world import PlanWorld, made_plant, plan_world

DAY = timedelta(days=1)
FIGURES = ("kg", "kwh", "plan_eur", "base_load_kwh", "base_load_eur", "spoiled_kwh")


def audit_of(world: PlanWorld) -> AuditService:
    return AuditService(Sources(world.logs.floor, world.ledger_log, world.prices, world.weather), world.plans.plant, world.clock)


async def lived(world: PlanWorld) -> None:
    """Three days: one batch late and interrupted, one spoiled, one that nobody reported."""
    await world.plans.replan()
    start = datetime.fromisoformat("2026-03-11T01:07:00+00:00")
    await world.clock.move(start - world.clock())
    one = "20260311-plain-1"
    await world.desk.take(Event("1", "began", start, batch=one, stage="mix"), at_said=True)
    await world.clock.move(timedelta(minutes=30))
    await world.desk.take(Event("1b", "ended", start + timedelta(minutes=14), batch=one, stage="mix"), at_said=True)
    await world.desk.take(Event("1c", "began", start + timedelta(minutes=15), batch=one, stage="kettle"), at_said=True)
    await world.desk.take(Event("2", "interrupted", start + timedelta(minutes=22), batch=one), at_said=True)
    await world.desk.take(Event("3", "resumed", start + timedelta(minutes=29), batch=one), at_said=True)
    await world.plans.replan()
    await world.clock.move(DAY)
    await world.plans.replan()
    await world.desk.take(Event("4", "spoiled", world.clock(), batch="20260312-plain-1"), at_said=False)
    await world.plans.replan()
    await world.clock.move(2 * DAY)
    await world.plans.replan()
    await world.ledger.close()


async def test_an_honest_ledger_has_no_differences_and_a_changed_one_has_each(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant(max_stock_kg={})) as world:
        await lived(world)
        audit = audit_of(world)
        assert await audit.differences(WEDNESDAY, WEDNESDAY + 3 * DAY) == []
        assert await audit.look() == "differences 0"
        (entry,) = await world.ledger_log.entries("day", WEDNESDAY, WEDNESDAY)
        assert entry["reported_share_kwh"] > 0
        changed = dict(entry) | {name: entry[name] + 0.01 for name in FIGURES}
        await world.ledger_log.put("day", WEDNESDAY, changed)
        found = await audit.differences(WEDNESDAY, WEDNESDAY)
        assert {one.figure for one in found} == set(FIGURES)
        with pytest.raises(AuditError, match="6 differences"):
            await audit.look()
