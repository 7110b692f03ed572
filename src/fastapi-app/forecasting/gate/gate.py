"""The champion gate: who may serve, decided on losses known at the time of the decision and on nothing else.

Losses are by target day: the loss of a day is the mean over the forecasts of it that were issued 1 to 7 days ahead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.data.grid import Floats
from forecasting.gate.evaluation import Comparison, capture, diebold_mariano

HELD_BACK_DAYS = 182
"""Days that a challenger is judged on: half a year, so that a gain of a few per cent can be told from luck."""
NEEDS_DAYS = 56
SIGNIFICANCE = 0.05
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
    """Whether the challenger serves, in words, and the figures behind it."""

    promoted: bool
    reason: str
    comparison: Comparison
    capture_challenger: float
    capture_champion: float


def challenge(challenger: Losses, champion: Losses, held_back: int = HELD_BACK_DAYS) -> Verdict:
    """Judge a challenger against who serves on the most recent held-back days."""
    comparison = diebold_mariano(challenger.pinball[-held_back:], champion.pinball[-held_back:])
    captured = [capture(model.gained[-held_back:], model.possible[-held_back:]) for model in (challenger, champion)]
    promoted, reason = _ruling(comparison, captured[0], captured[1])
    return Verdict(promoted, reason, comparison, captured[0], captured[1])


def _ruling(comparison: Comparison, challenger: float, champion: float) -> tuple[bool, str]:
    if comparison.days < NEEDS_DAYS:
        return False, f"only {comparison.days} held-back days, {NEEDS_DAYS} are needed"
    if not comparison.p_value < SIGNIFICANCE:
        return False, f"pinball loss not better with support (p = {comparison.p_value:.3f}, {SIGNIFICANCE} is needed)"
    if np.isfinite(champion) and not challenger >= champion - CAPTURE_TOLERANCE:
        return False, f"captures {challenger:.1%}, who serves {champion:.1%}"
    return True, f"pinball loss better (p = {comparison.p_value:.4f} over {comparison.days} days), capture not worse"


def fallen_behind(champion: Floats, baseline: Floats, days: int = DEMOTION_DAYS) -> bool:
    """Whether the champion's mean daily loss of the last ``days`` days is worse than the baseline's by over 5 %."""
    both = np.isfinite(champion) & np.isfinite(baseline)
    if both.sum() < days:
        return False
    own, other = (float(series[both][-days:].mean()) for series in (champion, baseline))
    return own > other * (1 + DEMOTION_MARGIN)


@dataclass(frozen=True, slots=True)
class Decision:
    """Who serves from now on, and why if that changed (else an empty reason)."""

    serves: str
    reason: str


def decide(serving: str, records: Mapping[str, Losses], challengers: Sequence[str], baseline: str) -> Decision:
    """One decision: demote a champion that fell behind, then let the challengers ask in their order.

    A challenger that is itself behind the baseline over the rolling 28 days is not promoted: it would be demoted at once.
    """
    before, reason = serving, ""
    if serving != baseline and fallen_behind(records[serving].pinball, records[baseline].pinball):
        reason = f"{serving} fell behind {baseline} over {DEMOTION_DAYS} days: demoted"
        serving = baseline
    for name in challengers:
        if name == serving or fallen_behind(records[name].pinball, records[baseline].pinball):
            continue
        verdict = challenge(records[name], records[serving])
        if verdict.promoted:
            return Decision(name, f"{name} replaces {before}: {verdict.reason}")
    return Decision(serving, reason)
