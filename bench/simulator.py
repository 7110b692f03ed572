"""The simulated market and climate beside the real ones, and how long an answer takes: `scripts/bench simulator`.

Real figures need the data folder beside the checkout (`../shared/data`, or SHARED_DATA); without it their columns stay empty.
Simulated figures are the mean over four seeds, for the same days as the real ones.
"""

import csv
import gzip
import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from domain.timeline import day_bounds
from simulator.blocks import Blocks
from simulator.climate import Grid, grid, hour_of
from simulator.noise import Floats
from simulator.places import LINARES
from simulator.publication import Publisher
from simulator.redata import answer_of, parse_query
from simulator.weather import Climate
from simulator.world import market

DATA = Path(os.environ.get("SHARED_DATA", Path(__file__).resolve().parents[1].parent / "shared" / "data"))
SEEDS = (1, 2, 3, 4)
PRICES = (date(2024, 4, 1), date(2026, 4, 1))
FORECASTS = (date(2025, 5, 29), date(2026, 4, 1))
QUARTERS = (date(2025, 10, 1), date(2026, 4, 1))
CLIMATE = (date(2015, 1, 1), date(2025, 1, 1))

Figures = dict[str, float]
Span = tuple[date, date]


def hours_of(span: Span) -> tuple[int, int]:
    """Hours since 1970 of local days ``[first, last)``."""
    return hour_of(day_bounds(span[0])[0]), hour_of(day_bounds(span[1])[0])


def read(name: str) -> Iterator[dict[str, str]]:
    """Rows of a real file; nothing where it is absent."""
    path = DATA / name
    if path.exists():
        with gzip.open(path, "rt") as lines:
            yield from csv.DictReader(lines)


def real_columns(name: str, columns: dict[str, str], span: Span, per_hour: int = 1) -> dict[str, Floats]:
    """Columns (theirs -> ours) of a file, on the grid of a span, NaN where a value is missing; empty without the file."""
    first, last = hours_of(span)
    table = {ours: np.full((last - first) * per_hour, np.nan) for ours in columns.values()}
    found = False
    for row in read(name):
        found = True
        index = int((datetime.fromisoformat(row["utc"]).timestamp() / 3600 - first) * per_hour)
        if 0 <= index < (last - first) * per_hour:
            for theirs, ours in columns.items():
                table[ours][index] = float(row[theirs] or "nan")
    return table if found else {}


def correlation(left: Floats, right: Floats) -> float:
    """Correlation over the hours that both have."""
    both = ~np.isnan(left) & ~np.isnan(right)
    return float(np.corrcoef(left[both], right[both])[0, 1])


def lagged(values: Floats, hours: int) -> float:
    """Autocorrelation."""
    return correlation(values[:-hours], values[hours:])


def price_figures(columns: dict[str, Floats], at: Grid) -> Figures:
    """Level, shape and persistence of spot and PVPC."""
    spot, pvpc, ancillary = columns["spot"], columns["pvpc"], columns["ancillary"]
    workdays = float(np.nanmean(spot[at.weekday < 5]))
    figures = {
        "spot: mean [€/MWh]": float(np.nanmean(spot)),
        "spot: standard deviation": float(np.nanstd(spot)),
        "spot: least": float(np.nanmin(spot)),
        "spot: greatest": float(np.nanmax(spot)),
        "spot: hours below zero [%]": 100 * float(np.mean(spot < 0)),
        "spot: hours at or below zero [%]": 100 * float(np.mean(spot <= 0)),
        "spot: below zero, March-June [%]": 100 * float(np.mean(spot[(at.year_day > 59) & (at.year_day < 182)] < 0)),
        "spot: Saturday / working day [%]": 100 * float(np.nanmean(spot[at.weekday == 5])) / workdays,
        "spot: Sunday / working day [%]": 100 * float(np.nanmean(spot[at.weekday == 6])) / workdays,
    }
    for hour in range(0, 24, 2):
        figures[f"spot: mean at {hour:02d} h"] = float(np.nanmean(spot[at.local_hour == hour]))
    for name, values in (("spot", spot), ("pvpc", pvpc)):
        figures |= {f"{name}: autocorrelation, {lag} h": lagged(values, lag) for lag in (1, 24, 168)}
    return figures | {
        "pvpc: mean [€/MWh]": float(np.nanmean(pvpc)),
        "pvpc: standard deviation": float(np.nanstd(pvpc)),
        "pvpc: correlation with spot": correlation(pvpc, spot),
        "ancillary: mean [€/MWh]": float(np.nanmean(ancillary)),
        "ancillary: 99 % of hours below": float(np.nanpercentile(ancillary, 99)),
    }


