"""The ESIOS indicators that are served, and where their values come from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from simulator.points import Point, hourly, quarterly
from simulator.publication import Publisher, day_hours
from simulator.world import NEIGHBOURS

Reader = Callable[[Publisher, str, Sequence[date]], list[Point]]

Step = Mapping[str, str | int]
"""How ESIOS names the step of an indicator."""

HOUR: Step = {"name": "Hora", "id": 4}
QUARTER: Step = {"name": "Quince minutos", "id": 218}
FIVE_MINUTES: Step = {"name": "Cinco minutos", "id": 312}
QUARTERS_AT_ESIOS_SINCE = date(2025, 1, 1)
"""Indicator 600 sits on a grid of quarters from here, nine months before the market did."""

PENINSULA = {8741: "Península"}
PVPC_PLACES = {8741: "Península", 8742: "Canarias", 8743: "Baleares", 8744: "Ceuta", 8745: "Melilla"}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. `what`: the publication that it waits for, or empty when it follows real time."""

    id: int
    name: str
    short_name: str
    geos: Mapping[int, tuple[str, str]]
    """geo_id -> name and column."""
    what: str
    points: Reader
    step: Step
    magnitude: str = "Precio"


def _read_hourly(what: str) -> Reader:
    return lambda publisher, column, days: hourly(publisher, column, what, days)


def _read_spot(publisher: Publisher, column: str, days: Sequence[date]) -> list[Point]:
    quarters = quarterly(publisher, column, "spot", days)
    return [p for p in quarters if p.start % 3600 == 0 or _local_year(p) >= QUARTERS_AT_ESIOS_SINCE.year]


def _read_real_time(publisher: Publisher, column: str, days: Sequence[date]) -> list[Point]:
    """Five-minute values up to five minutes ago, along straight lines between the middles of the hours."""
    now = publisher.now().timestamp() - 300
    points: list[Point] = []
    for day in days:
        start, end = day_hours(day)
        if start * 3600 > now:
            break
        times = np.arange(start * 3600, end * 3600, 300)
        values = np.interp(times, np.arange(start - 1, end + 1) * 3600.0 + 1800.0, publisher.hours(column, start - 1, end + 1))
        points += [Point(int(t), round(float(v), 1)) for t, v in zip(times, values, strict=True) if t <= now]
    return points


def _local_year(point: Point) -> int:
    return date.fromordinal((point.start + 3600) // 86400 + date(1970, 1, 1).toordinal()).year


def _indicators() -> list[Indicator]:
    spain = {3: ("España", "quarters")}
    portugal, *others = [(geo, (name, f"quarters/{geo}")) for geo, name in NEIGHBOURS.items()]
    countries = dict([portugal, *others[:1]]) | spain | dict(others[1:])
    places = {geo: (name, "CYM" if geo in (8744, 8745) else "PCB") for geo, name in PVPC_PLACES.items()}

    def place(column: str) -> dict[int, tuple[str, str]]:
        return {geo: (name, column) for geo, name in PENINSULA.items()}

    def mw(number: int, name: str, column: str, *, forecast: bool) -> Indicator:
        what, reader = ("forecasts", _read_hourly("forecasts")) if forecast else ("", _read_real_time)
        return Indicator(number, name, name, place(column), what, reader, HOUR if forecast else FIVE_MINUTES, "Potencia")

    pvpc = "Término de facturación de energía activa del PVPC 2.0TD"
    surplus = "Precio de la energía excedentaria del autoconsumo para el mecanismo de compensación simplificada (PVPC)"
    adjustment = "Término de ajuste de mercados a plazo"
    tah = {geo: (name, "TAHCYM" if geo in (8744, 8745) else "TAHPCB") for geo, name in PVPC_PLACES.items()}
    return [
        Indicator(1001, pvpc, "PVPC T. 2.0TD", places, "pvpc", _read_hourly("pvpc"), HOUR),
        Indicator(600, "Precio mercado SPOT Diario", "Mercado SPOT", countries, "spot", _read_spot, QUARTER),
        Indicator(1739, surplus, "Precio de la energía excedentaria", {3: ("España", "spot")}, "pvpc", _read_hourly("pvpc"), HOUR),
        Indicator(2108, adjustment, adjustment, tah, "pvpc", _read_hourly("pvpc"), HOUR),
        mw(1775, "Previsión diaria D+1 demanda", "demand_d1", forecast=True),
        mw(1777, "Previsión diaria D+1 eólica", "wind_d1", forecast=True),
        mw(1779, "Previsión diaria D+1 fotovoltaica", "solar_d1", forecast=True),
        mw(10358, "Previsión diaria D+1 eólica y fotovoltaica", "wind_solar_d1", forecast=True),
        mw(551, "Generación T.Real eólica", "wind", forecast=False),
        mw(1295, "Generación T.Real solar fotovoltaica", "solar", forecast=False),
        mw(1293, "Demanda real", "demand", forecast=False),
    ]


INDICATORS = {indicator.id: indicator for indicator in _indicators()}
"""Number -> indicator."""
