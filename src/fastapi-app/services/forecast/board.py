"""The forecast as the page shows it: the coming hours, and how wrong the issues before it were."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import NotKnownError
from services.forecast.hours import ForecastHour, forecast_hours
from services.forecast.record import ForecastRecord, RecordService
from services.forecast.service import Current, ForecastService


@dataclass(frozen=True, slots=True)
class ForecastBlock:
    """A forecast with its record."""

    current: Current
    hours: tuple[ForecastHour, ...]
    record: ForecastRecord


class ForecastBoard:
    """Makes the block `forecast`."""

    def __init__(self, forecasts: ForecastService, record: RecordService) -> None:
        self._forecasts = forecasts
        self._record = record

    async def block(self, _now: datetime) -> ForecastBlock | None:
        """The forecast with its record; None while there is no forecast."""
        try:
            current = await self._forecasts.current()
        except NotKnownError:
            return None
        return ForecastBlock(current, tuple(forecast_hours(current)), await self._record.record())
