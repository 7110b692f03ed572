"""A factory that works by the plan as factories do: stages take longer or shorter, machines break, batches spoil, people forget to
tell. What it tells is true, now or late.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Habits:
    """How the factory is. Probabilities are of one stage or one batch."""

    spread: float = 0.15
    breaks: float = 0.05
    spoils: float = 0.05
    silent: float = 0.2
    late: float = 0.2


@dataclass(slots=True)
class Going:
    """A stage that runs."""

    batch: str
    stage: str
    unit: str
    start: datetime
    end: datetime


@dataclass(slots=True)
class Factory:
    """The true state; `step` goes on to an instant and gives what is told by then, in the order in which it is told."""

    rng: Random
    habits: Habits
    running: dict[str, Going] = field(default_factory=dict)
    """By machine."""
    done: dict[str, list[str]] = field(default_factory=dict)
    """Stages that ended, by batch."""
    ready: dict[str, datetime] = field(default_factory=dict)
    """When the last stage of a batch ended."""
    broken: dict[str, datetime] = field(default_factory=dict)
    """Machine -> when it is repaired."""
    free: dict[str, datetime] = field(default_factory=dict)
    """Since when a machine is free."""
    spoiled: set[str] = field(default_factory=set)
    waiting: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    """What is told later."""
    told_begun: set[tuple[str, str]] = field(default_factory=set)
    absent: list[tuple[datetime, datetime]] = field(default_factory=list)
    """When nobody is here: nothing is begun, and it is told when it begins and when it is over."""
    ran: list[Going] = field(default_factory=list)
    """Every stage that ran."""
    broke: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    """(machine, since, until) of every breakdown."""
    number: int = 0
    luck: str = ""
    lengths: dict[tuple[str, str], timedelta] = field(default_factory=dict)
    """(quality, stage) -> how long it takes as planned."""

    def __post_init__(self) -> None:
        self.luck = str(self.rng.random())

    def of(self, *what: str) -> Random:
        """The luck of one stage of one batch: the same whatever happened before it, so that two ways of working can be compared."""
        return Random(":".join([self.luck, *what]))

    def step(self, plan: dict[str, Any], until: datetime) -> list[dict[str, Any]]:
        """Everything that happens by an instant, with the plan that is in force."""
        for event in [*self._absences(until), *self._ended(until), *self._begun(plan, until)]:
            self._tell(event, until)
        out = [event for at, event in self.waiting if at <= until]
        self.waiting = [(at, event) for at, event in self.waiting if at > until]
        self.told_begun |= {(event["batch"], event["stage"]) for event in out if event["kind"] == "began"}
        return out

    def _absences(self, until: datetime) -> Iterator[dict[str, Any]]:
        for first, last in self.absent:
            for kind, at in (("nobody", first), ("back", last)):
                if until - timedelta(minutes=15) < at <= until:
                    yield {"kind": kind, "at": at, "must": True}

    def _ended(self, until: datetime) -> Iterator[dict[str, Any]]:
        for machine, repaired in list(self.broken.items()):
            if repaired <= until:
                del self.broken[machine]
                self.free[machine] = repaired
                yield {"kind": "machine_up", "unit": machine, "at": repaired, "must": True}
        for machine, going in sorted(self.running.items()):
            if going.end > until:
                continue
            del self.running[machine]
            self.done.setdefault(going.batch, []).append(going.stage)
            self.ready[going.batch] = self.free[machine] = going.end
            yield {"kind": "ended", "batch": going.batch, "stage": going.stage, "unit": machine, "at": going.end}
            chance = self.of(going.batch, going.stage, "breaks")
            if chance.random() < self.habits.breaks:
                self.broken[machine] = going.end + chance.randint(30, 240) * MINUTE
                self.broke.append((machine, going.end, self.broken[machine]))
                yield {"kind": "machine_down", "unit": machine, "at": going.end, "must": True}

    def _begun(self, plan: dict[str, Any], until: datetime) -> Iterator[dict[str, Any]]:
        """Stages whose planned time has come, if the one before is done and the machine is free; as the operator finds them."""
        stages = [(datetime.fromisoformat(stage["start"]), batch, stage) for batch in plan["batches"] for stage in batch["stages"]]
        for planned, batch, stage in sorted(stages, key=lambda item: item[0]):
            id_, names = batch["id"], [one["stage"] for one in batch["stages"]]
            done = self.done.get(id_, [])
            is_next = len(done) < len(names) and names[len(done)] == stage["stage"]
            busy = {going.batch for going in self.running.values()}
            if planned > until or not is_next or id_ in busy | self.spoiled:
                continue
            if stage["unit"] in self.running or stage["unit"] in self.broken:
                continue
            known = self.ready.get(id_, planned), self.free.get(stage["unit"], planned)
            start = max(planned, *known, until - timedelta(minutes=14))
            if any(first <= start < last for first, last in self.absent):
                continue
            usual = self._usual(batch["quality"], stage)
            chance = self.of(id_, stage["stage"])
            factor = min(1.4, max(0.7, chance.gauss(1.0, self.habits.spread)))
            end = start + max(1, round(usual / MINUTE * factor)) * MINUTE
            self.running[stage["unit"]] = Going(id_, stage["stage"], stage["unit"], start, end)
            self.ran.append(self.running[stage["unit"]])
            yield {"kind": "began", "batch": id_, "stage": stage["stage"], "unit": stage["unit"], "at": start}
            if not done and chance.random() < self.habits.spoils:
                self.ran[-1].end = start + MINUTE
                del self.running[stage["unit"]]
                self.free[stage["unit"]] = start + MINUTE
                self.spoiled.add(id_)
                yield {"kind": "spoiled", "batch": id_, "at": start + MINUTE, "must": True}

    def _usual(self, quality: str, stage: dict[str, Any]) -> timedelta:
        """The shortest that a plan ever had: one that stands on a machine that is down is planned to its repair, or for ever."""
        length = datetime.fromisoformat(stage["end"]) - datetime.fromisoformat(stage["start"])
        self.lengths[quality, stage["stage"]] = min(length, self.lengths.get((quality, stage["stage"]), length))
        return self.lengths[quality, stage["stage"]]

    def _tell(self, event: dict[str, Any], now: datetime) -> None:
        """Now, or later, or not at all; what the plan cannot guess is always told at once."""
        must = event.pop("must", False)
        if not must and self.rng.random() < self.habits.silent:
            return
        late = self.rng.randint(1, 60) * MINUTE if not must and self.rng.random() < self.habits.late else timedelta(0)
        self.number += 1
        self.waiting.append((max(now, event["at"]) + late, event | {"id": f"sim-{self.number}"}))


def in_the_plan(factory: Factory, plan: dict[str, Any]) -> Sequence[str]:
    """Batches that run, and of which that was told, and that are not where they run in a plan."""
    places = {(batch["id"], stage["stage"]): stage["unit"] for batch in plan["batches"] for stage in batch["stages"]}
    told = [going for going in factory.running.values() if (going.batch, going.stage) in factory.told_begun]
    return [f"{going.batch} {going.stage} {going.unit}" for going in told if places.get((going.batch, going.stage)) != going.unit]
