"""The state of the floor as a fold of the log: what was said counts, the rest is assumed by the plan's times. Pure.

Stages are gone through in the order in which they began. What was said happened then, on that machine. What nobody said is taken
to have happened when the plan has it, unless what was said makes that impossible: the machine was down or taken, nobody was here,
the stage before had not ended. Then it is not assumed, and the batch waits.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush

from domain.plan.plant import Plant, Stage
from domain.shop_floor.events import Recorded
from domain.shop_floor.facts import BatchFacts, Facts, Machine, Span, facts_of, holds, is_past
from domain.shop_floor.machines import machine_states
from domain.shop_floor.state import BatchState, FloorBatch, FloorRun, FloorState, Why
from domain.shop_floor.stops import Needs, Stops, Work, merged, worked
from domain.timeline import HOUR

MINUTE = timedelta(minutes=1)
SLACK = 0.75
"""A run that is only assumed, and that another batch is said to have followed after this share of its length, was over then."""


@dataclass(slots=True)
class _Track:
    """A batch while the fold goes through its stages."""

    facts: BatchFacts
    stages: tuple[Stage, ...]
    """Its own: the plant's file may have others by now."""
    runs: list[FloorRun] = field(default_factory=list)
    why: Why | None = None
    lost_at: datetime | None = None

    @property
    def names(self) -> list[str]:
        """Its stages, in order."""
        return [stage.name for stage in self.stages]

    @property
    def id(self) -> str:
        return self.facts.planned.id

    @property
    def before(self) -> datetime | None:
        return self.runs[-1].end if self.runs else None


def fold(plant: Plant, log: Sequence[Recorded], now: datetime) -> FloorState:
    """The floor at an instant."""
    return state_of(plant, facts_of(log), now)


def state_of(plant: Plant, facts: Facts, now: datetime, *, as_start: bool = False) -> FloorState:
    """The floor at an instant, from its facts. As the start of a plan, what is only assumed to begin at it has not begun."""
    walk = _Walk(plant, facts, now, as_start=as_start)
    walk.run()
    batches = tuple(walk.batch(track) for _, track in sorted(walk.tracks.items()))
    down = tuple((stage, unit, span) for (stage, unit), found in facts.down.items() for span in found if not is_past(span, now))
    absent = tuple(span for span in facts.absent if not is_past(span, now))
    return FloorState(now, facts.sequence, batches, machine_states(plant, batches, facts.down, now), down, absent)


