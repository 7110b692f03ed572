"""The plan in force: made anew when what it rests on changes, asked about, never replaced by one that the check refuses."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from domain.canonical import digest
from domain.errors import NotKnownError
from domain.plan.plant import Plant
from domain.plan.production import Order, PlanProblem, Wish
from domain.shop_floor.events import Recorded
from domain.shop_floor.execution import Execution
from domain.shop_floor.facts import Facts, Opening
from domain.shop_floor.fold import state_of
from domain.shop_floor.orders import goods_due_from, kilograms
from domain.timeline import HOUR, QUARTER, floor_to, local_day
from planning.search.ahead import needed_by
from planning.search.solve import plan_id
from ports import Clock, PlanLog, StoredPlan, StoredWish, WishLog
from services.plan.answers import UNKNOWN, PlanAnswers, Question, first_id
from services.plan.calm import Calm, calm_after, calm_of
from services.plan.far import Far, far_of
from services.plan.inputs import batches_of, changed, in_force_of, is_asked_for
from services.plan.late import LateOrder, late_of
from services.plan.move import moved
from services.plan.prices import Outlook, PlanPrices
from services.plan.problem import Given, InForce, News, Past, end_of, first_due, first_slot, follows, problem_of
from services.plan.wish_form import wish_of
from services.shop_floor.desk import Late, minutes_late
from services.shop_floor.floor import CLOCK, FloorService
from services.weather_service import WeatherService

ORDERS_AHEAD = timedelta(days=60)
"""Orders that are due later are not looked at yet."""
AHEAD_KEPT = 8
"""Sets of far orders whose worth at the end of the horizon is remembered: what is promised, and what was tried beside it."""
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


class PlanOvertakenError(NotKnownError):
    """The last plan is in force no more, and the next one is being computed."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the plan is being made anew: {why}")


