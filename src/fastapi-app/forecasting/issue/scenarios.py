"""Whole weeks that could come: the forecast distribution of each hour, with the correlation of past error weeks.

An empirical copula (Schaake shuffle; Clark et al., J. Hydrometeorology 5 (2004) 243): past weeks give the ranks, the
predictive quantiles give the values. A scenario is therefore coherent over the week, and the scenarios of one hour are
its distribution.
"""

import numpy as np

from forecasting.data.grid import Floats
from forecasting.issue.intervals import LEVELS

NEEDS_WEEKS = 20
"""Error weeks below which hours are taken to move together: the cautious extreme."""
LONGEST_WEEKS = 365


def quantile_function(quantiles: Floats, ranks: Floats) -> Floats:
    """Values (paths, ...) at ranks (paths, ...) in 0..1, from quantiles (..., levels); beyond 1 and 99 % it stays there."""
    levels = np.array(LEVELS)
    above = np.clip(np.searchsorted(levels, ranks), 1, len(levels) - 1)
    below = above - 1
    part = np.clip((ranks - levels[below]) / (levels[above] - levels[below]), 0.0, 1.0)
    spread = np.broadcast_to(quantiles, (*ranks.shape, len(LEVELS)))
    low, high = (np.take_along_axis(spread, index[..., None], axis=-1)[..., 0] for index in (below, above))
    values: Floats = low + part * (high - low)
    return values


def draw_ranks(errors: Floats, count: int, seed: int) -> Floats:
    """(count, 7, 24) ranks in 0..1 with the dependence of past error weeks (weeks, 7, 24); missing errors rank in the middle."""
    generator = np.random.default_rng(seed)
    complete = errors[np.isfinite(errors).mean(axis=(1, 2)) > 0.9][-LONGEST_WEEKS:]
    shape = (count, *errors.shape[1:])
    if len(complete) < NEEDS_WEEKS:
        common = (generator.permutation(count) + 0.5) / count
        ranks: Floats = np.broadcast_to(common[:, None, None], shape).copy()
        return ranks
    rounds = -(-count // len(complete))
    chosen = np.concatenate([generator.permutation(len(complete)) for _ in range(rounds)])[:count]
    weeks = np.nan_to_num(complete[chosen])
    jitter = 1e-9 * generator.standard_normal(weeks.shape)
    order = np.argsort(np.argsort(weeks + jitter, axis=0), axis=0)
    ranked: Floats = (order + 0.5) / count
    return ranked
