"""How far the weather forecasts were off, by source and day ahead."""

import json
from datetime import date, timedelta

from domain.timeline import day_bounds, local_day
from domain.weather.forecast_errors import Tally, add, tally, tally_from_json, tally_json
from domain.weather.hours import SOURCES, Forecast, Source, forecast_series, steps_from_rows
from domain.weather.steps import hours_of
from ports import Clock, IssuedLog, Notes
from services.weather_service import WeatherService

LONGEST_LEAD = timedelta(days=6)
"""No forecast reaches further (OpenWeatherMap: five days)."""
KEPT_DAYS = 30
"""Days over which the errors of the forecasts are summed up."""
ERRORS_NOTE = "weather_errors"


class WeatherAccuracy:
    """Measures the issued forecasts against what was observed, and keeps the sums."""

    def __init__(self, weather: WeatherService, issued: IssuedLog, notes: Notes, clock: Clock) -> None:
        self._weather = weather
        self._issued = issued
        self._notes = notes
        self._clock = clock

    async def measure(self) -> str:
        """The job: compare the forecasts of yesterday with what was observed, and keep the sums. Safe to run twice."""
        day = local_day(self._clock()) - timedelta(days=1)
        document = json.loads(await self._notes.get(ERRORS_NOTE) or "{}")
        counts = []
        for source in SOURCES:
            measured = await self._tally(source, day)
            days = document.setdefault(source, {})
            days[day.isoformat()] = tally_json(measured)
            document[source] = {kept: days[kept] for kept in sorted(days)[-KEPT_DAYS:]}
            counts.append(f"{source} {sum(sums.count for by_day in measured.values() for sums in by_day.values())}")
        await self._notes.put(ERRORS_NOTE, json.dumps(document, separators=(",", ":")))
        return f"{day}: pairs of forecast and observation: {', '.join(counts)}"

    async def errors(self) -> dict[Source, Tally]:
        """Sums of the last thirty measured days, by source; a source without any is left out."""
        document = json.loads(await self._notes.get(ERRORS_NOTE) or "{}")
        sums = {source: add(tally_from_json(day) for day in document.get(source, {}).values()) for source in SOURCES}
        return {source: one for source, one in sums.items() if any(one.values())}

    async def _tally(self, source: Source, day: date) -> Tally:
        start, end = day_bounds(day)
        observed = {hour.start: hour for hour in await self._weather.hours(start, end, kind="observed")}
        tallies = []
        for issued_at in await self._issued.issues(forecast_series(source), start - LONGEST_LEAD, end):
            entry = await self._issued.entry(forecast_series(source), issued_at)
            if entry is not None:
                forecast = hours_of(Forecast(source, issued_at, tuple(steps_from_rows(entry.rows))))
                tallies.append(tally(forecast, observed))
        return add(tallies)
