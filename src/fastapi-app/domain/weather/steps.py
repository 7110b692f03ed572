"""From forecast steps of one or three hours to hours.

Between two steps at most three hours apart, temperature and pressure follow the straight line; humidity follows from the
straight line of the dew point (the water in the air changes slowly, while relative humidity swings with the temperature), so it
never leaves what is physical. Nothing is drawn over a longer gap, before the first or after the last step: such an hour stays
missing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from domain.timeline import HOUR, floor_to, slot_starts
from domain.weather.hours import LIMITS, Forecast, Source, Step, WeatherHour
from domain.weather.humidity import dew_point_c, humidity_percent

LONGEST_GAP = timedelta(hours=3)
"""The step of OpenWeatherMap's five-day forecast."""


def hours_of(forecast: Forecast) -> list[WeatherHour]:
    """Hour by hour what a forecast says, in order; every value carries the age of the forecast."""
    return [_hour(step, forecast.source, forecast.issued_at) for step in hourly_steps(forecast.steps)]


def hourly_steps(steps: Sequence[Step]) -> list[Step]:
    """The steps that lie on an hour, and those drawn between neighbours at most three hours apart."""
    found = [step for step in steps if floor_to(step.start, HOUR) == step.start]
    drawn = [between(a, b, start) for a, b in pairwise(found) if b.start - a.start <= LONGEST_GAP for start in _inside(a, b)]
    return sorted(found + drawn, key=lambda step: step.start)


def between(a: Step, b: Step, start: datetime) -> Step:
    """The state at an instant between two steps; a quantity that one of them lacks stays missing."""
    share = (start - a.start) / (b.start - a.start)
    return Step(
        start,
        temperature=_line(a.temperature, b.temperature, share),
        humidity=_humidity(a, b, share),
        pressure=_line(a.pressure, b.pressure, share),
    )


def _inside(a: Step, b: Step) -> list[datetime]:
    return list(slot_starts(a.start + HOUR, b.start, HOUR))


def _line(a: float | None, b: float | None, share: float) -> float | None:
    return None if a is None or b is None else a + (b - a) * share


def _humidity(a: Step, b: Step, share: float) -> float | None:
    if a.temperature is None or b.temperature is None or a.humidity is None or b.humidity is None:
        return None
    dew_points = dew_point_c(a.temperature, a.humidity), dew_point_c(b.temperature, b.humidity)
    dew_point = dew_points[0] + (dew_points[1] - dew_points[0]) * share
    temperature = a.temperature + (b.temperature - a.temperature) * share
    lowest, highest = LIMITS["humidity"]  # the curve between two steps of 1 % dips below it by a trace
    return min(highest, max(lowest, humidity_percent(temperature, dew_point)))


def _hour(step: Step, source: Source, issued_at: datetime) -> WeatherHour:
    return WeatherHour(step.start, source, "forecast", issued_at, step.temperature, step.humidity, step.pressure)
