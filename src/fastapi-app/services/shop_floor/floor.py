"""The shop floor: takes events, knows the state that they fold to, tells the log what plans and days bring."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import uuid4

from domain.canonical import digest
from domain.errors import IdTakenError, InvalidRequestError, NotFoundError
from domain.plan.plant import Plant, Stage
from domain.plan.production import Batch, Order
from domain.shop_floor.closing import Asked, asked, shift_end
from domain.shop_floor.contradictions import check_event
from domain.shop_floor.events import Event, Kind, Recipe, Recorded, Speaker, amended
from domain.shop_floor.execution import Execution, carried_of
from domain.shop_floor.facts import BatchFacts, Facts, facts_of
from domain.shop_floor.fold import state_of
from domain.shop_floor.identity import highest
from domain.shop_floor.orders import Kilograms, kilograms, orders_to_keep
from domain.shop_floor.picture import picture
from domain.shop_floor.resolve import resolved
from domain.shop_floor.served import days_served
from domain.shop_floor.state import FloorState
from domain.timeline import local_day
from ports import Clock, FloorLog

CLOCK: Speaker = "clock"
ORDER = "order-"
"""What the id of an order begins with."""


class FloorService:
    """One log, one fold. Events are taken one at a time, so that none is checked against a floor that another one changes."""

    def __init__(self, log: FloorLog, plant: Plant, clock: Clock) -> None:
        self._log = log
        self._plant = plant
        self._clock = clock
        self._events: tuple[Recorded, ...] = ()
        self._facts = facts_of(())
        self._turn = asyncio.Lock()
        self._reading = asyncio.Lock()
        self.changes = 0

    async def events(self, after: int = 0) -> tuple[Recorded, ...]:
        """The log after a sequence, in its order."""
        await self.facts()
        return tuple(item for item in self._events if item.sequence > after)

    async def facts(self) -> Facts:
        """What the log says, up to its last event."""
        async with self._reading:
            newer = await self._log.after(self._events[-1].sequence if self._events else 0)
            if newer:
                events = (*self._events, *newer)
                self._facts = await asyncio.to_thread(facts_of, events)
                self._events = events  # with its facts or not at all: whoever waits for them may go
                self.changes += 1
            return self._facts

    async def state(self, now: datetime) -> FloorState:
        """The floor at an instant."""
        return await self._state_of(await self.facts(), now)

    async def as_known(self, at: datetime) -> FloorState:
        """The floor at a past instant, by what had been said until then."""
        await self.facts()
        known = tuple(item for item in self._events if item.learnt_at <= at)
        return await self._state_of(await asyncio.to_thread(facts_of, known), at)

    async def _state_of(self, facts: Facts, now: datetime) -> FloorState:
        return await asyncio.to_thread(state_of, self._plant, facts, now)

    async def kilograms(self, now: datetime, until: datetime) -> Kilograms:
        """What is promised until an instant, made and in stock."""
        facts = await self.facts()
        return kilograms(self._plant, facts, await self._state_of(facts, now), until)

    async def tell(self, event: Event, *, at_said: bool) -> tuple[Recorded, bool]:
        """Take an event, with what it leaves out filled in; whether it is new. The same id again is the same event; with another
        content it is refused, and so is what contradicts what was said before.
        """
        async with self._turn:
            known = await self._log.find(event.by, event.id)
            if known is not None:
                if not _is_repeat(known.event, event):
                    raise IdTakenError(event.id, known.sequence)
                return known, False
            facts = await self.facts()
            event = self._checked(facts, await self._state_of(facts, self._clock()), event, at_said=at_said)
            taken = (await self._log.append([event], self._clock(), at_said=at_said))[0]
            await self.facts()
            return taken, True

    async def confirm(self, id_: str, until: datetime | None, excepted: Sequence[str]) -> tuple[Recorded, bool]:
        """Everything that is assumed to have run by an instant, or by now, ran so, but for some batches. It is one event, and is
        taken back as one. The same id again is the same event; with another content it is refused.
        """
        async with self._turn:
            known = await self._log.find("operator", id_)
            wanted = tuple(sorted(set(excepted)))
            if known is not None:
                if known.event.kind != "confirmed" or known.event.excepted != wanted or until not in (None, known.event.at):
                    raise IdTakenError(id_, known.sequence)
                return known, False
            now = self._clock()
            if until is not None and until > now:
                valid = f"at most {now.isoformat()}"
                raise InvalidRequestError("that has not happened yet", name="until", value=until.isoformat(), valid=valid)
            state = await self._state_of(await self.facts(), now)
            for id_of_batch in wanted:
                if state.batch(id_of_batch) is None:
                    raise NotFoundError(f"batch {id_of_batch}")
            at = until or now
            event = Event(id_, "confirmed", at, runs=asked(state, at, wanted).runs, excepted=wanted)
            taken = (await self._log.append([event], now, at_said=until is not None))[0]
            await self.facts()
            return taken, True

    async def asked(self, now: datetime) -> Asked:
        """What nobody reported of the shifts that are over."""
        return asked(await self.state(now), shift_end(self._plant, now))

    def _checked(self, facts: Facts, state: FloorState, event: Event, *, at_said: bool) -> Event:
        if event.kind != "correction":
            event = resolved(self._plant, facts, state, event)
            check_event(self._plant, self._seen(), event)
            return event
        target = correctable(self._events, event.of)
        if not (event.says_nothing_new and not at_said):
            if target.event.kind == "confirmed":
                valid = "nothing else; it takes back what was confirmed"
                raise InvalidRequestError("it can be taken back, not changed", name="of", value=target.sequence, valid=valid)
            rest = [item for item in self._spoken() if item.sequence != target.sequence and item.event.of != target.sequence]
            amends = resolved(self._plant, facts, state, amended(target.event, event, at_said=at_said))
            check_event(self._plant, facts_of(rest), amends)
        return event

    def _spoken(self) -> list[Recorded]:
        """The log without what was only confirmed: that gives way to whoever names one thing."""
        return [item for item in self._events if item.event.kind != "confirmed"]

    def _seen(self) -> Facts:
        return self._facts if self._facts.confirmed_until is None else facts_of(self._spoken())

    async def answer(self, sequence: int) -> dict[str, object] | None:
        """What the sender of an event was answered."""
        kept = await self._log.answer(sequence)
        return None if kept is None else dict(kept)

    async def keep_answer(self, sequence: int, answer: dict[str, object]) -> None:
        """Keep what the sender of an event was answered."""
        await self._log.keep_answer(sequence, answer)

    async def open(self, now: datetime, day: date, stock: Iterable[tuple[str, float]] = ()) -> None:
        """From a day on the plans answer for the demand."""
        stock = tuple(sorted(stock))
        await self._by_clock([Event(f"opened:{now.isoformat()}", "opened", now, CLOCK, day=day, stock=stock)], now)

    async def keep_orders(self, now: datetime) -> None:
        """The plant's own demand of the days up to today: from then on the file does not change it."""
        orders = orders_to_keep(self._plant, await self.facts(), now)
        await self._by_clock([Event(f"kept:{order.id}", "ordered", now, CLOCK, order=order) for order in orders], now)

    async def keep_plan(self, plan_id: str, batches: Sequence[Batch], now: datetime) -> None:
        """A plan came into force: each batch has its identity and times. What it has no more, and had not begun, is withdrawn."""
        async with self._turn:
            facts = await self.facts()
            state = await self._state_of(facts, now)
            there = {batch.id for batch in batches}
            begun = {one.id: {run.stage for run in one.runs} for one in state.batches}
            recipes = {one.id: _recipe(self._plant, facts.batches.get(one.id), one, begun.get(one.id, set())) for one in batches}
            fresh = [batch for batch in batches if _is_news(facts, batch, recipes[batch.id])]
            gone = [one.id for one in state.batches if one.state in ("planned", "waiting") and not one.runs and one.id not in there]
            mark = f"{plan_id[:16]}:{facts.sequence}"
            events = [
                Event(f"{mark}:{batch.id}", "planned", now, CLOCK, planned=batch, recipe=recipes[batch.id]) for batch in fresh
            ]
            events += [Event(f"{mark}:-{id_}", "withdrawn", now, CLOCK, batch=id_) for id_ in gone]
            await self._by_clock(events, now)

    async def carried(self, first: date, last: date, until: datetime) -> list[Execution]:
        """Batches of the days from first to last that had begun, or were spoiled, by an instant: as carried out. The day of a batch
        is that of the promise that its goods go to; of one that goes to none, the day that it was planned for, or that it ended on.
        """
        facts = await self.facts()
        state = await self._state_of(facts, until)
        served = await asyncio.to_thread(days_served, self._plant, facts, state)
        found = []
        for batch in state.batches:
            if batch.runs or batch.state == "spoiled":
                day = served.get(batch.id) or batch.planned.due or local_day(batch.planned.end, self._plant.tz)
                found += [carried_of(batch, day)] if first <= day <= last else []
        return found

    async def names(self) -> dict[str, int]:
        """The highest number of a batch's name that was ever given, by what the name begins with."""
        return highest((await self.facts()).batches)

    async def order(self, order: Order, now: datetime, *, withdrawn: bool = False) -> None:
        """Keep an order as it is from now on, or that it was withdrawn."""
        async with self._turn:
            kind: Kind = "order_withdrawn" if withdrawn else "ordered"
            await self._log.append([Event(f"order:{uuid4()}", kind, now, order=order)], now)
            await self.facts()

    async def place(self, event_id: str, named: Callable[[str], Order], now: datetime) -> tuple[Order, bool]:
        """Keep a new order under the next number; whether it is new: the same id again is the order that it was."""
        async with self._turn:
            known = await self._log.find("operator", event_id)
            if known is None:
                ids = {item.event.order.id for item in await self.events() if item.event.order is not None}
                order = named(f"{ORDER}{1 + sum(id_.startswith(ORDER) for id_ in ids)}")
                await self._log.append([Event(event_id, "ordered", now, order=order)], now)
                await self.facts()
                return order, True
        kept = known.event.order
        if kept is None or digest(named(kept.id)) != digest(kept):
            raise IdTakenError(event_id, known.sequence)
        return kept, False

    async def is_overtaken(self, sequence: int, now: datetime) -> tuple[Recorded, ...]:
        """What was said since an event of the log and makes the floor another one than it would be without it; nothing if it is
        the same: a report that it went as planned changes no plan.
        """
        facts, events = await self.facts(), self._events
        since = tuple(item for item in events if item.sequence > sequence and item.event.by != CLOCK)
        if not since:
            return ()
        before = await asyncio.to_thread(facts_of, [item for item in events if item.sequence <= sequence or item.event.by == CLOCK])
        then, now_is = await self._state_of(before, now), await self._state_of(facts, now)
        return () if picture(then, before) == picture(now_is, facts) else since

    async def _by_clock(self, events: Sequence[Event], now: datetime) -> None:
        if events:
            await self._log.append(events, now)
            await self.facts()


