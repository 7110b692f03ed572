"""Wishes and reports of the operator: kept, planned with at once, answered with what they cost; undone."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from domain.errors import NotFoundError, NotKnownError
from domain.shop_floor.execution import Execution, carried_of
from ports import Clock, StoredWish
from services.plan.once import Once
from services.plan.service import Answer, Logs, PlanService
from services.plan.wish_form import wish_body, wish_name
from services.shop_floor.actuals import RunReport, as_reported, not_made


class WishesService:
    """Every change is followed by a new plan."""

    def __init__(self, plans: PlanService, logs: Logs, clock: Clock, once: Once) -> None:
        self._plans = plans
        self._logs = logs
        self._clock = clock
        self._once = once

    async def all(self) -> list[dict[str, Any]]:
        """Standing wishes, each with what it costs in the newest answer."""
        costs = await self._costs()
        return [wish_json(one, costs) for one in await self._plans.standing_wishes(self._clock())]

    async def add(self, given: Mapping[str, Any], key: str | None = None) -> Any:
        """Keep a wish and plan with it. Nothing is kept of one that is refused. The same key again is the same wish."""
        return await self._once.answer(key, ["wish", given], lambda: self._added(given, key))

    async def _added(self, given: Mapping[str, Any], key: str | None) -> dict[str, Any]:
        now = self._clock()
        body = wish_body(self._plans.plant, now, given)
        number = await self._logs.wishes.add(body, now, key)
        plan = await self._planned()
        return {"wish": wish_json(StoredWish(number, now, None, body), await self._costs()), "plan": plan}

    async def remove(self, number: int) -> dict[str, Any]:
        """Withdraw a wish and plan without it. NotFoundError for one that does not stand."""
        if not await self._logs.wishes.remove(number, self._clock()):
            raise NotFoundError(f"wish {number}")
        return {"removed": number, "plan": await self._planned()}

    async def report_not_made(self, batch_id: str, key: str | None = None) -> Any:
        """A batch gave nothing; what it was for is owed again. The same key again is the same report."""
        return await self._once.answer(key, ["not made", batch_id], lambda: self._not_made(batch_id))

    async def _not_made(self, batch_id: str) -> dict[str, Any]:
        await not_made(self._logs.floor, batch_id, self._clock())
        return {"reported": await self._carried(batch_id), "plan": await self._planned()}

    async def report(self, batch_id: str, reports: Sequence[RunReport], key: str | None = None) -> Any:
        """When the stages of a batch really ran; takes back that it was not made. The same key again is the same report."""
        return await self._once.answer(key, ["report", batch_id, *reports], lambda: self._reported(batch_id, reports))

    async def _reported(self, batch_id: str, reports: Sequence[RunReport]) -> dict[str, Any]:
        await as_reported(self._logs.floor, self._plans.plant, batch_id, reports, self._clock())
        return {"reported": await self._carried(batch_id), "plan": await self._planned()}

    async def _carried(self, batch_id: str) -> dict[str, Any]:
        batch = (await self._logs.floor.state(self._clock())).batch(batch_id)
        if batch is None:
            raise NotFoundError(f"batch {batch_id}")
        return carried_json(carried_of(batch, batch.planned.due))

    async def _planned(self) -> dict[str, Any]:
        """What the new plan says, or where it will be."""
        try:
            return about(await self._plans.ask())
        except NotKnownError as error:
            return {"state": "not_known", "reason": str(error)}

    async def _costs(self) -> dict[str, Mapping[str, Any]]:
        """Wish -> what the newest answer says of it."""
        try:
            stored = self._plans.no_plan or await self._plans.in_force()
        except NotKnownError:
            return {}
        return {wish["id"]: wish for wish in json.loads(stored.document)["wishes"]}


def about(answer: Answer) -> dict[str, Any]:
    """A plan in brief: status, cost, what changed, what clashes."""
    where = {"plan_id": answer.id, "href": f"/optimize/production/{answer.id}"}
    if answer.document is None:
        return {"state": "computing", **where}
    document = json.loads(answer.document)
    brief = {name: document[name] for name in ("status", "objective_eur", "saving_eur", "changes", "clash")}
    return {"state": "done", **where, **brief}


def wish_json(stored: StoredWish, costs: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A wish with its cost; null while no plan has it."""
    answer = costs.get(wish_name(stored.id), {})
    cost = {name: answer.get(name) for name in ("cost_eur", "uncertainty_eur", "possible", "text")}
    return {"id": stored.id, "made_at": stored.made_at.isoformat(), **stored.body, **cost}


def carried_json(carried: Execution) -> dict[str, Any]:
    """A batch as it was carried out."""
    batch = carried.batch
    due: date | None = batch.due
    return {
        "batch_id": batch.id if carried.planned is None else carried.planned.id,
        "quality": batch.quality,
        "due": None if due is None else due.isoformat(),
        "state": carried.state,
        "stages": [
            {"stage": run.stage, "unit": run.unit, "start": _iso(run.start), "end": _iso(run.end), "released": _iso(run.released)}
            for run in batch.runs
        ],
    }


def _iso(at: datetime) -> str:
    return at.isoformat()
