"""Energy score and production class of hours: the one definition that page, models and record use (ADR 17).

An hour's class is told by how many hours of its local week (Monday to Sunday) are cheaper: Optimal where fewer than 30 % are,
Moderate below 65 %, Reduced below 90 %, else Halt. So hours of one price have one class, and each class ends at a price. Its score
is 100 x the probability that it is cheaper than an hour drawn from the seven days around it; an equal one counts half.

Costs are paths (paths, hours), a published hour being the same in all. Working on whole paths keeps what hours have in common: when
the level of a week is uncertain, its order may not be.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.classes import CLASSES, ClassName, Confidence
from forecasting.data.grid import Bools, Floats, Ints

CLASS_PERCENT = (30, 65, 90)
"""An hour is of the first class below whose percentage the share of cheaper hours in its local week lies; else it is the last."""
CLASS_SHARES = np.diff([0, *CLASS_PERCENT, 100]) / 100
"""How often each class comes by its definition: what is said of an hour of which nothing is known."""
SCORE_HOURS = 168
CONFIDENCE_EDGES = (0.5, 0.75)
SETTLED_HOURS = 160
"""Known hours from which on the classes of a closed local week count as what they turned out to have been."""


def class_of(cheaper: Ints, hours: int) -> Ints:
    """Index into CLASSES of hours than which so many of all hours of their week are cheaper. Nothing is rounded at an edge."""
    found = np.zeros(cheaper.shape, dtype=np.int64)
    for percent in CLASS_PERCENT:
        found += 100 * cheaper >= percent * hours
    return found


def classes_in(costs: Floats, weeks: Ints) -> Ints:
    """(paths, hours) index into CLASSES of each hour in its local week, path by path; -1 where its cost is missing."""
    found = np.full(costs.shape, -1, dtype=np.int64)
    for week in np.unique(weeks):
        hours = np.flatnonzero((weeks == week) & np.isfinite(costs[0]))
        block = costs[:, hours]
        cheaper = np.stack([np.searchsorted(np.sort(path), path, side="left") for path in block]).reshape(block.shape)
        found[:, hours] = class_of(cheaper.astype(np.int64), hours.size)
    return found


def labels(costs: Floats, weeks: Ints, halted: Floats | None = None) -> Ints:
    """(hours,) what each hour turned out to have been, made afterwards from realised all-in costs of whole local weeks.

    ``halted`` (hours,) is non-zero where realised weather broke a limit configured as hard. -1 where there is no price.
    """
    found: Ints = classes_in(costs[None], weeks)[0]
    if halted is not None:
        found[(found >= 0) & (halted > 0)] = len(CLASSES) - 1
    return found


def settled(costs: Floats, weeks: Ints) -> Bools:
    """(hours,) whether so many hours of an hour's local week are known that its class is settled."""
    _, which = np.unique(weeks, return_inverse=True)
    whole: Bools = (np.bincount(which, np.isfinite(costs)) >= SETTLED_HOURS)[which]
    return whole


def class_probabilities(costs: Floats, weeks: Ints) -> Floats:
    """(hours, 4) share of the paths in which an hour falls into each class of its local week; NaN where missing."""
    found = classes_in(costs, weeks)
    shares = np.stack([(found == index).mean(axis=0) for index in range(len(CLASSES))], axis=1)
    probabilities: Floats = np.where((found[0] >= 0)[:, None], shares, np.nan)
    return probabilities


def doubted(shares: Floats, doubt: Floats | float) -> Floats:
    """Shares of the classes (..., 4) drawn towards how often each comes, by weights 0..1 (...); NaN stays missing."""
    weight = np.asarray(doubt)[..., None]
    drawn: Floats = (1 - weight) * shares + weight * CLASS_SHARES
    return drawn


def score_of(others: Floats, own: Floats | float) -> float:
    """Energy score of a cost among those of other hours (paths, hours); NaN where there is none."""
    dearer, equal = np.count_nonzero(others > own), np.count_nonzero(others == own)
    return 100 * (dearer + equal / 2) / others.size if others.size else float("nan")


def confidence(probabilities: Floats) -> list[Confidence]:
    """low, medium or high: the largest probability cut at 0.5 and 0.75. Unknown hours are low."""
    largest = np.nan_to_num(probabilities).max(axis=1)
    return [("low", "medium", "high")[int(i)] for i in np.searchsorted(CONFIDENCE_EDGES, largest, side="right")]


@dataclass(frozen=True, slots=True)
class ClassChange:
    """Another class that an hour would have, and the cost at which it would: up to it when cheaper, above it when dearer."""

    name: ClassName
    eur_per_kwh: float


