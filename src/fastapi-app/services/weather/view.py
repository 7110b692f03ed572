"""The weather as JSON: hours with provenance, what they mean for each stage, how wrong forecasts were. No I/O."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from domain.plan.plant import AmbientLimit
from domain.timeline import HOUR
from domain.weather.forecast_errors import Tally
from domain.weather.hours import QUANTITIES, Source, WeatherHour
from domain.weather.humidity import dew_point_c
from domain.weather.merge import MergedHour
from domain.weather.suitability import Verdict, humidity_when_warmed, judge

NAMES = {"temperature": "temperature_c", "humidity": "humidity_percent", "pressure": "pressure_hpa"}
"""Our quantity -> its name in JSON, with its unit. Pressure is at mean sea level."""
ATTRIBUTION: dict[Source, str] = {
    "AEMET": "© AEMET",
    "OpenWeatherMap": "Weather data provided by OpenWeather (openweathermap.org), CC BY-SA 4.0, ODbL",
}
"""What the licences ask to show."""


def hour_json(hour: MergedHour) -> dict[str, Any]:
    """An hour. `source`, `kind`, `as_of` are those of its main quantity; `other_origins` names the quantities from elsewhere."""
    body: dict[str, Any] = {"start": hour.start.isoformat(), "end": (hour.start + HOUR).isoformat(), **values_json(hour)}
    others = {NAMES[name]: origin_json(origin) for name in QUANTITIES if (origin := hour.origin(name)) not in (None, hour.main)}
    return body | ({"other_origins": others} if others else {})


def values_json(hour: MergedHour) -> dict[str, Any]:
    """Values, rounded to what the sources state (0.1 °C, 1 %, 0.1 hPa), and where they are from."""
    temperature, humidity, pressure = (hour.value(name) for name in QUANTITIES)
    return {
        "temperature_c": _rounded(temperature, 1),
        "humidity_percent": _rounded(humidity, 0),
        "pressure_hpa": _rounded(pressure, 1),
        **origin_json(hour.main),
    }


def origin_json(origin: WeatherHour | None) -> dict[str, Any]:
    """Where a value is from, and how old it is."""
    if origin is None:
        return {}
    return {"source": origin.source, "kind": origin.kind, "origin": origin.kind, "as_of": origin.as_of.isoformat()}


def current_json(hour: MergedHour | None) -> dict[str, Any] | None:
    """Conditions now, with the dew point; None when there is no temperature."""
    if hour is None or hour.value("temperature") is None:
        return None
    temperature, humidity = hour.value("temperature"), hour.value("humidity")
    dew_point = None if temperature is None or humidity is None else dew_point_c(temperature, humidity)
    return hour_json(hour) | {"dew_point_c": _rounded(dew_point, 1)}


def stage_json(limit: AmbientLimit, now: MergedHour | None, hours: Sequence[MergedHour]) -> dict[str, Any]:
    """A stage: its limits, what the air now means for it, and its spans of hours of one status."""
    return {
        "stage": limit.stage,
        "max_temperature_c": limit.max_temperature_c,
        "max_humidity_percent": limit.max_humidity_percent,
        "hard": limit.hard,
        "now": verdict_json(limit, now) if now else None,
        "spans": spans_json([(hour.start, judge(limit, hour.value("temperature"), hour.value("humidity"))) for hour in hours]),
    }


def verdict_json(limit: AmbientLimit, hour: MergedHour) -> dict[str, Any]:
    """Status, margins and cost of an hour; `warmed_humidity_percent` is the humidity of this air at the highest temperature."""
    temperature, humidity = hour.value("temperature"), hour.value("humidity")
    warmed = None
    if temperature is not None and humidity is not None and limit.max_temperature_c is not None:
        warmed = humidity_when_warmed(temperature, humidity, limit.max_temperature_c)
    verdict = judge(limit, temperature, humidity)
    return {
        "status": verdict.status,
        "extra_kw": _rounded(verdict.extra_kw, 2),
        "checks": [
            {"quantity": NAMES[c.quantity], "value": _rounded(c.value, 1), "limit": c.limit, "margin": _rounded(c.margin, 1)}
            for c in verdict.checks
        ],
        "warmed_humidity_percent": _rounded(warmed, 0),
        **origin_json(hour.main),
    }


def spans_json(verdicts: Sequence[tuple[datetime, Verdict]]) -> list[dict[str, Any]]:
    """Runs of hours with one status; a missing hour ends a run. `extra_kw` is the largest, `margins` the smallest of the run."""
    numbered = [(start - place * HOUR, start, verdict) for place, (start, verdict) in enumerate(verdicts)]
    spans = []
    for (_, status), group in groupby(numbered, key=lambda entry: (entry[0], entry[2].status)):
        run = [(start, verdict) for _, start, verdict in group]
        known_kw = [verdict.extra_kw for _, verdict in run if verdict.extra_kw is not None]
        spans.append(
            {
                "start": run[0][0].isoformat(),
                "end": (run[-1][0] + HOUR).isoformat(),
                "status": status,
                "extra_kw": _rounded(max(known_kw), 2) if known_kw else None,
                "margins": _smallest_margins(verdict for _, verdict in run),
            }
        )
    return spans


def _smallest_margins(verdicts: Iterable[Verdict]) -> dict[str, float]:
    smallest: dict[str, float] = {}
    for verdict in verdicts:
        for check in verdict.checks:
            if check.margin is not None:
                name = NAMES[check.quantity]
                smallest[name] = round(min(smallest.get(name, check.margin), check.margin), 1)
    return smallest


def errors_json(tallies: dict[Source, Tally]) -> dict[str, Any]:
    """Source -> quantity -> day ahead -> pairs, bias and mean absolute error, in the unit of the quantity."""
    return {
        source: {
            NAMES[quantity]: {
                str(ahead): {
                    "pairs": sums.count,
                    "bias": _rounded(sums.bias, 2),
                    "mean_absolute_error": _rounded(sums.mean_absolute, 2),
                }
                for ahead, sums in sorted(by_day.items())
            }
            for quantity, by_day in tally.items()
            if by_day
        }
        for source, tally in tallies.items()
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
