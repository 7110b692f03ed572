"""OpenWeatherMap 2.5: current weather and the five-day forecast in steps of three hours. One Call is not subscribed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.timeline import MADRID, epoch
from simulator.climate import hour_of, instant_of
from simulator.places import Place, nearest
from simulator.sky import OWM_SKY, owm_sky, sun_times
from simulator.state import Simulation
from simulator.trouble import OWM_BUSY, OWM_KEY
from simulator.weather import Weather

STEPS = 40
STEP_H = 3
RUN_H, READY_H = 6, 4
"""A model run starts every so many hours and is served so many hours later."""
SUBSCRIPTION = (
    "Please note that using One Call 3.0 requires a separate subscription to the One Call by Call plan. Learn more here "
    "https://openweathermap.org/price. If you have a valid subscription to the One Call by Call plan, but still receive this "
    "error, then please see https://openweathermap.org/faq#error401 for more info."
)

Handler = Callable[[Request], Awaitable[Response]]
Answer = Callable[["Query"], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Query:
    """A valid question: a point, the units and the language of the answer."""

    latitude: float
    longitude: float
    place: Place
    units: str
    spanish: bool


def routes(simulation: Simulation) -> list[Route]:
    """The routes, to be mounted under the service's base address."""
    return [
        Route("/data/2.5/weather", _answering(simulation, lambda query: current(simulation, query))),
        Route("/data/2.5/forecast", _answering(simulation, lambda query: forecast(simulation, query))),
        Route("/data/3.0/onecall{rest:path}", _answering(simulation, None)),
    ]


def _answering(simulation: Simulation, answer: Answer | None) -> Handler:
    async def handle(request: Request) -> Response:
        key = request.query_params.get("appid", "")
        if key in ("", "invalid"):
            return JSONResponse({"cod": 401, "message": OWM_KEY}, 401)
        left = simulation.limits.left("owm", key)
        if left is not None and left < 0:
            return JSONResponse({"cod": 429, "message": OWM_BUSY}, 429)
        if answer is None:
            return JSONResponse({"cod": 401, "message": SUBSCRIPTION}, 401)
        query = parse_query(request.query_params)
        return (
            JSONResponse({"cod": query[1], "message": query[2]}, query[0])
            if isinstance(query, tuple)
            else JSONResponse(answer(query))
        )

    return handle


def parse_query(params: Mapping[str, str]) -> Query | tuple[int, str, str]:
    """The question, or the HTTP status, code and message of what is wrong with it."""
    if "q" in params or "id" in params:
        return 404, "404", "city not found"
    try:
        latitude, longitude = float(params["lat"]), float(params["lon"])
    except KeyError:
        return 400, "400", "Nothing to geocode"
    except ValueError:
        return 400, "400", "wrong latitude"
    if not -90 <= latitude <= 90:
        return 400, "400", "wrong latitude"
    if not -180 <= longitude <= 180:
        return 400, "400", "wrong longitude"
    return Query(latitude, longitude, nearest(latitude, longitude), params.get("units", "standard"), params.get("lang") == "es")


def current(simulation: Simulation, query: Query) -> dict[str, Any]:
    """The weather of the last full ten minutes."""
    now = simulation.now()
    instant = now - timedelta(minutes=now.minute % 10, seconds=now.second, microseconds=now.microsecond)
    hour = hour_of(instant)
    weather = simulation.climate.forecast(query.place, "owm/now", hour, hour, hour + 2)
    part = instant.minute / 60
    rise, fall = sun_times(now, query.latitude, query.longitude)
    mixed = _mixed(weather, part)
    return {
        "coord": {"lon": round(query.longitude, 4), "lat": round(query.latitude, 4)},
        **_conditions(mixed, query, day=rise <= instant < fall, rain_key="1h"),
        "base": "stations",
        "visibility": 10000,
        "dt": epoch(instant),
        "sys": {"type": 1, "id": 6391, "country": "ES", "sunrise": epoch(rise), "sunset": epoch(fall)},
        "timezone": _offset_s(now),
        "id": query.place.city_id,
        "name": query.place.name,
        "cod": 200,
    }


