"""The champion gate: who may serve, decided on losses known at the time of the decision and on nothing else.

To serve, a challenger has to be better than who serves and than the best baseline, each shown with a support that allows for being
asked every day (`support.py`); a champion goes when the baseline is shown to be better in the same way.

Losses are by target day: the loss of a day is the mean over the forecasts of it that were issued 1 to 7 days ahead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.data.grid import Floats
from forecasting.gate.evaluation import capture
from forecasting.gate.support import better, needed, share_of
from forecasting.models.baselines import BASELINES

HELD_BACK_DAYS = 182
"""Days that a challenger is judged on: half a year, so that a gain of a few per cent can be told from luck."""
NEEDS_DAYS = 56
CAPTURE_TOLERANCE = 0.005
"""A challenger may capture this much less (of 1) and still count as not worse: the noise of half a year."""
DEMOTION_DAYS = 28
DEMOTION_MARGIN = 0.05
"""Behind means by more than 5 %: less is luck over 28 days that share their weeks. Of 1, 2, 3 and 5 %, the one that served
PVPC best in a replay of 2024, where it never fired."""


@dataclass(frozen=True, slots=True)
class Losses:
    """Record of one model by day, oldest first, up to what is known now. All models of a decision share the days."""

    pinball: Floats  # [€/kWh] by target day
    gained: Floats  # [€/kWh] by issue whose week is closed
    possible: Floats  # [€/kWh]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the challenger serves, in words, and the p-values against who serves and against the best baseline."""

    promoted: bool
    reason: str
    against_champion: float
    against_baseline: float


@dataclass(frozen=True, slots=True)
class Rival:
    """Who has to be beaten, with its record."""

    name: str
    losses: Losses


def challenge(challenger: Losses, champion: Rival, baseline: Rival, *, level: float, held_back: int = HELD_BACK_DAYS) -> Verdict:
    """Judge a challenger against who serves and against the best baseline on the most recent held-back days.

    Each has to be beaten with a p-value below ``level`` by itself; no further correction for the two, as both are needed.
    """
    tests = [better(challenger.pinball[-held_back:], rival.losses.pinball[-held_back:]) for rival in (champion, baseline)]
    values = [p_value for p_value, _ in tests]
    days = min(comparison.days for _, comparison in tests)
    captured = [capture(model.gained[-held_back:], model.possible[-held_back:]) for model in (challenger, champion.losses)]
    if days < NEEDS_DAYS:
        return Verdict(False, f"only {days} held-back days, {NEEDS_DAYS} are needed", values[0], values[1])
    for rival, p_value in zip((champion, baseline), values, strict=True):
        if not p_value < level:
            why = f"pinball loss not better than {rival.name} with support (p = {p_value:.4f}, {level:.4f} is needed)"
            return Verdict(False, why, values[0], values[1])
    if np.isfinite(captured[1]) and not captured[0] >= captured[1] - CAPTURE_TOLERANCE:
        return Verdict(False, f"captures {captured[0]:.1%}, who serves {captured[1]:.1%}", values[0], values[1])
    return Verdict(True, _praise(champion, baseline, values, level, days), values[0], values[1])


def _praise(champion: Rival, baseline: Rival, values: Sequence[float], level: float, days: int) -> str:
    beaten = f"{champion.name} (p = {values[0]:.4f})"
    if champion.name != baseline.name:
        beaten += f" and than {baseline.name}, the best baseline (p = {values[1]:.4f})"
    return f"pinball loss better than {beaten}, {level:.4f} is needed, over {days} days, capture not worse"


@dataclass(frozen=True, slots=True)
class Standing:
    """A champion beside the baseline over the last days that have a loss of both: mean losses, and whether it has to go."""

    behind: bool
    days: int
    own: float
    other: float
    p_value: float
    """Of the baseline being no better."""


def standing(champion: Floats, baseline: Floats, days: int = DEMOTION_DAYS) -> Standing:
    """A champion has to go when its mean daily loss of the last ``days`` days that have one is worse than the baseline's by over
    5 %, and the baseline is better with the support that a challenger needs; however long those days took to come together."""
    both = np.isfinite(champion) & np.isfinite(baseline)
    own, other = (series[both][-days:] for series in (champion, baseline))
    if own.size < days:
        return Standing(False, own.size, float("nan"), float("nan"), float("nan"))
    p_value, _ = better(other, own)
    behind = bool(own.mean() > other.mean() * (1 + DEMOTION_MARGIN) and p_value < needed())
    return Standing(behind, days, float(own.mean()), float(other.mean()), p_value)


def fallen_behind(champion: Floats, baseline: Floats, days: int = DEMOTION_DAYS) -> bool:
    """Whether a champion has to go."""
    return standing(champion, baseline, days).behind


@dataclass(frozen=True, slots=True)
class Decision:
    """Who serves from now on, and why if that changed (else an empty reason)."""

    serves: str
    reason: str


def decide(serving: str, records: Mapping[str, Losses], challengers: Sequence[str], baseline: str) -> Decision:
    """One decision: demote a champion that fell behind the baseline, then let the challengers ask in their order.

    Who serves, and the best of the baselines in ``records``, are to be beaten: parts of a mix are neither. A challenger that is
    itself behind the baseline over the rolling 28 days is not promoted: it would be demoted at once.
    """
    before, reason = serving, ""
    if serving != baseline and fallen_behind(records[serving].pinball, records[baseline].pinball):
        reason = f"{serving} fell behind {baseline} over {DEMOTION_DAYS} days: demoted"
        serving = baseline
    best = best_baseline({name: losses for name, losses in records.items() if name == baseline or name in BASELINES})
    for place, name in enumerate(challengers):
        if name == serving or fallen_behind(records[name].pinball, records[baseline].pinball):
            continue
        level = needed(share_of(place, len(challengers)))
        verdict = challenge(records[name], Rival(serving, records[serving]), best, level=level)
        if verdict.promoted:
            return Decision(name, f"{name} replaces {before}: {verdict.reason}")
    return Decision(serving, reason)


def best_baseline(baselines: Mapping[str, Losses]) -> Rival:
    """The one with the smallest loss over the held-back days; one without any comes last."""
    rivals = [Rival(name, losses) for name, losses in baselines.items()]
    return min(rivals, key=lambda rival: _mean(rival.losses.pinball[-HELD_BACK_DAYS:]))


def _mean(losses: Floats) -> float:
    known = losses[np.isfinite(losses)]
    return float(known.mean()) if known.size else float("inf")
