"""OpenWeatherMap 2.5: current weather and the forecast of five days in steps of three hours.

The key stands in the query (`appid`), so nothing here or in `http` ever shows an address. Metric units are asked for, and an
answer in kelvin does not pass the limits. One Call is another product with a subscription of its own; its answers are not
understood here.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.sources.http import Fetcher
from adapters.sources.responses import Answer, check_status, json_of, loads_any, retry_after_s
from domain.errors import BadPayloadError, RateLimitedError, SourceRejectedError
from domain.timeline import HOUR, floor_to, utc_from_epoch
from domain.weather.hours import Forecast, Source, Step, WeatherHour

SOURCE: Source = "OpenWeatherMap"
BLOCKED_S = 600.0
"""Rest after a 429 [s]: the account is blocked for about this long."""
NEW_KEY = "a new key may need two hours to start working"
LAST_INSTANT = 4_102_444_800
"""2100-01-01 [POSIX s]; a larger number is none in seconds."""
CLOCK_SKEW = timedelta(minutes=15)


PACE = (1, 1.1)
"""For the limiter [requests, s]: 54.5 a minute, evenly, of the 60 that the free plan allows."""


class OpenWeather:
    """Current weather and forecast, of the plant and of any point."""

    name: Source = SOURCE

    def __init__(self, fetcher: Fetcher, api_key: str, *, latitude: float, longitude: float) -> None:
        self._fetcher = fetcher
        self._key = api_key
        self._site = (latitude, longitude)

    async def observed(self) -> Sequence[WeatherHour]:
        """The hour in progress at the plant."""
        return [await self._fetcher.get("/data/2.5/weather", current_hour, params=self._params(*self._site))]

    async def forecast(self) -> Forecast:
        """Five days at the plant."""
        return await self.point_forecast(*self._site)

    async def point_forecast(self, latitude: float, longitude: float) -> Forecast:
        """Five days at a point."""
        return await self._fetcher.get("/data/2.5/forecast", forecast_of, params=self._params(latitude, longitude))

    def _params(self, latitude: float, longitude: float) -> dict[str, str]:
        return {"lat": f"{latitude:.6g}", "lon": f"{longitude:.6g}", "units": "metric", "appid": self._key}


def content_of(answer: Answer) -> Mapping[str, Any]:
    """The JSON object of an answer that is no error. The code stands in the HTTP status and in `cod`, a number or a text."""
    code, text = _stated(answer)
    if code == 429:
        wait = retry_after_s(answer) if "retry-after" in answer.headers else BLOCKED_S
        raise RateLimitedError(answer.source, text or "asked too often", wait)
    if code == 401:
        raise SourceRejectedError(answer.source, _why_unauthorised(text))
    if 400 <= code < 500 and code not in (403, 408, 425):
        raise SourceRejectedError(answer.source, f"the request was refused: {text or code}")
    check_status(answer)
    content = json_of(answer)
    if not isinstance(content, Mapping) or code != 200:
        raise BadPayloadError(answer.source, f"not a known answer (code {code})")
    if "cod" not in content:
        raise BadPayloadError(answer.source, f"an unknown shape with {', '.join(sorted(content)[:6])}")
    return content


def _why_unauthorised(text: str) -> str:
    if "one call" in text.lower():
        return "One Call needs a subscription of its own, which is missing; the key itself may be good for 2.5"
    return f"the key is not valid ({NEW_KEY})"


def _stated(answer: Answer) -> tuple[int, str]:
    """(code, text): HTTP status, or `cod` of the body where the status is 200."""
    try:
        body = loads_any(answer.body)
    except ValueError:
        return answer.status, ""
    if not isinstance(body, Mapping):
        return answer.status, ""
    text, cod = str(body.get("message", "")), str(body.get("cod", ""))
    return (int(cod) if answer.status == 200 and cod.isdigit() else answer.status), text


def current_hour(answer: Answer) -> WeatherHour:
    """The current weather as that of the hour in progress; `as_of` is the instant of the calculation."""
    content = content_of(answer)
    measured_at = _instant(content["dt"])
    if measured_at > answer.received_at + CLOCK_SKEW:
        raise BadPayloadError(answer.source, f"current weather of the future: {measured_at.isoformat()}")
    return WeatherHour(floor_to(measured_at, HOUR), SOURCE, "observed", measured_at, **_air(content["main"]))


def forecast_of(answer: Answer) -> Forecast:
    """The steps of a forecast. It does not say when it was made, so it is as old as its answer."""
    content = content_of(answer)
    if not isinstance(content.get("list"), list) or not content["list"]:
        raise BadPayloadError(answer.source, f"a forecast without list; it has {', '.join(sorted(content)[:6])}")
    steps = {step.start: step for step in map(_step, content["list"])}
    return Forecast(
        SOURCE, answer.received_at.astimezone(UTC).replace(microsecond=0), tuple(steps[start] for start in sorted(steps))
    )


def _step(entry: Mapping[str, Any]) -> Step:
    wind, clouds = entry.get("wind") or {}, entry.get("clouds") or {}
    return Step(_instant(entry["dt"]), wind_speed=_number(wind, "speed"), clouds=_number(clouds, "all"), **_air(entry["main"]))


def _instant(seconds: int) -> datetime:
    if not 0 < seconds < LAST_INSTANT:
        raise ValueError(f"{seconds} is no time stamp")
    return utc_from_epoch(seconds)


def _air(main: Mapping[str, Any]) -> dict[str, float | None]:
    """Temperature, humidity and pressure at sea level (`sea_level` where it is given apart; never `grnd_level`)."""
    pressure = _number(main, "sea_level")
    return {
        "temperature": float(main["temp"]),
        "humidity": _number(main, "humidity"),
        "pressure": _number(main, "pressure") if pressure is None else pressure,
    }


def _number(values: Mapping[str, Any], name: str) -> float | None:
    return None if values.get(name) is None else float(values[name])
