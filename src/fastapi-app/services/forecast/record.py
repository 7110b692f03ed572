"""The live record: what was issued, against what came, by day ahead, with the baselines beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from domain.classes import CLASSES
from domain.prices.slots import Market
from domain.series import Rows
from domain.timeline import HOUR, day_bounds, floor_to, local_day, utc_from_epoch
from domain.watched import Watched
from forecasting.data.grid import Bools, Floats, Ints, local_hours
from forecasting.gate.classifier import brier, log_loss
from forecasting.gate.evaluation import SCORED_LEVELS, pinball, share_within
from forecasting.gate.gate import HELD_BACK_DAYS
from forecasting.issue.scores import labels, settled
from forecasting.issue.watch import watched
from forecasting.issue.week import Cost
from ports import Clock, IssuedLog
from services.forecast.issue import COMPARED, DAILY_SERIES
from services.influx_service import InfluxService
from services.prices.paid_price import PaidPrice

DAYS_AHEAD = 7
LOOK_BACK = timedelta(days=HELD_BACK_DAYS)
"""How far back issues are judged where they are rare."""
BY_BASELINE = "baseline:"
NEEDS_DAYS = 7
"""Closed issue days below which a record says nothing."""


@dataclass(frozen=True, slots=True)
class IssuedHours:
    """Hours of several issues that the truth has reached: days ahead 1..7, truth and forecasts in €/kWh, NaN where not known."""

    ahead: Ints
    target: Ints  # ordinal of the local day
    truth: Floats
    predicted: Mapping[str, Floats]
    issues: int
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordDay:
    """Mean absolute error so many days ahead, and the baseline's on the same hours [€/kWh]."""

    day_ahead: int
    mae_eur_kwh: float | None
    baseline_mae_eur_kwh: float | None
    hours: int


@dataclass(frozen=True, slots=True)
class RecordScores:
    """What was issued against what came, the baselines on the same hours [€/kWh]; `coverage_80`: share of hours in the band."""

    hours: int
    mae_eur_kwh: float | None
    baseline: str
    baseline_mae_eur_kwh: float | None
    last_week_mae_eur_kwh: float | None
    pinball_eur_kwh: float
    coverage_80: float
    watch: tuple[Watched, ...]
    by_day_ahead: tuple[RecordDay, ...]


@dataclass(frozen=True, slots=True)
class ForecastRecord:
    """The record of a window of days; without scores while too few of its issues have been reached by the truth."""

    window_days: int
    issues: int
    versions: tuple[str, ...]
    as_of: datetime
    scores: RecordScores | None


@dataclass(frozen=True, slots=True)
class ClassScores:
    """Log-loss [nats], Brier score, and the share of hours whose most probable class came."""

    log_loss: float
    brier: float
    hit_rate: float


@dataclass(frozen=True, slots=True)
class ClassRecord:
    """The record of the issued classes; without scores while none of them lies in a closed week."""

    window_days: int
    hours: int
    as_of: datetime
    scores: ClassScores | None


class RecordService:
    """Scores the daily issues of a market."""

    def __init__(self, influx: InfluxService, issued: IssuedLog, clock: Clock, paid: PaidPrice) -> None:
        self._influx = influx
        self._issued = issued
        self._clock = clock
        self._paid = paid
        self._market: Market = paid.market

    async def scored(self, days: int) -> IssuedHours:
        """The hours of the issues of the last days that have a price by now."""
        now = self._clock()
        issues = await self._issues(now - timedelta(days=days + DAYS_AHEAD + 1), now)
        start = day_bounds(local_day(now) - timedelta(days=days + DAYS_AHEAD + 2))[0]
        truth = await self._influx.hourly(self._market, start, now + timedelta(days=3))
        return _joined(issues, truth)

    async def _issues(self, start: datetime, end: datetime) -> list[Rows]:
        """The daily issues of ``[start, end)``, oldest first."""
        series = DAILY_SERIES.format(market=self._market)
        entries = [await self._issued.entry(series, at) for at in await self._issued.issues(series, start, end)]
        return [entry.rows for entry in entries if entry is not None]

    async def record(self, days: int = 28) -> ForecastRecord:
        """How far the issues of the last days were from what came."""
        scored = await self.scored(days)
        hour = floor_to(self._clock(), HOUR)  # what came is known by the hour: within it the record is the same
        enough = scored.issues >= NEEDS_DAYS and bool(scored.truth.size)
        return ForecastRecord(days, scored.issues, scored.models, hour, _scores(scored) if enough else None)

    async def classes(self, days: int = 28) -> ClassRecord:
        """How good the issued classes were, on hours whose local week has closed."""
        now = self._clock()
        start = day_bounds(local_day(now) - timedelta(days=days + 3 * DAYS_AHEAD))[0]
        truth = await self._influx.hourly(self._market, start, now)
        came = _classes_of(truth, self._paid.hours)
        shares: list[list[float]] = []
        found: list[int] = []
        for rows in await self._issues(now - timedelta(days=days + DAYS_AHEAD + 1), now):
            for place, time in enumerate(rows.times):
                if time in came and rows.columns["p_halt"][place] is not None:
                    shares.append([float(rows.columns[f"p_{name}"][place] or 0) for name in CLASSES])
                    found.append(came[time])
        if not found:
            return ClassRecord(days, 0, now, None)
        issued, label = np.array(shares), np.array(found)
        hit_rate = float((issued.argmax(axis=1) == label).mean())
        scores = ClassScores(float(log_loss(issued, label).mean()), float(brier(issued, label).mean()), hit_rate)
        return ClassRecord(days, len(found), now, scores)

    async def daily_losses(self, days: int, since: datetime | None = None) -> tuple[Floats, Floats]:
        """Mean absolute error of each of the last ``days`` target days that have one, of what a model issued and of the strongest
        baseline, oldest first; of issues made from ``since`` on. They may lie far back where issues are rare."""
        now = self._clock()
        first = max(since, now - LOOK_BACK) if since else now - LOOK_BACK
        truth = await self._influx.hourly(self._market, first - timedelta(days=1), now + timedelta(days=3))
        sums: dict[int, list[tuple[float, float]]] = {}
        for rows in await self._issues(first, now):
            for time, own, other in _pairs(rows):
                if time in truth:
                    target = local_day(utc_from_epoch(time)).toordinal()
                    sums.setdefault(target, []).append((abs(own - truth[time]), abs(other - truth[time])))
        means = np.array([np.mean(sums[day], axis=0) for day in sorted(sums)]).reshape(-1, 2)[-days:]
        return means[:, 0], means[:, 1]


