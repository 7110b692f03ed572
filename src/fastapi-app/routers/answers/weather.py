"""Weather: hours with provenance, points of the country, and the block of the page."""

from typing import Literal

from domain.weather.hours import Kind
from routers.answers.base import Instant, Out, Span


class OriginOut(Out):
    """Where a value is from, and how old it is."""

    source: str
    kind: Kind
    origin: Kind
    as_of: Instant


class AirOut(OriginOut):
    """Values of an hour; null where nobody said. Pressure is at mean sea level."""

    temperature_c: float | None
    humidity_percent: float | None
    pressure_hpa: float | None


class HourOut(AirOut):
    """An hour. `source` is that of its main quantity; `other_origins` names the quantities from elsewhere."""

    start: Instant
    end: Instant
    other_origins: dict[str, OriginOut] | None = None


class CurrentWeatherOut(HourOut):
    """Conditions now."""

    dew_point_c: float | None


class WeatherOut(Out):
    """Hours of the plant that start in a range, in order."""

    units: dict[str, str]
    simulated: bool
    attribution: list[str]
    hours: list[HourOut]


class PointOut(Out):
    """A point of the country, what its weather moves, and why it was chosen."""

    id: str
    name: str
    latitude: float
    longitude: float
    feeds: list[str]
    reason: str


class PointsOut(Out):
    """The points whose forecasts are collected."""

    points: list[PointOut]
    simulated: bool


class StepOut(Out):
    """A step of a point's forecast, as old as the issue that it is from."""

    start: Instant
    temperature_c: float | None
    wind_speed_m_s: float | None
    clouds_percent: float | None
    source: str
    kind: Literal["forecast"]
    origin: Literal["forecast"]
    as_of: Instant


class PointForecastOut(Out):
    """The forecast for a point of the country."""

    point: PointOut
    units: dict[str, str]
    source: str
    origin: Literal["forecast"]
    as_of: Instant | None
    steps: list[StepOut]
    attribution: list[str]
    simulated: bool


class CheckOut(Out):
    """A quantity against its limit."""

    quantity: str
    value: float | None
    limit: float
    margin: float | None


class VerdictOut(OriginOut):
    """What the air means for a stage. `warmed_humidity_percent`: humidity of this air at the highest temperature."""

    status: str
    extra_kw: float | None
    checks: list[CheckOut]
    warmed_humidity_percent: float | None


class StageSpanOut(Span):
    """Hours of one status: the largest extra power, the smallest margins."""

    status: str
    extra_kw: float | None
    margins: dict[str, float]


class StageOut(Out):
    """A stage: its limits, what the air now means for it, and the hours ahead."""

    stage: str
    max_temperature_c: float | None
    max_humidity_percent: float | None
    hard: bool
    now: VerdictOut | None
    spans: list[StageSpanOut]


class WeatherSourceOut(Out):
    """A source: its state, why, and what it gives."""

    source: str
    state: str
    because: str | None
    setting: str
    gives: list[str]
    since: Instant | None
    last_success: Instant | None
    open_until: Instant | None


class LackingOut(Out):
    """What the page lacks because of a source."""

    source: str
    state: str
    because: str | None
    what: list[str]


class ForecastErrorOut(Out):
    """How wrong forecasts were, in the unit of the quantity."""

    pairs: int
    bias: float | None
    mean_absolute_error: float | None


class WeatherBlockOut(Out):
    """The weather of the page. `forecast_errors`: source, quantity, days ahead."""

    source: str | None
    origin: str | None
    as_of: Instant | None
    current: CurrentWeatherOut | None
    today: Span
    known_until: Instant | None
    hours: list[HourOut]
    production: list[StageOut]
    sources: list[WeatherSourceOut]
    missing: list[LackingOut]
    forecast_errors: dict[str, dict[str, dict[str, ForecastErrorOut]]]
    attribution: list[str]
