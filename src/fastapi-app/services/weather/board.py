"""The weather block of the page: conditions now, the week, what it means for production, and what is missing and why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.plan.plant import AmbientLimit
from domain.timeline import HOUR, day_bounds, floor_to, local_day
from domain.weather.forecast_errors import Tally
from domain.weather.hours import SOURCES, Source, WeatherHour
from domain.weather.merge import MergedHour
from domain.weather.suitability import StageAir, stage_air
from ports import HealthLog, Severity, SourceHealth
from services.weather.accuracy import WeatherAccuracy
from services.weather.unconfigured import SETTING, SHORT
from services.weather_service import WeatherService

WEEK = timedelta(days=7)

GIVES: dict[Source, tuple[str, ...]] = {
    "AEMET": ("station_observations", "two_day_forecast"),
    "OpenWeatherMap": (
        "pressure_forecast",
        "later_forecast",
        "current_weather",
        "country_weather",
    ),
}
"""What is missing when a source is."""


@dataclass(frozen=True, slots=True)
class WeatherSourceState:
    """A source: its state, why it is not well, since when, and until when it rests: an instant to come, or none."""

    source: Source
    state: Severity
    because: str | None
    since: datetime | None
    last_success: datetime | None
    rests_until: datetime | None

    @property
    def gives(self) -> tuple[str, ...]:
        """What is missing when it is."""
        return GIVES[self.source]

    @property
    def setting(self) -> str:
        """What configures it."""
        return SETTING[self.source]


@dataclass(frozen=True, slots=True)
class WeatherBlock:
    """Everything that the page shows about the weather: the hours of seven local days, what the air means for each stage, the state
    of the sources, and how wrong the forecasts of each were.
    """

    now: MergedHour | None
    day: tuple[datetime, datetime]
    hours: tuple[MergedHour, ...]
    stages: tuple[StageAir, ...]
    sources: tuple[WeatherSourceState, ...]
    errors: Mapping[Source, Tally]

    @property
    def origin(self) -> WeatherHour | None:
        """That of the conditions now, else of the first hour; None when nothing is known."""
        first = self.now or (self.hours[0] if self.hours else None)
        return first.main if first else None

    @property
    def known_until(self) -> datetime | None:
        """End of the last known hour."""
        return self.hours[-1].start + HOUR if self.hours else None

    @property
    def missing(self) -> tuple[WeatherSourceState, ...]:
        """The sources because of which something is missing."""
        return tuple(source for source in self.sources if source.state != "ok")

    @property
    def contributors(self) -> list[Source]:
        """The sources of what is shown, which want to be named."""
        shown = [*self.hours, *([self.now] if self.now else [])]
        taken = {origin.source for hour in shown for origin in hour.taken_from if origin is not None}
        return [name for name in SOURCES if name in taken]


class WeatherBoard:
    """Makes the block. `limits` are the plant's, in the order of its stages."""

    def __init__(
        self,
        weather: WeatherService,
        accuracy: WeatherAccuracy,
        *,
        health: HealthLog,
        limits: Sequence[AmbientLimit],
        unconfigured: Collection[Source] = (),
    ) -> None:
        self._weather = weather
        self._accuracy = accuracy
        self._health = health
        self._limits = tuple(limits)
        self._unconfigured = frozenset(unconfigured)

    async def block(self, now: datetime) -> WeatherBlock:
        """Everything that the page shows about the weather. What nobody knows is absent and listed in `missing`."""
        today, tomorrow = day_bounds(local_day(now))
        hours = await self._weather.hours(today, today + WEEK)
        current = await self._weather.current(now)
        ahead = [hour for hour in hours if hour.start >= floor_to(now, HOUR)]
        return WeatherBlock(
            now=current,
            day=(today, tomorrow),
            hours=tuple(hours),
            stages=tuple(stage_air(limit, current, ahead) for limit in self._limits),
            sources=tuple(await self.sources(now)),
            errors=await self._accuracy.errors(),
        )

    async def past(self, at: datetime) -> WeatherBlock | None:
        """The weather of the week from the day of a past instant on, as it was known then; None where nothing is kept of it.

        How the sources were then is not kept.
        """
        today, tomorrow = day_bounds(local_day(at))
        hours = await self._weather.hours(today, today + WEEK, at=at)
        if not hours:
            return None
        hour = next((hour for hour in hours if hour.start == floor_to(at, HOUR)), None)
        current = None if hour is None or hour.value("temperature") is None else hour
        ahead = [hour for hour in hours if hour.start >= floor_to(at, HOUR)]
        stages = tuple(stage_air(limit, current, ahead) for limit in self._limits)
        return WeatherBlock(current, (today, tomorrow), tuple(hours), stages, (), {})

    async def current(self, now: datetime) -> MergedHour | None:
        """Conditions now; None when there is no temperature."""
        hour = await self._weather.current(now)
        return None if hour is None or hour.value("temperature") is None else hour

    async def ambient(self, start: datetime, end: datetime) -> dict[datetime, MergedHour]:
        """The air of the hours that start in ``[start, end)``, by start."""
        return {hour.start: hour for hour in await self._weather.hours(start, end)}

    def ambient_limits(self) -> dict[str, float]:
        """The limits as lines on a chart: `STAGE_c` for each stage, and the lowest `humidity_percent`."""
        lines = {f"{one.stage}_c": one.max_temperature_c for one in self._limits if one.max_temperature_c is not None}
        damp = [one.max_humidity_percent for one in self._limits if one.max_humidity_percent is not None]
        return lines | ({"humidity_percent": min(damp)} if damp else {})

    async def sources(self, now: datetime) -> list[WeatherSourceState]:
        """Each source, in order of rank."""
        known = {health.source: health for health in await self._health.all()}
        return [_source(name, known.get(SHORT[name]), now, configured=name not in self._unconfigured) for name in SOURCES]


def _source(name: Source, health: SourceHealth | None, now: datetime, *, configured: bool) -> WeatherSourceState:
    state, because = _state(name, health, configured=configured)
    if health is None:
        return WeatherSourceState(name, state, because, None, None, None)
    return WeatherSourceState(name, state, because, health.since, health.last_success, health.rests_until(now))


def _state(name: Source, health: SourceHealth | None, *, configured: bool) -> tuple[Severity, str | None]:
    """(state, why it is not ok). What was recorded before the key was set or removed does not count."""
    if not configured:
        return "not_configured", f"{SETTING[name]} is not set"
    if health is None or health.state == "not_configured":
        return "waiting", "not asked yet"
    return health.state, None if health.state == "ok" else health.last_error
