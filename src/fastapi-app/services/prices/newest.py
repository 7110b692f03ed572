"""The newest value of each series, from memory where it is known: so that it is known too while the store is away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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


@dataclass(frozen=True, slots=True)
class NewestSlot:
    """A series and the start of its newest slot; None before there is any."""

    key: SeriesKey
    newest: datetime | None

    def age_s(self, now: datetime) -> float | None:
        """Time since that start [s]: negative for prices of hours to come."""
        return None if self.newest is None else (now - self.newest).total_seconds()


class Newest:
    """Remembers the newest time of each series."""

    def __init__(self, store: SeriesStore) -> None:
        self._store = store
        self._known: dict[SeriesKey, int] = {}

    async def series(self, now: datetime) -> list[NewestSlot]:
        """Each watched series with the start of its newest slot, None before there is any."""
        newest = [(key, await self._newest(key, field, now)) for key, field in WATCHED.items()]
        return [NewestSlot(key, None if time is None else utc_from_epoch(time)) for key, time in newest]

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


def _last_with(times: Sequence[int], values: Sequence[object]) -> int | None:
    return next((time for time, value in zip(reversed(times), reversed(values), strict=False) if value is not None), None)
