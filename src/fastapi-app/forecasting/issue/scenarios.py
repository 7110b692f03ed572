"""Whole weeks that could come: the forecast distribution of each hour, with the correlation of past error weeks.

An empirical copula (Schaake shuffle; Clark et al., J. Hydrometeorology 5 (2004) 243): past weeks give the ranks, the
predictive quantiles give the values. A scenario is therefore coherent over the week, and the scenarios of one hour are
its distribution.
"""

from statistics import NormalDist

import numpy as np

from forecasting.data.grid import Floats
from forecasting.issue.few_days import FADED_WEEKS, typical_weeks
from forecasting.issue.intervals import LEVELS

NEEDS_WEEKS = 20
"""Error weeks below which none of them tells how hours move together."""
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
    """(count, 7, 24) ranks in 0..1 with the dependence of past error weeks (weeks, 7, 24); missing errors rank in the middle.

    While the past error weeks are few, a part of the paths (all, below NEEDS_WEEKS) depends as such errors usually do.
    """
    generator = np.random.default_rng(seed)
    complete = errors[np.isfinite(errors).mean(axis=(1, 2)) > 0.9][-LONGEST_WEEKS:]
    known = len(complete) if len(complete) >= NEEDS_WEEKS else 0
    own = min(count, round(count * known / FADED_WEEKS))
    if own == count:
        return _ranks(_drawn(np.nan_to_num(complete), count, generator), generator)
    typical = typical_weeks(count - own, errors.shape[1], generator)
    if not own:
        return _ranks(typical, generator)
    return _ranks(np.concatenate([_drawn(_normal_scores(complete), own, generator), typical]), generator)


def _drawn(weeks: Floats, count: int, generator: np.random.Generator) -> Floats:
    """So many of the weeks, each as often as the others."""
    rounds = -(-count // len(weeks))
    chosen = np.concatenate([generator.permutation(len(weeks)) for _ in range(rounds)])[:count]
    drawn: Floats = weeks[chosen]
    return drawn


def _ranks(weeks: Floats, generator: np.random.Generator) -> Floats:
    jitter = 1e-9 * generator.standard_normal(weeks.shape)
    order = np.argsort(np.argsort(weeks + jitter, axis=0), axis=0)
    ranked: Floats = (order + 0.5) / len(weeks)
    return ranked


def _normal_scores(weeks: Floats) -> Floats:
    """Each hour's errors by their order, as if normal."""
    order = np.argsort(np.argsort(np.nan_to_num(weeks), axis=0), axis=0)
    scores = np.array([NormalDist().inv_cdf((place + 0.5) / len(weeks)) for place in range(len(weeks))])
    scored: Floats = scores[order]
    return scored
