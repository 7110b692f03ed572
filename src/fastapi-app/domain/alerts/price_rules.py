"""The rules of the alerts about prices. Each is a pure function: facts in, findings out.

Between setting in and going away lies a band: inside it an alert that is there stays, and none begins (`Finding.holds`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.alerts.alert import Finding
from domain.phrases import between, number, when
from domain.plan.plan import Said
from domain.timeline import HOUR, local_day, local_instant

SPIKE, CHEAP = 0.95, 0.10
"""Quantiles of the last 90 days above and below which a price is remarkable."""
BAND = 0.02
"""A remarkable price stays so until it is this share inside the quantile."""
LEAST_HISTORY = 24 * 14
"""Hours of history without which no quantile is spoken of."""
WINDOW_HOURS = 3
LATE = time(22, 0)
"""Madrid time after which a PVPC of tomorrow that is not there is an alert: nominally it is out by 20:50."""


@dataclass(frozen=True, slots=True)
class HourPrice:
    """The price of an hour [€/kWh], published or the middle of what is forecast."""

    start: datetime
    eur_per_kwh: float


def price_spike(ahead: Sequence[HourPrice], past: Sequence[float], tz: ZoneInfo) -> list[Finding]:
    """Any price of the coming day above the 95th percentile of the last 90 days."""
    if len(past) < LEAST_HISTORY or not ahead:
        return []
    limit = quantile(past, SPIKE)
    top = max(ahead, key=lambda hour: hour.eur_per_kwh)
    if top.eur_per_kwh <= limit - BAND * abs(limit):
        return []
    run = _run_around(ahead, top, limit)
    es, en = when(top.start, tz)
    price, edge = number(top.eur_per_kwh, 4), number(limit, 4)
    stretch = between(run[0].start, run[-1].start + HOUR, tz)
    return [
        Finding(
            "price_spike",
            "price_spike",
            "warning",
            Said(
                f"Pico de precio el {es}: {price[0]} €/kWh, por encima del percentil 95 de 90 días ({edge[0]}).",
                f"Price spike on {en}: {price[1]} €/kWh, above the 95th percentile of 90 days ({edge[1]}).",
            ),
            Said(f"Evita arrancar lotes el {stretch[0]}.", f"Avoid starting batches on {stretch[1]}."),
            (("price_eur_kwh", top.eur_per_kwh), ("percentile_95_eur_kwh", limit), ("start", top.start.isoformat())),
            holds=top.eur_per_kwh > limit,
        )
    ]


def _run_around(ahead: Sequence[HourPrice], top: HourPrice, limit: float) -> list[HourPrice]:
    """The hours above a limit that follow each other around the dearest."""
    runs = _runs([hour for hour in ahead if hour.eur_per_kwh > limit])
    return next((run for run in runs if top in run), [top])


def _runs(hours: Sequence[HourPrice]) -> list[list[HourPrice]]:
    runs: list[list[HourPrice]] = []
    for hour in hours:
        if runs and runs[-1][-1].start + HOUR == hour.start:
            runs[-1].append(hour)
        else:
            runs.append([hour])
    return runs


def cheap_window(ahead: Sequence[HourPrice], past: Sequence[float], tz: ZoneInfo) -> list[Finding]:
    """Three hours or more that follow each other below the 10th percentile of the last 90 days."""
    if len(past) < LEAST_HISTORY:
        return []
    limit = quantile(past, CHEAP)
    loose = limit + BAND * abs(limit)
    windows = [run for run in _runs([hour for hour in ahead if hour.eur_per_kwh < loose]) if len(run) >= WINDOW_HOURS]
    if not windows:
        return []
    strict = [run for run in _runs([hour for hour in ahead if hour.eur_per_kwh < limit]) if len(run) >= WINDOW_HOURS]
    best = max(strict or windows, key=len)
    es, en = between(best[0].start, best[-1].start + HOUR, tz)
    mean, edge = number(sum(hour.eur_per_kwh for hour in best) / len(best), 4), number(limit, 4)
    return [
        Finding(
            "cheap_window",
            "cheap_window",
            "info",
            Said(
                f"Ventana barata el {es}: {mean[0]} €/kWh de media, por debajo del percentil 10 de 90 días ({edge[0]}).",
                f"Cheap window on {en}: {mean[1]} €/kWh on average, below the 10th percentile of 90 days ({edge[1]}).",
            ),
            Said("Adelanta lo que puedas a esas horas.", "Bring forward what you can to those hours."),
            (("start", best[0].start.isoformat()), ("hours", float(len(best))), ("percentile_10_eur_kwh", limit)),
            holds=bool(strict),
        )
    ]


def negative_spot(spot: Sequence[HourPrice], tz: ZoneInfo) -> list[Finding]:
    """A published spot price of zero or less."""
    found = [hour for hour in spot if hour.eur_per_kwh <= 0]
    if not found:
        return []
    lowest = min(found, key=lambda hour: hour.eur_per_kwh)
    es, en = when(lowest.start, tz)
    price = number(1000 * lowest.eur_per_kwh, 2)
    return [
        Finding(
            "negative_spot",
            "negative_spot",
            "info",
            Said(
                f"Precio de mercado cero o negativo en {len(found)} h; el menor, el {es}: {price[0]} €/MWh.",
                f"Market price of zero or less in {len(found)} h; the lowest on {en}: {price[1]} €/MWh.",
            ),
            Said("Con precio indexado, son las horas para producir.", "With an indexed price these are the hours to produce."),
            (("hours", float(len(found))), ("lowest_eur_kwh", lowest.eur_per_kwh), ("start", lowest.start.isoformat())),
        )
    ]


def pvpc_missing(now: datetime, *, tomorrow_is_there: bool) -> list[Finding]:
    """Tomorrow's PVPC is not there after 22:00."""
    since = local_instant(local_day(now), LATE)
    if tomorrow_is_there or now < since:
        return []
    return [
        Finding(
            "pvpc_missing",
            "pvpc_missing",
            "warning",
            Said("Falta el PVPC de mañana después de las 22:00.", "Tomorrow's PVPC is missing after 22:00."),
            Said("El plan usa la previsión; se pregunta cada hora.", "The plan uses the forecast; it is asked for every hour."),
            (("now", now.isoformat()),),
        )
    ]


def quantile(values: Sequence[float], share: float) -> float:
    """Quantile, linear between two values."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


COMING = timedelta(hours=24)
"""How far ahead the rules about prices and power look."""
