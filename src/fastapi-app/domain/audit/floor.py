"""When each machine worked on each batch, by the log: one batch at a time. Pure.

What was said happened then. What nobody said is taken from the plan's times. Where these two contradict each other (a machine that
was down or taken, a stage that still runs) the log does not decide, and a batch is left open.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.audit.log import Book, Machine, Span, Told
from domain.plan.plant import Plant, Stage

MINUTE = timedelta(minutes=1)
FAR = timedelta(days=365)
SETTLED = timedelta(days=1)
"""A stage whose end was due so long ago and was never told is over."""
MOSTLY = 0.75
"""Of an assumed stage, the share after which another batch in its machine means that it was over."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A stage: when its machine worked, and held the batch after it."""

    stage: str
    unit: int
    said: bool
    """Whether its begin was."""
    works: tuple[tuple[datetime, datetime], ...]
    held: tuple[datetime, datetime] | None = None
    kw: tuple[float, float] | None = None
    """Of the machine while it works and while it holds, as the batch was planned; None where nobody kept it."""

    @property
    def inside(self) -> tuple[datetime, datetime]:
        """When the batch was in the machine."""
        return self.works[0][0], self.held[1] if self.held else self.works[-1][1]


@dataclass(frozen=True, slots=True)
class Made:
    """A batch that began, or was spoiled."""

    id: str
    stages: tuple[Ran, ...]
    kg: float
    """0 where it was lost."""
    lost: bool
    finished_at: datetime | None


class Open(Exception):  # noqa: N818  no error: the log leaves it open
    """The log alone does not say how a batch ran."""


def batches_of(plant: Plant, book: Book, now: datetime) -> Iterator[tuple[str, Made | None]]:
    """Each batch that began by now; None for one that is left open."""
    for id_, told in sorted(book.batches.items()):
        if told.withdrawn and not told.is_said:
            continue
        try:
            made = _Batch(plant, book, told, now).made()
        except Open:
            yield id_, None
            continue
        if made.stages or made.lost:
            yield id_, made


def _stages_of(plant: Plant, told: Told) -> tuple[Stage, ...]:
    """Those that the batch was planned with; where it did not keep them the plant's, or what its plan says of others."""
    if told.recipe is not None and told.recipe.stages:
        return told.recipe.stages
    there = {stage.name: stage for stage in plant.stages}
    if {run.stage for run in told.planned.runs} <= there.keys():
        return plant.stages
    return tuple(
        there.get(run.stage) or Stage(run.stage, run.unit, 0.0, {}, attended=False, hold_minutes=15 * (run.released > run.end))
        for run in told.planned.runs
    )


