"""Who would have served: the gate replayed over past issue days, each decided on what was known then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecasting.data.grid import Floats, Ints
from forecasting.data.history import Tables
from forecasting.gate.evaluation import capture_hours, gains, mean_pinball
from forecasting.gate.gate import HELD_BACK_DAYS, Losses, decide
from forecasting.issue.intervals import rolling_offsets
from forecasting.models.week_models import realised

MARGIN_DAYS = 14
"""Issues before the held-back days whose forecasts reach into them, with slack."""


@dataclass(frozen=True, slots=True)
class ModelScore:
    """One model's record in scores and bands, over consecutive issue rows."""

    offsets: Floats  # (issues, 7, 24, levels) as they would have been issued
    edges: Floats  # (issues, 7, 4, 2) of the plain bands
    pinball: Floats  # (issues, 7, 24) [€/kWh] by the plain bands: what follows a step says nothing of who knows more
    gained: Floats  # (issues,)
    possible: Floats  # (issues,)


def scored(tables: Tables, issues: Ints, forecast: Floats) -> ModelScore:
    """Scores of forecasts (issues, days, 24) with the bands that they would have carried."""
    aheads = forecast.shape[1]
    truth = realised(tables, issues)[:, :aheads]
    offsets, plain, edges = rolling_offsets(truth - forecast, issues, tables.base.scale[issues])
    pinball = mean_pinball(truth, forecast[..., None] + plain)
    toll = tables.toll[issues[:, None] + np.arange(1, aheads + 1)]
    hours = capture_hours(aheads)
    pairs = [gains((f + t).ravel(), (y + t).ravel(), hours) for f, y, t in zip(forecast, truth, toll, strict=True)]
    both = np.array(pairs).reshape(-1, 2)
    return ModelScore(offsets, edges, pinball, both[:, 0], both[:, 1])


def losses_at(score: ModelScore, issues: Ints, last: int, days: int = HELD_BACK_DAYS) -> Losses:
    """What is known at row ``last``: the mean loss of each of the last target days, the gains of the weeks that are closed."""
    aheads = score.pinball.shape[1]
    target = issues[:, None] + np.arange(1, aheads + 1)
    place = target - (last - days + 1)
    keep = (place >= 0) & (place < days)
    known = np.isfinite(score.pinball)
    total, hours = np.zeros(days), np.zeros(days)
    np.add.at(total, place[keep], np.where(known, score.pinball, 0.0).sum(axis=2)[keep])
    np.add.at(hours, place[keep], known.sum(axis=2)[keep])
    mean = np.where(hours > 0, total / np.maximum(hours, 1), np.nan)
    closed = (issues + aheads <= last) & (issues + aheads > last - days)
    return Losses(mean, score.gained[closed], score.possible[closed])


@dataclass(frozen=True, slots=True)
class Service:
    """Who served each issue, and what was decided when: (issue row, serves, reason). ``demotes``: who really serves has to go."""

    names: tuple[str, ...]
    decisions: tuple[tuple[int, str, str], ...]
    demotes: bool = False


def replay(
    scores: Mapping[str, ModelScore], issues: Ints, challengers: Sequence[str], baseline: str, champion: str | None = None
) -> Service:
    """The gate at every issue, starting from the baseline. ``issues`` are consecutive rows, oldest first.

    The last decision is about ``champion``, who really serves, where it is one of the models.
    """
    serving = baseline
    names: list[str] = []
    decisions: list[tuple[int, str, str]] = []
    for i, issue in enumerate(issues):
        recent = slice(max(0, i - HELD_BACK_DAYS - MARGIN_DAYS), i)
        records = {name: losses_at(_part(score, recent), issues[recent], int(issue)) for name, score in scores.items()}
        if i == len(issues) - 1 and champion in challengers:
            serving = str(champion)
        decision = decide(serving, records, challengers, baseline)
        if decision.serves != serving or decision.reason:
            decisions.append((int(issue), decision.serves, decision.reason))
        serving = decision.serves
        names.append(serving)
    return Service(tuple(names), tuple(decisions), champion in challengers and serving == baseline)


def _part(score: ModelScore, part: slice) -> ModelScore:
    return replace(score, pinball=score.pinball[part], gained=score.gained[part], possible=score.possible[part])
