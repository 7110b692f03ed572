"""The independent check of a plan: a plain loop over batches and quarter-hours that shares no code with the model.

It takes nothing on trust: order, lengths, waits, machines, shifts, power, air, wishes, frozen runs, demand, stock and cost are
worked out anew from the problem. A plan is published only when it finds nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.plan.plant import Stage
from domain.plan.production import Batch, Forbidden, MachineDown, NoStart, Pin, PlanProblem, StageRun
from domain.timeline import QUARTER, day_bounds

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

    @property
    def passed(self) -> bool:
        """Whether no limit is broken."""
        return not self.violations


def check(problem: PlanProblem, batches: Sequence[Batch], *, pins: bool = True) -> Verdict:
    """Every limit of a problem against batches. `pins=False` leaves pins and moves out, as for working as usual."""
    found = [
        *_names(batches),
        *(violation for batch in batches for violation in _chain(problem, batch)),
        *(violation for batch in batches for violation in _hours(problem, batch)),
        *_machines(problem, batches),
        *_power(problem, batches),
        *_kept(problem, batches),
        *_demand(problem, batches),
        *_stock(problem, batches),
        *(_start_wishes(problem, batches) if pins else ()),
    ]
    cost, kwh = _cost(problem, batches)
    return Verdict(tuple(found), cost, kwh)


def _names(batches: Sequence[Batch]) -> Iterator[Violation]:
    seen: set[str] = set()
    for batch in batches:
        if batch.id in seen:
            yield Violation("name", batch.id, None, "the name is given twice")
        seen.add(batch.id)


def _chain(problem: PlanProblem, batch: Batch) -> Iterator[Violation]:
    """Stages in order, of the right length, on the grid, within the longest wait, held only where a machine holds."""
    stages = problem.plant.stages
    if [run.stage for run in batch.runs] != [stage.name for stage in stages]:
        yield Violation("order", batch.id, None, "the stages are not the plant's, in order")
        return
    for stage, run in zip(stages, batch.runs, strict=True):
        if run.end - run.start != timedelta(minutes=stage.minutes[batch.quality]):
            yield Violation("length", batch.id, run.start, f"{stage.name} takes {stage.minutes[batch.quality]} min")
        if (run.start - problem.start) % QUARTER:
            yield Violation("grid", batch.id, run.start, f"{stage.name} starts off the quarter-hours")
        if not 1 <= run.unit <= stage.units:
            yield Violation("machines", batch.id, run.start, f"{stage.name} has no machine {run.unit}")
    for stage, run, onward in zip(stages, batch.runs, batch.runs[1:], strict=False):
        yield from _wait(batch, stage, run, onward)
    if batch.runs[-1].released != batch.runs[-1].end or batch.end > problem.end:
        yield Violation("horizon", batch.id, batch.end, "ends after the horizon or is held in the last stage")


def _wait(batch: Batch, stage: Stage, run: StageRun, onward: StageRun) -> Iterator[Violation]:
    longest = timedelta(minutes=max(stage.max_wait_minutes, stage.hold_minutes))
    wait = onward.start - run.end
    if wait < timedelta(0) or wait > longest:
        yield Violation("wait", batch.id, run.end, f"waits {wait} after {stage.name}, at most {longest}")
    released = onward.start if stage.hold_minutes >= 15 else run.end
    if run.released != released:
        yield Violation("hold", batch.id, run.end, f"{stage.name} is released at {run.released}, should be {released}")


def _began(problem: PlanProblem, run: StageRun) -> bool:
    return run.start < problem.start


def _hours(problem: PlanProblem, batch: Batch) -> Iterator[Violation]:
    """Shifts, known prices, air and forbidden hours; a run that had begun before the start cannot be stopped any more."""
    for run in batch.runs:
        stage = problem.plant.stage(run.stage)
        instant = max(run.start, problem.start)
        while instant < min(run.released, problem.end):
            running = instant < run.end
            for limit in _broken_at(problem, stage, instant, running=running):
                if not (_began(problem, run) and running):
                    yield Violation(limit, batch.id, instant, f"{stage.name} may not run then")
            instant += QUARTER


def _broken_at(problem: PlanProblem, stage: Stage, instant: datetime, *, running: bool) -> Iterator[str]:
    slot = int((instant - problem.start) / QUARTER)
    staffed = problem.plant.is_staffed(instant) or any(o.start <= instant < o.end for o in problem.overtime)
    if problem.prices[slot] is None:
        yield "prices"
    if running and stage.attended and not staffed:
        yield "shifts"
    if running and stage.name in problem.ambient_kw and problem.ambient_kw[stage.name][slot] is None:
        yield "ambient"
    for wish in problem.wishes:
        if isinstance(wish, Forbidden) and wish.stage in (None, stage.name) and _overlaps(wish.start, wish.end, instant):
            yield "wishes"


def _overlaps(start: datetime, end: datetime, instant: datetime) -> bool:
    return start < instant + QUARTER and instant < end


def _machines(problem: PlanProblem, batches: Sequence[Batch]) -> Iterator[Violation]:
    """No machine has two batches at once, or one while it is down."""
    users: dict[tuple[str, int], list[tuple[datetime, datetime, str]]] = defaultdict(list)
    for batch in batches:
        for run in batch.runs:
            users[run.stage, run.unit].append((run.start, run.released, batch.id))
    for wish in problem.wishes:
        if isinstance(wish, MachineDown):
            first = problem.start + (wish.start - problem.start) // QUARTER * QUARTER
            users[wish.stage, wish.unit].append((max(first, problem.start), wish.end, wish.id))
    downs = {wish.id for wish in problem.wishes if isinstance(wish, MachineDown)}
    for (stage, unit), spans in users.items():
        for one, other, start in _doubled(spans):
            if not {one, other} <= downs:
                limit = "wishes" if {one, other} & downs else "machines"
                yield Violation(limit, other, start, f"{stage} {unit} has {one} and {other} at once", beside=one)


def _doubled(spans: list[tuple[datetime, datetime, str]]) -> Iterator[tuple[str, str, datetime]]:
    """Pairs of intervals that overlap, with the start of the later one."""
    spans.sort()
    for index, (_, end, one) in enumerate(spans):
        for start, _, other in spans[index + 1 :]:
            if start < end:
                yield one, other, start


def _load_kw(problem: PlanProblem, batch: Batch, instant: datetime) -> float:
    """Power of a batch in the quarter-hour that begins at an instant."""
    slot = int((instant - problem.start) / QUARTER)
    load = 0.0
    for run in batch.runs:
        stage = problem.plant.stage(run.stage)
        if run.start <= instant < run.end:
            extra = problem.ambient_kw[stage.name][slot] if stage.name in problem.ambient_kw else 0.0
            load += stage.power_kw + (extra or 0.0)
        elif run.end <= instant < run.released:
            load += stage.hold_kw
    return load


def _quarters(problem: PlanProblem) -> Iterator[tuple[int, datetime]]:
    for slot in range(len(problem.prices)):
        yield slot, problem.start + slot * QUARTER


def _power(problem: PlanProblem, batches: Sequence[Batch]) -> Iterator[Violation]:
    """Base load and machines within the contracted power of the period."""
    for slot, instant in _quarters(problem):
        staffed = problem.plant.is_staffed(instant) or any(o.start <= instant < o.end for o in problem.overtime)
        load = problem.plant.base_kw(staffed=staffed)
        load += sum(_load_kw(problem, batch, instant) for batch in batches if batch.start <= instant < batch.end)
        limit = problem.plant.contracted_kw[problem.periods[slot] - 1]
        if load > limit + TOLERANCE:
            yield Violation("power", None, instant, f"{load:.3f} kW of {limit:.3f} kW in P{problem.periods[slot]}")


def _kept(problem: PlanProblem, batches: Sequence[Batch]) -> Iterator[Violation]:
    """What began is there as it was; what is frozen is there as the plan in force has it; nothing else starts in the freeze."""
    mine = {batch.id: {run.stage: (run.unit, run.start, run.end) for run in batch.runs} for batch in batches}
    for batch in problem.started:
        for run in batch.runs:
            if mine.get(batch.id, {}).get(run.stage) != (run.unit, run.start, run.end):
                yield Violation("started", batch.id, run.start, f"{run.stage} had begun and was changed")
    ids = {batch.id for batch in problem.started}
    for batch in batches:
        if batch.id not in ids and batch.start < problem.start:
            yield Violation("started", batch.id, batch.start, "begins in the past")
    if problem.freeze_until is not None:
        yield from _frozen(problem, batches)


def _frozen(problem: PlanProblem, batches: Sequence[Batch]) -> Iterator[Violation]:
    begun = {batch.id: {run.stage for run in batch.runs} for batch in problem.started}
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


def _demand(problem: PlanProblem, batches: Sequence[Batch]) -> Iterator[Violation]:
    """By the end of each day what is due is made; over the horizon no more than that, or than what was begun."""
    for quality in problem.plant.qualities:
        have = problem.stock_kg.get(quality, 0.0) - problem.plant.min_stock_kg.get(quality, 0.0)
        due = 0.0
        mine = [batch for batch in batches if batch.quality == quality]
        for item in sorted(problem.plannable, key=lambda item: item.day):
            if item.quality != quality:
                continue
            due += item.kg
            night = day_bounds(item.day, problem.plant.tz)[1]
            made = problem.plant.batch_kg * sum(batch.end <= night for batch in mine)
            if made + have < due - TOLERANCE:
                yield Violation("demand", None, night, f"{due - made - have:.1f} kg of {quality} short by the end of {item.day}")
        spare = len(mine) * problem.plant.batch_kg + have - due
        kept = sum(b.quality == quality for b in {b.id: b for b in (*problem.started, *problem.current)}.values())
        if spare >= problem.plant.batch_kg - TOLERANCE and len(mine) > kept:
            yield Violation("demand", None, None, f"{spare:.1f} kg of {quality} more than is due")


def _stock(problem: PlanProblem, batches: Sequence[Batch]) -> Iterator[Violation]:
    """Finished goods never above the store's limit."""
    for quality, limit in problem.plant.max_stock_kg.items():
        changes = [(batch.end, 0, problem.plant.batch_kg) for batch in batches if batch.quality == quality]
        shipped = [(day_bounds(i.day, problem.plant.tz)[1], 1, -i.kg) for i in problem.plannable if i.quality == quality]
        stock = problem.stock_kg.get(quality, 0.0)
        for instant, _, kg in sorted(changes + shipped):
            stock += kg
            if kg > 0 and stock > limit + TOLERANCE:
                yield Violation("stock", None, instant, f"{stock:.1f} kg of {quality}, at most {limit:.1f}")


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
