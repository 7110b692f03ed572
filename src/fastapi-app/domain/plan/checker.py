"""The independent check of a plan: a plain loop over batches and quarter-hours that shares no code with the model.

It takes nothing on trust: order, lengths, waits, machines, shifts, power, air, wishes, facts of the floor, frozen runs, demand,
lateness, stock, shelf life and cost are worked out anew from the problem. A plan is published only when it finds nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.plan.plant import Stage
from domain.plan.production import Batch, Forbidden, Lateness, MachineDown, NoStart, Pin, PlanProblem, Running, StageRun, UnderWay
from domain.plan.served import lateness_of, made_kg
from domain.timeline import QUARTER, ceil_to

TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Violation:
    """A limit that a plan breaks: which, where, and by how much."""

    limit: str
    batch_id: str | None
    at: datetime | None
    detail: str
    beside: str | None = None
    """The other batch, where two are on one machine at once."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found, and the cost and energy of the batches within the horizon as it worked them out."""

    violations: tuple[Violation, ...]
    cost_eur: float
    kwh: float
    late: tuple[Lateness, ...] = ()
    lateness_kg_h: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether no limit is broken."""
        return not self.violations


def check(problem: PlanProblem, batches: Sequence[Batch], *, pins: bool = True, late: Sequence[Lateness] = ()) -> Verdict:
    """Every limit of a problem against batches. What is late is a violation but for what is told in `late`, to the kilogram
    and the minute. `pins=False` leaves pins and moves out, as for working as usual."""
    found_late, kg_h = lateness_of(problem, batches)
    cost, kwh = _cost(problem, batches)
    return Verdict(broken(problem, batches, pins=pins, late=late), cost, kwh, found_late, kg_h)


def broken(
    problem: PlanProblem, batches: Sequence[Batch], *, pins: bool = True, late: Sequence[Lateness] = ()
) -> tuple[Violation, ...]:
    """The same without cost and lateness."""
    found_late, _ = lateness_of(problem, batches)
    return (
        *_names(batches),
        *(violation for batch in batches for violation in _chain(problem, batch)),
        *(violation for batch in batches for violation in _hours(problem, batch)),
        *_machines(problem, batches),
        *_power(problem, batches),
        *_under_way(problem, batches),
        *_kept(problem, batches),
        *_promises(problem, found_late, late),
        *_surplus(problem, batches),
        *_stock(problem, batches),
        *_shelf_life(problem, batches),
        *(_start_wishes(problem, batches) if pins else ()),
    )


def _names(batches: Sequence[Batch]) -> Iterator[Violation]:
    seen: set[str] = set()
    for batch in batches:
        if batch.id in seen:
            yield Violation("name", batch.id, None, "the name is given twice")
        seen.add(batch.id)


def _fact(problem: PlanProblem, batch: Batch) -> UnderWay | None:
    """The batch as the floor has it, where it is under way."""
    return next((item for item in problem.under_way if item.batch_id == batch.id), None)


def _given(problem: PlanProblem, batch: Batch) -> int:
    """How many of a batch's first runs are facts."""
    fact = _fact(problem, batch)
    if fact is not None:
        return len(fact.done) + (fact.running is not None)
    return next((len(item.runs) for item in problem.started if item.id == batch.id), 0)


def _chain(problem: PlanProblem, batch: Batch) -> Iterator[Violation]:
    """Stages in order, of the right length, on the grid, within the longest wait, held only where a machine holds.

    What is a fact has the length that it has, and a batch whose wait is over by fact goes on later than it should.
    """
    stages, fact = problem.plant.stages, _fact(problem, batch)
    given = _given(problem, batch)
    names = [stage.name for stage in stages]
    if [run.stage for run in batch.runs] not in (names, names[:given] if given else names):
        yield Violation("order", batch.id, None, "the stages are not the plant's, in order")
        return
    for index, (stage, run) in enumerate(zip(stages, batch.runs, strict=False)):
        if not (fact and index < given):
            yield from _run(problem, batch, stage, run)
    for index, (stage, run, onward) in enumerate(zip(stages, batch.runs, batch.runs[1:], strict=False)):
        yield from _wait(batch, stage, run, onward, overstays=index == given - 1, known=fact is not None and index < given - 1)
    if fact is None or given < len(stages):
        whole = len(batch.runs) == len(stages)
        if whole and (batch.runs[-1].released != batch.runs[-1].end or batch.end > problem.end):
            yield Violation("horizon", batch.id, batch.end, "ends after the horizon or is held in the last stage")


