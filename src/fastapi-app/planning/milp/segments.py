"""The stages as segments that run without a break, and the waits between them."""

from dataclasses import dataclass

from domain.plan.plant import Plant, Stage
from domain.plan.production import MachineDown, PlanProblem
from planning.milp.grid import begun_runs, kept_batches, settled_ids


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive stages that follow each other at once: one start fixes them all."""

    stages: tuple[int, ...]
    """Indices of the stages."""
    groups: int
    """1, or the number of machines of its only stage where they must be told apart."""
    slack: int
    """Longest wait before the next segment [quarter-hours]."""
    hold_kw: float | None
    """Power of a batch that waits inside the last machine; None if it waits outside."""


def segments_of(plant: Plant, told_apart: frozenset[str]) -> tuple[Segment, ...]:
    """Segments in order; stages in `told_apart` have a start count for each machine and stand alone."""
    runs: list[list[int]] = [[0]]
    for index, (before, stage) in enumerate(zip(plant.stages, plant.stages[1:], strict=False), start=1):
        if before.slack_slots or {before.name, stage.name} & told_apart:
            runs.append([index])
        else:
            runs[-1].append(index)
    return tuple(_segment(plant, tuple(run), told_apart) for run in runs)


def _segment(plant: Plant, stages: tuple[int, ...], told_apart: frozenset[str]) -> Segment:
    last: Stage = plant.stages[stages[-1]]
    groups = last.units if last.name in told_apart else 1
    return Segment(stages, groups, last.slack_slots, last.hold_kw if last.holds else None)


def stages_told_apart(problem: PlanProblem) -> frozenset[str]:
    """Stages whose machines a count cannot stand for.

    Runs can always be handed to machines when all that is fixed to a machine lies at the left edge, or when one interval
    alone is fixed anywhere. With more, a run might have to change the machine half-way: then each machine is counted apart.
    """
    fixed: dict[str, int] = {}
    later: dict[str, int] = {}
    facts = {item.batch_id for item in problem.under_way}
    settled = settled_ids(problem)
    for batch in kept_batches(problem):
        for index, run in enumerate(batch.runs):
            begun = run.start < problem.start or index < begun_runs(problem, batch.id)
            if begun and (batch.id not in facts or run.released > problem.start or run is batch.runs[-1]):
                fixed[run.stage] = fixed.get(run.stage, 0) + 1
            elif not begun and batch.id in settled:
                later[run.stage] = later.get(run.stage, 0) + 1
    for outage in problem.outages:
        side = fixed if outage.start <= problem.start else later
        side[outage.stage] = side.get(outage.stage, 0) + 1
    for wish in problem.wishes:
        if isinstance(wish, MachineDown):
            side = fixed if wish.start <= problem.start else later
            side[wish.stage] = side.get(wish.stage, 0) + 1
    stages = [stage.name for stage in problem.plant.stages if stage.units > 1]
    return frozenset(name for name in stages if later.get(name, 0) > 1 or (later.get(name, 0) and fixed.get(name, 0)))