class _Batch:
    """One batch, stage by stage."""

    def __init__(self, plant: Plant, book: Book, told: Told, now: datetime) -> None:
        self.book, self.told, self.now = book, told, now
        self.stages = _stages_of(plant, told)
        kept = () if told.recipe is None else told.recipe.stages
        self.kw = {stage.name: (stage.power_kw, stage.hold_kw) for stage in kept}
        self.planned = {run.stage: run for run in told.planned.runs}
        self.whole_kg = plant.batch_kg if told.recipe is None else told.recipe.kg
        whole = [event.at for event in told.spoiled if event.kg is None or event.kg >= self.whole_kg]
        self.spoiled_at = min(whole, default=None)
        self.lost_at: datetime | None = None

    def made(self) -> Made:
        runs: list[Ran] = []
        for index, stage in enumerate(self.stages):
            before = runs[-1].works[-1][1] if runs else None
            start = None if self.lost_at is not None else self._start(index, before)
            if start is None:
                break
            if runs and self.stages[index - 1].holds and start > runs[-1].works[-1][1]:
                runs[-1] = replace(runs[-1], held=(runs[-1].works[-1][1], start))
            runs.append(self._run(index, stage, start))
        lost = self.spoiled_at is not None or self.lost_at is not None
        told = self.told.finished
        ends_at = None
        if not lost and told is not None and told.at <= self.now:
            ends_at = told.at
        elif not lost and len(runs) == len(self.stages):
            ends_at = runs[-1].works[-1][1]
        if runs and not lost:
            runs += self._ahead(len(runs))
        return Made(self.told.planned.id, tuple(runs), 0.0 if lost else self._kg(), lost, ends_at)

    def _kg(self) -> float:
        told = self.told.finished
        kg = self.whole_kg if told is None or told.kg is None else told.kg
        return max(0.0, kg - sum(event.kg or 0.0 for event in self.told.spoiled))

    def _ahead(self, done: int) -> list[Ran]:
        """Stages that are still to come, as the plan has them."""
        runs = [self.planned[stage.name] for stage in self.stages[done:] if stage.name in self.planned]
        held = [(run.end, run.released) if run.released > run.end else None for run in runs]
        return [
            Ran(run.stage, run.unit, True, ((run.start, run.end),), hold, self.kw.get(run.stage))
            for run, hold in zip(runs, held, strict=True)
        ]

    def _limit(self, index: int) -> datetime | None:
        return min(self.told.instants([stage.name for stage in self.stages[index:]], self.now), default=None)

    def _start(self, index: int, before: datetime | None) -> datetime | None:
        """When a stage began; None while it has not."""
        stage = self.stages[index]
        said = self.told.began.get(stage.name)
        if said is not None:
            return said.at if said.at <= self.now else None
        limit, planned = self._limit(index), self.planned.get(stage.name)
        start = planned.start if planned is not None else limit
        if start is None:
            return None
        start = start if before is None else max(start, before)
        if limit is not None and start >= limit:
            start = limit - self._length(stage)
            start = min(start if before is None else max(start, before), limit - MINUTE)
        if start > self.now or (self.spoiled_at is not None and start >= self.spoiled_at):
            return None
        return start

    def _length(self, stage: Stage) -> timedelta:
        quality, planned = self.told.planned.quality, self.planned.get(stage.name)
        if stage.name in self.told.began and (stage.name, quality) in self.book.usual:
            return self.book.usual[stage.name, quality]
        minutes = {} if self.told.recipe is None else dict(self.told.recipe.minutes)
        if stage.name in minutes:
            return timedelta(minutes=minutes[stage.name])
        if quality in stage.minutes:
            return timedelta(minutes=stage.minutes[quality])
        return planned.end - planned.start if planned else timedelta(hours=1)

    def _unit(self, stage: Stage) -> int:
        said, planned = self.told.began.get(stage.name), self.planned.get(stage.name)
        return said.unit if said is not None and said.unit else planned.unit if planned else 1

    def _run(self, index: int, stage: Stage, start: datetime) -> Ran:
        unit, certain = self._unit(stage), stage.name in self.told.began
        works, stops, lost_at = self._works(stage, start, self._stops(stage, unit, start))
        end = self._end(index, start, works[-1][1], bool(stops))
        if end is None:
            end = self._unsaid_end((stage.name, unit), start, works[-1][1], stops, lost_at)
        else:
            lost_at = None
            end = self._followed((stage.name, unit), start, end, over=True)
        if lost_at is not None and self._is_unsaid(index):
            self.lost_at, end = lost_at, max(lost_at, start + MINUTE)
        if self.spoiled_at is not None and self.spoiled_at < end:
            self.lost_at, end = self.spoiled_at, max(self.spoiled_at, start + MINUTE)
        cut = [(first, min(last, end)) for first, last in works if first < end]
        if end > works[-1][1] and not any(first <= end < last for first, last in stops):
            cut[-1] = (cut[-1][0], end)
        return Ran(stage.name, unit, certain, tuple(cut), kw=self.kw.get(stage.name))

    def _is_unsaid(self, index: int) -> bool:
        return self.stages[index].name not in self.told.ended and self._limit(index + 1) is None

    def _end(self, index: int, start: datetime, due: datetime, stopped: bool) -> datetime | None:
        """The end as far as somebody said it of this batch."""
        name = self.stages[index].name
        ended, began = self.told.ended.get(name), self.told.began.get(name)
        if ended is not None:
            if ended.at > self.now:
                raise Open
            return max(ended.at, start + MINUTE)
        if began is not None and began.until is not None and not stopped:
            due = max(began.until, start + MINUTE)
        later = self._limit(index + 1)
        return None if later is None else max(min(due, later), start + MINUTE)

    def _unsaid_end(
        self,
        machine: Machine,
        start: datetime,
        due: datetime,
        stops: Sequence[tuple[datetime, datetime]],
        lost_at: datetime | None,
    ) -> datetime:
        """The end that nobody told: after the usual length, or when another batch is said to have been in the machine."""
        began = self.told.began.get(machine[0])
        if began is not None and began.until is not None and not stops:
            due = max(began.until, start + MINUTE)
        follower = self._follower(machine, start)
        end = self._followed(machine, start, due, over=False)
        if lost_at is not None:
            if end < due:
                raise Open  # lost before another batch came, or after: the log does not say
            return end
        if end > self.now or any(first <= self.now < last for first, last in stops):
            raise Open
        if began is not None and follower is None and self.now - end < SETTLED:
            raise Open  # whether it runs on goes by the habits of who tells
        return end

    def _followed(self, machine: Machine, start: datetime, end: datetime, *, over: bool) -> datetime:
        follower, certain = self._follower(machine, start), machine[0] in self.told.began
        if follower is None or follower >= end or machine[0] in self.told.ended or (over and not certain):
            return end
        if certain or follower - start >= MOSTLY * (end - start):
            return follower
        raise Open

    def _follower(self, machine: Machine, start: datetime) -> datetime | None:
        begins = self.book.begins.get(machine, ())
        return next((at for at, id_ in begins if start < at <= self.now and id_ != self.told.planned.id), None)

    def _stops(self, stage: Stage, unit: int, start: datetime) -> list[tuple[datetime, datetime, bool]]:
        """(from, to, whether it was said of the batch) of whatever stopped the machine."""
        pauses: list[Span] = []
        for event in sorted(self.told.pauses.get(stage.name, ()), key=lambda event: event.at):
            if event.kind == "interrupted":
                pauses.append((max(event.at, start), event.until))
            elif pauses and (pauses[-1][1] is None or pauses[-1][1] > event.at):
                pauses[-1] = (pauses[-1][0], max(event.at, pauses[-1][0]))
        about = [(span, True) for span in _joined(pauses)]
        for spans in (self.book.down.get((stage.name, unit), ()), self.book.absent if stage.attended else ()):
            near = [span for span in spans if span[1] is None or span[1] > start]
            if stage.name not in self.told.began and any(span[0] < start + self._length(stage) for span in near):
                raise Open  # the plan's time is contradicted
            about += [(span, False) for span in _joined([span for span in near if span[0] > start])]
        return [(first, last or first + FAR, said) for (first, last), said in sorted(about, key=lambda one: one[0][0])]

    def _works(
        self, stage: Stage, start: datetime, stops: Sequence[tuple[datetime, datetime, bool]]
    ) -> tuple[list[tuple[datetime, datetime]], list[tuple[datetime, datetime]], datetime | None]:
        """Spans of work to the usual end, the stops among them, and when the batch was lost by one."""
        at, length = start, self._length(stage)
        left = length
        works: list[tuple[datetime, datetime]] = []
        met: list[tuple[datetime, datetime]] = []
        for first, last, said in stops:
            if last <= at:
                continue
            if first >= at + left and not said:
                break
            if first > at:
                works.append((at, first))
                left = max(left - (first - at), MINUTE)
            met.append((max(first, at), last))
            if stage.after_interruption == "lost":
                return works or [(start, start + MINUTE)], met, max(first, at)
            left = length if stage.after_interruption == "restart" else left
            at = last
        return [*works, (at, at + left)], met, None


def _joined(spans: Sequence[Span]) -> list[Span]:
    found: list[Span] = []
    for first, last in sorted(spans, key=lambda span: span[0]):
        if found and (found[-1][1] is None or first <= found[-1][1]):
            known = found[-1][1]
            found[-1] = (found[-1][0], None if known is None or last is None else max(known, last))
        else:
            found.append((first, last))
    return found


def in_the_way(batches: Mapping[str, Sequence[Ran]]) -> set[str]:
    """Batches of which a stage is only assumed to have begun in a machine that another batch was in."""
    inside: dict[Machine, list[tuple[datetime, datetime, str, bool]]] = defaultdict(list)
    for id_, runs in batches.items():
        for run in runs:
            inside[run.stage, run.unit].append((*run.inside, id_, run.said))
    found = set()
    for stays in inside.values():
        for start, _, id_, said in stays:
            others = [one for one in stays if one[2] != id_]
            if not said and any(first <= start < last for first, last, *_ in others):
                found.add(id_)
    return found
