"""Days of a ledger that are lived through, and their audit."""

from datetime import timedelta

from services.savings.audit import AuditService, Sources
from support.plan_cases import WEDNESDAY
from support.plan_world import PlanWorld

DAY = timedelta(days=1)


async def lived(world: PlanWorld, days: int) -> None:
    """Days by the plan that is made on the first of them."""
    await world.ledger.close()
    await world.plans.replan()
    await world.clock.move(days * DAY)
    await world.ledger.close()


async def audited(world: PlanWorld) -> list[str]:
    sources = Sources(world.logs.floor, world.ledger_log, world.prices, world.weather, world.plants)
    report = await AuditService(sources, world.plans.plant, world.clock).report(WEDNESDAY, WEDNESDAY + 9 * DAY)
    assert report.days >= 2
    return [one.line() for one in report.differences]