def _run(problem: PlanProblem, batch: Batch, stage: Stage, run: StageRun) -> Iterator[Violation]:
    if run.end - run.start != timedelta(minutes=stage.minutes[batch.quality]):
        yield Violation("length", batch.id, run.start, f"{stage.name} takes {stage.minutes[batch.quality]} min")
    if (run.start - problem.start) % QUARTER:
        yield Violation("grid", batch.id, run.start, f"{stage.name} starts off the quarter-hours")
    if not 1 <= run.unit <= stage.units:
        yield Violation("machines", batch.id, run.start, f"{stage.name} has no machine {run.unit}")


def _wait(batch: Batch, stage: Stage, run: StageRun, onward: StageRun, *, overstays: bool, known: bool) -> Iterator[Violation]:
    longest = timedelta(minutes=max(stage.max_wait_minutes, stage.hold_minutes))
    wait = onward.start - run.end
    if not known and (wait < timedelta(0) or (wait > longest and not overstays)):
        yield Violation("wait", batch.id, run.end, f"waits {wait} after {stage.name}, at most {longest}")
    released = onward.start if stage.hold_minutes >= 15 else run.end
    if run.released != released and not known:
        yield Violation("hold", batch.id, run.end, f"{stage.name} is released at {run.released}, should be {released}")


def _began(problem: PlanProblem, run: StageRun) -> bool:
    return run.start < problem.start


def _hours(problem: PlanProblem, batch: Batch) -> Iterator[Violation]:
    """Shifts, known prices, air and forbidden hours; a run that had begun before the start cannot be stopped any more."""
    given = _given(problem, batch)
    for index, run in enumerate(batch.runs):
        stage = problem.plant.stage(run.stage)
        instant = max(run.start, problem.start)
        while instant < min(run.released, problem.end):
            running = instant < run.end
            for limit in _broken_at(problem, stage, instant, running=running):
                stands = not running and index == given - 1 and run.released - run.end > timedelta(minutes=stage.hold_minutes)
                if not (_began(problem, run) and running) and not stands:
                    yield Violation(limit, batch.id, instant, f"{stage.name} may not run then")
            instant += QUARTER


def _broken_at(problem: PlanProblem, stage: Stage, instant: datetime, *, running: bool) -> Iterator[str]:
    slot = int((instant - problem.start) / QUARTER)
    if problem.prices[slot] is None:
        yield "prices"
    if running and stage.attended and not _staffed(problem, instant):
        yield "shifts"
    if running and stage.name in problem.ambient_kw and problem.ambient_kw[stage.name][slot] is None:
        yield "ambient"
    for wish in problem.wishes:
        if isinstance(wish, Forbidden) and wish.stage in (None, stage.name) and _overlaps(wish.start, wish.end, instant):
            yield "wishes"


def _staffed(problem: PlanProblem, instant: datetime) -> bool:
    """Whether people are there in the quarter-hour that begins at an instant; nobody is where that is a fact."""
    if any(_overlaps(absence.start, absence.end, instant) for absence in problem.absences):
        return False
    return problem.plant.is_staffed(instant) or any(o.start <= instant < o.end for o in problem.overtime)


def _overlaps(start: datetime, end: datetime, instant: datetime) -> bool:
    return start < instant + QUARTER and instant < end


