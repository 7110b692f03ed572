"""The simulated electricity market of Spain: demand, wind and sun as forecast the day before, and the spot price that they make.

The day-ahead price is a merit order: a curve over the load that is left when wind and sun are subtracted, moved by hydro and
scaled by the price of gas. The market clears on what is forecast; what really happens differs by a forecast error. Figures of the
curve and the seasons were fitted by eye to the real ones of April 2024 - March 2026; `docs/simulator.md` holds the comparison.
"""

from dataclasses import dataclass

import numpy as np

from simulator.climate import (
    BLOCK_HOURS,
    CENTRE_LATITUDE,
    CENTRE_LONGITUDE,
    Grid,
    Regime,
    day_means,
    grid,
    regime,
    sun_height,
    yearly,
)
from simulator.noise import Floats, autoregressive, daily, uniforms, window

PAD_HOURS = 26
"""Hours computed beside a block, so that its edges see whole local days and both neighbours."""

WINTER_SHAPE = np.array(
    [87, 80, 76, 74, 73, 75, 82, 94, 102, 107, 111, 112, 112, 113, 112, 110, 108, 108, 112, 115, 117, 114, 105, 95],
    dtype=np.float64,
)
SUMMER_SHAPE = np.array(
    [96, 90, 86, 83, 82, 83, 88, 94, 98, 101, 103, 104, 106, 108, 108, 106, 106, 107, 109, 111, 112, 112, 109, 101],
    dtype=np.float64,
)
"""Demand by local hour [% of the day's mean]: January and July."""

CURVE_LOAD_GW = np.array([-8, -3, 0, 2.5, 5, 7.5, 10, 13, 16, 19, 22, 26, 30, 36, 44], dtype=np.float64)
CURVE_PRICE = np.array([-11, -2.6, -0.35, 0, 2, 13, 34, 58, 79, 93, 105, 125, 151, 210, 330], dtype=np.float64)
"""Merit order: residual load less hydro [GW] -> price [€/MWh] at ordinary gas."""


PUMPED = 0.20
"""Share of the swing of the residual load over a day that pumped storage takes away."""


@dataclass(frozen=True, slots=True)
class Load:
    """Demand, wind and sun [MW], hour by hour."""

    demand: Floats
    wind: Floats
    solar: Floats


@dataclass(frozen=True, slots=True)
class MarketBlock:
    """One block of hours of the market. Prices in €/MWh, power in MW."""

    grid: Grid
    forecast: Load
    actual: Load
    spot: Floats
    """Mean of the four quarters, rounded to cents."""
    quarters: Floats
    """Shape (hours, 4): the four quarters of each hour."""
    futures: Floats
    """What a basket of futures costs at that time."""


def forecast_load(seed: int, at: Grid, weather: Regime) -> Load:
    """Demand, wind and sun as they are forecast the day before [MW]."""
    return Load(_demand(seed, at, weather), _wind(at, weather), _solar(at, weather))


def _demand(seed: int, at: Grid, weather: Regime) -> Floats:
    winter = 0.5 + 0.5 * yearly(at.year_day, 20)
    shape = (winter * WINTER_SHAPE[at.local_hour] + (1 - winter) * SUMMER_SHAPE[at.local_hour]) / 100.0
    level_mw = 28_900 + 1_950 * yearly(at.year_day, 18, times=2) + 350 * yearly(at.year_day, 20)
    degrees = 3.0 * weather.warmth
    level_mw = level_mw + degrees * np.where(winter > 0.5, -620 * (winter - 0.5), 800 * (0.5 - winter))
    rest = np.where((at.weekday == 6) | at.holiday, 0.155, np.where(at.weekday == 5, 0.104, 0.0)) + 0.012 * (at.weekday == 0)
    morning = 1.0 + 0.45 * np.cos(2.0 * np.pi * (at.local_hour - 10) / 24.0)
    noise = 1.0 + 0.014 * daily(seed, "demand", at.hours, 0.8)
    return np.asarray(level_mw * shape * (1.0 - rest * morning) * noise)


def _wind(at: Grid, weather: Regime) -> Floats:
    winter = yearly(at.year_day, 30)
    breeze = 0.22 * np.cos(2.0 * np.pi * (at.local_hour - 19) / 24.0) * (0.6 - 0.4 * winter)
    return np.asarray(21_500.0 / (1.0 + np.exp(0.93 - 0.38 * winter - breeze - 1.17 * weather.wind)))


