"""Energy score and production class of hours, from price paths: (paths, hours), a published hour being the same in all.

Working on whole paths keeps what hours have in common: when the level of a week is uncertain, its order may not be.
"""

import numpy as np

from forecasting.data.grid import Floats, Ints

CLASSES = ("optimal", "moderate", "reduced", "halt")
CLASS_EDGES = (0.30, 0.65, 0.90)
"""Cheapest 30 % of the local week Optimal, next 35 % Moderate, next 25 % Reduced, dearest 10 % Halt."""
SCORE_HOURS = 168
CONFIDENCE_EDGES = (0.5, 0.75)


def energy_scores(paths: Floats, wanted: slice, window: int = SCORE_HOURS) -> Floats:
    """(wanted,) 100 x the probability that an hour is cheaper than one drawn from the seven days around it.

    The window is centred, and shifted where the hours at hand end; an hour of equal price counts half. Missing hours
    (NaN in every path) are left out, and a missing hour has no score.
    """
    total = paths.shape[1]
    known = np.isfinite(paths[0])
    scores = np.full(total, np.nan)
    for hour in np.arange(total)[wanted][known[wanted]]:
        start = int(np.clip(hour - window // 2, 0, max(0, total - window)))
        around = slice(start, start + window)
        others = len(paths) * (int(known[around].sum()) - 1)
        own = paths[:, hour : hour + 1]
        dearer = np.count_nonzero(paths[:, around] > own)
        equal = np.count_nonzero(paths[:, around] == own) - len(paths)
        scores[hour] = 100 * (dearer + equal / 2) / others if others else np.nan
    wanted_scores: Floats = scores[wanted]
    return wanted_scores


def ranks_within(prices: Floats, groups: Ints) -> Floats:
    """(paths, hours) position of each hour among the hours of its group, 0..1, (rank + 0.5) / n; NaN where missing.

    Equal prices rank in order of time, so that the shares of the classes are always kept.
    """
    positions = np.full(prices.shape, np.nan)
    for group in np.unique(groups):
        hours = np.flatnonzero((groups == group) & np.isfinite(prices[0]))
        if hours.size:
            order = np.argsort(prices[:, hours], axis=1, kind="stable")
            position = np.broadcast_to((np.arange(hours.size) + 0.5) / hours.size, order.shape)
            np.put_along_axis(positions, hours[order], position, axis=1)
    return positions


def classes_of(positions: Floats) -> Ints:
    """Index into CLASSES by position in the week; -1 where missing."""
    found = np.searchsorted(np.array(CLASS_EDGES), positions, side="right")
    classes: Ints = np.where(np.isfinite(positions), found, -1).astype(np.int64)
    return classes


def labels(prices: Floats, weeks: Ints, halted: Floats | None = None) -> Ints:
    """(hours,) what each hour turned out to have been, made afterwards from realised all-in prices of whole local weeks.

    ``halted`` (hours,) is non-zero where realised weather broke a limit configured as hard. -1 where there is no price.
    """
    found: Ints = classes_of(ranks_within(prices[None], weeks))[0]
    if halted is not None:
        found[(found >= 0) & (halted > 0)] = len(CLASSES) - 1
    return found


def class_probabilities(paths: Floats, weeks: Ints) -> Floats:
    """(hours, 4) share of the paths in which an hour falls into each class of its local week; NaN where missing."""
    found = classes_of(ranks_within(paths, weeks))
    shares = np.stack([(found == index).mean(axis=0) for index in range(len(CLASSES))], axis=1)
    probabilities: Floats = np.where((found[0] >= 0)[:, None], shares, np.nan)
    return probabilities


def confidence(probabilities: Floats) -> list[str]:
    """low, medium or high: the largest probability cut at 0.5 and 0.75. Unknown hours are low."""
    largest = np.nan_to_num(probabilities).max(axis=1)
    return [("low", "medium", "high")[int(i)] for i in np.searchsorted(CONFIDENCE_EDGES, largest, side="right")]
