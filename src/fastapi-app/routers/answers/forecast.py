"""The forecast: who made it, its hours, its record; score and class of one hour."""

from datetime import date
from typing import Literal

from pydantic import ConfigDict, Field

from domain.bill.terms import Basis
from domain.prices.slots import Market
from routers.answers.base import ClassName, Instant, Out, Probabilities

Confidence = Literal["low", "medium", "high"]


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


class HoursOut(AboutForecast):
    """The coming hours."""

    hours: list[ForecastHourOut]
    simulated: bool


class ForecastDayOut(Out):
    """A local day of the forecast; `whole` where every hour of it is in its figures."""

    date: date
    mean_eur_kwh: float | None
    whole: bool
    cheapest_start: Instant | None
    dearest_start: Instant | None
    hours: list[ForecastHourOut]


class WeekOut(AboutForecast):
    """The coming hours by local day."""

    days: list[ForecastDayOut]
    simulated: bool


class ConditionsOut(AboutForecast):
    """An hour and the price that it was judged at."""

    start: Instant
    price_eur_kwh: float
    price_origin: Literal["given", "published", "forecast"]
    simulated: bool


class ScoreOut(ConditionsOut):
    """100 x the probability that the hour is cheaper than an hour of the seven days around it."""

    energy_score: float


class WeatheredOut(Out):
    """Weather of the hour and where it is from: given, weather, or not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)

    temperature_c: float | None
    humidity_percent: float | None
    taken_from: dict[str, str] = Field(alias="from")
    hard_limits_broken: list[str]


class ClassOut(ConditionsOut):
    """What the hour will turn out to have been."""

    production_class: ClassName
    probabilities: Probabilities
    confidence: Confidence
    weather: WeatheredOut


class RecordDayOut(Out):
    """The record of one day ahead."""

    day_ahead: int
    mae_eur_kwh: float | None
    baseline_mae_eur_kwh: float | None
    hours: int


class ScoredIssues(Out):
    """What a record is about."""

    window_days: int
    issues: int
    versions: list[str]
    as_of: Instant


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
    by_day_ahead: list[RecordDayOut]


class ScoredClasses(Out):
    """What a record of the classes is about."""

    window_days: int
    hours: int
    as_of: Instant


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


class ForecastBlockOut(AboutForecast):
    """The forecast of the page with its record."""

    hours: list[ForecastHourOut]
    record: RecordOut | None
    record_state: RecordOut | ShortRecordOut
