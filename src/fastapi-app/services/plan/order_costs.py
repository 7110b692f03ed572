"""What orders cost: the plan with them beside the plan without them, before they count and after."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.plan.production import Order
from planning.search.standing import standing_eur
from ports import Clock, PlanLog, StoredPlan
from services.plan.answers import PlanAnswers, Question
from services.plan.problem import Given
from services.plan.service import PLANS, PlanService, late_in, status_of
from services.shop_floor.orders import Effect

KNOWN_S = 2.0
"""Who asks what an order would cost gets the best plan that is known by then [s]."""
TRIED_S = 6.0
"""The same where nothing is known by then, or the plan without it is searched for as well [s]."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan costs from an instant on [€], and how much less another one may."""

    start: datetime
    eur: float
    gap_eur: float


class OrderCosts:
    """OrderPlanner: differences of two plans."""

    def __init__(self, plans: PlanService, answers: PlanAnswers, log: PlanLog, clock: Clock) -> None:
        self._plans = plans
        self._answers = answers
        self._log = log
        self._clock = clock

    async def tried(self, orders: Sequence[Order], without: Sequence[str]) -> Effect:
        """With orders beside those that stand, and without some of those. The search goes on: asked again it knows more."""
        now = self._clock()
        base = await self._plans.question(now)
        changed = await self._plans.question(now, Given(orders=tuple(orders), without=tuple(without)))
        stored = await self._plans.answers_to(base)
        if stored is None:
            found = await self._answers.brief(base, TRIED_S / 2, TRIED_S)
            before, after = _cost_of(found), await self._answers.brief(changed, TRIED_S / 2, TRIED_S)
        else:
            before, after = await asyncio.gather(_standing(base, stored), self._answers.brief(changed, KNOWN_S, TRIED_S))
        late = () if after is None else late_in(json.loads(after.document))
        return Effect(*_difference(before, _cost_of(after)), late)

    async def now(self) -> Cost | None:
        """What the plan in force costs; None where it is being made anew."""
        base = await self._plans.question(self._clock())
        stored = await self._plans.answers_to(base)
        return None if stored is None else await _standing(base, stored)

    async def since(self, before: Cost | None, undo: tuple[Sequence[Order], Sequence[str]]) -> Effect:
        """What the plan that knows what was told costs beside the one before it. `undo` would take back what was told: it is tried
        where the one before is not known.
        """
        plan_id, late = await self._plans.renewed()
        stored = None if plan_id is None else await self._log.plan(plan_id)
        after = _cost_of(stored)
        if after is None or (before is not None and before.start == after.start):
            return Effect(*_difference(before, after), late, plan_id)
        undone = await self.tried(*undo)
        cost_eur = None if undone.cost_eur is None else 0.0 - undone.cost_eur
        return Effect(cost_eur, undone.uncertainty_eur, late, plan_id)


async def _standing(question: Question, stored: StoredPlan) -> Cost | None:
    """What is left of a plan costs, and as much less is possible as when it was made."""
    eur = await asyncio.to_thread(standing_eur, question.problem)
    return None if eur is None else Cost(question.problem.start, eur, float(json.loads(stored.document)["gap_eur"] or 0.0))


def _cost_of(stored: StoredPlan | None) -> Cost | None:
    if stored is None or status_of(stored) not in PLANS:
        return None
    document = json.loads(stored.document)
    return Cost(stored.start, float(document["objective_eur"] or 0.0), float(document["gap_eur"] or 0.0))


def _difference(before: Cost | None, after: Cost | None) -> tuple[float | None, float | None]:
    """(€, how far it may be off)."""
    if before is None or after is None:
        return None, None
    return round(after.eur - before.eur, 4), round(before.gap_eur + after.gap_eur, 4)