def _classes_of(truth: Mapping[int, float], cost: Cost) -> dict[int, int]:
    """Hour -> class that it turned out to have been by what was paid, for hours of whole local weeks."""
    starts = np.array(sorted(truth), dtype=np.int64)
    if not starts.size:
        return {}
    weeks = (local_hours(starts).day - 1) // 7
    costs = cost(starts, np.array([truth[int(start)] for start in starts]))
    found = zip(starts, labels(costs, weeks), settled(costs, weeks), strict=True)
    return {int(start): int(label) for start, label, known in found if known and label >= 0}


def _pairs(rows: Rows) -> list[tuple[int, float, float]]:
    if not len(rows):
        return []
    found = zip(rows.times, rows.columns["p50"], rows.columns[COMPARED[0]], strict=True)
    if str(rows.columns["model"][0]).startswith(BY_BASELINE):
        return []
    return [(time, float(own), float(other)) for time, own, other in found if own is not None and other is not None]


def _joined(issues: Sequence[Rows], truth: Mapping[int, float]) -> IssuedHours:
    names = ("p10", "p50", "p90", *COMPARED)
    columns: dict[str, list[float]] = {name: [] for name in names}
    ahead: list[int] = []
    times: list[int] = []
    came: list[float] = []
    models: set[str] = set()
    scored = 0
    for rows in issues:
        places = [place for place, time in enumerate(rows.times) if time in truth]
        scored += bool(places)
        for place in places:
            ahead.append(int(rows.columns["days_ahead"][place] or 0))
            times.append(rows.times[place])
            came.append(truth[rows.times[place]])
            models.add(str(rows.columns["model"][place]))
            for name in names:
                value = rows.columns[name][place]
                columns[name].append(np.nan if value is None else float(value))
    predicted = {name: np.array(values, dtype=np.float64) for name, values in columns.items()}
    known, which = np.unique(np.array(times, dtype=np.int64), return_inverse=True)
    target = local_hours(known).day[which]
    truths = np.array(came, dtype=np.float64)
    return IssuedHours(np.array(ahead, dtype=np.int64), target, truths, predicted, scored, tuple(sorted(models)))


def _band(scored: IssuedHours) -> tuple[Floats, Floats, Floats]:
    return scored.predicted["p10"], scored.predicted["p50"], scored.predicted["p90"]


def _mae(scored: IssuedHours, name: str, hours: Bools) -> float | None:
    return float(np.abs(scored.predicted[name] - scored.truth)[hours].mean()) if hours.any() else None


def _pinball(scored: IssuedHours) -> float:
    levels = zip(("p10", "p50", "p90"), SCORED_LEVELS, strict=True)
    return float(np.mean([np.nanmean(pinball(scored.truth, scored.predicted[name], level)) for name, level in levels]))


def _scores(scored: IssuedHours) -> RecordScores:
    both = (
        np.isfinite(scored.predicted["p50"])
        & np.isfinite(scored.predicted[COMPARED[0]])
        & np.isfinite(scored.predicted[COMPARED[1]])
    )
    days = [_day(scored, both, ahead) for ahead in range(1, DAYS_AHEAD + 1)]
    return RecordScores(
        hours=int(both.sum()),
        mae_eur_kwh=_mae(scored, "p50", both),
        baseline=COMPARED[0],
        baseline_mae_eur_kwh=_mae(scored, COMPARED[0], both),
        last_week_mae_eur_kwh=_mae(scored, COMPARED[1], both),
        pinball_eur_kwh=_pinball(scored),
        coverage_80=share_within(scored.truth, scored.predicted["p10"], scored.predicted["p90"]),
        watch=watched(scored.target, scored.truth, *_band(scored)),
        by_day_ahead=tuple(day for day in days if day.hours),
    )


def _day(scored: IssuedHours, both: Bools, ahead: int) -> RecordDay:
    hours = both & (scored.ahead == ahead)
    return RecordDay(ahead + 1, _mae(scored, "p50", hours), _mae(scored, COMPARED[0], hours), int(hours.sum()))