def _machines(problem: PlanProblem, batches: Sequence[Batch]) -> Iterator[Violation]:
    """No machine has two batches at once, or one while it is down. What is a fact is no fault of the plan: two batches that were in
    one machine, or one that is in a machine that is down, or wished to be: the wish holds for all that is not in it yet."""
    users: dict[tuple[str, int], list[tuple[datetime, datetime, str]]] = defaultdict(list)
    standing: set[tuple[str, int, str]] = set()
    under_way = {item.batch_id for item in problem.under_way}
    for batch in batches:
        for index, run in enumerate(batch.runs):
            users[run.stage, run.unit].append((run.start, run.released, batch.id))
            if index < _given(problem, batch) and batch.id in under_way:
                standing.add((run.stage, run.unit, batch.id))
    downs: dict[str, str] = {}
    for id_, limit, stage, unit, start, end in _downs(problem):
        downs[id_] = limit
        first = problem.start + (start - problem.start) // QUARTER * QUARTER
        users[stage, unit].append((max(first, problem.start), end, id_))
    for (stage, unit), spans in users.items():
        for one, other, start in _doubled(spans):
            down, others = {one, other} & set(downs), {one, other} - set(downs)
            facts = all((stage, unit, id_) in standing for id_ in others)
            if not others or facts:
                continue
            limit = downs[min(down)] if down else "machines"
            yield Violation(limit, other, start, f"{stage} {unit} has {one} and {other} at once", beside=one)


def _downs(problem: PlanProblem) -> Iterator[tuple[str, str, str, int, datetime, datetime]]:
    """(name, limit, stage, machine, start, end) of machines that are down, by wish or by fact."""
    for wish in problem.wishes:
        if isinstance(wish, MachineDown):
            yield wish.id, "wishes", wish.stage, wish.unit, wish.start, wish.end
    for number, outage in enumerate(problem.outages):
        end = max(problem.end, outage.start) + QUARTER if outage.end is None else outage.end
        if end > problem.start:
            yield f"outage {number}", "outages", outage.stage, outage.unit, outage.start, end


def _doubled(spans: list[tuple[datetime, datetime, str]]) -> Iterator[tuple[str, str, datetime]]:
    """Pairs of intervals that overlap, with the start of the later one."""
    spans.sort()
    for index, (_, end, one) in enumerate(spans):
        for start, _, other in spans[index + 1 :]:
            if start < end:
                yield one, other, start


def _load_kw(problem: PlanProblem, batch: Batch, instant: datetime, *, facts: bool = True, planned: bool = True) -> float:
    """Power of a batch in the quarter-hour that begins at an instant: of the runs that are facts, and of the others."""
    slot = int((instant - problem.start) / QUARTER)
    load = 0.0
    given = _given(problem, batch)
    for index, run in enumerate(batch.runs):
        if not (facts if index < given else planned) or _stands_still(problem, batch, index, instant):
            continue
        stage = problem.plant.stage(run.stage)
        if run.start <= instant < run.end:
            extra = problem.ambient_kw[stage.name][slot] if stage.name in problem.ambient_kw else 0.0
            load += stage.power_kw + (extra or 0.0)
        elif run.end <= instant < run.released:
            load += stage.hold_kw
    return load


def _stands_still(problem: PlanProblem, batch: Batch, index: int, instant: datetime) -> bool:
    """Whether the run that a batch is in is interrupted in the quarter-hour at an instant: it draws no power then. One that is held
    after its end draws what holding takes."""
    fact = _fact(problem, batch)
    if fact is None or fact.running is None or index != len(fact.done) or instant >= batch.runs[index].end:
        return False
    if fact.running.left is not None:
        return _idle(problem, fact.running, instant)
    return any(start <= instant and instant + QUARTER <= end for start, end in fact.running.stands)


def _idle(problem: PlanProblem, running: Running, instant: datetime) -> bool:
    """Whether an interrupted run cannot go on in a quarter-hour: its machine is down, or nobody is there who attends it."""
    attended = problem.plant.stage(running.stage).attended
    if attended and not _staffed(problem, instant):
        return True
    return any(
        (outage.stage, outage.unit) == (running.stage, running.unit) and _overlaps(outage.start, outage.end or problem.end, instant)
        for outage in problem.outages
    )


def _quarters(problem: PlanProblem) -> Iterator[tuple[int, datetime]]:
    for slot in range(len(problem.prices)):
        yield slot, problem.start + slot * QUARTER


