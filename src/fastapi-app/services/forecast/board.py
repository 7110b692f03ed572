"""The forecast as the page shows it: the coming hours, and how wrong the issues before it were."""

from datetime import datetime
from typing import Any

from domain.errors import NotKnownError
from services.forecast.record import RecordService
from services.forecast.service import ForecastService
from services.forecast.view import about, hours_json


class ForecastBoard:
    """Makes the block `forecast`."""

    def __init__(self, forecasts: ForecastService, record: RecordService) -> None:
        self._forecasts = forecasts
        self._record = record

    async def block(self, _now: datetime) -> dict[str, Any] | None:
        """The forecast with its record; None while there is no forecast."""
        try:
            current = await self._forecasts.current()
        except NotKnownError:
            return None
        record = await self._record.record()
        known = record if record["state"] == "ok" else None
        return about(current) | {"hours": hours_json(current), "record": known, "record_state": record}
