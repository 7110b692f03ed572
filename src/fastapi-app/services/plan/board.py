"""The plan as the page shows it: the one in force, what changed lately, and why there is none."""

import json
from datetime import datetime, timedelta
from typing import Any

from domain.errors import NotKnownError
from domain.timeline import is_recent
from ports import StoredPlan
from services.plan.service import PlanService

PlanBlock = dict[str, Any]
"""The document of a plan, as it was answered."""
RECENT = timedelta(hours=24)
"""What changed stays in sight for so long."""


class PlanBoard:
    """Makes the block `plan`."""

    def __init__(self, plans: PlanService) -> None:
        self._plans = plans

    async def block(self, now: datetime) -> dict[str, Any] | None:
        """The plan in force with `blocked`, the clash that keeps a newer one away; None while there is no answer yet."""
        try:
            stored = await self._plans.in_force()
        except NotKnownError:
            return None
        return shown(stored, self._plans.no_plan, now)

    async def reason(self, now: datetime) -> str | None:  # noqa: ARG002 - as every part of the page
        """Why there is no plan, as the service says it; None where there is one."""
        try:
            await self._plans.in_force()
        except NotKnownError as error:
            return str(error)
        return None


def shown(stored: StoredPlan, no_plan: StoredPlan | None, now: datetime) -> dict[str, Any]:
    """The document of a plan for the page, without its quarter-hours. Changes of the last day stay in it."""
    document: dict[str, Any] = json.loads(stored.document)
    document.pop("prices")
    document["base_load"].pop("quarters_kwh")
    for batch in (*document["batches"], *(document["baseline"]["batches"] or ())):
        for stage in batch["stages"]:
            stage.pop("quarters")
    recent = stored.inputs.get("recent")
    if not document["changes"] and recent and is_recent(datetime.fromisoformat(recent["at"]), now, RECENT):
        document["changes"] = recent["changes"]
    clash = None if no_plan is None or no_plan.id == stored.id else json.loads(no_plan.document)["clash"]
    return document | {"blocked": clash}
