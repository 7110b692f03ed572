"""The simulated weather of a place: what is, and what is forecast of it with an error that grows with the distance.

A forecast is the truth with disturbed drivers, put through the same physics, so that humidity, cloud and rain stay consistent.
Hourly values hold at the full hour; rain is that of the hour that begins there.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from simulator.blocks import Blocks, Columns
from simulator.climate import BLOCK_HOURS, grid, regime, yearly
from simulator.noise import Floats, autoregressive, daily, window
from simulator.places import Place

DRIVERS = ("temperature", "dew", "msl", "cloudiness", "wetness", "breeze", "turn")

ERRORS = {
    "temperature": (0.45, 0.020),
    "dew": (0.60, 0.020),
    "msl": (0.30, 0.030),
    "cloudiness": (0.20, 0.008),
    "wetness": (0.15, 0.007),
    "breeze": (0.12, 0.003),
    "turn": (12.0, 0.5),
}
"""Driver -> standard deviation of its forecast error at hour 0, and what each hour adds. °C, °C, hPa, -, -, ln(m/s), degrees."""
FURTHEST_H = 96.0
"""Beyond this distance the error grows no more: it is that of the climate."""


@dataclass(frozen=True, slots=True)
class Weather:
    """Hour by hour at one place. °C, %, hPa, m/s, degrees, % of the sky, mm."""

    temperature_c: Floats
    dew_c: Floats
    humidity: Floats
    msl_hpa: Floats
    station_hpa: Floats
    wind_ms: Floats
    gust_ms: Floats
    direction: Floats
    cloud: Floats
    rain_mm: Floats


def vapour_hpa(dew_c: Floats) -> Floats:
    """Saturation vapour pressure over water [hPa]. Alduchov & Eskridge (1996), the Magnus form."""
    return np.asarray(6.1094 * np.exp(17.625 * dew_c / (243.04 + dew_c)))


def driver_block(seed: int, place: Place, number: int) -> Columns:
    """The drivers of one block of hours: the peninsula's regime and the place's own."""
    first = number * BLOCK_HOURS
    at = grid(first, BLOCK_HOURS)
    national = regime(seed, at.hours)

    def own(name: str, persistence: float) -> Floats:
        return autoregressive(seed, f"{place.name}/{name}", first, BLOCK_HOURS, window(persistence))

    summer = yearly(at.year_day, 203)
    cloud = 0.72 * national.cloud + 0.50 * daily(seed, f"{place.name}/cloud", at.hours, 0.5) + 0.35 * own("cloud", 0.85)
    solar_hour = at.hours % 24 + place.longitude / 15.0
    afternoon = np.cos(2 * np.pi * (solar_hour - 14.6) / 24) - 0.03 * np.cos(4 * np.pi * (solar_hour - 15.2) / 24)
    swing = place.day_c * (0.79 + 0.17 * summer) * (1.12 - 0.55 / (1 + np.exp(1.0 - 1.4 * cloud)))
    anomaly = 2.9 * national.warmth + 0.6 * own("temperature", 0.9)
    season = place.mean_c + place.season_c * (yearly(at.year_day, 203) + 0.06 * yearly(at.year_day, 203, times=2))
    moist = 1.4 * cloud + 1.6 * daily(seed, f"{place.name}/dew", at.hours, 0.75) + 0.25 * anomaly
    depth = 3.1 - 1.3 * summer
    return {
        "temperature": season + anomaly + swing * afternoon,
        "dew": place.dew_c + 0.6 + 4.0 * yearly(at.year_day, 212) + moist - 1.1 * (1 + summer) * np.maximum(afternoon, 0),
        "msl": 1017.5 + 2.6 * yearly(at.year_day, 5) + _pressure(seed, place, first) * depth - 0.75 * depth * national.cloud
        + 0.8 * np.cos(4 * np.pi * (solar_hour - 10) / 24),
        "cloudiness": cloud,
        "wetness": cloud + 0.5 * own("rain", 0.6) - np.where(summer > 0, 1.25, 0.15) * summer,
        "breeze": 0.30 * national.wind + 0.25 * own("wind", 0.9) + 0.30 * np.cos(2 * np.pi * (solar_hour - 15) / 24),
        "turn": 250.0 + 70.0 * daily(seed, f"{place.name}/direction", at.hours, 0.6) + 18.0 * own("direction", 0.8),
    }  # fmt: skip


def _pressure(seed: int, place: Place, first: int) -> Floats:
    hours = np.arange(first, first + BLOCK_HOURS)
    return 1.5 * daily(seed, "pressure", hours, 0.8) + 0.25 * daily(seed, f"{place.name}/pressure", hours, 0.8)


def physics(place: Place, drivers: Columns) -> Weather:
    """What the drivers make of the weather."""
    temperature = drivers["temperature"]
    dew = np.minimum(drivers["dew"], temperature - 0.2)
    humidity = 100.0 * vapour_hpa(dew) / vapour_hpa(temperature)
    cloud = 100.0 / (1.0 + np.exp(0.9 - 1.9 * drivers["cloudiness"]))
    excess = np.maximum(drivers["wetness"] - 1.58, 0.0)
    wind = place.wind_ms * np.exp(np.minimum(drivers["breeze"], 0.9) - 0.08)
    kelvin = temperature + 273.15 + 0.00325 * place.altitude_m
    return Weather(
        temperature_c=temperature,
        dew_c=dew,
        humidity=np.clip(humidity, 4.0, 100.0),
        msl_hpa=drivers["msl"],
        station_hpa=drivers["msl"] * np.exp(-place.altitude_m / (29.2718 * kelvin)),
        wind_ms=wind,
        gust_ms=wind * 1.55 + 1.1,
        direction=drivers["turn"] % 360.0,
        cloud=np.maximum(cloud, np.where(excess > 0, 75.0, 0.0)),
        rain_mm=np.where(excess > 0, 2.6 * excess**1.4, 0.0),
    )


class Climate:
    """The weather of all places for a seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._blocks: dict[str, Blocks] = {}

    def drivers(self, place: Place, start: int, end: int) -> Columns:
        """Drivers of the hours ``[start, end)`` since 1970."""
        blocks = self._blocks.setdefault(place.name, Blocks(partial(driver_block, self._seed, place), size=24))
        return {name: blocks.column(name, start, end) for name in DRIVERS}

    def observed(self, place: Place, start: int, end: int) -> Weather:
        """What the weather is in the hours ``[start, end)`` since 1970."""
        return physics(place, self.drivers(place, start, end))

    def forecast(self, place: Place, model: str, issued: int, start: int, end: int) -> Weather:
        """What `model` says in its issue of an hour about the hours ``[start, end)``; its issues resemble one another."""
        lead_h = np.clip(np.arange(start, end) - issued, 0.0, FURTHEST_H)
        drivers = dict(self.drivers(place, start, end))
        for name, (at_once, each_hour) in ERRORS.items():
            lasting = autoregressive(self._seed, f"{place.name}/{model}/{name}", start, end - start, window(0.95))
            fresh = autoregressive(self._seed, f"{place.name}/{model}/{name}/{issued}", start, end - start, window(0.95))
            drivers[name] = drivers[name] + (at_once + each_hour * lead_h) * (0.75 * lasting + 0.66 * fresh)
        return physics(place, drivers)
