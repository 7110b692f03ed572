"""What each machine does at an instant and what comes next, from the document: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from wording.localise import Locale, as_instant

Block = Mapping[str, Any]
Place = Literal["over", "on", "next", "later"]
State = Literal["busy", "free", "down"]
SHOWN = 6
"""Runs of a machine on the page: the one under way and those that the script comes to until the next document."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stage of a batch on a machine."""

    batch: Block
    start: str
    end: str
    place: Place
    assumed: bool
    """Whether nobody reported it and the plan's times are taken for it."""

    def when(self, f: Locale, now: datetime) -> str:
        """The hour at which it begins, with its day where that is not today."""
        same_day = f.short_moment_day(self.start) == f.short_moment_day(now)
        return f.t("machines.at" if same_day else "machines.on", hour=f.hour(self.start), day=f.short_moment_day(self.start))

    def until(self, f: Locale, now: datetime) -> str:
        """The hour at which it ends, with its day where that is neither today nor the day on which it begins."""
        if f.short_moment_day(self.end) in (f.short_moment_day(now), f.short_moment_day(self.start)):
            return f.t("now.until", hour=f.hour(self.end))
        return f.t("machines.until", until=f.short_moment(self.end))


@dataclass(frozen=True, slots=True)
class MachineRow:
    """A machine of the plan. `number` is None where its stage has but one."""

    unit: str
    stage: str
    number: int | None
    state: State
    runs: Sequence[Run]
    down: Block | None


def machine_rows(document: Block, now: datetime) -> list[MachineRow]:
    """Every machine that the plan uses or that is down, in the order of the work."""
    batches: Sequence[Block] = (document["plan"] or {}).get("batches", [])
    down = {item["unit"]: item for item in (document.get("floor") or {}).get("down", ())}
    stages = list(dict.fromkeys(stage["stage"] for batch in batches for stage in batch["stages"]))
    used = {stage["unit"]: (stage["stage"], stage.get("machine")) for batch in batches for stage in batch["stages"]}
    units = {**used, **{unit: (item["stage"], item["machine"]) for unit, item in down.items() if unit not in used}}
    return [
        _row(unit, stage, number, batches, down.get(unit), now)
        for unit, (stage, number) in sorted(units.items(), key=lambda one: (_place(stages, one[1][0]), one[0]))
    ]


def _place(stages: Sequence[str], stage: str) -> int:
    return stages.index(stage) if stage in stages else len(stages)


def _row(unit: str, stage: str, number: int | None, batches: Iterable[Block], down: Block | None, now: datetime) -> MachineRow:
    coming = _coming(unit, batches, now)
    is_down = down is not None and as_instant(down["since"]) <= now
    runs = [Run(batch, run["start"], run["end"], place, run["stage"] in batch.get("assumed", ())) for batch, run, place in coming]
    busy = any(run.place == "on" for run in runs)
    return MachineRow(unit, stage, number, "down" if is_down else "busy" if busy else "free", runs, down if is_down else None)


def _coming(unit: str, batches: Iterable[Block], now: datetime) -> list[tuple[Block, Block, Place]]:
    """What is on the machine and what comes, with the first that has not begun as the next."""
    own = [(batch, run) for batch in batches for run in batch["stages"] if run["unit"] == unit and as_instant(run["end"]) > now]
    own.sort(key=lambda one: as_instant(one[1]["start"]))
    found: list[tuple[Block, Block, Place]] = []
    for batch, run in own[:SHOWN]:
        if as_instant(run["start"]) <= now:
            found.append((batch, run, "on"))
        else:
            found.append((batch, run, "later" if any(place == "next" for *_, place in found) else "next"))
    return found