def _mixed(weather: Weather, part: float) -> dict[str, float]:
    """The first two hours of a weather, mixed by the part of the hour that has gone."""
    return {
        name: float(getattr(weather, name)[0] * (1 - part) + getattr(weather, name)[1] * part)
        for name in ("temperature_c", "humidity", "msl_hpa", "station_hpa", "wind_ms", "gust_ms", "cloud", "rain_mm")
    } | {"direction": float(weather.direction[0])}


def forecast(simulation: Simulation, query: Query) -> dict[str, Any]:
    """40 steps of three hours, of the newest model run that is ready."""
    now = simulation.now()
    first = (hour_of(now) // STEP_H + 1) * STEP_H
    run = (hour_of(now) - READY_H) // RUN_H * RUN_H
    weather = simulation.climate.forecast(query.place, "owm", run, first - STEP_H, first + STEPS * STEP_H)
    rise, fall = sun_times(now, query.latitude, query.longitude)
    return {
        "cod": "200",
        "message": 0,
        "cnt": STEPS,
        "list": [_step(query, weather, first, i) for i in range(STEPS)],
        "city": {
            "id": query.place.city_id,
            "name": query.place.name,
            "coord": {"lat": round(query.latitude, 4), "lon": round(query.longitude, 4)},
            "country": "ES",
            "population": 0,
            "timezone": _offset_s(now),
            "sunrise": epoch(rise),
            "sunset": epoch(fall),
        },
    }


def _step(query: Query, weather: Weather, first: int, number: int) -> dict[str, Any]:
    instant = instant_of(first + number * STEP_H)
    index = (number + 1) * STEP_H
    values = {name: float(getattr(weather, name)[index]) for name in weather.__slots__}
    values["rain_mm"] = float(np.sum(weather.rain_mm[index - STEP_H : index]))
    rise, fall = sun_times(instant, query.latitude, query.longitude)
    day = rise <= instant < fall
    return {
        "dt": epoch(instant),
        **_conditions(values, query, day=day, rain_key="3h"),
        "visibility": 10000,
        "pop": round(min(values["rain_mm"] / 2, 1.0), 2),
        "sys": {"pod": "d" if day else "n"},
        "dt_txt": f"{instant:%Y-%m-%d %H:%M:%S}",
    }


def _conditions(values: dict[str, float], query: Query, *, day: bool, rain_key: str) -> dict[str, Any]:
    code = owm_sky(values["cloud"], values["rain_mm"])
    group, english, spanish, icon = OWM_SKY[code]
    temperature = round(values["temperature_c"] + (0.0 if query.units == "metric" else 273.15), 2)
    msl = round(values["msl_hpa"])
    rain = {"rain": {rain_key: round(values["rain_mm"], 2)}} if values["rain_mm"] >= 0.01 else {}
    return {
        "weather": [
            {"id": code, "main": group, "description": spanish if query.spanish else english, "icon": icon + ("d" if day else "n")}
        ],
        "main": {
            "temp": temperature,
            "feels_like": round(temperature - 0.3 * values["wind_ms"], 2),
            "temp_min": temperature,
            "temp_max": temperature,
            "pressure": msl,
            "humidity": round(values["humidity"]),
            "sea_level": msl,
            "grnd_level": round(values["station_hpa"]),
        },
        "wind": {"speed": round(values["wind_ms"], 2), "deg": round(values["direction"]), "gust": round(values["gust_ms"], 2)},
        "clouds": {"all": round(values["cloud"])},
        **rain,
    }


def _offset_s(now: datetime) -> int:
    offset = now.astimezone(MADRID).utcoffset() or timedelta()
    return int(offset.total_seconds())
