"""An exact model of another kind: a binary for each batch, stage and start, put together from the problem alone.

It shares nothing with the planner but the solver. Two solves: the least lateness, then the least cost with it.
"""

from collections import defaultdict
from dataclasses import dataclass
from math import ceil
from typing import Any

import highspy
import numpy as np

from domain.plan.plant import Stage
from domain.plan.production import PlanProblem

Row = tuple[float, list[tuple[int, float]], float]
DAY_AFTER_H = 24.0


@dataclass(frozen=True, slots=True)
class Exact:
    """The optimum."""

    late_kg_h: float
    cost_eur: float


class _Model:
    """Columns and rows of one problem without batches in the works, wishes or holes in the prices."""

    def __init__(self, problem: PlanProblem) -> None:
        self.problem = problem
        self.cost: list[float] = []
        self.upper: list[float] = []
        self.whole: list[bool] = []
        self.late: list[float] = []
        self.rows: list[Row] = []
        self.starts: dict[tuple[int, int], list[tuple[int, int]]] = {}
        """(batch, stage) -> (slot, column)."""
        self.batches = [quality for quality in problem.plant.qualities for _ in range(self._needed(quality))]
        self.staffed = [problem.plant.is_staffed(problem.at(slot)) for slot in range(problem.slots)]
        for number, quality in enumerate(self.batches):
            self._batch(number, quality)
        self._machines_and_power()
        self._promises()

    def column(self, cost: float, upper: float, *, whole: bool, late: float = 0.0) -> int:
        self.cost.append(cost)
        self.upper.append(upper)
        self.whole.append(whole)
        self.late.append(late)
        return len(self.cost) - 1

    def _needed(self, quality: str) -> int:
        due = sum(item.kg for item in self.problem.promises if item.quality == quality)
        return max(0, ceil((due - self.problem.stock_kg.get(quality, 0.0)) / self.problem.plant.batch_kg - 1e-9))

    def _may(self, stage: Stage, slot: int, length: int) -> bool:
        return slot + length <= self.problem.slots and (not stage.attended or all(self.staffed[slot : slot + length]))

    def _batch(self, number: int, quality: str) -> None:
        prices = [price or 0.0 for price in self.problem.prices]
        for index, stage in enumerate(self.problem.plant.stages):
            length = stage.minutes[quality] // 15
            found = []
            for slot in range(self.problem.slots):
                if self._may(stage, slot, length):
                    eur = stage.power_kw * 0.25 * sum(prices[slot : slot + length])
                    found.append((slot, self.column(eur, 1.0, whole=True)))
            self.starts[number, index] = found
        for index in range(len(self.problem.plant.stages)):
            mine = [(column, 1.0) for _, column in self.starts[number, index]]
            if index == 0:
                self.rows.append((0.0, mine, 1.0))
                continue
            self.rows.append((0.0, mine + [(column, -1.0) for _, column in self.starts[number, index - 1]], 0.0))
            self._link(number, index, quality)
        if number and self.batches[number - 1] == quality:
            self._after(number)

    def _link(self, number: int, index: int, quality: str) -> None:
        """What starts by a slot was done by then, and what was done a wait ago has started."""
        before = self.problem.plant.stages[index - 1]
        length = before.minutes[quality] // 15
        slack = max(before.max_wait_minutes, before.hold_minutes) // 15
        for slot in range(self.problem.slots):
            started = [(column, 1.0) for at, column in self.starts[number, index] if at <= slot]
            done = [(column, -1.0) for at, column in self.starts[number, index - 1] if at + length <= slot]
            overdue = [(column, -1.0) for at, column in self.starts[number, index - 1] if at + length + slack <= slot]
            self.rows.append((-1.0, started + done, 0.0))
            self.rows.append((0.0, started + overdue, 1.0))

    def _after(self, number: int) -> None:
        """Batches of a quality are alike: the later one starts no earlier."""
        for slot in range(0, self.problem.slots, 4):
            mine = [(column, 1.0) for at, column in self.starts[number, 0] if at <= slot]
            others = [(column, -1.0) for at, column in self.starts[number - 1, 0] if at <= slot]
            self.rows.append((-1.0, mine + others, 0.0))

    def _machines_and_power(self) -> None:
        plant, prices = self.problem.plant, [price or 0.0 for price in self.problem.prices]
        held = {
            (number, index, slot): self.column(stage.hold_kw * 0.25 * prices[slot], 1.0, whole=False)
            for number in range(len(self.batches))
            for index, stage in enumerate(plant.stages)
            if stage.hold_minutes >= 15
            for slot in range(self.problem.slots)
        }
        for (number, index, slot), column in held.items():
            length = plant.stages[index].minutes[self.batches[number]] // 15
            done = [(start, -1.0) for at, start in self.starts[number, index] if at + length <= slot]
            gone = [(start, 1.0) for at, start in self.starts[number, index + 1] if at <= slot]
            self.rows.append((0.0, [(column, 1.0), *done, *gone], 0.0))
        for slot in range(self.problem.slots):
            load: list[tuple[int, float]] = []
            for index, stage in enumerate(plant.stages):
                used: list[tuple[int, float]] = []
                for number, quality in enumerate(self.batches):
                    length = stage.minutes[quality] // 15
                    running = [column for at, column in self.starts[number, index] if at <= slot < at + length]
                    used += [(column, 1.0) for column in running]
                    load += [(column, stage.power_kw) for column in running]
                    if (number, index, slot) in held:
                        used.append((held[number, index, slot], 1.0))
                        load.append((held[number, index, slot], stage.hold_kw))
                self.rows.append((-np.inf, used, float(stage.units)))
            base = plant.base_kw(staffed=self.staffed[slot])
            self.rows.append((-np.inf, load, max(0.0, plant.contracted_kw[self.problem.periods[slot] - 1] - base)))

    def _finished(self, quality: str, slot: int) -> list[tuple[int, float]]:
        """Kilograms finished by a slot."""
        plant = self.problem.plant
        last, length = len(plant.stages) - 1, plant.stages[-1].minutes[quality] // 15
        return [
            (column, plant.batch_kg)
            for number, of in enumerate(self.batches)
            if of == quality
            for at, column in self.starts[number, last]
            if at + length <= slot
        ]

    def _promises(self) -> None:
        """Backlog by slot, the store's limit, and the shelf life."""
        problem = self.problem
        for quality in problem.plant.qualities:
            mine = [item for item in problem.promises if item.quality == quality]
            due: dict[int, float] = defaultdict(float)
            for item in mine:
                due[max(0, problem.slot_of(item.due))] += item.kg
            stock, total = problem.stock_kg.get(quality, 0.0), 0.0
            for slot in range(problem.slots + 1):
                total += due.get(slot, 0.0)
                if total > stock:
                    hours = 0.25 if slot < problem.slots else DAY_AFTER_H
                    late = self.column(0.0, np.inf, whole=False, late=hours)
                    self.rows.append((total - stock, [(late, 1.0), *self._finished(quality, slot)], np.inf))
            self._store(quality)
            self._shelf(quality)

    def _store(self, quality: str) -> None:
        problem = self.problem
        limit = problem.plant.max_stock_kg.get(quality)
        if limit is None:
            return
        leaving = [item for item in problem.promises if item.quality == quality and not item.is_reserve]
        for slot in range(problem.slots + 1):
            there = problem.stock_kg.get(quality, 0.0) - sum(item.kg for item in leaving if problem.slot_of(item.due) < slot)
            self.rows.append((-np.inf, self._finished(quality, slot), max(0.0, limit - there)))

    def _shelf(self, quality: str) -> None:
        problem = self.problem
        hours = problem.plant.shelf_life_hours.get(quality)
        if hours is None:
            return
        before = 0.0
        for item in problem.promises:
            if item.quality == quality:
                begins = ceil(problem.slot_of(item.due) - hours * 4 - 1e-9)
                kg = problem.plant.batch_kg
                most = max(0, ceil((before - problem.stock_kg.get(quality, 0.0)) / kg - 1e-9))
                if begins > 0:
                    self.rows.append((-np.inf, self._finished(quality, begins - 1), most * kg))
                before += item.kg

    def solve(self, cost: list[float], seconds: float, gap: float) -> float | None:
        """The least of a sum of columns; None where the clock came first."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(cost), len(self.rows)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.array(cost), np.zeros(len(cost)), np.array(self.upper)
        lp.row_lower_, lp.row_upper_ = np.array([row[0] for row in self.rows]), np.array([row[2] for row in self.rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0] + [len(row[1]) for row in self.rows]).astype(np.int32)
        lp.a_matrix_.index_ = np.array([column for row in self.rows for column, _ in row[1]], np.int32)
        lp.a_matrix_.value_ = np.array([value for row in self.rows for _, value in row[1]])
        lp.integrality_ = [highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous for whole in self.whole]
        highs: Any = highspy.Highs()  # type: ignore[no-untyped-call] # highspy publishes no types
        for name, value in {
            "output_flag": False,
            "threads": 1,
            "mip_rel_gap": 1e-5,
            "mip_abs_gap": gap,
            "time_limit": seconds,
        }.items():
            highs.setOptionValue(name, value)
        highs.passModel(lp)
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return float(highs.getInfo().objective_function_value)


def exact_plan(problem: PlanProblem, seconds: float) -> Exact | None:
    """Least lateness, then least cost; None where it does not end in time."""
    model = _Model(problem)
    least = model.solve(model.late, seconds / 2, 0.1) if any(model.late) else 0.0
    if least is None:
        return None
    held = [(column, weight) for column, weight in enumerate(model.late) if weight]
    model.rows.append((-np.inf, held, least + 1e-6 * max(1.0, least)))
    cheapest = model.solve(model.cost, seconds / 2, 0.002)
    return None if cheapest is None else Exact(least, cheapest)
