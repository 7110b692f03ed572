"""The forecast: who made it, its hours, its record; score and class of one hour."""

from datetime import date
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field

from domain.bill.terms import Basis
from domain.classes import ClassName, Confidence
from domain.prices.slots import Market
from domain.timeline import HOUR
from domain.watched import State, Watched
from routers.answers.base import Instant, Out, Probabilities, rounded
from services.forecast.board import ForecastBlock
from services.forecast.hours import ForecastHour
from services.forecast.issued import IssuedForecast
from services.forecast.predictions import ClassedHour, ForecastDay, ForecastHours, ForecastWeek, JudgedHour, ScoredHour
from services.forecast.record import BY_BASELINE, NEEDS_DAYS, ClassRecord, ForecastRecord, RecordDay
from services.forecast.service import Current
from services.forecast.serving import MODEL


class ForecastHourOut(Out):
    """An hour: published prices first, then the forecast with its interval [€/kWh]."""

    start: Instant
    end: Instant
    origin: Literal["published", "forecast"]
    price_eur_kwh: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    energy_score: float | None
    production_class: ClassName | None
    probabilities: Probabilities | None
    confidence: Confidence | None

    @classmethod
    def of(cls, hour: ForecastHour) -> Self:
        """As JSON."""
        return cls(
            start=hour.start,
            end=hour.start + HOUR,
            origin="forecast" if hour.published is None else "published",
            price_eur_kwh=hour.published,
            p10=hour.p10,
            p50=hour.p50,
            p90=hour.p90,
            energy_score=rounded(hour.energy_score, 1),
            production_class=hour.production_class,
            probabilities=Probabilities.known(hour.shares),
            confidence=hour.confidence,
        )


class BandOut(Out):
    """How many times as wide as its errors of the last year make it each side of the band is; widened where one failed lately."""

    widened: bool
    below: float
    above: float

    @classmethod
    def of(cls, current: Current) -> Self:
        """As JSON."""
        band = current.forecast.band
        return cls(widened=band.widened, below=round(band.below, 2), above=round(band.above, 2))


class AboutForecast(Out):
    """Who made a forecast, from what, when."""

    issued_at: Instant
    as_of: Instant
    source: str
    origin: Literal["forecast"]
    market: Market
    unit: Literal["EUR/kWh"]
    model: str
    model_version: str
    classes_by: str
    ranked_by: Basis
    reason: str | None
    band: BandOut
    history_days: int

    @classmethod
    def about(cls, current: Current, /, **more: Any) -> Self:
        """As JSON, with what more is told."""
        return cls(
            issued_at=current.issued_at,
            as_of=current.issued_at,
            source=current.version,
            origin="forecast",
            market=current.market,
            unit="EUR/kWh",
            model=current.forecast.model,
            model_version=current.version,
            classes_by=current.classes_by,
            ranked_by=current.basis,
            reason=current.forecast.reason or None,
            band=BandOut.of(current),
            history_days=current.forecast.history_days,
            **more,
        )


class HoursOut(AboutForecast):
    """The coming hours."""

    hours: list[ForecastHourOut]
    simulated: bool

    @classmethod
    def of(cls, forecast: ForecastHours, *, simulated: bool) -> Self:
        """As JSON."""
        hours = [ForecastHourOut.of(hour) for hour in forecast.hours]
        return cls.about(forecast.current, hours=hours, simulated=simulated)


class ForecastDayOut(Out):
    """A local day of the forecast; `whole` where every hour of it is in its figures."""

    date: date
    mean_eur_kwh: float | None
    whole: bool
    cheapest_start: Instant | None
    dearest_start: Instant | None
    hours: list[ForecastHourOut]

    @classmethod
    def of(cls, day: ForecastDay) -> Self:
        """As JSON."""
        return cls(
            date=day.day,
            mean_eur_kwh=day.mean_eur_kwh,
            whole=day.is_whole,
            cheapest_start=day.cheapest_start,
            dearest_start=day.dearest_start,
            hours=[ForecastHourOut.of(hour) for hour in day.hours],
        )


class WeekOut(AboutForecast):
    """The coming hours by local day."""

    days: list[ForecastDayOut]
    simulated: bool

    @classmethod
    def of(cls, week: ForecastWeek, *, simulated: bool) -> Self:
        """As JSON."""
        return cls.about(week.current, days=[ForecastDayOut.of(day) for day in week.days], simulated=simulated)


