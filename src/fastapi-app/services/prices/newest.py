"""The newest value of each series, from memory where it is known: so that it is known too while the store is away."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from domain.errors import StoreError
from domain.series import SeriesKey, price_key, series_key
from domain.timeline import utc_from_epoch
from ports import SeriesStore

LOOK_BACK = timedelta(days=14)
LOOK_AHEAD = timedelta(days=3)
WATCHED: Mapping[SeriesKey, str] = {
    price_key("pvpc", 60): "price_eur_kwh",
    price_key("spot", 15): "price_eur_kwh",
    series_key("weather_data", source="AEMET", kind="observed"): "temperature",
    series_key("weather_data", source="OpenWeatherMap", kind="observed"): "temperature",
}
"""Series that are fetched and never end -> the field that makes a point of them a value."""


class Newest:
    """Remembers the newest time of each series."""

    def __init__(self, store: SeriesStore) -> None:
        self._store = store
        self._known: dict[SeriesKey, int] = {}

    async def series(self, now: datetime) -> list[dict[str, Any]]:
        """Each watched series with the start of its newest slot, None before there is any."""
        return [self._described(key, await self._newest(key, field, now)) for key, field in WATCHED.items()]

    async def _newest(self, key: SeriesKey, field: str, now: datetime) -> int | None:
        try:
            rows = await self._store.read(key, now - LOOK_BACK, now + LOOK_AHEAD)
            found = _last_with(rows.times, rows.columns.get(field, ()))
            if found is None and key not in self._known:
                extent = await self._store.extent(key)
                found = extent.newest if extent is not None else None
        except StoreError:  # what is known of it stands; /ready says that the store is away
            return self._known.get(key)
        if found is not None:
            self._known[key] = found
        return self._known.get(key)

    def _described(self, key: SeriesKey, newest: int | None) -> dict[str, Any]:
        return {
            "measurement": key.measurement,
            "tags": dict(key.tags),
            "newest": utc_from_epoch(newest).isoformat() if newest is not None else None,
        }


def with_age(series: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """With the age of the newest slot [s]: negative for prices of hours to come."""
    newest = series["newest"]
    return {**series, "age_s": (now - datetime.fromisoformat(newest)).total_seconds() if newest else None}


def _last_with(times: Sequence[int], values: Sequence[object]) -> int | None:
    return next((time for time, value in zip(reversed(times), reversed(values), strict=False) if value is not None), None)