def load_figures(columns: dict[str, Floats]) -> Figures:
    """The forecasts of the day before, and what they say about the price."""
    wind = columns["wind"]
    days = np.nanmean(wind[: len(wind) // 24 * 24].reshape(-1, 24), axis=1)
    residual = columns["demand"] - wind - columns["solar"]
    figures = {f"{name}: mean [GW]": float(np.nanmean(columns[name])) / 1000 for name in ("demand", "wind", "solar")}
    return figures | {
        "wind: 5 % of hours below [GW]": float(np.nanpercentile(wind, 5)) / 1000,
        "wind: 95 % of hours below [GW]": float(np.nanpercentile(wind, 95)) / 1000,
        "wind: autocorrelation of days": lagged(days, 1),
        "wind: autocorrelation over 3 days": lagged(days, 3),
        "residual load: correlation with spot": correlation(residual, columns["spot"]),
    }


def quarter_figures(spain: Floats, portugal: Floats) -> Figures:
    """What the quarters do within their hour."""
    hours = spain.reshape(-1, 4)
    return {
        "quarters: mean standard deviation in the hour": float(np.nanmean(hours.std(axis=1))),
        "quarters: median range in the hour": float(np.nanmedian(np.ptp(hours, axis=1))),
        "quarters: Portugal apart from Spain [%]": 100 * float(np.mean(spain != portugal)),
    }


def simulated_prices(world: Blocks) -> Figures:
    """The figures of one seed."""
    first, last = hours_of(PRICES)
    names = {"spot": "spot", "pvpc": "PCB", "ancillary": "SAHPCB"}
    figures = price_figures({ours: world.column(name, first, last) for ours, name in names.items()}, grid(first, last - first))
    first, last = hours_of(FORECASTS)
    names = {"demand": "demand_d1", "wind": "wind_d1", "solar": "solar_d1", "spot": "spot"}
    figures |= load_figures({ours: world.column(name, first, last) for ours, name in names.items()})
    first, last = hours_of(QUARTERS)
    return figures | quarter_figures(*(world.column(name, first, last).reshape(-1) for name in ("quarters", "quarters/1")))


def real_prices() -> Figures:
    """The same of the real market."""
    first, last = hours_of(PRICES)
    columns = real_columns("prices/price_es_hourly.csv.gz", {"omie_es": "spot", "pvpc_pcb": "pvpc"}, PRICES)
    columns |= real_columns("prices/pvpc_components.csv.gz", {"SAHPCB": "ancillary"}, PRICES)
    figures = price_figures(columns, grid(first, last - first)) if len(columns) == 3 else {}
    load = {"demand_fc": "demand", "wind_fc": "wind", "solar_fc": "solar"}
    columns = real_columns("forecasts_d1/esios_d1_demand_wind_solar.csv.gz", load, FORECASTS)
    columns |= real_columns("prices/price_es_hourly.csv.gz", {"omie_es": "spot"}, FORECASTS)
    figures |= load_figures(columns) if len(columns) == 4 else {}
    columns = real_columns("prices/omie_es_15min.csv.gz", {"omie_es": "es", "omie_pt": "pt"}, QUARTERS, per_hour=4)
    return figures | (quarter_figures(columns["es"], columns["pt"]) if columns else {})


DAILY = {
    "mean": "temperature, mean [°C]",
    "highest": "temperature, mean of highest [°C]",
    "lowest": "temperature, mean of lowest [°C]",
    "humidity": "humidity, mean [%]",
    "wet": "days with rain [%]",
}


def climate_figures(months: Floats, days: dict[str, Floats]) -> Figures:
    """Means by month of daily figures."""
    return {
        f"{month}: {DAILY[name]}": float(np.nanmean(values[months == number]))
        for number, month in ((1, "January"), (4, "April"), (7, "July"), (10, "October"))
        for name, values in days.items()
    }


def simulated_climate(seed: int) -> Figures:
    """The climate of the plant's site."""
    first, last = (hour_of(datetime(day.year, day.month, day.day, tzinfo=UTC)) for day in CLIMATE)
    weather = Climate(seed).observed(LINARES, first, last)
    temperature, humidity, rain = (v.reshape(-1, 24) for v in (weather.temperature_c, weather.humidity, weather.rain_mm))
    months = np.array([(CLIMATE[0] + timedelta(days=i)).month for i in range(len(temperature))], dtype=np.float64)
    days = {
        "mean": temperature.mean(axis=1),
        "highest": temperature.max(axis=1),
        "lowest": temperature.min(axis=1),
        "humidity": humidity.mean(axis=1),
        "wet": 100.0 * (rain.sum(axis=1) > 0.2),
    }
    return climate_figures(months, days)


def real_climate() -> Figures:
    """The station of the irrigation network at Linares, ten years of days."""
    rows = [
        row
        for row in read("weather/siar_linares_daily_2000_2025.csv.gz")
        if CLIMATE[0].isoformat() <= row["fecha"] < CLIMATE[1].isoformat()
    ]
    if not rows:
        return {}

    def column(name: str) -> Floats:
        return np.array([float(row[name].replace(",", ".") or "nan") for row in rows])

    names = {"mean": "Temp Media (ºC)", "highest": "Temp Max (ºC)", "lowest": "Temp Mínima (ºC)", "humidity": "Humedad Media (%)"}
    days = {ours: column(theirs) for ours, theirs in names.items()}
    days |= {"wet": 100.0 * np.asarray(column("Precipitación (mm)") > 0.2, dtype=np.float64)}
    return climate_figures(np.array([float(row["fecha"][5:7]) for row in rows]), days)


def show(title: str, real: Figures, simulated: list[Figures]) -> None:
    """One table: real, simulated, and the range over the seeds."""
    print(f"\n{title}\n\n| figure | real | simulated | over seeds |\n| --- | ---: | ---: | ---: |")
    for name in simulated[0]:
        values = [figures[name] for figures in simulated]
        digits = 2 if "correlation" in name else 1
        known = f"{real[name]:.{digits}f}" if name in real else "-"
        print(f"| {name} | {known} | {np.mean(values):.{digits}f} | {min(values):.{digits}f} to {max(values):.{digits}f} |")


def show_times() -> None:
    """How long 28 days of REData take to compute, first and again."""
    query = parse_query({"start_date": "2026-02-20T00:00", "end_date": "2026-03-19T23:59", "time_trunc": "hour"})
    if query is None:
        raise ValueError("the question of this benchmark is not valid")
    publisher = Publisher(1, lambda: datetime(2026, 11, 1, tzinfo=UTC))
    print("\n28 days of REData, computed:")
    for which in ("first", "again"):
        started = time.perf_counter()
        answer_of(publisher, query, "es")
        print(f"  {which}: {1000 * (time.perf_counter() - started):.0f} ms")


def main() -> None:
    """Print the tables."""
    if not DATA.exists():
        print(f"no real data at {DATA}: their column stays empty")
    prices = [simulated_prices(market(seed)) for seed in SEEDS]
    show(f"Market, {PRICES[0]} to {PRICES[1]} (load from {FORECASTS[0]}, quarters from {QUARTERS[0]})", real_prices(), prices)
    show(f"Linares, {CLIMATE[0]} to {CLIMATE[1]}", real_climate(), [simulated_climate(seed) for seed in SEEDS])
    show_times()


if __name__ == "__main__":
    main()
