"""A mixed-integer programme in columns and rows, handed to HiGHS in one piece."""

from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np

INFINITY = highspy.kHighsInf


@dataclass(slots=True)
class Sum:
    """A linear expression: terms (column, coefficient) and a constant."""

    terms: list[tuple[int, float]] = field(default_factory=list)
    constant: float = 0.0

    def add(self, other: "Sum", factor: float = 1.0) -> "Sum":
        """Adds a multiple of another expression to this one."""
        if factor == 1.0:
            self.terms.extend(other.terms)
        else:
            self.terms.extend([(column, factor * coefficient) for column, coefficient in other.terms])
        self.constant += factor * other.constant
        return self

    def plus(self, column: int, factor: float = 1.0) -> "Sum":
        """Adds a multiple of a column to this one."""
        self.terms.append((column, factor))
        return self


@dataclass(slots=True)
class Program:
    """Columns with cost and bounds, rows with bounds; minimised."""

    cost: list[float] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    integer: list[bool] = field(default_factory=list)
    row_lower: list[float] = field(default_factory=list)
    row_upper: list[float] = field(default_factory=list)
    rows: list[list[tuple[int, float]]] = field(default_factory=list)
    offset: float = 0.0
    impossible: list[str] = field(default_factory=list)
    """Rows without a column whose constant is out of bounds, by name: the problem clashes before any solving."""

    def column(self, cost: float, upper: float, *, integer: bool = True) -> int:
        """A new column in [0, upper]; its index."""
        self.cost.append(cost)
        self.lower.append(0.0)
        self.upper.append(upper)
        self.integer.append(integer)
        return len(self.cost) - 1

    def row(self, lower: float, expression: Sum, upper: float, name: str) -> None:
        """lower <= expression <= upper."""
        low, high = lower - expression.constant, upper - expression.constant
        if expression.terms:
            self.row_lower.append(low)
            self.row_upper.append(high)
            self.rows.append(_merged(expression.terms))
        elif low > 1e-9 or high < -1e-9:
            self.impossible.append(name)

    def highs_lp(self) -> Any:
        """The programme as HiGHS takes it."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.cost), len(self.rows)
        lp.col_cost_, lp.offset_ = np.array(self.cost), self.offset
        lp.col_lower_, lp.col_upper_ = np.array(self.lower), np.array(self.upper)
        lp.row_lower_, lp.row_upper_ = np.array(self.row_lower), np.array(self.row_upper)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0] + [len(row) for row in self.rows]).astype(np.int32)
        lp.a_matrix_.index_ = np.array([column for row in self.rows for column, _ in row], np.int32)
        lp.a_matrix_.value_ = np.array([value for row in self.rows for _, value in row])
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[whole] for whole in self.integer]
        return lp


def _merged(terms: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Terms with each column once, in order of first use."""
    merged: dict[int, float] = {}
    for column, value in terms:
        merged[column] = merged.get(column, 0.0) + value
    return list(merged.items())
