"""OpenWeatherMap 2.5: current weather and the forecast of five days in steps of three hours.

The key stands in the query (`appid`), so nothing here or in `http` ever shows an address. Metric units are asked for, and an
answer in kelvin does not pass the limits. One Call is another product with a subscription of its own; its answers are not
understood here.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.sources.http import Fetcher
from adapters.sources.products import Told
from adapters.sources.responses import Answer, check_status, json_of, loads_any, retry_after_s
from domain.errors import BadPayloadError, KeyRejectedError, NotSubscribedError, RateLimitedError, SourceRejectedError
from domain.intake.cells import number
from domain.intake.instants import instant_of_epoch
from domain.intake.verdict import RefusedError, Tray
from domain.intake.weather import AirCell, Reading, admit_forecast, admit_readings, near
from domain.timeline import HOUR, floor_to
from domain.weather.hours import QUANTITIES, Forecast, Source, Step, WeatherHour

SOURCE: Source = "OpenWeatherMap"
BLOCKED_S = 600.0
"""Rest after a 429 [s]: the account is blocked for about this long."""
SAID_CHARS = 200
"""Of what a source said, shown as it was said."""
STEP_HOURS = 3
REACH = timedelta(days=5, hours=3)
"""How far a forecast reaches: 40 steps."""
Place = tuple[float, float]
"""Degrees north and east."""

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
        told = Told("readings")
        return [
            await self._fetcher.get(
                "/data/2.5/weather",
                lambda answer: current_hour(answer, self._site, told.tray),
                params=self._params(*self._site),
                told=told,
            )
        ]

    async def forecast(self) -> Forecast:
        """Five days at the plant."""
        return await self._forecast(*self._site, Told("forecast"))

    async def point_forecast(self, latitude: float, longitude: float) -> Forecast:
        """Five days at a point."""
        return await self._forecast(latitude, longitude, Told("points"))

    async def _forecast(self, latitude: float, longitude: float, told: Told) -> Forecast:
        def read(answer: Answer) -> Forecast:
            return forecast_of(answer, (latitude, longitude), told.tray)

        return await self._fetcher.get("/data/2.5/forecast", read, params=self._params(latitude, longitude), told=told)

    def _params(self, latitude: float, longitude: float) -> dict[str, str]:
        return {"lat": f"{latitude:.6g}", "lon": f"{longitude:.6g}", "units": "metric", "appid": self._key}


def content_of(answer: Answer) -> Mapping[str, Any]:
    """The JSON object of an answer that is no error. The code stands in the HTTP status and in `cod`, a number or a text."""
    code, text = _stated(answer)
    if code == 429:
        wait = retry_after_s(answer) if "retry-after" in answer.headers else BLOCKED_S
        raise RateLimitedError(answer.source, text or "HTTP 429", wait)
    if code == 401:
        raise _unauthorised(answer.source, text)
    if 400 <= code < 500 and code not in (403, 408, 425):
        raise SourceRejectedError(answer.source, text or f"HTTP {code}")
    check_status(answer)
    content = json_of(answer)
    if not isinstance(content, Mapping) or code != 200:
        raise BadPayloadError(answer.source, f"not a known answer (code {code})")
    if "cod" not in content:
        raise BadPayloadError(answer.source, f"an unknown shape with {', '.join(sorted(content)[:6])}")
    return content


def _unauthorised(source: str, text: str) -> SourceRejectedError:
    """The source's own words; what they mean is the class. A key may be good for the products of 2.5 and not for One Call."""
    kind = NotSubscribedError if "one call" in text.lower() else KeyRejectedError
    return kind(source, text[:SAID_CHARS] or "HTTP 401")


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


