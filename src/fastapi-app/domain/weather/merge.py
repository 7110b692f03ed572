"""One weather out of several: for every hour and quantity the value of the best source, with its provenance.

The rule, for each quantity of each hour by itself:
1. what was observed, before any forecast: AEMET's station, else OpenWeatherMap;
2. else a forecast. Of one source always the one made last. Between the sources the younger, when one is older by more than
   `SAME_AGE`; else the nearer one: AEMET's, made hour by hour for the municipality, before OpenWeatherMap's, made every three
   hours for a cell of a grid.
AEMET says when it made a forecast, OpenWeatherMap only when it answered, so small differences between the two say nothing about
which is newer. What nobody said about an hour stays missing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.weather.hours import QUANTITIES, SOURCES, WeatherHour
from domain.weather.humidity import dew_point_c

TOLD_DIGITS = {"temperature": 1, "humidity": 0, "pressure": 1}
"""Decimals that the sources state: 0.1 °C, 1 %, 0.1 hPa."""
SAME_AGE = timedelta(hours=6)
"""Forecasts made within this count as equally old: AEMET makes about four a day."""


@dataclass(frozen=True, slots=True)
class MergedHour:
    """The weather of an hour: for each quantity the hour that it was taken from, or None."""

    start: datetime
    taken_from: tuple[WeatherHour | None, ...]

    def origin(self, quantity: str) -> WeatherHour | None:
        """Who said the value of a quantity."""
        return self.taken_from[QUANTITIES.index(quantity)]

    def value(self, quantity: str) -> float | None:
        """Temperature, humidity or pressure."""
        origin = self.origin(quantity)
        return origin.value(quantity) if origin else None

    def told(self, quantity: str) -> float | None:
        """A value as every door tells it: rounded to what the sources state."""
        value = self.value(quantity)
        return None if value is None else round(value, TOLD_DIGITS[quantity])

    @property
    def main(self) -> WeatherHour:
        """The origin of the first quantity that is there: the source to name for the hour as a whole."""
        return next(origin for origin in self.taken_from if origin is not None)

    @property
    def dew_point_c(self) -> float | None:
        """Dew point [°C]; None where the temperature or the humidity is not known."""
        temperature, humidity = self.value("temperature"), self.value("humidity")
        return None if temperature is None or humidity is None else dew_point_c(temperature, humidity)


def merge(hours: Iterable[WeatherHour]) -> list[MergedHour]:
    """The hours that anybody said something about, in order. The order of what is given does not matter."""
    by_start: dict[datetime, list[WeatherHour]] = defaultdict(list)
    for hour in hours:
        if not hour.is_empty:
            by_start[hour.start].append(hour)
    return [MergedHour(start, tuple(best(quantity, by_start[start]) for quantity in QUANTITIES)) for start in sorted(by_start)]


def best(quantity: str, candidates: Sequence[WeatherHour]) -> WeatherHour | None:
    """The one whose value of a quantity counts, by the rule of this module; None when none has it."""
    having = [hour for hour in candidates if hour.value(quantity) is not None]
    if len(having) == 1:
        return having[0]
    observed = _newest_by_source(quantity, [hour for hour in having if hour.kind == "observed"])
    if observed:
        return observed[0]
    forecasts = _newest_by_source(quantity, [hour for hour in having if hour.kind == "forecast"])
    youngest = max((hour.as_of for hour in forecasts), default=None)
    return next((hour for hour in forecasts if youngest is not None and youngest - hour.as_of <= SAME_AGE), None)


def _newest_by_source(quantity: str, hours: Sequence[WeatherHour]) -> list[WeatherHour]:
    """The newest hour of each source, in order of rank; equally new ones are told by value, never by order of arrival."""
    if len(hours) > 1:
        hours = sorted(hours, key=lambda hour: (hour.as_of, hour.value(quantity) or 0.0, *map(_sortable, hour_values(hour))))
    newest = {hour.source: hour for hour in hours}
    return [newest[source] for source in SOURCES if source in newest]


def hour_values(hour: WeatherHour) -> tuple[float | None, ...]:
    """The three quantities."""
    return tuple(hour.value(quantity) for quantity in QUANTITIES)


def _sortable(value: float | None) -> tuple[bool, float]:
    return value is not None, value or 0.0


def to_write(stored: Iterable[WeatherHour], given: Iterable[WeatherHour]) -> list[WeatherHour]:
    """The given hours of one source and kind that say something newer than what is stored, in order.

    A row of the history has one age. Where a new hour lacks a value that the stored one has, which then stays, the row is as old
    as that value.
    """
    known = {hour.start: hour for hour in stored}
    found = {}
    for hour in sorted(given, key=lambda hour: hour.as_of):
        old = known.get(hour.start)
        if hour.is_empty or (old is not None and (hour.as_of < old.as_of or over(old, hour) == old)):
            continue
        found[hour.start] = hour if old is None else replace(hour, as_of=over(old, hour).as_of)
    return [found[start] for start in sorted(found)]


def over(old: WeatherHour, new: WeatherHour) -> WeatherHour:
    """What the history holds after `new` was written over `old`."""
    if not any(new.value(name) is None and old.value(name) is not None for name in QUANTITIES):
        return new
    return replace(
        new,
        as_of=min(old.as_of, new.as_of),
        temperature=old.temperature if new.temperature is None else new.temperature,
        humidity=old.humidity if new.humidity is None else new.humidity,
        pressure=old.pressure if new.pressure is None else new.pressure,
    )
