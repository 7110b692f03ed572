"""What drives market and weather alike: the calendar, the sun, and the weather regimes of the peninsula."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from domain.timeline import MADRID, is_national_holiday
from simulator.noise import Floats, Ints, autoregressive, daily, window

BLOCK_HOURS = 32 * 24
"""Everything is computed in blocks of 32 days at fixed places, so that a value never depends on what was asked for."""

CENTRE_LATITUDE, CENTRE_LONGITUDE = 39.5, -3.7
"""Centre of the Spanish photovoltaic plants, roughly: Castilla-La Mancha."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Contiguous UTC hours with what the calendar says of each, in Madrid time."""

    hours: Ints
    """Hours since 1970, UTC."""
    local_hour: Ints
    """0-23, wall clock."""
    local_day: Ints
    """Days since 1970 of the local date."""
    weekday: Ints
    """0 Monday ... 6 Sunday."""
    holiday: NDArray[np.bool_]
    """One of the nine national holidays of fixed date."""
    year_day: Floats
    """Day of the year, 1-366, with its fraction (UTC)."""
    year: Floats
    """Calendar year with its fraction."""


def grid(first_hour: int, count: int) -> Grid:
    """The grid of `count` hours from an hour since 1970."""
    hours = np.arange(first_hour, first_hour + count, dtype=np.int64)
    local = [datetime.fromtimestamp(int(hour) * 3600, MADRID) for hour in hours]
    ordinals = np.array([instant.toordinal() for instant in local], dtype=np.int64)
    dates = {ordinal: is_national_holiday(instant.date()) for ordinal, instant in zip(ordinals, local, strict=True)}
    years = np.array([instant.year for instant in local], dtype=np.int64)
    january = {int(year): datetime(int(year), 1, 1, tzinfo=UTC).timestamp() / 3600 for year in np.unique(years)}
    since = hours - np.array([january[int(year)] for year in years])
    return Grid(
        hours=hours,
        local_hour=np.array([instant.hour for instant in local], dtype=np.int64),
        local_day=ordinals - datetime(1970, 1, 1, tzinfo=UTC).toordinal(),
        weekday=(ordinals + 6) % 7,
        holiday=np.array([dates[ordinal] for ordinal in ordinals], dtype=np.bool_),
        year_day=since / 24.0 + 1.0,
        year=years + since / 8766.0,
    )


def yearly(year_day: Floats, peak_day: float, times: int = 1) -> Floats:
    """A cosine over the year with its (first) peak at a day of the year; `times` peaks a year."""
    return np.asarray(np.cos(2.0 * np.pi * times * (year_day - peak_day) / 365.25))


def sun_height(year_day: Floats, utc_hour: Floats | NDArray[np.floating], latitude: float, longitude: float) -> Floats:
    """Sine of the sun's elevation. Declination and equation of time: Spencer (1971), shortened to their leading terms."""
    angle = 2.0 * np.pi * (year_day - 81.0) / 365.0
    declination = np.radians(23.45) * np.sin(angle)
    equation_h = (9.87 * np.sin(2.0 * angle) - 7.53 * np.cos(angle) - 1.5 * np.sin(angle)) / 60.0
    hour_angle = np.radians(15.0 * (utc_hour + longitude / 15.0 + equation_h - 12.0))
    phi = np.radians(latitude)
    return np.asarray(np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour_angle))


@dataclass(frozen=True, slots=True)
class Regime:
    """Standard normal drivers, hour by hour: what the weather of the peninsula is like beside its season."""

    wind: Floats
    """Wind over the peninsula: regimes of days, with changes within a day."""
    cloud: Floats
    """Cloudiness; high with rain and with low pressure."""
    warmth: Floats
    """Temperature beside the season: a spell above 1.5 in summer is a heat wave."""


def regime(seed: int, hours: Ints) -> Regime:
    """The drivers at contiguous hours. Wind and temperature persist from day to day with 0.8, as the real ones do."""
    first, count = int(hours[0]), len(hours)
    gusty = autoregressive(seed, "wind/hours", first, count, window(0.86, 2))
    cloud_hours = autoregressive(seed, "cloud/hours", first, count, window(0.80, 2))
    front = daily(seed, "front", hours, 0.60)
    return Regime(
        wind=0.80 * daily(seed, "wind/days", hours, 0.84) + 0.40 * front + 0.45 * gusty,
        cloud=0.75 * front + 0.35 * daily(seed, "cloud/days", hours, 0.75) + 0.55 * cloud_hours,
        warmth=1.05 * daily(seed, "warmth", hours, 0.82) - 0.20 * front,
    )


def day_means(at: Grid, values: Floats) -> Floats:
    """Mean of each hour's local day."""
    days = at.local_day - at.local_day[0]
    return np.asarray((np.bincount(days, weights=values) / np.bincount(days))[days])


def hour_of(instant: datetime) -> int:
    """Whole hours since 1970 of an aware instant."""
    return int(instant.timestamp()) // 3600


def instant_of(hour: int) -> datetime:
    """UTC instant of an hour since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
