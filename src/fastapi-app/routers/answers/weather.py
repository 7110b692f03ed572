"""Weather: hours with provenance, points of the country, and the block of the page."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from domain.series import Rows
from domain.timeline import HOUR, utc_from_epoch
from domain.weather.forecast_errors import ErrorSum, Tally
from domain.weather.hours import QUANTITIES, Kind, Source, WeatherHour
from domain.weather.merge import MergedHour
from domain.weather.points import Point
from domain.weather.suitability import AirNow, AirSpan, StageAir
from routers.answers.base import Instant, Out, Span, rounded
from services.weather.board import WeatherBlock, WeatherSourceState

NAMES = {"temperature": "temperature_c", "humidity": "humidity_percent", "pressure": "pressure_hpa"}
"""Our quantity -> its name in JSON, with its unit. Pressure is at mean sea level."""
POINT_NAMES = {"temperature": "temperature_c", "wind_speed": "wind_speed_m_s", "clouds": "clouds_percent"}
ATTRIBUTION: dict[Source, str] = {
    "AEMET": "© AEMET",
    "OpenWeatherMap": "Weather data provided by OpenWeather (openweathermap.org), CC BY-SA 4.0, ODbL",
}
"""What the licences ask to show."""


class OriginOut(Out):
    """Where a value is from, and how old it is."""

    source: str
    kind: Kind
    origin: Kind
    as_of: Instant

    @classmethod
    def of(cls, origin: WeatherHour, /, **more: Any) -> Self:
        """As JSON, with what more is told."""
        return cls(source=origin.source, kind=origin.kind, origin=origin.kind, as_of=origin.as_of, **more)


class AirOut(OriginOut):
    """Values of an hour; null where nobody said. Pressure is at mean sea level."""

    temperature_c: float | None
    humidity_percent: float | None
    pressure_hpa: float | None

    @classmethod
    def air(cls, hour: MergedHour, /, **more: Any) -> Self:
        """As JSON, rounded to what the sources state. The origin is that of its main quantity."""
        return cls.of(
            hour.main,
            temperature_c=hour.told("temperature"),
            humidity_percent=hour.told("humidity"),
            pressure_hpa=hour.told("pressure"),
            **more,
        )


class HourOut(AirOut):
    """An hour. `source` is that of its main quantity; `other_origins` names the quantities from elsewhere."""

    start: Instant
    end: Instant
    other_origins: dict[str, OriginOut] | None = None

    @classmethod
    def hour(cls, hour: MergedHour, /, **more: Any) -> Self:
        """As JSON."""
        origins = {NAMES[name]: origin for name in QUANTITIES if (origin := hour.origin(name)) not in (None, hour.main)}
        if origins:
            more["other_origins"] = {name: OriginOut.of(origin) for name, origin in origins.items() if origin is not None}
        return cls.air(hour, start=hour.start, end=hour.start + HOUR, **more)


class CurrentWeatherOut(HourOut):
    """Conditions now."""

    dew_point_c: float | None

    @classmethod
    def now(cls, hour: MergedHour) -> Self:
        """As JSON."""
        return cls.hour(hour, dew_point_c=rounded(hour.dew_point_c, 1))


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

    @classmethod
    def place(cls, point: Point) -> Self:
        """As JSON."""
        return cls(
            id=point.id,
            name=point.name,
            latitude=point.latitude,
            longitude=point.longitude,
            feeds=list(point.feeds),
            reason=point.reason,
        )


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

    @classmethod
    def rows(cls, rows: Rows) -> list[Self]:
        """The steps of a point's forecast."""
        steps = []
        for place, time in enumerate(rows.times):
            values: dict[str, Any] = {
                shown: rows.columns[name][place] if name in rows.columns else None for name, shown in POINT_NAMES.items()
            }
            about: dict[str, Any] = {"source": "OpenWeatherMap", "kind": "forecast", "origin": "forecast"}
            issued_at = utc_from_epoch(int(rows.columns["issued_at"][place] or 0))
            steps.append(cls(start=utc_from_epoch(time), as_of=issued_at, **values, **about))
        return steps


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

    @classmethod
    def verdict(cls, air: AirNow) -> Self:
        """As JSON."""
        verdict = air.verdict
        return cls.of(
            air.origin,
            status=verdict.status,
            extra_kw=rounded(verdict.extra_kw, 2),
            checks=[
                CheckOut(
                    quantity=NAMES[check.quantity],
                    value=rounded(check.value, 1),
                    limit=check.limit,
                    margin=rounded(check.margin, 1),
                )
                for check in verdict.checks
            ],
            warmed_humidity_percent=rounded(air.warmed_humidity_percent, 0),
        )


