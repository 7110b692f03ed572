"""From counts back to batches: starts are handed out first in, first out, machines by who is free, names by what is due."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from domain.plan.production import Batch, PlanProblem, StageRun
from planning.milp.demands import spare_kg, whole_batches
from planning.milp.grid import begun_runs, down_spans
from planning.milp.model import Kept, Key, Model

Counts = dict[Key, int]


@dataclass(slots=True)
class _Draft:
    """A batch before it has a name: (slot, group) of each segment's start."""

    quality: int
    kept: Kept | None
    starts: list[tuple[int, int]] = field(default_factory=list)


def batches_of(model: Model, counts: Counts, leaves: Counts) -> tuple[Batch, ...]:
    """Named batches, by start. `counts` are starts by key, `leaves` what leaves each told-apart machine by (segment, ...) key."""
    drafts = [draft for quality in range(len(model.problem.plant.qualities)) for draft in _drafts(model, quality, counts, leaves)]
    units = _units(model, drafts)
    named = _named(model, drafts)
    batches = [Batch(id_, _quality(model, draft), due, _runs(model, draft, units[id(draft)])) for draft, id_, due in named]
    return tuple(sorted(batches, key=lambda batch: (batch.start, batch.id)))


def _quality(model: Model, draft: _Draft) -> str:
    return model.problem.plant.qualities[draft.quality]


def _drafts(model: Model, quality: int, counts: Counts, leaves: Counts) -> list[_Draft]:
    """The batches of a quality with their segment starts."""
    name = model.problem.plant.qualities[quality]
    kept = [kept for kept in model.kept if kept.batch.quality == name]
    drafts = [_Draft(quality, item, [start for start in item.starts if start is not None]) for item in kept]
    for segment in range(len(model.segments)):
        free = _expanded(counts, segment, quality)
        if segment == 0:
            drafts += [_Draft(quality, None, [start]) for start in free]
            continue
        ready = [draft for draft in drafts if len(draft.starts) == segment and not (draft.kept and draft.kept.settled)]
        waiting = sorted(ready, key=lambda draft: (_arrives(model, draft, segment - 1), draft.starts[-1]))
        _hand_out(waiting, free, _expanded(leaves, segment - 1, quality))
    return drafts


def _arrives(model: Model, draft: _Draft, segment: int) -> int:
    """The slot in which a draft is done with a segment."""
    return _spans(model, draft)[model.segments[segment].stages[-1]][1]


def _expanded(counts: Counts, segment: int, quality: int) -> list[tuple[int, int]]:
    """(slot, group) once for each start of a segment and quality, in order of time."""
    keys = sorted((key[2], key[3], count) for key, count in counts.items() if key[:2] == (segment, quality))
    return [(slot, group) for slot, group, count in keys for _ in range(count)]


def _hand_out(waiting: list[_Draft], free: list[tuple[int, int]], leaving: list[tuple[int, int]]) -> None:
    """Next starts to those that wait, first in first out; where machines are told apart, to those in the machine that is left."""
    if len(waiting) != len(free):
        raise ValueError(f"{len(waiting)} batches wait for {len(free)} starts")
    if not leaving:
        for draft, start in zip(waiting, free, strict=True):
            draft.starts.append(start)
        return
    queues: dict[int, list[_Draft]] = defaultdict(list)
    for draft in waiting:
        queues[draft.starts[-1][1]].append(draft)
    for (_, group), start in zip(leaving, free, strict=True):
        queues[group].pop(0).starts.append(start)


Interval = tuple[int, int]


def _spans(model: Model, draft: _Draft) -> dict[int, tuple[int, int, int]]:
    """(start, end, released) in slots of each stage of a draft."""
    spans: dict[int, tuple[int, int, int]] = {}
    given = draft.kept.spans if draft.kept else {}
    for index, (slot, _) in enumerate(draft.starts):
        for stage, first, end in model.offsets(index, draft.quality):
            spans[stage] = given.get(stage, (slot + first, slot + end, slot + end))
        last = model.segments[index].stages[-1]
        settled = draft.kept is not None and draft.kept.settled
        if model.segments[index].hold_kw is not None and index + 1 < len(draft.starts) and not settled:
            spans[last] = (*spans[last][:2], draft.starts[index + 1][0])
    return {stage: span for stage, span in spans.items() if stage in given} if draft.kept and draft.kept.settled else spans


