"""The plan in force: made anew when what it rests on changes, asked about, never replaced by one that the check refuses."""

import asyncio
import json
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from domain.errors import NotKnownError
from domain.plan.plant import Plant
from domain.plan.production import Batch, Order, PlanProblem, Wish
from domain.shop_floor.execution import Carried, batch_from_json
from domain.timeline import HOUR, QUARTER, floor_to, local_day
from planning.search.solve import plan_id
from ports import Clock, PlanLog, StoredPlan, StoredWish, WishLog
from services.plan.answers import PlanAnswers, Question
from services.plan.inputs import changed, in_force_of
from services.plan.move import moved
from services.plan.prices import Outlook, PlanPrices
from services.plan.problem import Given, Past, first_due, first_slot, problem_of
from services.plan.wish_form import wish_of
from services.shop_floor.desk import Late, minutes_late
from services.shop_floor.floor import FloorService
from services.weather_service import WeatherService

LOOK_AROUND = timedelta(days=15)
"""Batches that were due longer ago, or are due later, are of no account for a plan."""
SOON_S = 2.0
"""A request waits this long for a plan; then it gets the address of the answer."""
PLANS = ("optimal", "feasible", "empty")
"""Status of an answer that can be in force."""


@dataclass(frozen=True, slots=True)
class Logs:
    """Where plans and wishes are kept, and what happens on the floor."""

    plans: PlanLog
    wishes: WishLog
    floor: FloorService


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request gets: the document byte for byte, or None while it is being computed; ask for it by its id."""

    id: str
    document: str | None


class PlanService:
    """Asks the questions and puts the answers in force."""

    def __init__(
        self, answers: PlanAnswers, prices: PlanPrices, weather: WeatherService, logs: Logs, plant: Plant, clock: Clock
    ) -> None:
        self._answers = answers
        self._prices = prices
        self._weather = weather
        self._logs = logs
        self._clock = clock
        self._tasks: set[asyncio.Task[StoredPlan]] = set()
        self._renewing: list[str] = []
        self._asked = 0
        self._no_plan: StoredPlan | None = None
        self._why_none = "it is being computed"
        self.plant = plant
        self.changes = 0

    async def in_force(self) -> StoredPlan:
        """The plan in force; where there never was one, the answer that there is none. NotKnownError before either."""
        found = await self._logs.plans.in_force() or self._no_plan
        if found is None:
            raise NotKnownError(f"there is no plan yet: {self._why_none}")
        return found

    @property
    def no_plan(self) -> StoredPlan | None:
        """The answer that what is wished and due now has no plan, while the last possible plan stays in force."""
        return self._no_plan

    async def current(self) -> Answer:
        """The plan in force as it was made."""
        stored = await self.in_force()
        return Answer(stored.id, stored.document)

    async def find(self, plan_id_: str) -> Answer:
        """A plan by its id; one that is to be in force is there when it is."""
        stored = None if plan_id_ in self._renewing else await self._answers.find(plan_id_)
        return Answer(plan_id_, None if stored is None else stored.document)

    async def replan(self) -> str:
        """The job: a new plan in force when prices, weather, wishes, demand or the horizon changed. Safe to run twice."""
        try:
            question, why = await self._news()
        except NotKnownError as error:
            self._why_none = str(error)
            return f"no plan: {error}"
        if why is None:
            return "nothing changed"
        stored = await self._renewed(question)
        return f"{why}: plan {stored.id[:12]} {status_of(stored)}"

    async def ask(self, given: Given | None = None) -> Answer:
        """The answer to a question. Without anything given: the plan in force, renewed if anything changed. With something
        given: an answer that is not put in force.
        """
        if given is not None:
            question = await self.question(self._clock(), given)
            return await self._soon(question, self._answers.answer(question))
        question, why = await self._news()
        if why is None:
            last = self._no_plan or await self.in_force()
            return Answer(last.id, last.document)
        return await self._soon(question, self._renewed(question))

    async def renewed(self) -> tuple[str | None, tuple[Late, ...]]:
        """The plan that is in force now, or None while it is being computed or none can be made; and what is late."""
        try:
            answer = await self.ask()
        except NotKnownError:
            return None, await self._known_late()
        if answer.document is None:
            return None, await self._known_late()
        return answer.id, late_in(json.loads(answer.document))

    async def _known_late(self) -> tuple[Late, ...]:
        """What was due before now and is not made."""
        now = self._clock()
        owed = (await self._logs.floor.kilograms(now, now)).late(now)
        return tuple(Late(item.order.id, minutes_late(item.order.due, now)) for item in owed)

    async def difference(self, orders: Sequence[Order], without: Sequence[str]) -> tuple[float | None, tuple[Late, ...]]:
        """What the plan costs more with orders in place of others, and what is late then; no cost while it is being computed."""
        now = self._clock()
        base = await self.question(now)
        changed_ = await self.question(now, Given(orders=tuple(orders), without=tuple(without)))
        documents = [(await self._soon(one, self._answers.answer(one))).document for one in (base, changed_)]
        before, after = (None if document is None else json.loads(document) for document in documents)
        if before is None or after is None or before["objective_eur"] is None or after["objective_eur"] is None:
            return None, () if after is None else late_in(after)
        return round(after["objective_eur"] - before["objective_eur"], 4), late_in(after)

    async def ask_move(self, batch_id: str, start: datetime) -> Answer:
        """The answer to what it would cost that a batch of the plan in force starts at an instant (UTC); never put in force."""
        problem, outlook, past = await self._known(self._clock())
        question = await self._named(moved(problem, batch_id, start), outlook, past)
        return await self._soon(question, self._answers.answer(question))

    async def question(self, now: datetime, given: Given | None = None) -> Question:
        """Everything that is known, as a problem. NotKnownError when no price is."""
        return await self._named(*await self._known(now, given))

    async def _named(self, problem: PlanProblem, outlook: Outlook, past: Past) -> Question:
        """The question of a problem, named by all that may influence its plan."""
        return Question(await asyncio.to_thread(plan_id, problem, self._answers.limits), problem, outlook, past)

    async def _known(self, now: datetime, given: Given | None = None) -> tuple[PlanProblem, Outlook, Past]:
        """The problem of now, and what it was made from."""
        stored = await self._logs.plans.in_force()
        in_force = None if stored is None else in_force_of(stored.inputs, stored.inputs["batches"])
        start = first_slot(now)
        outlook = await self._prices.outlook(start, now)
        air = await self._weather.hours(floor_to(start, HOUR), start + len(outlook.expected) * QUARTER)
        since = first_due(self.plant, now, in_force)
        today = local_day(start, self.plant.tz)
        carried = await self._logs.floor.carried(max(since, today - LOOK_AROUND), today + LOOK_AROUND, start)
        past = Past(in_force, tuple(carried), since, await self._logs.floor.names())
        wishes: list[Wish] = [wish_of(one) for one in await self.standing_wishes(now)]
        return problem_of(self.plant, outlook, air=air, wishes=wishes, past=past, given=given), outlook, past

    async def standing_wishes(self, now: datetime) -> list[StoredWish]:
        """Wishes that nobody withdrew and whose time is not over."""
        stored = await self._logs.wishes.standing_since(now)
        return [one for one in stored if one.removed_at is None and datetime.fromisoformat(one.body["until"]) > now]

    async def _news(self) -> tuple[Question, str | None]:
        """The question of now, and what is new since the last answer; None where nothing is."""
        question = await self.question(self._clock())
        last = self._no_plan or await self._logs.plans.in_force()
        self._asked += 1
        return question, "the first plan" if last is None else changed(last.inputs, question.inputs())

    async def carried(self, first: date, last: date, until: datetime) -> list[Carried]:
        """Batches due from first to last that had begun by an instant, as carried out."""
        return await self._logs.floor.carried(first, last, until)

    async def _soon(self, question: Question, work: Coroutine[Any, Any, StoredPlan]) -> Answer:
        """The answer if it comes within two seconds; the work goes on in any case."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        done, _ = await asyncio.wait({task}, timeout=SOON_S)
        return Answer(question.id, task.result().document if done else None)

    def _renewed(self, question: Question) -> Coroutine[Any, Any, StoredPlan]:
        """The answer, put in force unless things are looked at again meanwhile: then the later look decides."""
        return self._renew(question, self._asked)

    async def _renew(self, question: Question, asked: int) -> StoredPlan:
        self._renewing.append(question.id)
        try:
            stored = await self._answers.answer(question)
            if asked == self._asked:
                await self._put_in_force(stored, question)
            return stored
        finally:
            self._renewing.remove(question.id)

    async def _put_in_force(self, stored: StoredPlan, question: Question) -> None:
        """The log learns of its batches and times. An answer without a plan is only remembered."""
        self.changes += 1
        if status_of(stored) not in PLANS:
            self._no_plan, self._why_none = stored, "limits contradict each other"
            return
        before, now = await self._logs.plans.in_force(), self._clock()
        changes = json.loads(stored.document)["changes"]
        recent = {"at": now.isoformat(), "changes": changes} if changes else before.inputs.get("recent") if before else None
        await self._logs.plans.save(replace(stored, in_force_from=now, inputs={**stored.inputs, "recent": recent}))
        await self._tell_floor(stored, question, now)
        self._no_plan = None

    async def _tell_floor(self, stored: StoredPlan, question: Question, now: datetime) -> None:
        """Since when the plans answer for the demand, what is due today, and where each batch stands."""
        if (await self._logs.floor.facts()).opened is None:
            await self._logs.floor.open(now, question.past.since)
        await self._logs.floor.keep_orders(now)
        await self._logs.floor.keep_plan(stored.id, batches_of(stored), now)


def late_in(document: Mapping[str, Any]) -> tuple[Late, ...]:
    """What is late in a plan."""
    return tuple(Late(item["order"], item["by_minutes"]) for item in document.get("late", ()))


def status_of(stored: StoredPlan) -> str:
    """Status of an answer."""
    return str(json.loads(stored.document)["status"])


def batches_of(stored: StoredPlan) -> tuple[Batch, ...]:
    """The batches of a kept plan."""
    return tuple(batch_from_json(batch) for batch in stored.inputs["batches"])