class StageSpanOut(Span):
    """Hours of one status: the largest extra power, the smallest margins."""

    status: str
    extra_kw: float | None
    margins: dict[str, float]

    @classmethod
    def of(cls, span: AirSpan) -> Self:
        """As JSON."""
        return cls(
            start=span.start,
            end=span.end,
            status=span.status,
            extra_kw=rounded(span.extra_kw, 2),
            margins={NAMES[quantity]: round(margin, 1) for quantity, margin in span.margins.items()},
        )


class StageOut(Out):
    """A stage: its limits, what the air now means for it, and the hours ahead."""

    stage: str
    max_temperature_c: float | None
    max_humidity_percent: float | None
    hard: bool
    now: VerdictOut | None
    spans: list[StageSpanOut]

    @classmethod
    def of(cls, stage: StageAir) -> Self:
        """As JSON."""
        return cls(
            stage=stage.limit.stage,
            max_temperature_c=stage.limit.max_temperature_c,
            max_humidity_percent=stage.limit.max_humidity_percent,
            hard=stage.limit.hard,
            now=VerdictOut.verdict(stage.now) if stage.now else None,
            spans=[StageSpanOut.of(span) for span in stage.spans],
        )


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

    @classmethod
    def of(cls, source: WeatherSourceState) -> Self:
        """As JSON."""
        return cls(
            source=source.source,
            state=source.state,
            because=source.because,
            setting=source.setting,
            gives=list(source.gives),
            since=source.since,
            last_success=source.last_success,
            open_until=source.rests_until,
        )


class LackingOut(Out):
    """What the page lacks because of a source."""

    source: str
    state: str
    because: str | None
    what: list[str]

    @classmethod
    def of(cls, source: WeatherSourceState) -> Self:
        """As JSON."""
        return cls(source=source.source, state=source.state, because=source.because, what=list(source.gives))


class ForecastErrorOut(Out):
    """How wrong forecasts were, in the unit of the quantity."""

    pairs: int
    bias: float | None
    mean_absolute_error: float | None

    @classmethod
    def of(cls, sums: ErrorSum) -> Self:
        """As JSON."""
        return cls(pairs=sums.count, bias=rounded(sums.bias, 2), mean_absolute_error=rounded(sums.mean_absolute, 2))


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

    @classmethod
    def of(cls, block: WeatherBlock) -> Self:
        """As JSON."""
        origin, current = block.origin, block.now
        start, end = block.day
        return cls(
            source=origin.source if origin else None,
            origin=origin.kind if origin else None,
            as_of=origin.as_of if origin else None,
            current=None if current is None or current.value("temperature") is None else CurrentWeatherOut.now(current),
            today=Span(start=start, end=end),
            known_until=block.known_until,
            hours=[HourOut.hour(hour) for hour in block.hours],
            production=[StageOut.of(stage) for stage in block.stages],
            sources=[WeatherSourceOut.of(source) for source in block.sources],
            missing=[LackingOut.of(source) for source in block.missing],
            forecast_errors=_errors(block.errors),
            attribution=[ATTRIBUTION[name] for name in block.contributors],
        )


def _errors(tallies: Mapping[Source, Tally]) -> dict[str, dict[str, dict[str, ForecastErrorOut]]]:
    """Source -> quantity -> days ahead; what was never measured is left out."""
    return {
        source: {
            NAMES[quantity]: {str(ahead): ForecastErrorOut.of(sums) for ahead, sums in sorted(by_day.items())}
            for quantity, by_day in tally.items()
            if by_day
        }
        for source, tally in tallies.items()
    }