def _power(problem: PlanProblem, batches: Sequence[Batch]) -> Iterator[Violation]:
    """Base load and machines within the contracted power of the period, wherever the plan adds anything to what is a fact."""
    for slot, instant in _quarters(problem):
        there = [batch for batch in batches if batch.start <= instant < batch.runs[-1].released]
        planned = sum(_load_kw(problem, batch, instant, facts=False) for batch in there)
        if planned <= TOLERANCE:
            continue
        load = problem.plant.base_kw(staffed=_staffed(problem, instant)) + planned
        load += sum(_load_kw(problem, batch, instant, planned=False) for batch in there)
        limit = problem.plant.contracted_kw[problem.periods[slot] - 1]
        if load > limit + TOLERANCE:
            yield Violation("power", None, instant, f"{load:.3f} kW of {limit:.3f} kW in P{problem.periods[slot]}")


def _under_way(problem: PlanProblem, batches: Sequence[Batch]) -> Iterator[Violation]:
    """Every batch under way is there: what is done as it was, and the run that it is in on its machine, as long as it takes."""
    mine = {batch.id: batch for batch in batches}
    for fact in problem.under_way:
        batch = mine.get(fact.batch_id)
        if batch is None or batch.quality != fact.quality:
            yield Violation("under_way", fact.batch_id, None, "is under way and not in the plan")
            continue
        done = [(run.stage, run.unit, run.start, run.end) for run in batch.runs[: len(fact.done)]]
        if done != [(run.stage, run.unit, run.start, run.end) for run in fact.done]:
            yield Violation("under_way", batch.id, None, "what is done was changed")
        if fact.running is not None and not _goes_on(problem, batch.runs[len(fact.done)], fact.running):
            yield Violation("under_way", batch.id, fact.running.since, f"{fact.running.stage} is not as it runs")


def _goes_on(problem: PlanProblem, run: StageRun, running: Running) -> bool:
    """Whether a run is the one that a batch is in, to its expected end; an interrupted one as soon as it can go on."""
    if (run.stage, run.unit, run.start) != (running.stage, running.unit, running.since):
        return False
    if running.left is None:
        return run.end == max(ceil_to(running.expected_end, QUARTER), problem.start)
    left, instant = running.left, problem.start
    while left > timedelta(0) and instant < problem.end:
        left -= QUARTER if not _idle(problem, running, instant) else timedelta(0)
        instant += QUARTER
    return run.end == instant or (left > timedelta(0) and run.end >= problem.end)


def _kept(problem: PlanProblem, batches: Sequence[Batch]) -> Iterator[Violation]:
    """What began is there as it was; what is frozen is there as the plan in force has it; nothing else starts in the freeze."""
    mine = {batch.id: {run.stage: (run.unit, run.start, run.end) for run in batch.runs} for batch in batches}
    for batch in problem.started:
        for run in batch.runs:
            if mine.get(batch.id, {}).get(run.stage) != (run.unit, run.start, run.end):
                yield Violation("started", batch.id, run.start, f"{run.stage} had begun and was changed")
    ids = {batch.id for batch in problem.started} | {item.batch_id for item in problem.under_way}
    for batch in batches:
        if batch.id not in ids and batch.start < problem.start:
            yield Violation("started", batch.id, batch.start, "begins in the past")
    if problem.freeze_until is not None:
        yield from _frozen(problem, batches)


def _frozen(problem: PlanProblem, batches: Sequence[Batch]) -> Iterator[Violation]:
    begun = {batch.id: {run.stage for run in batch.runs} for batch in problem.started}
    for item in problem.under_way:
        begun[item.batch_id] = {run.stage for run in item.done} | ({item.running.stage} if item.running else set())
    expected: set[tuple[str, str, datetime]] = set()
    for batch in problem.current:
        for run in batch.runs:
            if run.stage in begun.get(batch.id, set()):
                continue
            if not (problem.start <= run.start and problem.freeze_until is not None and run.start < problem.freeze_until):
                break
            expected.add((batch.id, run.stage, run.start))
    actual = {
        (batch.id, run.stage, run.start)
        for batch in batches
        for run in batch.runs
        if problem.freeze_until is not None and problem.start <= run.start < problem.freeze_until
    }
    for id_, stage, start in sorted(expected ^ actual):
        yield Violation("freeze", id_, start, f"{stage} is frozen as the plan in force has it")