class PlanService:
    """Asks the questions and puts the answers in force."""

    def __init__(
        self,
        answers: PlanAnswers,
        prices: PlanPrices,
        weather: WeatherService,
        logs: Logs,
        *,
        plant: Plant,
        clock: Clock,
        program: str = "",
    ) -> None:
        """`program` names the version of the code: with another one every plan is made anew."""
        self._answers = answers
        self._prices = prices
        self._weather = weather
        self._logs = logs
        self._clock = clock
        self._tasks: set[asyncio.Task[StoredPlan]] = set()
        self._pending: Question | None = None
        self._replaces: StoredPlan | None = None
        self._completing: str | None = None
        self._made_from = digest([plant, prices.tables, program])
        self._no_plan: StoredPlan | None = None
        self._why_none = "it is being computed"
        self._holds: Callable[[], Awaitable[str | None]] | None = None
        self._begun = asyncio.Event()
        self._ahead: dict[str, asyncio.Task[tuple[Order, ...]]] = {}
        self.plant = plant
        self.changes = 0

    def held_by(self, holds: Callable[[], Awaitable[str | None]]) -> None:
        """Nothing is planned while `holds` says why."""
        self._holds = holds

    async def held(self) -> str | None:
        """Why nothing may be planned now."""
        return None if self._holds is None else await self._holds()

    async def in_force(self) -> StoredPlan:
        """The plan in force; where there never was one, or facts have overtaken it, the answer that there is none. NotKnownError
        before either, and while the plan is made anew because the plant changed or the floor is not as it takes it to be.
        """
        found = await self._logs.plans.in_force() or self._no_plan
        if found is None:
            raise NotKnownError(f"there is no plan yet: {self._why_none}")
        if found.inputs.get("made_from") != self._made_from:
            raise PlanOvertakenError("the plant, its contract, the tables of tariffs or the program changed")
        news = await self._overtaken(found, first_slot(self._clock()))
        if news and self._no_plan is not None and not await self._overtaken(self._no_plan, first_slot(self._clock())):
            return self._no_plan  # nothing is being made: of where things stand now it is known that they have no plan
        if news:
            last = news[-1]
            raise PlanOvertakenError(f"{last.event.kind} at {last.event.at.isoformat()} (event {last.sequence})")
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
        is_pending = self._pending is not None and self._pending.id == plan_id_
        stored = None if is_pending else await self._answers.find(plan_id_)
        return Answer(plan_id_, None if stored is None else stored.document)

    async def replan(self) -> str:
        """The job: a new plan in force when prices, weather, wishes, demand, floor or horizon changed. Safe to run twice."""
        try:
            question, why = await self._news()
            if why is None:
                return "nothing changed"
            stored = await self._renewed(question)
        except NotKnownError as error:
            self._why_none = str(error)
            return f"no plan: {error}"
        return f"{why}: plan {stored.id[:12]} {status_of(stored)}"

    async def unfinished(self) -> tuple[StoredPlan, Question] | None:
        """The plan in force and the question of now, where that plan is not proven, or not all could be said about it in the
        time, and nothing is new since it was made.
        """
        stored = await self._logs.plans.in_force()
        if stored is None or self._no_plan is not None or self._pending is not None or self._completing is not None:
            return None
        if status_of(stored) != "feasible" and (status_of(stored) not in PLANS or json.loads(stored.document)["complete"]):
            return None
        try:
            question = await self.question(self._clock())
        except NotKnownError:
            return None
        return None if await self._why(stored, question) else (stored, question)

    async def begun_after(self, question: Question) -> None:
        """Wait until another plan is begun."""
        self._begun.clear()
        while self._pending is None or self._pending.id == question.id:
            await self._begun.wait()
            self._begun.clear()

    async def take(self, stored: StoredPlan, question: Question) -> str | None:
        """Put what a longer search found in force. Why not, where something is new since it was asked for."""
        now = await self.question(self._clock())
        why = "another plan is being made" if self._pending is not None else await self._why(stored, now)
        if why is None:
            await self._put_in_force(stored, question, await self._logs.plans.in_force())
        return why

    async def ask(self, given: Given | None = None) -> Answer:
        """The answer to a question. Without anything given: the plan in force, renewed if anything changed. With something
        given: an answer that is not put in force.
        """
        if given is not None:
            question = await self.question(self._clock(), given)
            return await self._soon(question, self._answers.answer(question, aside=True))
        question, why = await self._news()
        if why is None:
            last = self._no_plan or await self.in_force()
            return Answer(last.id, last.document)
        return await self._soon(question, self._renewed(question))

    async def renewed(self) -> tuple[str | None, tuple[Late, ...]]:
        """The plan that is in force now, or None while it is being computed or none can be made; and what is late. It is not waited
        for what is still to be said about it.
        """
        try:
            question, why = await self._news()
            last = self._no_plan or await self.in_force() if why is None else await self._soon_in_force(question)
        except NotKnownError:
            last = None
        return (None, await self._known_late()) if last is None else (last.id, late_in(json.loads(last.document)))

    async def _soon_in_force(self, question: Question) -> StoredPlan | None:
        """The answer once it is in force, if it comes soon, or a first one that is in force while a better one is searched for; the
        work goes on in any case.
        """
        known: asyncio.Future[StoredPlan] = asyncio.get_running_loop().create_future()
        task = self._begin(self._renewed(question, known))
        await asyncio.wait({task, known}, timeout=SOON_S, return_when=asyncio.FIRST_COMPLETED)
        if known.done():
            return known.result()
        if task.done():
            return task.result()
        first = await self._logs.plans.plan(first_id(question.id))
        return None if first is None or first.in_force_from is None else first

    async def calm(self) -> Calm | None:
        """How many starts each new plan moved; None where none was in force yet."""
        stored = await self._logs.plans.in_force()
        return None if stored is None else calm_of(stored)

    async def _known_late(self) -> tuple[Late, ...]:
        """What was due before now and is not made."""
        return tuple(as_late(item) for item in await self._owed())

    async def late_now(self) -> tuple[LateOrder, ...]:
        """What is late in the plan in force; while there is none, what was due and is not made."""
        try:
            stored = await self.in_force()
        except NotKnownError:
            return await self._owed()
        return late_of(json.loads(stored.document)["late"])

    async def _owed(self) -> tuple[LateOrder, ...]:
        now = self._clock()
        stored = await self._logs.plans.in_force()
        since = {} if stored is None else in_force_of(stored).late_since
        owed = (await self._logs.floor.kilograms(now, now)).late(now)
        return tuple(
            LateOrder(
                item.order.id,
                item.order.quality,
                round(item.owed_kg, 3),
                item.order.due,
                minutes_late(item.order.due, now),
                since.get(item.order.id, item.order.due),
            )
            for item in owed
        )

    async def answers_to(self, question: Question) -> StoredPlan | None:
        """The plan in force where it answers a question as it is; None where a new one is due or under way."""
        last = await self._logs.plans.in_force()
        if last is None or self._no_plan is not None or self._pending is not None or status_of(last) not in PLANS:
            return None
        return last if await self._why(last, question) is None else None

    async def ask_move(self, batch_id: str, start: datetime) -> Answer:
        """The answer to what it would cost that a batch of the plan in force starts at an instant (UTC); never put in force."""
        problem, outlook, past = await self._known(self._clock())
        question = await self._named(moved(problem, batch_id, start), outlook, past)
        return await self._soon(question, self._answers.answer(question, aside=True))

    async def question(self, now: datetime, given: Given | None = None) -> Question:
        """Everything that is known, as a problem. NotKnownError when no price is."""
        return await self._named(*await self._known(now, given))

    async def _named(self, problem: PlanProblem, outlook: Outlook, past: Past) -> Question:
        """The question of a problem, named by all that may influence its plan."""
        id_ = await asyncio.to_thread(plan_id, problem, self._answers.limits)
        return Question(id_, problem, outlook, past, self._made_from)

    async def _known(self, now: datetime, given: Given | None = None) -> tuple[PlanProblem, Outlook, Past]:
        """The problem of now, and what it was made from."""
        held = await self.held()
        if held is not None:
            raise NotKnownError(held)
        stored = await self._logs.plans.in_force()
        in_force = None if stored is None else in_force_of(stored)
        start = first_slot(now)
        outlook = await self._prices.outlook(start, now)
        end = start + len(outlook.expected) * QUARTER
        air = await self._weather.hours(floor_to(start, HOUR), end)
        past = await self._past(stored, in_force, start, max(end, start + ORDERS_AHEAD))
        wishes: list[Wish] = [wish_of(one) for one in await self.standing_wishes(now)]
        given = given or Given()
        far = far_of(self.plant, past.kilograms, end_of(outlook, given), more=given.orders, without=given.without)
        far = replace(far, ahead=await self._needed_by(end_of(outlook, given), far))
        return problem_of(self.plant, outlook, air=air, wishes=wishes, past=past, given=given, far=far), outlook, past

    async def _needed_by(self, end: datetime, far: Far) -> tuple[Order, ...]:
        """What of the orders beyond the horizon must be there at its end; worked out once for the same orders."""
        if not far.by_date:
            return ()
        key = digest([end, far.orders, sorted(far.by_date)])
        known = self._ahead.get(key)
        if known is None or (known.done() and (known.cancelled() or known.exception() is not None)):
            work = asyncio.to_thread(needed_by, self.plant, end, far.orders, far.by_date)
            self._ahead = dict([*self._ahead.items(), (key, asyncio.create_task(work))][-AHEAD_KEPT:])
        return await asyncio.shield(self._ahead[key])

    async def _past(self, stored: StoredPlan | None, in_force: InForce | None, start: datetime, until: datetime) -> Past:
        """Where the plans stand at the start of a new one."""
        floor, now = self._logs.floor, self._clock()
        facts = await floor.facts()
        if facts.opened is None and stored is not None and in_force is not None:
            await floor.keep_plan(stored.id, in_force.batches, stored.in_force_from or now)  # it is older than the log
            facts = await floor.facts()
        opening = await self._opening(facts, in_force, now)
        facts = replace(facts, opened=opening)
        state = state_of(self.plant, facts, start, as_start=True)
        kg = kilograms(self.plant, facts, state, until)
        news = News() if stored is None else await self._log_news(int(stored.inputs["sequence"]))
        return Past(in_force, state, kg, opening, await floor.names(), facts.sequence, news)

    async def _log_news(self, sequence: int) -> News:
        """What people said since an event of the log."""
        kinds = {item.event.kind for item in await self._logs.floor.events(sequence) if item.event.by != CLOCK}
        orders = {"ordered", "order_withdrawn"}
        return News(floor=bool(kinds - orders - {"confirmed"}), orders=bool(kinds & orders))

    async def _opening(self, facts: Facts, in_force: InForce | None, now: datetime) -> Opening:
        """Since when the plans answer for the demand: as the log has it; anew where there was no plan, or none for a long time."""
        goes_on = in_force is not None and in_force.end > now
        if facts.opened is not None and goes_on:
            return facts.opened
        state = state_of(self.plant, facts, now)
        if facts.opened is None and goes_on:  # from before there was a log: what is due from today on
            today = local_day(now, self.plant.tz)
            return Opening(now, today, goods_due_from(state, today))
        stock = () if facts.opened is None else tuple(kilograms(self.plant, facts, state, now).stock.items())
        return Opening(now, first_due(self.plant, now), stock)

    async def standing_wishes(self, now: datetime) -> list[StoredWish]:
        """Wishes that nobody withdrew and whose time is not over."""
        stored = await self._logs.wishes.standing_since(now)
        return [one for one in stored if one.removed_at is None and datetime.fromisoformat(one.body["until"]) > now]

    async def _news(self) -> tuple[Question, str | None]:
        """The question of now, and what is new since the last answer; None where nothing is. A question that is being answered
        stays where nothing is new since it was asked; else it is given up.
        """
        question = await self.question(self._clock())
        pending = self._pending
        if pending is not None:
            said = [item for item in await self._logs.floor.events(pending.past.sequence) if item.event.by != CLOCK]
            if changed(pending.inputs(), question.inputs()) is None and not said:
                return pending, "it was being computed"
            self._pending = None
            await self._answers.give_up(pending.id, f"something changed while it was computed; ask for plan {question.id}")
        last = self._no_plan or await self._logs.plans.in_force()
        why = "the first plan" if last is None else await self._why(last, question)
        if why is not None and self._completing is not None:
            await self._answers.give_up(self._completing, "a new plan is made before all was said about it")
        return question, why

    async def _why(self, last: StoredPlan, question: Question) -> str | None:
        """What is new since a plan was made."""
        why = changed(last.inputs, question.inputs())
        if why is not None:
            return why
        if await self._overtaken(last, question.problem.start):
            return "what was reported"
        if status_of(last) == UNKNOWN:
            return "no plan was found in the time"
        return None if status_of(last) not in PLANS or follows(batches_of(last), question.problem) else "the floor"

    async def carried(self, first: date, last: date, until: datetime) -> list[Execution]:
        """Batches due from first to last that had begun by an instant, as carried out."""
        return await self._logs.floor.carried(first, last, until)

    async def _soon(self, question: Question, work: Coroutine[Any, Any, StoredPlan]) -> Answer:
        """The answer if it comes soon; the work goes on in any case."""
        task = self._begin(work)
        done, _ = await asyncio.wait({task}, timeout=SOON_S)
        return Answer(question.id, task.result().document if done else None)

    def _begin(self, work: Coroutine[Any, Any, StoredPlan]) -> "asyncio.Task[StoredPlan]":
        """Work that goes on whether anybody waits for it or not."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[StoredPlan]") -> None:
        """Whoever asked may be gone: what failed is told where the answer is asked for, and logged there."""
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()

    async def _renewed(self, question: Question, known: "asyncio.Future[StoredPlan] | None" = None) -> StoredPlan:
        """The answer, put in force as soon as its batches are known, unless the question was given up meanwhile. `known` gets it
        then, before all is said about it.
        """
        self._pending = question
        self._begun.set()
        before = await self._logs.plans.in_force()
        if before is not None and before.id in (question.id, first_id(question.id)):
            before = self._replaces
        self._replaces = before

        async def meanwhile(first: StoredPlan) -> None:
            if self._pending is question and status_of(first) in PLANS:
                await self._put_in_force(first, question, before)

        try:
            at_once = await self._is_void(before) or (before is not None and is_asked_for(before.inputs, question.inputs()))
            stored = await self._answers.settled(question, on_first=meanwhile if at_once else None)
            if self._pending is question:
                await self._put_in_force(stored, question, before)
                if known is not None:
                    known.set_result(stored)
        finally:
            if self._pending is question:
                self._pending = None
        return stored if json.loads(stored.document)["complete"] else await self._completed(question, stored)

    async def _completed(self, question: Question, first: StoredPlan) -> StoredPlan:
        """The plan in force with all that there is to say about it; as it is, where a new one is made before."""
        self._completing = question.id
        try:
            return await self._answers.answer(question)
        except NotKnownError:
            return first
        finally:
            self.changes += 1
            if self._completing == question.id:
                self._completing = None

    async def _is_void(self, stored: StoredPlan | None) -> bool:
        """Whether no door shows the plan any more: then the first one that is known is shown while a better one is searched for."""
        if stored is None:
            return False
        made_here = stored.inputs.get("made_from") == self._made_from
        return not made_here or bool(await self._overtaken(stored, first_slot(self._clock())))

    async def _overtaken(self, stored: StoredPlan, start: datetime) -> tuple[Recorded, ...]:
        """What was said since a plan was made, where one that is made from `start` on would be another. Every door asks for the
        start that a new plan would have: what makes no new plan leaves the old one in force.
        """
        return await self._logs.floor.is_overtaken(stored.inputs["sequence"], start)

    async def _put_in_force(self, stored: StoredPlan, question: Question, before: StoredPlan | None) -> None:
        """The log learns of its batches and times. An answer without a plan is only remembered. `before` was in force when the
        question was asked.
        """
        self.changes += 1
        document = json.loads(stored.document)
        if document["status"] not in PLANS:
            is_unknown = document["status"] == UNKNOWN
            self._no_plan = stored
            self._why_none = "none was found in the time" if is_unknown else "limits contradict each other"
            return
        now, changes = self._clock(), document["changes"]
        recent = {"at": now.isoformat(), "changes": changes} if changes else before.inputs.get("recent") if before else None
        calm = asdict(calm_after(before, stored, now))
        async with self._answers.saving:
            newest = await self._logs.plans.plan(stored.id) or stored  # more may be said of it by now
            inputs = {**newest.inputs, "recent": recent, "calm": calm}
            await self._logs.plans.save(replace(newest, in_force_from=now, inputs=inputs))
        await self._tell_floor(stored, question, now)
        self._no_plan = None

    async def _tell_floor(self, stored: StoredPlan, question: Question, now: datetime) -> None:
        """Since when the plans answer for the demand, what is due today, and where each batch stands."""
        opening = question.past.opening
        if (await self._logs.floor.facts()).opened != opening:
            await self._logs.floor.open(opening.at, opening.day, opening.stock)
        await self._logs.floor.keep_orders(now)
        await self._logs.floor.keep_plan(stored.id, batches_of(stored), now)


def late_in(document: Mapping[str, Any]) -> tuple[Late, ...]:
    """What is late in a plan."""
    return tuple(as_late(item) for item in late_of(document.get("late", ())))


def as_late(item: LateOrder) -> Late:
    """As it is answered."""
    return Late(item.order, item.by_minutes, item.since.isoformat())


def status_of(stored: StoredPlan) -> str:
    """Status of an answer."""
    return str(json.loads(stored.document)["status"])