class _Walk:
    """One pass over the stages of every batch, in the order in which they began."""

    def __init__(self, plant: Plant, facts: Facts, now: datetime, *, as_start: bool) -> None:
        self.plant, self.facts, self.now, self.as_start = plant, facts, now, as_start
        self.tracks = {id_: _Track(told, told.stages(plant)) for id_, told in facts.batches.items()}
        self.taken: dict[Machine, list[tuple[datetime, datetime | None, str]]] = defaultdict(list)
        """Who is in a machine from when until when."""
        self.followed = self._begins()
        self.queue: list[tuple[datetime, int, str, int]] = []

    def run(self) -> None:
        for track in self.tracks.values():
            if not track.facts.withdrawn or track.facts.is_reported:
                self._queue(track, 0)
        while self.queue:
            at, _, id_, index = heappop(self.queue)
            self._step(self.tracks[id_], index, at)

    def _begins(self) -> dict[Machine, list[tuple[datetime, str]]]:
        """Begins that were said, by machine: whatever was assumed to be in it was gone by then."""
        found: dict[Machine, list[tuple[datetime, str]]] = defaultdict(list)
        for id_, told in self.facts.batches.items():
            for stage, item in told.began.items():
                found[stage, item.event.unit or 1].append((item.event.at, id_))
        return {machine: sorted(begins) for machine, begins in found.items()}

    def _queue(self, track: _Track, index: int) -> None:
        """When stage `index` begins, if it does by now."""
        if index >= len(track.stages) or track.lost_at is not None:
            return
        stage = track.names[index]
        said = track.facts.began.get(stage)
        start = said.event.at if said else self._assumed_start(track, index)
        if start is not None and (start < self.now or (start == self.now and (said or not self.as_start))):
            heappush(self.queue, (start, 0 if said else 1, track.id, index))

    def _assumed_start(self, track: _Track, index: int) -> datetime | None:
        """As planned, not before the stage before ended; before anything that was said of it or of a later stage."""
        planned = next((run for run in track.facts.planned.runs if run.stage == track.names[index]), None)
        limit, before = self._known_after(track, index), track.before
        if planned is None and limit is None:
            return None
        start = planned.start if planned else limit
        if before is not None and (start is None or start < before):
            start = before
        if start is not None and limit is not None and start >= limit:
            start = limit - self._length(track, index)
            start = min(start if before is None else max(start, before), limit - MINUTE)
        spoiled = self._spoiled_at(track)
        return None if start is None or (spoiled is not None and start >= spoiled) else start

    def _known_after(self, track: _Track, index: int) -> datetime | None:
        """The first instant at which this stage is said to have been under way or over, or a later one to have begun."""
        told = track.facts
        known = [at for stage in track.names[index:] for at in told.said_of(stage) if at <= self.now]
        if told.finished is not None and told.finished.event.at <= self.now:
            known.append(told.finished.event.at)
        return min(known, default=None)

    def _spoiled_at(self, track: _Track) -> datetime | None:
        """When the whole batch was lost, by what was said."""
        return min((item.event.at for item in track.facts.losses(self.plant)), default=None)

    def _length(self, track: _Track, index: int) -> timedelta:
        """How long a stage takes: as learnt where its begin was said, as the batch was planned, as the plant has it."""
        stage, quality = track.stages[index], track.facts.planned.quality
        learnt = self.facts.lengths.get((stage.name, quality))
        if learnt is not None and stage.name in track.facts.began:
            return learnt.median
        planned = None if track.facts.recipe is None else track.facts.recipe.length(stage.name)
        if planned is not None:
            return planned
        if quality in stage.minutes:
            return timedelta(minutes=stage.minutes[quality])
        return next((run.end - run.start for run in track.facts.planned.runs if run.stage == stage.name), HOUR)

    def _step(self, track: _Track, index: int, at: datetime) -> None:
        """A stage that begins, if it can."""
        stage = track.names[index]
        said = track.facts.began.get(stage)
        limit = self._known_after(track, index)
        later = self._room(track, index, at, limit) if said is None and limit is not None else None
        if later is not None:
            heappush(self.queue, (later, 1, track.id, index))
            return
        unit = self._unit(track, index, at, certain=said is not None or limit is not None)
        if unit is None:
            return
        run = self._run(track, index, unit, at)
        if run is None:
            track.why = "machine_busy"
            return
        if track.runs and track.runs[-1].released is None:
            track.runs[-1] = replace(track.runs[-1], released=at, state="done")
            self._leave(track, at)
        track.runs.append(run)
        self.taken[stage, run.unit].append((run.start, run.released, track.id))
        if run.state == "done":
            self._queue(track, index + 1)

    def _room(self, track: _Track, index: int, at: datetime, limit: datetime) -> datetime | None:
        """When a machine of the stage is free again for what must have begun before `limit`; None where one is free at once."""
        stage = track.stages[index]
        until: list[datetime | None] = []
        for unit in range(1, stage.units + 1):
            inside = [end for start, end, id_ in self.taken[stage.name, unit] if id_ != track.id and holds((start, end), at)]
            if not inside:
                return None
            until.append(None if None in inside else max(end for end in inside if end is not None))
        free = min((end for end in until if end is not None), default=None)
        return free if free is not None and at < free < limit - MINUTE else None

    def _leave(self, track: _Track, at: datetime) -> None:
        """The batch goes from the machine that it was held in."""
        machine = (track.runs[-1].stage, track.runs[-1].unit)
        self.taken[machine] = [(start, at if id_ == track.id else end, id_) for start, end, id_ in self.taken[machine]]

    def _unit(self, track: _Track, index: int, at: datetime, *, certain: bool) -> int | None:
        """The machine; None where what is only assumed cannot have begun."""
        stage = track.stages[index]
        said = track.facts.began.get(stage.name)
        if said is not None and said.event.unit is not None:
            return said.event.unit
        planned = next((run.unit for run in track.facts.planned.runs if run.stage == stage.name), 1)
        units = [planned, *(unit for unit in range(1, stage.units + 1) if unit != planned)]
        if not certain and stage.attended and any(holds(span, at) for span in self.facts.absent):
            track.why = "nobody"
            return None
        free = [unit for unit in units if not self._is_taken((stage.name, unit), at, track.id)]
        up = [unit for unit in free if not any(holds(span, at) for span in self.facts.down.get((stage.name, unit), ()))]
        if up or (certain and free):
            return (up or free)[0]
        if certain:
            return planned
        track.why = "machine_down" if free else "machine_busy"
        return None

    def _is_taken(self, machine: Machine, at: datetime, id_: str) -> bool:
        return any(other != id_ and holds((start, end), at) for start, end, other in self.taken[machine])

    def _run(self, track: _Track, index: int, unit: int, start: datetime) -> FloorRun | None:
        """A stage from its begin on; None where another batch is said to have been in the machine instead."""
        stage = track.stages[index]
        needs = self._length(track, index)
        work = worked(start, Needs(needs, stage.after_interruption), self._stops(track, index, unit, start))
        due, over = self._due(track, stage.name, work)
        cut = self._cut(track, index, (stage.name, unit), start, due, over=over)
        if cut is None:
            return None
        end, over = cut
        if not over and end <= self.now and not work.stands_at(self.now):
            slow = self._slow(track, index, end, needs)
            if self._follower((stage.name, unit), start, track) is not None:
                over = True
            elif self.now < slow or self._still_runs(track, index, end, needs):
                end = max(slow, self.now + MINUTE)  # never in the past
            else:
                over = True
        end, over = self._lost(track, work, end, over=over)
        stands = not over and work.stands_at(self.now)
        if stands:
            track.why = work.why_at(self.now)
        held = stage.holds and over and index + 1 < len(track.stages) and track.lost_at is None
        return FloorRun(
            stage=stage.name,
            unit=unit,
            start=start,
            end=end,
            released=end if over and not held else None,
            state="done" if over else "interrupted" if stands else "running",
            worked=work.until(end if over else min(end, max(self.now, start + MINUTE))),
            start_said=stage.name in track.facts.began,
            end_said=over and self._end_is_said(track, index),
            needs=needs,
            left=timedelta(0) if over else work.left_at(self.now),
            stands=() if over else work.known_stops(),
        )

    def _due(self, track: _Track, stage: str, work: Work) -> tuple[datetime, bool]:
        """When a stage ended, or should end, and whether it is said that it did."""
        start, ended, began = work.start, track.facts.ended.get(stage), track.facts.began.get(stage)
        if ended is not None and ended.event.at > self.now:
            return ended.event.at, False  # announced
        if ended is not None:
            return max(ended.event.at, start + MINUTE), True
        if began is not None and began.event.until is not None and not work.stops:
            return max(began.event.until, start + MINUTE), False
        return work.end, False

    def _lost(self, track: _Track, work: Work, end: datetime, *, over: bool) -> tuple[datetime, bool]:
        """The end of a stage in which the batch was lost: by an interruption, or because somebody said so."""
        if work.lost_at is not None and not over:
            track.lost_at = work.lost_at
            end, over = max(work.lost_at, work.start + MINUTE), work.lost_at <= self.now
        spoiled = self._spoiled_at(track)
        if spoiled is not None and spoiled < end:
            track.lost_at = spoiled
            return max(spoiled, work.start + MINUTE), True
        return end, over

    def _end_is_said(self, track: _Track, index: int) -> bool:
        """Whether the end follows from something that was said: of the stage, of the next one, of the batch."""
        told, stage = track.facts, track.names[index]
        onward = track.names[index + 1] if index + 1 < len(track.stages) else None
        spoken = stage in told.ended or (onward is not None and onward in told.began) or bool(told.spoiled)
        return spoken or (onward is None and told.finished is not None)

    def _cut(
        self, track: _Track, index: int, machine: Machine, start: datetime, end: datetime, *, over: bool
    ) -> tuple[datetime, bool] | None:
        """The end, not after what is said to have begun later: of this batch, or of another one in the machine."""
        later = self._known_after(track, index + 1)
        if later is not None and (not over and (end > later or later <= self.now)):
            end, over = max(min(end, later), start + MINUTE), True
        follower = self._follower(machine, start, track)
        certain = machine[0] in track.facts.began
        if follower is None or follower >= end or machine[0] in track.facts.ended or (over and not certain):
            return end, over
        if certain or follower - start >= SLACK * (end - start):
            return follower, True
        return None

    def _follower(self, machine: Machine, start: datetime, track: _Track) -> datetime | None:
        """When another batch is said to have begun in the machine by now, after a start: what was in it had left it by then."""
        begins = self.followed.get(machine, ())
        return next((at for at, id_ in begins if start < at <= self.now and id_ != track.id), None)

    def _stops(self, track: _Track, index: int, unit: int, start: datetime) -> Stops:
        """What stopped the machine under the batch: what was said of it, the machine down, nobody here for an attended stage."""
        stage = track.stages[index]
        pauses: list[Span] = []
        for item in sorted(track.facts.pauses.get(stage.name, ()), key=lambda item: (item.event.at, item.sequence)):
            if item.event.kind == "interrupted":
                pauses.append((max(item.event.at, start), item.event.until))
            elif pauses and (pauses[-1][1] is None or pauses[-1][1] > item.event.at):
                pauses[-1] = (pauses[-1][0], max(item.event.at, pauses[-1][0]))
        certain = stage.name in track.facts.began
        down = [span for span in self.facts.down.get((stage.name, unit), ()) if not is_past(span, start)]
        absent = [span for span in self.facts.absent if stage.attended and not is_past(span, start)]
        if certain:  # it was begun all the same, so what had stopped the machine before was over
            down = [span for span in down if span[0] > start]
            absent = [span for span in absent if span[0] > start]
        return Stops(merged(pauses), merged(down), merged(absent))

    def _still_runs(self, track: _Track, index: int, end: datetime, needs: timedelta) -> bool:
        """Whether a stage whose end is due and was not told runs on: where ends are told, for as long again as it should take."""
        stage = track.names[index]
        if stage not in track.facts.began:
            return False
        told = self.facts.ends_are_told or (index > 0 and track.names[index - 1] in track.facts.ended)
        return told and self.now - end <= max(needs, HOUR)

    def _slow(self, track: _Track, index: int, end: datetime, needs: timedelta) -> datetime:
        """When a stage that overruns what is usual should end: after what nine of ten of its kind took, once that is learnt."""
        stage, quality = track.names[index], track.facts.planned.quality
        learnt = self.facts.lengths.get((stage, quality))
        if learnt is None or stage not in track.facts.began:
            return end
        return end + max(timedelta(0), learnt.p90 - needs)

    def batch(self, track: _Track) -> FloorBatch:
        """Where a batch stands."""
        told, runs = track.facts, tuple(track.runs)
        state, ends_at = self._standing(track)
        kg = self._kg(track) if state != "spoiled" else 0.0
        why = track.why if state in ("waiting", "under_way", "planned") else None
        return FloorBatch(
            id=told.planned.id,
            quality=told.planned.quality,
            state=state,
            planned=told.planned,
            published=told.published,
            runs=runs,
            kg=kg,
            ends_at=ends_at,
            why=why,
            is_reported=told.is_reported,
            recipe=told.recipe,
        )

    def _standing(self, track: _Track) -> tuple[BatchState, datetime | None]:
        told, runs = track.facts, track.runs
        spoiled = self._spoiled_at(track) or track.lost_at
        if spoiled is not None:
            return "spoiled", spoiled
        if told.finished is not None and told.finished.event.at <= self.now:
            return "finished", told.finished.event.at
        if not runs:
            return ("withdrawn", None) if told.withdrawn else ("waiting" if track.why else "planned", None)
        if len(runs) == len(track.stages) and runs[-1].state == "done":
            return "finished", runs[-1].end
        return ("waiting" if runs[-1].state == "done" and runs[-1].released is not None else "under_way"), None

    def _kg(self, track: _Track) -> float:
        """What a batch makes: what was said at its end, less what was spoiled."""
        told = track.facts
        made = told.finished.event.kg if told.finished and told.finished.event.kg is not None else told.whole_kg(self.plant)
        return max(0.0, made - sum(item.event.kg or 0.0 for item in told.spoiled))
