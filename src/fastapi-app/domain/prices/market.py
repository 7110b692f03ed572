"""What the market tells beside the prices: forecasts for tomorrow, and what a regulated price is made of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ForecastKind = Literal["demand", "wind", "solar"]


@dataclass(frozen=True, slots=True)
class PowerSlot:
    """Mean power [MW] over a half-open interval of UTC time."""

    start: datetime
    end: datetime
    mw: float


@dataclass(frozen=True, slots=True)
class MarketForecast:
    """The day-ahead forecast of one quantity for the peninsula, as it was issued once (never overwritten by later ones)."""

    kind: ForecastKind
    slots: tuple[PowerSlot, ...]
    fetched_at: datetime
    published_at: datetime | None = None
