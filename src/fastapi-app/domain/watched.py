"""What the watch of the forecast's band has seen. `forecasting.issue.watch` tells it."""

from dataclasses import dataclass
from typing import Literal

State = Literal["too_short", "held", "failing", "wide", "biased"]


@dataclass(frozen=True, slots=True)
class Watched:
    """One window of days. Shares 0..1, prices in €/kWh; None where no hour counts."""

    window_days: int
    days: int  # that have both a forecast and a price
    hours: int  # pairs of a forecast and a price that count; one that is missing lowers it
    coverage: float | None  # share within the 80 % band
    coverage_bounds: tuple[float, float]
    above: float | None  # share above the median
    above_bounds: tuple[float, float]
    bias: float | None  # mean of price less median
    width: float | None  # mean of the band
    state: State
