"""Weather at one place, hour by hour: what a source said, with its age, inside the limits of what can be.

An hour is known by its start, UTC, and has the state of the air at that instant: what a station reads at 15:00 and what a
forecast says for 15:00 both stand for the hour from 15:00 on. Units: °C, % of relative humidity, hPa at mean sea level, m/s, %
of the sky.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, get_args

from domain.series import Rows, SeriesKey, Value, series_key
from domain.timeline import HOUR, epoch, floor_to, utc_from_epoch

Source = Literal["AEMET", "OpenWeatherMap"]
Kind = Literal["observed", "forecast"]
SOURCES: tuple[Source, ...] = get_args(Source)
"""In order of rank: the official service first."""
KINDS: tuple[Kind, ...] = get_args(Kind)

MEASUREMENT = "weather_data"
QUANTITIES = ("temperature", "humidity", "pressure")
"""Fields of the history, in order."""

LIMITS: dict[str, tuple[float, float]] = {
    "temperature": (-40.0, 55.0),
    "humidity": (1.0, 100.0),
    "pressure": (930.0, 1070.0),
    "wind_speed": (0.0, 75.0),
    "clouds": (0.0, 100.0),
}
"""What can be in Spain, with a margin [°C, %, hPa at mean sea level, m/s, %]. Records: -32.0 °C (Lago Estangento, 1956) and 47.6 °C
(La Rambla, 2021); about 950 and 1055 hPa. No temperature of Spain in kelvin passes. A pressure that was not reduced to sea level
may (955 hPa is fair weather at 515 m), which is why the clients take the reduced field or none."""


def within_limits(quantity: str, value: float | None) -> bool:
    """Whether a value is possible; an absent one is."""
    low, high = LIMITS[quantity]
    return value is None or (math.isfinite(value) and low <= value <= high)


@dataclass(frozen=True, slots=True)
class WeatherHour:
    """What one source says about one hour. `as_of`: when it was measured, or when the forecast was made."""

    start: datetime
    source: Source
    kind: Kind
    as_of: datetime
    temperature: float | None = None
    humidity: float | None = None
    pressure: float | None = None

    def __post_init__(self) -> None:
        if floor_to(self.start, HOUR) != self.start or self.start.utcoffset() != timedelta(0):
            raise ValueError(f"need the start of an hour of UTC, got {self.start}")
        for quantity in QUANTITIES:
            if not within_limits(quantity, self.value(quantity)):
                low, high = LIMITS[quantity]
                raise ValueError(f"{quantity} {self.value(quantity)} at {self.start} is outside {low:g} .. {high:g}")

    def value(self, quantity: str) -> float | None:
        """Temperature, humidity or pressure."""
        value: float | None = getattr(self, quantity)
        return value

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing."""
        return all(self.value(quantity) is None for quantity in QUANTITIES)


@dataclass(frozen=True, slots=True)
class Step:
    """One instant of a forecast; what the source does not forecast is None."""

    start: datetime
    temperature: float | None = None
    humidity: float | None = None
    pressure: float | None = None
    wind_speed: float | None = None
    clouds: float | None = None

    def __post_init__(self) -> None:
        if self.start.utcoffset() != timedelta(0):
            raise ValueError(f"need UTC, got {self.start}")
        for quantity, (low, high) in LIMITS.items():
            value = getattr(self, quantity)
            if not within_limits(quantity, value):
                raise ValueError(f"{quantity} {value} at {self.start} is outside {low:g} .. {high:g}")


STEP_COLUMNS = tuple(LIMITS)
"""Columns under which forecasts are kept as issued: temperature, humidity, pressure, wind_speed, clouds."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast as a source issued it, in its own steps (one hour or three), in order of time."""

    source: Source
    issued_at: datetime
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        starts = [step.start for step in self.steps]
        if not starts or any(later <= earlier for earlier, later in pairwise(starts)):
            raise ValueError(f"the steps of a forecast must rise in time and be there, got {len(starts)}")


def weather_key(source: Source, kind: Kind) -> SeriesKey:
    """Key of a series of the history."""
    return series_key(MEASUREMENT, source=source, kind=kind)


def forecast_series(source: Source) -> str:
    """Name under which the forecasts of a source for the plant are kept as issued."""
    return f"weather/{source}/forecast"


def point_series(point_id: str) -> str:
    """Name under which the forecasts for one point of the country are kept as issued."""
    return f"points/{point_id}"


def rows_from_hours(hours: Sequence[WeatherHour]) -> Rows:
    """Rows of one series of the history; of two hours with one start the newer counts."""
    by_start = {hour.start: hour for hour in sorted(hours, key=lambda hour: hour.as_of)}
    ordered = [by_start[start] for start in sorted(by_start)]
    columns: dict[str, list[Value | None]] = {name: [hour.value(name) for hour in ordered] for name in QUANTITIES}
    return Rows([epoch(hour.start) for hour in ordered], columns | {"as_of": [epoch(hour.as_of) for hour in ordered]})


def hours_from_rows(rows: Rows, source: Source, kind: Kind) -> list[WeatherHour]:
    """The hours of one stored series, without what is impossible (another program may write there) and empty rows."""
    found = []
    for index, time in enumerate(rows.times):
        values = {name: _number(rows, name, index) for name in QUANTITIES}
        as_of = _number(rows, "as_of", index)
        if as_of is not None and any(value is not None for value in values.values()):
            found.append(WeatherHour(utc_from_epoch(time), source, kind, utc_from_epoch(int(as_of)), **values))
    return found


def rows_from_steps(steps: Iterable[Step], columns: Sequence[str]) -> Rows:
    """The named columns of the steps that have any of them."""
    kept = [step for step in steps if any(getattr(step, name) is not None for name in columns)]
    return Rows([epoch(step.start) for step in kept], {name: [getattr(step, name) for step in kept] for name in columns})


def steps_from_rows(rows: Rows) -> list[Step]:
    """Steps of a forecast as it was kept."""
    return [
        Step(utc_from_epoch(time), **{name: _number(rows, name, index) for name in STEP_COLUMNS})
        for index, time in enumerate(rows.times)
    ]


def _number(rows: Rows, name: str, index: int) -> float | None:
    value = rows.columns[name][index] if name in rows.columns else None
    if not isinstance(value, int | float) or (name in LIMITS and not within_limits(name, value)):
        return None
    return float(value)