def correctable(events: Iterable[Recorded], sequence: int | None) -> Recorded:
    """The event that a correction speaks of: the one that it leads back to, which somebody said."""
    by_sequence = {item.sequence: item for item in events}
    found = by_sequence.get(sequence or 0)
    if found is None or found.event.by == CLOCK:
        raise NotFoundError(f"event {sequence}, or it is one of the service's own, which follow from the others")
    while found.event.of is not None and found.event.of in by_sequence:
        found = by_sequence[found.event.of]
    return found


def _is_news(facts: Facts, batch: Batch, recipe: Recipe) -> bool:
    """Whether the log has the batch not at all, elsewhere, or planned with another plant."""
    known = facts.batches.get(batch.id)
    if known is None or known.withdrawn or known.planned != batch:
        return True
    return known.recipe is not None and known.recipe != recipe


def _recipe(plant: Plant, known: BatchFacts | None, batch: Batch, begun: Collection[str]) -> Recipe:
    """What a batch is planned with: of one that began the kilograms, and the stages that began, stay as they were."""
    stages = [
        replace(stage, minutes={batch.quality: stage.minutes[batch.quality]})
        for stage in plant.stages
        if batch.quality in stage.minutes
    ]
    kept = None if not begun or known is None else known.recipe
    if kept is None:
        return _recipe_of(plant.batch_kg, stages, batch.quality)
    before = {stage.name: stage for stage in kept.stages}
    lengths = {name: {batch.quality: length} for name, length in kept.minutes}
    found = []
    for stage in stages:
        old = before.get(stage.name) or replace(stage, minutes=lengths.get(stage.name, stage.minutes))
        found.append(old if stage.name in begun else stage)
    return _recipe_of(kept.kg, found, batch.quality)


def _recipe_of(kg: float, stages: Sequence[Stage], quality: str) -> Recipe:
    return Recipe(kg, tuple((stage.name, stage.minutes[quality]) for stage in stages), tuple(stages))


def _is_repeat(known: Event, event: Event) -> bool:
    """Whether an event says again what one with its id said; what it leaves out the first one may have had filled in."""
    names = ("batch", "stage", "unit", "kg", "until", "of")
    said = [(getattr(event, name), getattr(known, name)) for name in names]
    return event.kind == known.kind and all(again is None or again == first for again, first in said)
