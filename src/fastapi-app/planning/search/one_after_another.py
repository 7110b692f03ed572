"""How many batches of one quality a plant makes when each is begun as early as it can be, without a wait between its stages.

No search: a plan that works, found in milliseconds however many machines and shifts there are. The programme can only make more.
"""

from collections.abc import Sequence

from domain.plan.plant import Plant
from domain.plan.production import PlanProblem
from domain.timeline import QUARTER

MOST_BATCHES = 2000
"""Counted no further: nobody makes more in a week."""


def batches_one_after_another(problem: PlanProblem, quality: str) -> int:
    """Batches that end within the horizon, in mild air and with every machine at work."""
    hall = _Hall(problem, quality)
    start = made = 0
    while made < MOST_BATCHES and start + hall.length <= problem.slots:
        if hall.has_room(start):
            hall.take(start)
            made += 1
        else:
            start += 1
    return made


class _Hall:
    """Machines, staff and power of each quarter of an hour, as they are taken."""

    def __init__(self, problem: PlanProblem, quality: str) -> None:
        plant: Plant = problem.plant
        staffed = plant.are_staffed(problem.start + slot * QUARTER for slot in range(problem.slots))
        self._staffed = staffed
        self._stages = [(stage, stage.slots(quality)) for stage in plant.stages]
        self._free = [[stage.units] * problem.slots for stage in plant.stages]
        limits = [plant.contracted_kw[period - 1] for period in problem.periods]
        self._kw = [limit - plant.base_kw(staffed=is_staffed) for limit, is_staffed in zip(limits, staffed, strict=True)]
        self.length = sum(slots for _, slots in self._stages)

    def has_room(self, start: int) -> bool:
        """Whether a batch may begin here."""
        return all(
            free[slot] > 0 and self._kw[slot] >= stage.power_kw and (self._staffed[slot] or not stage.attended)
            for (stage, _), free, span in zip(self._stages, self._free, self._spans(start), strict=True)
            for slot in span
        )

    def take(self, start: int) -> None:
        """Begin a batch here."""
        for (stage, _), free, span in zip(self._stages, self._free, self._spans(start), strict=True):
            for slot in span:
                free[slot] -= 1
                self._kw[slot] -= stage.power_kw

    def _spans(self, start: int) -> Sequence[range]:
        spans = []
        for _, slots in self._stages:
            spans.append(range(start, start + slots))
            start += slots
        return spans
