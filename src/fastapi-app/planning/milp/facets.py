"""Facets of the small polytope of machines that may run together under a power limit.

The plain power row lets a relaxation run 0.9 of a machine. These rows are valid for whole machines and cut such fractions off:
for the default plant (two conches leave no room for refining) they close most of the gap at the root.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np

MAX_POINTS = 20_000
"""Most combinations that are looked at; beyond, the plain row alone must do."""


def facets(power_kw: tuple[float, ...], units: tuple[int, ...], limit_kw: float) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Inequalities ``coefficients . running <= bound`` with coefficients 0..3, each a facet of the whole-number hull."""
    deepest = next((c for c in (3, 2, 1) if (c + 1) ** len(units) <= MAX_POINTS), 0)
    if not deepest or np.prod([unit + 1 for unit in units]) > MAX_POINTS:
        return ()
    points = np.array(list(product(*(range(unit + 1) for unit in units))))
    points = points[points @ np.array(power_kw) <= limit_kw + 1e-9]
    if not len(points):
        return ()
    candidates = np.array(list(product(range(deepest + 1), repeat=len(units))))
    values = points @ candidates.T
    bounds = values.max(axis=0)
    found = [
        (tuple(int(c) for c in candidate), int(bound))
        for candidate, bound, column in zip(candidates, bounds, values.T, strict=True)
        if _may_cut(candidate, units, int(bound)) and _is_facet(points[column == bound])
    ]
    return tuple(found)


def _may_cut(candidate: Sequence[int], units: Sequence[int], bound: int) -> bool:
    """More than one machine type, lowest terms, and tighter than the number of units alone."""
    used = [int(c) for c in candidate if c]
    at_most = sum(int(c) * unit for c, unit in zip(candidate, units, strict=True))
    return len(used) > 1 and int(np.gcd.reduce(used)) == 1 and at_most > bound


def _is_facet(tight: "np.ndarray[tuple[int, ...], np.dtype[np.int_]]") -> bool:
    """Whether the points on the inequality span a face of full dimension."""
    dimension = tight.shape[1]
    if len(tight) < dimension:
        return False
    return int(np.linalg.matrix_rank(np.hstack([tight, np.ones((len(tight), 1))]))) >= dimension