def _units(model: Model, drafts: list[_Draft]) -> dict[int, dict[int, int]]:
    """Machine (1 is the first) of each draft, by the draft's identity and the stage."""
    units: dict[int, dict[int, int]] = {id(draft): {} for draft in drafts}
    spans = {id(draft): _spans(model, draft) for draft in drafts}
    for index, segment in enumerate(model.segments):
        for stage in segment.stages:
            there = [draft for draft in drafts if stage in spans[id(draft)]]
            jobs = sorted(there, key=lambda draft: (spans[id(draft)][stage], draft.quality))
            given = {id(draft): _given_unit(model, draft, index, stage) for draft in jobs}
            busy = _down(model.problem, stage)
            for draft in jobs:
                unit = given[id(draft)]
                if unit is not None:
                    units[id(draft)][stage] = unit
                    busy[unit - 1].append(_occupied(spans[id(draft)][stage]))
            open_ = [draft for draft in jobs if given[id(draft)] is None]
            places = _place([_occupied(spans[id(draft)][stage]) for draft in open_], busy)
            for draft, unit in zip(open_, places, strict=True):
                units[id(draft)][stage] = unit
    return units


def _occupied(span: tuple[int, int, int]) -> Interval:
    return span[0], span[2]


def _given_unit(model: Model, draft: _Draft, segment: int, stage: int) -> int | None:
    """The machine that a draft has already: told apart by the model, or begun on it, be it this very minute."""
    if model.segments[segment].groups > 1:
        return draft.starts[segment][1] + 1
    if draft.kept is None or stage >= len(draft.kept.batch.runs):
        return None
    run = draft.kept.batch.runs[stage]
    begun = run.start < model.problem.start or stage < begun_runs(model.problem, draft.kept.batch.id)
    return run.unit if begun or draft.kept.settled else None


def _down(problem: PlanProblem, stage: int) -> list[list[Interval]]:
    """Intervals in which each machine of a stage is out of use."""
    data = problem.plant.stages[stage]
    busy: list[list[Interval]] = [[] for _ in range(data.units)]
    for unit, first, last in down_spans(problem, data.name):
        busy[unit - 1].append((first, last))
    return busy


def _place(jobs: list[Interval], busy: list[list[Interval]]) -> list[int]:
    """A free machine (1 is the first) for each interval, given in order of start; goes back where a choice leads nowhere."""
    placed: list[int] = []
    first = 0
    while len(placed) < len(jobs):
        job = jobs[len(placed)]
        unit = next((u for u in range(first, len(busy)) if _is_free(job, busy[u])), None)
        if unit is not None:
            busy[unit].append(job)
            placed.append(unit + 1)
            first = 0
            continue
        if not placed:
            raise ValueError("the machines cannot take the runs of the counts")
        last = placed.pop()
        busy[last - 1].pop()
        first = last
    return placed


def _is_free(job: Interval, busy: list[Interval]) -> bool:
    return all(job[1] <= start or end <= job[0] for start, end in busy)


Named = list[tuple[_Draft, str, date | None]]


def _named(model: Model, drafts: list[_Draft]) -> Named:
    """Drafts with their name and day. Kept ones keep them; those that stand as in the plan in force have theirs, if all are then
    in time; the others take what is due next, in order of their end."""
    named: Named = []
    for quality, name in enumerate(model.problem.plant.qualities):
        own = sorted((draft for draft in drafts if draft.quality == quality), key=lambda draft: draft.starts[-1])
        kept = [(draft, draft.kept.batch.id, draft.kept.batch.due) for draft in own if draft.kept]
        free = [draft for draft in own if not draft.kept]
        due = _left(due_units(model.problem, name), kept)
        loyal = _in_order(free, due, name, _standing(model, free, due))
        plain = _in_order(free, due, name, {})
        named += [*kept, *(loyal if _in_time(model, loyal) or not _in_time(model, plain) else plain)]
    return named