class ConditionsOut(AboutForecast):
    """An hour and the price that it was judged at."""

    start: Instant
    price_eur_kwh: float
    price_origin: Literal["given", "published", "forecast"]
    simulated: bool

    @classmethod
    def at(cls, hour: JudgedHour, /, **more: Any) -> Self:
        """As JSON, with what more is told."""
        return cls.about(hour.current, start=hour.start, price_eur_kwh=hour.eur_per_kwh, price_origin=hour.price_origin, **more)


class ScoreOut(ConditionsOut):
    """100 x the probability that the hour is cheaper than an hour of the seven days around it."""

    energy_score: float

    @classmethod
    def of(cls, scored: ScoredHour, *, simulated: bool) -> Self:
        """As JSON."""
        return cls.at(scored.hour, energy_score=round(scored.energy_score, 1), simulated=simulated)


class WeatheredOut(Out):
    """Weather of the hour and where it is from: given, weather, or not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)

    temperature_c: float | None
    humidity_percent: float | None
    taken_from: dict[str, str] = Field(alias="from")
    hard_limits_broken: list[str]

    @classmethod
    def of(cls, classed: ClassedHour) -> Self:
        """As JSON."""
        weather = classed.weather
        taken_from = {"temperature_c": weather.temperature_from, "humidity_percent": weather.humidity_from}
        about: dict[str, Any] = {"from": taken_from, "hard_limits_broken": list(classed.hard_limits_broken)}
        return cls(temperature_c=weather.temperature_c, humidity_percent=weather.humidity_percent, **about)


class ClassOut(ConditionsOut):
    """What the hour will turn out to have been."""

    production_class: ClassName
    probabilities: Probabilities
    confidence: Confidence
    weather: WeatheredOut

    @classmethod
    def of(cls, classed: ClassedHour, *, simulated: bool) -> Self:
        """As JSON."""
        return cls.at(
            classed.hour,
            production_class=classed.production_class,
            probabilities=Probabilities.of(classed.shares),
            confidence=classed.confidence,
            weather=WeatheredOut.of(classed),
            simulated=simulated,
        )


class RecordDayOut(Out):
    """The record of one day ahead."""

    day_ahead: int
    mae_eur_kwh: float | None
    baseline_mae_eur_kwh: float | None
    hours: int

    @classmethod
    def of(cls, day: RecordDay) -> Self:
        """As JSON."""
        return cls(
            day_ahead=day.day_ahead,
            mae_eur_kwh=day.mae_eur_kwh,
            baseline_mae_eur_kwh=day.baseline_mae_eur_kwh,
            hours=day.hours,
        )


class WatchOut(Out):
    """Whether the band held over a window of days: shares 0..1 with the bounds of chance, prices in €/kWh."""

    window_days: int
    days: int
    hours: int
    coverage_80: float | None
    coverage_from: float
    coverage_to: float
    above_median: float | None
    above_median_from: float
    above_median_to: float
    bias_eur_kwh: float | None
    width_eur_kwh: float | None
    state: State

    @classmethod
    def of(cls, one: Watched) -> Self:
        """As JSON."""
        return cls(
            window_days=one.window_days,
            days=one.days,
            hours=one.hours,
            coverage_80=one.coverage,
            coverage_from=one.coverage_bounds[0],
            coverage_to=one.coverage_bounds[1],
            above_median=one.above,
            above_median_from=one.above_bounds[0],
            above_median_to=one.above_bounds[1],
            bias_eur_kwh=one.bias,
            width_eur_kwh=one.width,
            state=one.state,
        )


class ScoredIssues(Out):
    """What a record is about."""

    window_days: int
    issues: int
    versions: list[str]
    as_of: Instant

    @classmethod
    def about(cls, record: ForecastRecord, /, **more: Any) -> Self:
        """As JSON, with what more is told."""
        return cls(window_days=record.window_days, issues=record.issues, versions=list(record.versions), as_of=record.as_of, **more)


class ShortRecordOut(ScoredIssues):
    """Too little has been scored yet."""

    state: Literal["too_short"]
    reason: str


class RecordOut(ScoredIssues):
    """What was issued against what came [€/kWh]."""

    state: Literal["ok"]
    hours: int
    mae_eur_kwh: float | None
    baseline: str
    baseline_mae_eur_kwh: float | None
    last_week_mae_eur_kwh: float | None
    pinball_eur_kwh: float
    coverage_80: float
    watch: list[WatchOut]
    by_day_ahead: list[RecordDayOut]

    @classmethod
    def of(cls, record: ForecastRecord) -> "RecordOut | ShortRecordOut":
        """As JSON."""
        scores = record.scores
        if scores is None:
            reason = f"needs {NEEDS_DAYS} scored issue days, has {record.issues}"
            return ShortRecordOut.about(record, state="too_short", reason=reason)
        return cls.about(
            record,
            state="ok",
            hours=scores.hours,
            mae_eur_kwh=scores.mae_eur_kwh,
            baseline=scores.baseline,
            baseline_mae_eur_kwh=scores.baseline_mae_eur_kwh,
            last_week_mae_eur_kwh=scores.last_week_mae_eur_kwh,
            pinball_eur_kwh=scores.pinball_eur_kwh,
            coverage_80=scores.coverage_80,
            watch=[WatchOut.of(one) for one in scores.watch],
            by_day_ahead=[RecordDayOut.of(day) for day in scores.by_day_ahead],
        )


class ScoredClasses(Out):
    """What a record of the classes is about."""

    window_days: int
    hours: int
    as_of: Instant

    @classmethod
    def about(cls, record: ClassRecord, /, **more: Any) -> Self:
        """As JSON, with what more is told."""
        return cls(window_days=record.window_days, hours=record.hours, as_of=record.as_of, **more)


class ShortClassRecordOut(ScoredClasses):
    """No class has been scored yet."""

    state: Literal["too_short"]
    reason: str


class ClassRecordOut(ScoredClasses):
    """Classes that were issued, on hours whose local week has closed."""

    state: Literal["ok"]
    log_loss: float
    brier: float
    hit_rate: float

    @classmethod
    def of(cls, record: ClassRecord) -> "ClassRecordOut | ShortClassRecordOut":
        """As JSON."""
        scores = record.scores
        if scores is None:
            return ShortClassRecordOut.about(record, state="too_short", reason="no issued hour lies in a closed local week yet")
        return cls.about(record, state="ok", log_loss=scores.log_loss, brier=scores.brier, hit_rate=scores.hit_rate)


class ForecastBlockOut(AboutForecast):
    """The forecast of the page with its record."""

    hours: list[ForecastHourOut]
    record: RecordOut | None
    record_state: RecordOut | ShortRecordOut

    @classmethod
    def of(cls, block: ForecastBlock) -> Self:
        """As JSON. `record` is there once it says something."""
        state = RecordOut.of(block.record)
        known = state if isinstance(state, RecordOut) else None
        hours = [ForecastHourOut.of(hour) for hour in block.hours]
        return cls.about(block.current, hours=hours, record=known, record_state=state)


class IssuedForecastOut(Out):
    """What had been forecast by a past instant, from the log of the daily issues; scores and record of then are not kept."""

    issued_at: Instant
    as_of: Instant
    source: str
    origin: Literal["forecast"]
    market: Market
    unit: Literal["EUR/kWh"]
    model: str
    model_version: str
    ranked_by: Basis
    hours: list[ForecastHourOut]

    @classmethod
    def of(cls, issued: IssuedForecast) -> Self:
        """As JSON."""
        is_baseline = issued.version.startswith(BY_BASELINE)
        return cls(
            issued_at=issued.issued_at,
            as_of=issued.issued_at,
            source=issued.version,
            origin="forecast",
            market=issued.market,
            unit="EUR/kWh",
            model=issued.version.removeprefix(BY_BASELINE) if is_baseline else MODEL,
            model_version=issued.version,
            ranked_by=issued.basis,
            hours=[ForecastHourOut.of(hour) for hour in issued.hours],
        )


def forecast_of(block: ForecastBlock | IssuedForecast) -> ForecastBlockOut | IssuedForecastOut:
    """The forecast of the page as JSON: of now with its record, of the past as it was issued."""
    return ForecastBlockOut.of(block) if isinstance(block, ForecastBlock) else IssuedForecastOut.of(block)


def live_of(record: ForecastRecord | ClassRecord) -> RecordOut | ShortRecordOut | ClassRecordOut | ShortClassRecordOut:
    """The live record of a model as JSON."""
    return ClassRecordOut.of(record) if isinstance(record, ClassRecord) else RecordOut.of(record)