@dataclass(frozen=True, slots=True)
class WeekCosts:
    """What is paid in the hours of whole local weeks, on each path; NaN where it is not known."""

    starts: Ints  # (hours,) [s, UTC]
    costs: Floats  # (paths, hours) [€/kWh]
    weeks: Ints  # (hours,) number of the local week
    doubt: Floats | float = 0.0  # (hours,) weight of the shares of the classes in the probabilities of an hour

    def scores(self, wanted: slice, window: int = SCORE_HOURS) -> Floats:
        """(wanted,) energy scores; NaN for a missing hour."""
        hours = range(len(self.starts))[wanted]
        return np.array([self.score(hour, self.costs[:, hour : hour + 1], window) for hour in hours])

    def score(self, hour: int, own: Floats | float, window: int = SCORE_HOURS) -> float:
        """The energy score of an hour at a cost. The window is centred, and shifted where the hours at hand end."""
        if not np.isfinite(own).all():
            return float("nan")
        start = int(np.clip(hour - window // 2, 0, max(0, len(self.starts) - window)))
        around = np.arange(start, min(start + window, len(self.starts)))
        others = around[(around != hour) & np.isfinite(self.costs[0, around])]
        return score_of(self.costs[:, others], own)

    def probabilities(self) -> Floats:
        """(hours, 4) share of the paths in which an hour falls into each class, doubted."""
        return doubted(class_probabilities(self.costs, self.weeks), self.doubt)

    def probabilities_at(self, hour: int, eur_per_kwh: float) -> Floats:
        """(4,) the same of an hour whose cost is given."""
        others = self._others(hour)
        found = class_of(np.count_nonzero(others < eur_per_kwh, axis=1).astype(np.int64), others.shape[1] + 1)
        return doubted(np.bincount(found, minlength=len(CLASSES)) / len(found), self._doubt_of(hour))

    def limits(self, hour: int) -> tuple[float, ...]:
        """The middle of the costs up to which an hour of this hour's local week is Optimal, Moderate and Reduced."""
        week = self.weeks == self.weeks[hour]
        ordered = np.sort(self.costs[:, week & np.isfinite(self.costs[0])], axis=1)
        return tuple(float(np.median(ordered[:, place])) for place in _last_places(ordered.shape[1]))

    def changes(self, hour: int) -> tuple[ClassChange | None, ClassChange | None]:
        """The nearest better class of an hour of known cost if it were cheaper, and the nearest worse one if it were dearer.

        Of four shares the largest may be a better class's once more at a higher cost: none is told to be better for being dearer.
        What ``probabilities_at`` says at a cost changes only at the costs up to which some path has a class.
        """
        others, own = self._others(hour), float(self.costs[0, hour])
        ordered = np.sort(others, axis=1)
        limits = [ordered[:, place] for place in _last_places(others.shape[1] + 1) if place < others.shape[1]]
        edges = np.unique(np.concatenate(limits)) if limits else np.empty(0)
        found = _most_probable(limits, np.append(edges, np.inf), self._doubt_of(hour))
        here = int(np.searchsorted(edges, own))
        below = next((i for i in range(here - 1, -1, -1) if found[i] < found[here]), None)
        above = next((i for i in range(here + 1, len(found)) if found[i] > found[here]), None)
        return (
            None if below is None else ClassChange(CLASSES[found[below]], float(edges[below])),
            None if above is None else ClassChange(CLASSES[found[above]], float(edges[above - 1])),
        )

    def _doubt_of(self, hour: int) -> float:
        return float(np.broadcast_to(self.doubt, self.weeks.shape)[hour])

    def _others(self, hour: int) -> Floats:
        """(paths, hours) the known costs of the other hours of an hour's local week."""
        week = (self.weeks == self.weeks[hour]) & np.isfinite(self.costs[0])
        week[hour] = False
        return self.costs[:, week]


def _most_probable(limits: Sequence[Floats], costs: Floats, doubt: float) -> Ints:
    """Index into CLASSES of the most probable class at each of some costs; ``limits`` are where each path's classes end."""
    paths = len(limits[0]) if limits else 1
    dearer = [np.searchsorted(np.sort(limit), costs, side="left") for limit in limits]
    dearer += [np.zeros(len(costs), dtype=np.int64)] * (len(CLASSES) - len(dearer))
    counts = -np.diff(np.array([np.full(len(costs), paths), *dearer]), axis=0)
    found: Ints = np.argmax(doubted(counts.T / paths, doubt), axis=1)
    return found


def _last_places(hours: int) -> list[int]:
    """Place in order of cost of the dearest hour of each class but the last, among so many hours without two of one cost."""
    return [-(-percent * hours // 100) - 1 for percent in CLASS_PERCENT]
