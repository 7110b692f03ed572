"""The weather block of the page: conditions now, the week, what it means for production, and what is missing and why."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from domain.plan.plant import AmbientLimit
from domain.timeline import HOUR, day_bounds, floor_to, local_day
from domain.weather.hours import SOURCES, Source
from domain.weather.merge import MergedHour
from ports import HealthLog, Severity, SourceHealth
from services.weather.accuracy import WeatherAccuracy
from services.weather.unconfigured import SETTING, SHORT
from services.weather.view import ATTRIBUTION, current_json, errors_json, hour_json, stage_json, values_json
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

    async def dashboard_block(self, now: datetime) -> dict[str, Any]:
        """Everything that the page shows about the weather. What nobody knows is absent and listed in `missing`."""
        today, tomorrow = day_bounds(local_day(now))
        hours = await self._weather.hours(today, today + WEEK)
        current = await self._weather.current(now)
        ahead = [hour for hour in hours if hour.start >= floor_to(now, HOUR)]
        sources = await self.sources(now)
        return {
            **_block_origin(current, hours),
            "current": current_json(current),
            "today": {"start": today.isoformat(), "end": tomorrow.isoformat()},
            "known_until": (hours[-1].start + HOUR).isoformat() if hours else None,
            "hours": [hour_json(hour) for hour in hours],
            "production": [stage_json(limit, current, ahead) for limit in self._limits],
            "sources": sources,
            "missing": missing(sources),
            "forecast_errors": errors_json(await self._accuracy.errors()),
            "attribution": [ATTRIBUTION[name] for name in SOURCES if _contributes(name, current, hours)],
        }

    async def current_block(self, now: datetime) -> dict[str, Any] | None:
        """Conditions now."""
        return current_json(await self._weather.current(now))

    async def ambient(self, start: datetime, end: datetime) -> dict[datetime, dict[str, Any]]:
        """Temperature, humidity and pressure of the hours that start in ``[start, end)``, with their origin, by start."""
        return {hour.start: values_json(hour) for hour in await self._weather.hours(start, end)}

    def ambient_limits(self) -> dict[str, float]:
        """The limits as lines on a chart: `STAGE_c` for each stage, and the lowest `humidity_percent`."""
        lines = {f"{one.stage}_c": one.max_temperature_c for one in self._limits if one.max_temperature_c is not None}
        damp = [one.max_humidity_percent for one in self._limits if one.max_humidity_percent is not None]
        return lines | ({"humidity_percent": min(damp)} if damp else {})

    async def sources(self, now: datetime) -> list[dict[str, Any]]:
        """Each source: its state, why, what it gives, and until when it rests: an instant after `now`, or none."""
        known = {health.source: health for health in await self._health.all()}
        return [_source_json(name, known.get(SHORT[name]), now, configured=name not in self._unconfigured) for name in SOURCES]


def missing(sources: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the page lacks because of a source that does not answer."""
    return [
        {"source": source["source"], "state": source["state"], "because": source["because"], "what": source["gives"]}
        for source in sources
        if source["state"] != "ok"
    ]


def _source_json(name: Source, health: SourceHealth | None, now: datetime, *, configured: bool) -> dict[str, Any]:
    rests_until = health.rests_until(now) if health else None
    state, because = _state(name, health, configured=configured)
    return {
        "source": name,
        "state": state,
        "because": because,
        "setting": SETTING[name],
        "gives": list(GIVES[name]),
        "since": health.since.isoformat() if health else None,
        "last_success": health.last_success.isoformat() if health and health.last_success else None,
        "open_until": rests_until.isoformat() if rests_until else None,
    }


def _state(name: Source, health: SourceHealth | None, *, configured: bool) -> tuple[Severity, str | None]:
    """(state, why it is not ok). What was recorded before the key was set or removed does not count."""
    if not configured:
        return "not_configured", f"{SETTING[name]} is not set"
    if health is None or health.state == "not_configured":
        return "waiting", "not asked yet"
    return health.state, None if health.state == "ok" else health.last_error


def _block_origin(current: MergedHour | None, hours: Sequence[MergedHour]) -> dict[str, Any]:
    """Origin of the block: that of the conditions now, else of its first hour; None when nothing is known."""
    first = current or (hours[0] if hours else None)
    if first is None:
        return {"source": None, "origin": None, "as_of": None}
    return {"source": first.main.source, "origin": first.main.kind, "as_of": first.main.as_of.isoformat()}


def _contributes(name: Source, current: MergedHour | None, hours: Sequence[MergedHour]) -> bool:
    shown = [*hours, *([current] if current else [])]
    return any(origin is not None and origin.source == name for hour in shown for origin in hour.taken_from)
