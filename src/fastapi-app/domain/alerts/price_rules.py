"""The rules of the alerts about prices. Each is a pure function: facts in, findings out.

Between setting in and going away lies a band: inside it an alert that is there stays, and none begins (`Finding.holds`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from domain.alerts.alert import Finding
from domain.bill.certainty import Certainty
from domain.messages import Amount, Hours, Moment, Term, count, listed, message, price
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


MONTHLY_LATE = timedelta(days=62)
"""How long after its month the mean of the ancillary services is waited for: it is known some weeks after."""


@dataclass(frozen=True, slots=True)
class HourPrice:
    """The price of an hour [€/kWh], published or the middle of what is forecast."""

    start: datetime
    eur_per_kwh: float


def price_spike(ahead: Sequence[HourPrice], past: Sequence[float]) -> list[Finding]:
    """Any price of the coming day above the 95th percentile of the last 90 days."""
    if len(past) < LEAST_HISTORY or not ahead:
        return []
    limit = quantile(past, SPIKE)
    top = max(ahead, key=lambda hour: hour.eur_per_kwh)
    if top.eur_per_kwh <= limit - BAND * abs(limit):
        return []
    run = _run_around(ahead, top, limit)
    return [
        Finding(
            "price_spike",
            "price_spike",
            "warning",
            message("alert.price_spike", at=Moment(top.start), price=price(top.eur_per_kwh), limit=price(limit)),
            message("alert.price_spike.action", hours=Hours(run[0].start, run[-1].start + HOUR)),
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


def cheap_window(ahead: Sequence[HourPrice], past: Sequence[float]) -> list[Finding]:
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
    mean = sum(hour.eur_per_kwh for hour in best) / len(best)
    hours = Hours(best[0].start, best[-1].start + HOUR)
    return [
        Finding(
            "cheap_window",
            "cheap_window",
            "info",
            message("alert.cheap_window", hours=hours, mean=price(mean), limit=price(limit)),
            message("alert.cheap_window.action"),
            (("start", best[0].start.isoformat()), ("hours", float(len(best))), ("percentile_10_eur_kwh", limit)),
            holds=bool(strict),
        )
    ]


def negative_spot(spot: Sequence[HourPrice]) -> list[Finding]:
    """A published spot price of zero or less."""
    found = [hour for hour in spot if hour.eur_per_kwh <= 0]
    if not found:
        return []
    lowest = min(found, key=lambda hour: hour.eur_per_kwh)
    eur_per_mwh = Amount(round(1000 * lowest.eur_per_kwh, 6), "eur_mwh", 2)
    return [
        Finding(
            "negative_spot",
            "negative_spot",
            "info",
            message("alert.negative_spot", count=count(len(found)), at=Moment(lowest.start), price=eur_per_mwh),
            message("alert.negative_spot.action"),
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
            message("alert.pvpc_missing"),
            message("alert.pvpc_missing.action"),
            (("now", now.isoformat()),),
        )
    ]


def tables_end(certainty: Certainty, day: date) -> list[Finding]:
    """Figures of the price that is paid end within 30 days, or have ended; what is published by the month has its time."""
    due = [one for one in certainty.ending if one.figure.name != "ancillary"]
    due += [one for one in certainty.assumed if one.figure.name != "ancillary" or day - one.last > MONTHLY_LATE]
    if not due:
        return []
    return [
        Finding(
            "tables_end",
            "tables_end",
            "warning",
            message("alert.tables_end", figures=listed([Term("figure", one.figure.code) for one in due])),
            message("alert.tables_end.action"),
            tuple((one.figure.code, one.last.isoformat()) for one in due),
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
