"""What outside air means for production: for each stage allowed, allowed at a cost, or not allowed, with limit and margin.

The limits and the cost of passing them (power to cool or to dry the hall) are the plant's. A soft limit costs, a hard one forbids.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from domain.plan.plant import AmbientLimit
from domain.timeline import HOUR
from domain.weather.hours import WeatherHour
from domain.weather.humidity import dew_point_c, humidity_percent
from domain.weather.merge import MergedHour

Status = Literal["allowed", "at_cost", "not_allowed", "unknown"]
Quantity = Literal["temperature", "humidity"]
RANK: Mapping[Status, int] = {"allowed": 0, "unknown": 1, "at_cost": 2, "not_allowed": 3}
"""From good to bad."""


@dataclass(frozen=True, slots=True)
class Check:
    """One quantity against its limit [°C or %]. `margin` is limit minus value: negative beyond it, None without a value."""

    quantity: Quantity
    value: float | None
    limit: float
    margin: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the air of an hour means for a stage. `extra_kw` is the cost; None where it is not known or the stage must not run."""

    stage: str
    status: Status
    checks: tuple[Check, ...]
    extra_kw: float | None


def judge(limit: AmbientLimit, temperature_c: float | None, humidity: float | None) -> Verdict:
    """Allowed, at a cost, or not allowed; unknown when a value that it depends on is missing and none is beyond its limit."""
    checks = _checks(limit, temperature_c, humidity)
    beyond = any(check.margin is not None and check.margin < 0 for check in checks)
    missing = any(check.margin is None for check in checks)
    if beyond and limit.hard:
        return Verdict(limit.stage, "not_allowed", checks, None)
    status: Status = "at_cost" if beyond else "unknown" if missing else "allowed"
    return Verdict(limit.stage, status, checks, None if missing else limit.extra_kw(temperature_c, humidity))


@dataclass(frozen=True, slots=True)
class AirNow:
    """What the air of an hour means for a stage, and what it becomes in the hall.

    `warmed_humidity_percent` is the humidity of this air at the highest temperature that the stage bears; None without one.
    """

    verdict: Verdict
    warmed_humidity_percent: float | None
    origin: WeatherHour


@dataclass(frozen=True, slots=True)
class AirSpan:
    """Hours of one status that follow each other: the largest extra power [kW], the smallest margin of each quantity [°C, %]."""

    start: datetime
    end: datetime
    status: Status
    extra_kw: float | None
    margins: Mapping[Quantity, float]


@dataclass(frozen=True, slots=True)
class StageAir:
    """What the air means for a stage: now (None where nothing is known), and in the hours ahead."""

    limit: AmbientLimit
    now: AirNow | None
    spans: tuple[AirSpan, ...]


def stage_air(limit: AmbientLimit, now: MergedHour | None, hours: Sequence[MergedHour]) -> StageAir:
    """What the air of now and of the hours ahead means for a stage. A missing hour ends a span."""
    verdicts = [(hour.start, judge(limit, hour.value("temperature"), hour.value("humidity"))) for hour in hours]
    numbered = [(start - place * HOUR, start, verdict) for place, (start, verdict) in enumerate(verdicts)]
    groups = groupby(numbered, key=lambda entry: (entry[0], entry[2].status))
    spans = [_span([(start, verdict) for _, start, verdict in group]) for _, group in groups]
    return StageAir(limit, None if now is None else _air_now(limit, now), tuple(spans))


def _air_now(limit: AmbientLimit, hour: MergedHour) -> AirNow:
    temperature, humidity = hour.value("temperature"), hour.value("humidity")
    warmed = None
    if temperature is not None and humidity is not None and limit.max_temperature_c is not None:
        warmed = humidity_when_warmed(temperature, humidity, limit.max_temperature_c)
    return AirNow(judge(limit, temperature, humidity), warmed, hour.main)


def _span(run: Sequence[tuple[datetime, Verdict]]) -> AirSpan:
    margins: dict[Quantity, float] = {}
    for check in (check for _, verdict in run for check in verdict.checks):
        if check.margin is not None:
            margins[check.quantity] = min(margins.get(check.quantity, check.margin), check.margin)
    extra_kw = max((verdict.extra_kw for _, verdict in run if verdict.extra_kw is not None), default=None)
    return AirSpan(run[0][0], run[-1][0] + HOUR, run[0][1].status, extra_kw, margins)


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of several; unknown when there is none."""
    return max(statuses, key=RANK.__getitem__, default="unknown")


def humidity_when_warmed(temperature_c: float, humidity: float, hall_c: float) -> float:
    """Relative humidity [%] of outside air once it is as warm as the hall; at most 100.

    Why a damp winter night is no reason to worry: air of 95 % at 3 °C is at 21 % when warmed to 26 °C.
    """
    return min(100.0, humidity_percent(hall_c, dew_point_c(temperature_c, humidity)))


def _checks(limit: AmbientLimit, temperature_c: float | None, humidity: float | None) -> tuple[Check, ...]:
    given: list[tuple[Quantity, float | None, float | None]] = [
        ("temperature", temperature_c, limit.max_temperature_c),
        ("humidity", humidity, limit.max_humidity_percent),
    ]
    return tuple(
        Check(quantity, value, most, None if value is None else most - value) for quantity, value, most in given if most is not None
    )