def current_hour(answer: Answer, site: Place | None = None, tray: Tray | None = None) -> WeatherHour:
    """The current weather as that of the hour in progress; `as_of` is the instant of the calculation."""
    told = tray if tray is not None else Tray()
    content = content_of(answer)
    _check_place(content, site)
    measured_at = instant_of_epoch(content.get("dt"), "dt", told)
    if measured_at is None:
        raise RefusedError("no_instant", "dt", content.get("dt"), "whole seconds since 1970")
    values = {name: value for name, value in _air(content, "current", told).items() if name in QUANTITIES}
    reading = Reading("current", answer.source, measured_at, values)
    kept = admit_readings([reading], None, answer.received_at, told)
    if not kept:
        raise RefusedError("future", "dt", measured_at.isoformat(), f"{answer.received_at.isoformat()} or earlier")
    if all(value is None for value in kept[0].values.values()):
        raise RefusedError("empty", "main", content.get("main"), "temperature, humidity or pressure")
    return WeatherHour(floor_to(measured_at, HOUR), SOURCE, "observed", measured_at, **kept[0].values)


def forecast_of(answer: Answer, site: Place | None = None, tray: Tray | None = None) -> Forecast:
    """The steps of a forecast. It does not say when it was made, so it is as old as its answer."""
    told = tray if tray is not None else Tray()
    content = content_of(answer)
    if not isinstance(content.get("list"), list) or not content["list"]:
        raise BadPayloadError(answer.source, f"a forecast without list; it has {', '.join(sorted(content)[:6])}")
    _check_place(content.get("city") or {}, site)
    cells = [cell for index, entry in enumerate(content["list"], start=1) for cell in _step_cells(entry, index, answer, told)]
    values = admit_forecast(cells, told)
    if not values:
        raise BadPayloadError(answer.source, f"none of {len(content['list'])} steps is understood")
    issued_at = answer.received_at.astimezone(UTC).replace(microsecond=0)
    return Forecast(SOURCE, issued_at, tuple(Step(start, **of_step) for start, of_step in values.items()))


def _check_place(described: Mapping[str, Any], site: Place | None) -> None:
    coord = described.get("coord")
    if site is not None and isinstance(coord, Mapping) and not near((coord.get("lat"), coord.get("lon")), site):
        raise RefusedError("other_place", "coord", f"{coord.get('lat')}, {coord.get('lon')}", f"{site[0]:g}, {site[1]:g}")


def _step_cells(entry: object, index: int, answer: Answer, tray: Tray) -> Iterator[AirCell]:
    place = f"list[{index}]"
    if not isinstance(entry, Mapping):
        tray.leave_out("row_not_read", place, entry, "an object with dt")
        return
    start = instant_of_epoch(entry.get("dt"), f"{place}.dt", tray)
    if start is None or not _in_its_place(start, entry, place, answer.received_at, tray):
        return
    for quantity, value in _air(entry, place, tray).items():
        yield AirCell(f"{place} {quantity}", start, quantity, value)


def _in_its_place(start: datetime, entry: Mapping[str, Any], place: str, now: datetime, tray: Tray) -> bool:
    """Whether a step stands on the grid of three hours, where its own text says, and within the days of a forecast."""
    text = entry.get("dt_txt")
    if floor_to(start, HOUR) != start or start.hour % STEP_HOURS:
        tray.leave_out("off_grid", place, start.isoformat(), f"a multiple of {STEP_HOURS} hours")
    elif isinstance(text, str) and text != f"{start:%Y-%m-%d %H:%M:%S}":
        tray.leave_out("witness_disagrees", place, f"{start.isoformat()}, {text}", "dt and dt_txt of one instant")
    elif not now - STEP_HOURS * HOUR <= start <= now + REACH:
        tray.leave_out("other_day", place, start.isoformat(), f"the {REACH.days} days from {now.isoformat()}")
    else:
        return True
    return False


def _air(entry: Mapping[str, Any], place: str, tray: Tray) -> dict[str, float | None]:
    """Every quantity that is given; pressure at sea level (`sea_level` where it is given apart; never `grnd_level`)."""
    main, wind, clouds = (part if isinstance(part := entry.get(name), Mapping) else {} for name in ("main", "wind", "clouds"))
    pressure = "sea_level" if main.get("sea_level") is not None else "pressure"
    cells = {
        "temperature": (main, "temp"),
        "humidity": (main, "humidity"),
        "pressure": (main, pressure),
        "wind_speed": (wind, "speed"),
        "clouds": (clouds, "all"),
    }
    return {
        quantity: number(values[name], f"{place} {name}", tray) if name in values else None
        for quantity, (values, name) in cells.items()
    }