def _promises(problem: PlanProblem, found: Sequence[Lateness], told: Sequence[Lateness]) -> Iterator[Violation]:
    """What is due is made in time, or told to be late as it is."""
    for item in found:
        if item not in told:
            late = "not within the horizon" if item.by_minutes is None else f"{item.by_minutes} min late"
            due = next(promise.due for promise in problem.promises if promise.order_id == item.order_id)
            yield Violation("demand", None, due, f"{item.kg:.1f} kg of {item.order_id} {late}")
    for item in told:
        if item not in found:
            yield Violation("demand", None, None, f"{item.order_id} is not late as told")


def _surplus(problem: PlanProblem, batches: Sequence[Batch]) -> Iterator[Violation]:
    """Over the horizon no more is made than is due, or than was begun."""
    for quality in problem.plant.qualities:
        mine = [batch for batch in batches if batch.quality == quality]
        due = sum(item.kg for item in problem.promises if item.quality == quality)
        spare = problem.stock_kg.get(quality, 0.0) + sum(made_kg(problem, batch) for batch in mine) - due
        begun = {item.batch_id for item in problem.under_way if item.quality == quality}
        begun |= {batch.id for batch in (*problem.started, *problem.current) if batch.quality == quality}
        if spare >= problem.plant.batch_kg - TOLERANCE and len(mine) > len(begun):
            yield Violation("demand", None, None, f"{spare:.1f} kg of {quality} more than is due")


def _stock(problem: PlanProblem, batches: Sequence[Batch]) -> Iterator[Violation]:
    """Finished goods never above the store's limit."""
    for quality, limit in problem.plant.max_stock_kg.items():
        changes = [(batch.end, 0, made_kg(problem, batch)) for batch in batches if batch.quality == quality]
        due = [item for item in problem.promises if item.quality == quality and not item.is_reserve]
        shipped = [(item.due, 1, -item.kg) for item in due]
        stock = problem.stock_kg.get(quality, 0.0)
        began = {item.batch_id for item in problem.under_way}
        facts = {batch.end for batch in batches if batch.id in began}
        for instant, _, kg in sorted(changes + shipped):
            stock += kg
            if kg > 0 and stock > limit + TOLERANCE and instant not in facts:
                yield Violation("stock", None, instant, f"{stock:.1f} kg of {quality}, at most {limit:.1f}")


def _shelf_life(problem: PlanProblem, batches: Sequence[Batch]) -> Iterator[Violation]:
    """Nothing is finished before its life would end with what it is made for: first in, first out, of what is begun by the plan."""
    for quality, hours in problem.plant.shelf_life_hours.items():
        facts = {item.batch_id for item in problem.under_way} | {batch.id for batch in problem.started}
        mine = sorted((b for b in batches if b.quality == quality), key=lambda batch: batch.end)
        made = problem.stock_kg.get(quality, 0.0)
        for batch in mine:
            need = 0.0
            for item in (item for item in problem.promises if item.quality == quality):
                need += item.kg if item.due <= batch.end + timedelta(hours=hours) else 0.0
            if made >= need - TOLERANCE and batch.id not in facts:
                yield Violation("shelf_life", batch.id, batch.end, f"{quality} keeps {hours:g} h, and nothing is due in that time")
            made += made_kg(problem, batch)


def _start_wishes(problem: PlanProblem, batches: Sequence[Batch]) -> Iterator[Violation]:
    for wish in problem.wishes:
        if isinstance(wish, Pin | NoStart):
            starts = [r.start for b in batches if b.quality == wish.quality for r in b.runs if r.stage == wish.stage]
            count = starts.count(wish.start)
            if count < wish.count if isinstance(wish, Pin) else count > wish.count:
                yield Violation("wishes", None, wish.start, f"{wish.id}: {count} starts of {wish.stage}, wished {wish.count}")


def _cost(problem: PlanProblem, batches: Sequence[Batch]) -> tuple[float, float]:
    """Cost [€] and energy [kWh] of the batches within the horizon."""
    cost = kwh = 0.0
    for slot, instant in _quarters(problem):
        price = problem.prices[slot]
        for batch in batches:
            if batch.start <= instant < batch.end:
                energy = _load_kw(problem, batch, instant) * 0.25
                kwh += energy
                cost += energy * price if price is not None else 0.0
    return cost, kwh