def _left(due: list[tuple[str, date]], kept: Named) -> list[tuple[str, date]]:
    """What is due and not covered by what is kept: a batch with a name of its own covers one of its day, or else the first."""
    names = {id_ for id_, _ in due}
    left = [item for item in due if item[0] not in {id_ for _, id_, _ in kept}]
    for _, id_, day in kept:
        if id_ not in names and left:
            left.remove(next((item for item in left if item[1] == day), left[0]))
    return left


def _standing(model: Model, free: list[_Draft], due: list[tuple[str, date]]) -> dict[int, tuple[str, date | None]]:
    """Name and day in the plan in force of the drafts that start every segment as there, by the draft's identity."""
    days = dict(due)
    names: dict[tuple[int, ...], list[tuple[str, date | None]]] = defaultdict(list)
    for batch in model.problem.current:
        if batch.id in days or batch.due in days.values():
            starts = tuple(start[0] for start in model.segment_starts(batch) if start is not None)
            names[starts].append((batch.id, days.get(batch.id, batch.due)))
    found: dict[int, tuple[str, date | None]] = {}
    for draft in free:
        if left := names[tuple(slot for slot, _ in draft.starts)]:
            found[id(draft)] = left.pop(0)
    return found


def _in_order(
    free: list[_Draft], due: list[tuple[str, date]], quality: str, standing: Mapping[int, tuple[str, date | None]]
) -> Named:
    """Names for drafts in order of their end: the standing ones theirs, the others what is due next, then `extra`."""
    left = list(due)
    for name, day in standing.values():
        same = [item for item in left if item[0] == name] or [item for item in left if item[1] == day] or left
        if same:
            left.remove(same[0])
    others = iter(left)
    named: Named = []
    for draft in free:
        own = standing.get(id(draft))
        extra = f"extra-{quality}-{len(named) + 1}"
        named.append((draft, *(own or next(others, (extra, None)))))
    return named


def _in_time(model: Model, named: Named) -> bool:
    """Whether each batch ends by the day that its name stands for."""
    ends = [(draft.starts[-1][0] + model.length(model.last, draft.quality), day) for draft, _, day in named]
    return all(day is None or end <= model.problem.day_end_slot(day) for end, day in ends)


def due_units(problem: PlanProblem, quality: str) -> list[tuple[str, date]]:
    """Batches that are due, in order, as (name, day): the n-th of its promise, so that names last from plan to plan.

    The stock covers the first of them.
    """
    batch_kg = problem.plant.batch_kg
    total = -spare_kg(problem, quality)
    units: list[tuple[str, date]] = []
    before: dict[str, int] = defaultdict(int)
    for item in problem.promises:
        if item.quality == quality:
            fresh = whole_batches(total + item.kg, batch_kg) - whole_batches(total, batch_kg)
            total += item.kg
            of_all = max(fresh, whole_batches(item.kg, batch_kg))
            first = before[item.names] + of_all - fresh + 1
            before[item.names] += of_all
            units.extend((f"{item.names}-{n}", item.day) for n in range(first, first + fresh))
    return units


def _runs(model: Model, draft: _Draft, units: dict[int, int]) -> tuple[StageRun, ...]:
    """Stage runs in UTC; runs that began keep what they were, to the minute."""
    at, names = model.problem.at, [stage.name for stage in model.problem.plant.stages]
    spans = _spans(model, draft)
    given = draft.kept.batch.runs if draft.kept else ()
    runs: list[StageRun] = []
    for stage, (start, end, released) in sorted(spans.items()):
        if stage < len(given):
            run = given[stage]
            runs.append(replace(run, unit=units[stage], released=at(released) if released > end else run.end))
        else:
            runs.append(StageRun(names[stage], units[stage], at(start), at(end), at(released)))
    return tuple(runs)
