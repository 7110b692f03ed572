"""The classes that an hour of production may have, and the probability of each. `forecasting.issue.scores` tells them."""

from typing import Literal, get_args

ClassName = Literal["optimal", "moderate", "reduced", "halt"]
CLASSES: tuple[ClassName, ...] = get_args(ClassName)
"""From cheap to dear."""
Confidence = Literal["low", "medium", "high"]
Shares = tuple[float, float, float, float]
"""Probability of each of CLASSES; they sum to one."""
CERTAIN_HALT: Shares = (0.0, 0.0, 0.0, 1.0)


def likeliest(shares: Shares) -> ClassName:
    """The most probable class, the cheaper one of equals."""
    return CLASSES[shares.index(max(shares))]
