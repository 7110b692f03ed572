"""A plan in force that is not proven is searched on, at low priority, until it is or something overtakes it."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace

from domain.errors import NotKnownError
from planning.search.solve import plan_id
from ports import StoredPlan
from services.plan.answers import PlanAnswers, Question
from services.plan.service import PlanService


class SearchOn:
    """Longer and longer searches for the plan in force. `steps` are who answers, each with more time than the one before."""

    def __init__(self, plans: PlanService, steps: Sequence[PlanAnswers]) -> None:
        self._plans = plans
        self._steps = steps
        self._given_up: str | None = None

    async def search(self) -> str:
        """The job: what a longer search finds comes into force when it is nearer to what is proven. Safe to run twice."""
        found = "nothing to search on: the plan in force is proven, or is made anew first"
        for answers in self._steps:
            unproven = await self._plans.unproven()
            if unproven is None:
                return found
            last, question = unproven
            if last.id == self._given_up:
                return f"plan {last.id[:12]}: gap {_gap(last):.2f} €, searched for as long as is allowed"
            stored = await self._longer(answers, question)
            if stored is None:
                return "given up: a new plan is made first, or none was found in the time"
            found = await self._taken(last, stored, question)
        rest = await self._plans.unproven()
        self._given_up = None if rest is None else rest[0].id
        return found

    async def stop(self) -> None:
        """End what is searched for."""
        for answers in self._steps:
            await answers.stop()

    async def _longer(self, answers: PlanAnswers, question: Question) -> StoredPlan | None:
        """The answer of a longer search; None where there is none, or a new question is asked meanwhile: that has the machine for
        itself.
        """
        id_ = await asyncio.to_thread(plan_id, question.problem, answers.limits)
        searched = asyncio.ensure_future(answers.answer(replace(question, id=id_)))
        asked = asyncio.ensure_future(self._plans.begun_after(question))
        try:
            await asyncio.wait({searched, asked}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
            if not searched.done():
                await answers.give_up(id_, "a new plan is made, or the service ends")
        try:
            return await searched
        except NotKnownError:
            return None

    async def _taken(self, last: StoredPlan, stored: StoredPlan, question: Question) -> str:
        before, after = _gap(last), _gap(stored)
        if after >= before:
            return f"plan {last.id[:12]}: gap {before:.2f} € as before"
        why = await self._plans.take(stored, question)
        return f"plan {stored.id[:12]}: gap {after:.2f} € for {before:.2f} €, {why or 'in force'}"


def _gap(stored: StoredPlan) -> float:
    """How far a plan is from what is proven [€]."""
    return float(json.loads(stored.document)["gap_eur"])