def _solar(at: Grid, weather: Regime) -> Floats:
    utc_hour = (at.hours % 24) + 0.5
    height = np.maximum(sun_height(at.year_day, utc_hour, CENTRE_LATITUDE, CENTRE_LONGITUDE) - 0.06, 0.0)
    summer = -yearly(at.year_day, 20)
    cloudy = 1.0 / (1.0 + np.exp(1.35 + 0.75 * summer - 1.3 * weather.cloud))
    return np.asarray(26_800.0 * height**0.66 * (1.0 - 0.52 * cloudy) * (1.0 - 0.08 * summer))


def actual_load(seed: int, at: Grid, forecast: Load) -> Load:
    """What really happened: the forecast and its error (standard deviation: demand 1.3 %, wind 9 %, sun 7 %)."""
    first, count = int(at.hours[0]), len(at.hours)
    error = {name: autoregressive(seed, f"error/{name}", first, count, window(0.92)) for name in ("demand", "wind", "solar")}
    return Load(
        forecast.demand * (1.0 + 0.013 * error["demand"]),
        np.maximum(forecast.wind * (1.0 + 0.09 * error["wind"]), 0.0),
        np.maximum(forecast.solar * (1.0 + 0.07 * error["solar"]), 0.0),
    )


def gas_level(seed: int, at: Grid) -> Floats:
    """Price of gas against the ordinary one: a slow walk with a summer and a winter peak."""
    return np.asarray(np.exp(0.14 * daily(seed, "gas", at.hours, 0.985)) * (1.0 + 0.05 * yearly(at.year_day, 15, times=2)))


def hydro_gw(seed: int, at: Grid) -> Floats:
    """Water that must run, beside what the curve holds [GW]: most in spring, little in late summer, wet and dry spells of weeks."""
    return (
        0.9 + 2.6 * yearly(at.year_day, 122) + 1.1 * yearly(at.year_day, 122, times=2) + 1.3 * daily(seed, "hydro", at.hours, 0.92)
    )


def spot_price(seed: int, at: Grid, forecast: Load) -> Floats:
    """Day-ahead price of the hour [€/MWh], before rounding."""
    first, count = int(at.hours[0]), len(at.hours)
    view_gw = 0.8 * autoregressive(seed, "view", first, count, window(0.9)) + 1.9 * daily(seed, "outages", at.hours, 0.5)
    residual_gw = (forecast.demand - forecast.wind - forecast.solar) / 1000.0
    pumped_gw = PUMPED * (residual_gw - day_means(at, residual_gw))
    price = np.interp(residual_gw - pumped_gw - hydro_gw(seed, at) + view_gw, CURVE_LOAD_GW, CURVE_PRICE)
    price = np.where(price > 0, price * gas_level(seed, at), price)
    bids = 4.5 * autoregressive(seed, "bids", first, count, window(0.7)) * np.clip(price / 40.0, 0.06, 1.4)
    return np.asarray(price + bids)


def quarter_prices(seed: int, at: Grid, spot: Floats) -> Floats:
    """The four quarters of each hour [€/MWh], rounded: along the slope to the neighbouring hours, and steeper on the ramps."""
    slope = np.gradient(spot)
    steps = np.array([-0.375, -0.125, 0.125, 0.375])
    width = np.clip(spot / 30.0, 0.02, 1.0)
    index = at.hours[:, None] * 4 + np.arange(4)
    jitter = 8.0 * (uniforms(seed, "quarter", index) - 0.5)
    along = 1.4 * slope[:, None] * steps + jitter - jitter.mean(axis=1, keepdims=True)
    return _cents(spot[:, None] + width[:, None] * along)


def _cents(price: Floats) -> Floats:
    """Rounded to cents; next to zero it is zero, where bids pile up."""
    settled = np.where(np.abs(price) < 0.4, 0.0, np.clip(price, -15.0, 700.0))
    return np.asarray(np.round(settled, 2) + 0.0)


def market_block(seed: int, number: int) -> MarketBlock:
    """Block `number` of the market: `BLOCK_HOURS` from hour `number * BLOCK_HOURS`."""
    wide = grid(number * BLOCK_HOURS - PAD_HOURS, BLOCK_HOURS + 2 * PAD_HOURS)
    forecast = forecast_load(seed, wide, regime(seed, wide.hours))
    quarters = quarter_prices(seed, wide, spot_price(seed, wide, forecast))
    futures = 74.0 * gas_level(seed, wide) * (1.0 + 0.12 * yearly(wide.year_day, 0, times=2) + 0.10 * yearly(wide.year_day, 330))
    return MarketBlock(
        grid=wide,
        forecast=forecast,
        actual=actual_load(seed, wide, forecast),
        spot=quarters.mean(axis=1).round(2) + 0.0,
        quarters=quarters,
        futures=futures,
    )
