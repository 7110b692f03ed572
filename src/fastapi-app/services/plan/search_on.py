"""A plan in force that is not proven, or not all explained, is searched on at low priority until it is or it is overtaken."""

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
        """The job: what a longer search finds comes into force when it is nearer to what is proven, or when what there was
        no time for is said of it. Safe to run twice.
        """
        found = "nothing to search on: the plan in force is proven and explained, or is made anew first"
        for answers in self._steps:
            unfinished = await self._plans.unfinished()
            if unfinished is None:
                return found
            last, question = unfinished
            if last.id == self._given_up:
                return f"plan {last.id[:12]}: {_state(last)}, searched for as long as is allowed"
            stored = await self._longer(answers, question)
            if stored is None:
                return "given up: a new plan is made first, or none was found in the time"
            found = await self._taken(last, stored, question)
        rest = await self._plans.unfinished()
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
        before, after = _lacks(last), _lacks(stored)
        if after >= before:
            return f"plan {last.id[:12]}: {_state(last)} as before"
        why = await self._plans.take(stored, question)
        return f"plan {stored.id[:12]}: {_state(stored)} for {_state(last)}, {why or 'in force'}"


def _lacks(stored: StoredPlan) -> tuple[float, bool]:
    """How far a plan is from what is proven [€], 0 where that counts as proven; and whether there is more to be said of it."""
    document = json.loads(stored.document)
    return 0.0 if document["status"] == "optimal" else float(document["gap_eur"]), not document["complete"]


def _state(stored: StoredPlan) -> str:
    gap_eur, unsaid = _lacks(stored)
    return f"gap {gap_eur:.2f} €" + (", not all is said of it" if unsaid else "")
