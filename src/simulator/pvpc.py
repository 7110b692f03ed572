"""The simulated PVPC: spot, ancillary services, the futures adjustment, tolls and charges; all in €/MWh, as archive 70 lists it."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from simulator.climate import Grid, day_means
from simulator.market import MarketBlock
from simulator.noise import Floats, autoregressive, daily, normals, uniforms, window

_EPOCH = date(1970, 1, 1).toordinal()

TOLLS = (
    ("2021-06-01", 133.12, 41.77, 6.00),
    ("2021-09-16", 31.51, 21.45, 0.92),
    ("2022-01-01", 100.76, 33.74, 4.35),
    ("2022-03-31", 74.41, 28.47, 3.03),
    ("2023-01-01", 72.99, 28.57, 3.18),
    ("2024-01-01", 76.97, 27.96, 2.75),
    ("2025-01-01", 92.54, 28.20, 2.27),
    ("2025-01-03", 92.54, 28.20, 2.99),
    ("2026-01-01", 97.55, 29.27, 3.29),
)
"""Valid from, toll and charge of 2.0TD in P1, P2, P3 [€/MWh]: TEUPCB of archive 70. Before June 2021 there were no periods."""
TOLL_BEFORE = 44.03
"""Toll of 2.0A, without periods [€/MWh]. Orden IET/107/2014."""

FUTURES_WEIGHT = ((date(2024, 1, 1), 0.25), (date(2025, 1, 1), 0.40), (date(2026, 1, 1), 0.55))
"""Share of futures in PVPC by year. Real Decreto 446/2023."""

ANCILLARY_LEVEL = ((2021.0, 5.0), (2022.5, 8.5), (2023.5, 15.0), (2024.5, 15.5), (2025.5, 22.0), (2026.25, 30.0))
"""Year -> mean ancillary cost [€/MWh]: yearly means of SAHPCB, archive 70."""


def period_2_0td(at: Grid, shift_hours: int = 0) -> NDArray[np.int64]:
    """0, 1, 2 for P1, P2, P3 (CNMC Circular 3/2020, art. 7). `shift_hours`: 1 in Ceuta and Melilla, for P1 alone."""
    hour = at.local_hour
    p1 = ((hour >= 10 + shift_hours) & (hour < 14 + shift_hours)) | ((hour >= 18 + shift_hours) & (hour < 22 + shift_hours))
    period = np.where(p1, 0, np.where(hour < 8, 2, 1))
    return np.where((at.weekday >= 5) | at.holiday, 2, period)


def toll(at: Grid, shift_hours: int = 0) -> Floats:
    """Toll and charge of each hour [€/MWh]."""
    period = period_2_0td(at, shift_hours)
    result = np.full(len(at.hours), TOLL_BEFORE)
    for valid_from, *prices in TOLLS:
        start = date.fromisoformat(valid_from).toordinal() - _EPOCH
        result = np.where(at.local_day >= start, np.array(prices)[period], result)
    return result


def ancillary(seed: int, at: Grid, spot: Floats) -> Floats:
    """Cost of ancillary services [€/MWh]: dearer when spot is cheap, and with rare spikes that fade within three hours."""
    first, count = int(at.hours[0]), len(at.hours)
    years, means = np.array(ANCILLARY_LEVEL).T
    level = np.interp(at.year, years, means) * np.exp(0.24 * daily(seed, "ancillary", at.hours, 0.85))
    hourly = 1.0 + 0.27 * autoregressive(seed, "ancillary/hours", first, count, window(0.6))
    cheap = 0.10 * np.maximum(70.0 - spot, -60.0)
    index = np.arange(first - 2, first + count, dtype=np.int64)
    strikes = uniforms(seed, "spike", index) < 1 / 350
    heights = np.where(strikes, 35.0 * np.exp(0.75 * normals(seed, "spike/height", index)), 0.0)
    spikes = np.convolve(heights, [1.0, 0.5, 0.2], mode="valid")
    return np.asarray(np.maximum((level + cheap) * hourly, 4.0) + spikes)


def losses(at: Grid) -> Floats:
    """Factor from the market's price to the meter: 1.155 at noon to 1.195 at night (PMHPCB against spot, 2024-2025)."""
    return np.asarray(1.175 + 0.02 * np.cos(2.0 * np.pi * (at.local_hour - 1) / 24.0))


def futures_adjustment(at: Grid, spot: Floats, futures: Floats) -> Floats:
    """What the futures add [€/MWh]: their share of the distance from the day's spot to the basket, almost the same all day."""
    weight = np.zeros(len(at.hours))
    for start, share in FUTURES_WEIGHT:
        weight = np.where(at.local_day >= start.toordinal() - _EPOCH, share, weight)
    through_day = 1.05 + 0.004 * np.cos(2.0 * np.pi * (at.local_hour - 4) / 24.0)
    return np.asarray(weight * (day_means(at, futures) - day_means(at, spot)) * through_day)


def components(seed: int, block: MarketBlock) -> dict[str, Floats]:
    """Column of archive 70 -> €/MWh, rounded; PCB (peninsula) and CYM (Ceuta, Melilla) are the sums of the rounded parts."""
    at, spot = block.grid, block.spot
    peak = period_2_0td(at)
    parts = {
        "PMH": np.where(spot > 0, spot * losses(at), spot),
        "SAH": ancillary(seed, at, spot),
        "FOM": np.full(len(spot), 0.05),
        "FOS": np.full(len(spot), 0.21),
        "INT": np.zeros(len(spot)),
        "PCAP": np.array([0.92, 0.16, 0.0])[peak],
        "CCV": 3.2 + 0.0105 * np.maximum(spot, 0.0),
        "EDSR": np.zeros(len(spot)),
        "TAH": futures_adjustment(at, spot, block.futures),
    }
    common = {name: np.round(values, 2) + 0.0 for name, values in parts.items()}
    tolls = {"PCB": toll(at), "CYM": toll(at, shift_hours=1)}
    table = {f"{name}{zone}": values for zone in tolls for name, values in common.items()}
    for zone, tolled in tolls.items():
        table[f"TEU{zone}"] = tolled
        table[zone] = np.round(sum(common.values()) + tolled, 2) + 0.0
    return table
