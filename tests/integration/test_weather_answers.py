"""Answers and errors in the shapes of AEMET and OpenWeatherMap, as raw bytes over a real socket, through the real clients."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import (
    BadPayloadError,
    KeyRejectedError,
    NotPublishedError,
    NotSubscribedError,
    RateLimitedError,
    SourceError,
    SourceRejectedError,
)
from domain.timeline import HOUR
from domain.weather.hours import Step
from domain.weather.steps import hours_of
from support.asking import weather_from
from support.recorded_shapes import aemet_hourly, owm_five_days
from support.source_fixtures import body


def latin(name: str) -> bytes:
    """A fixture as AEMET's server encodes it."""
    return body(name).decode().encode("iso-8859-15")


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-15"])
async def test_the_hourly_forecast_begins_in_the_hour_in_which_it_was_made(encoding: str) -> None:
    async with weather_from(aemet_hourly(encoding)) as clients:
        forecast = await clients.aemet.forecast()
    assert forecast.issued_at == datetime(2026, 5, 20, 15, 5, 30, tzinfo=UTC)
    assert [step.start for step in forecast.steps] == [datetime(2026, 5, 20, 15, tzinfo=UTC) + i * HOUR for i in range(7 + 24 + 8)]
    assert forecast.steps[0] == Step(datetime(2026, 5, 20, 15, tzinfo=UTC), temperature=20.0, humidity=60.0)
    assert forecast.steps[-1] == Step(datetime(2026, 5, 22, 5, tzinfo=UTC), temperature=16.0, humidity=56.0)
    assert [request.headers.get("api_key") for request in clients.upstream.seen] == ["k", None]


async def test_observations_with_a_naive_fint_and_a_frozen_wind_sensor() -> None:
    async with weather_from(latin("aemet/observations_frozen_wind.json"), now=datetime(2026, 1, 12, 8, 25, tzinfo=UTC)) as clients:
        hours = await clients.aemet.station("3195")
    assert [(hour.start, hour.as_of) for hour in hours] == [(datetime(2026, 1, 12, at, tzinfo=UTC),) * 2 for at in (6, 7, 8)]
    assert [(hour.temperature, hour.humidity, hour.pressure) for hour in hours] == [
        (-1.2, 96.0, 1017.0),
        (-1.0, 95.0, 1017.2),
        (0.0, 93.0, 1017.5),
    ]


async def test_an_observation_with_an_offset() -> None:
    async with weather_from(latin("aemet/observation_with_offset.json"), now=datetime(2026, 5, 20, 21, 25, tzinfo=UTC)) as clients:
        (hour,) = await clients.aemet.station("3195")
    assert hour.start == datetime(2026, 5, 20, 21, tzinfo=UTC)
    assert (hour.temperature, hour.humidity, hour.pressure) == (19.5, 44.0, 1012.5)


AEMET_ERRORS: list[tuple[str, int, int, type[SourceError], str]] = [
    ("No hay datos que satisfagan esos criterios", 404, 200, NotPublishedError, "No hay datos"),
    ("El rango de fechas no puede ser superior a 1 mes", 404, 200, SourceRejectedError, "rango de fechas"),
    ("API key invalido", 401, 200, KeyRejectedError, "^aemet: API key invalido$"),
    ("API key invalido", 401, 401, KeyRejectedError, "^aemet: API key invalido$"),
    ("Límite de peticiones por minuto excedido", 429, 200, RateLimitedError, "Límite de peticiones"),
    ("Límite de peticiones por minuto excedido", 429, 429, RateLimitedError, "Límite de peticiones"),
]


@pytest.mark.parametrize(("said", "code", "status", "expected", "words"), AEMET_ERRORS)
@pytest.mark.parametrize("step", [1, 2])
async def test_the_errors_of_aemet_in_either_step(
    said: str, code: int, status: int, expected: type[SourceError], words: str, step: int
) -> None:
    answer = json.dumps({"descripcion": said, "estado": code}, ensure_ascii=False).encode("iso-8859-15")
    async with weather_from(answer, status, step=step) as clients:
        with pytest.raises(expected, match=words) as caught:
            await clients.aemet.forecast()
    assert type(caught.value) is expected
    assert len(clients.upstream.seen) == step


FIRST = datetime(2026, 5, 20, 9, tzinfo=UTC)


async def test_the_five_day_forecast() -> None:
    async with weather_from(owm_five_days(FIRST), now=FIRST + timedelta(minutes=-1)) as clients:
        forecast = await clients.openweather.forecast()
    assert [step.start for step in forecast.steps] == [FIRST + place * 3 * HOUR for place in range(40)]
    assert [step.temperature for step in forecast.steps] == [10 + place / 2 for place in range(40)]
    first = forecast.steps[0]
    assert (first.humidity, first.pressure, first.wind_speed, first.clouds) == (50.0, 1016.0, 2.5, 60.0)
    assert len(hours_of(forecast)) == 39 * 3 + 1


async def test_one_call_is_refused_as_an_unknown_shape() -> None:
    async with weather_from(body("owm/one_call.json")) as clients:
        with pytest.raises(BadPayloadError, match="unknown shape"):
            await clients.openweather.forecast()
        with pytest.raises(BadPayloadError, match="unknown shape"):
            await clients.openweather.observed()
    assert len(clients.upstream.seen) == 2


async def test_current_weather_in_kelvin_fails_the_limits() -> None:
    async with weather_from(body("owm/kelvin_current.json"), now=datetime(2026, 5, 20, 10, 10, tzinfo=UTC)) as clients:
        with pytest.raises(BadPayloadError, match=r"temperature: impossible: 294\.65"):
            await clients.openweather.observed()


async def test_a_forecast_in_kelvin_fails_the_limits() -> None:
    async with weather_from(body("owm/kelvin_forecast.json"), now=datetime(2026, 5, 20, 11, tzinfo=UTC)) as clients:
        with pytest.raises(BadPayloadError, match=r"temperature: impossible: 298\.65"):
            await clients.openweather.forecast()
    assert len(clients.upstream.seen) == 1


OWM_ERRORS: list[tuple[object, str, int, type[SourceError], str]] = [
    ("400", "wrong latitude", 400, SourceRejectedError, "wrong latitude"),
    (401, "Invalid API key.", 401, KeyRejectedError, "^openweathermap: Invalid API key[.]$"),
    (
        401,
        "Please note that using One Call 3.0 requires a separate subscription.",
        401,
        NotSubscribedError,
        "^openweathermap: Please note that using One Call 3.0 requires a separate subscription.$",
    ),
    ("404", "city not found", 404, SourceRejectedError, "city not found"),
    (429, "Your account is temporary blocked.", 429, RateLimitedError, "temporary blocked"),
    ("404", "a code in the body alone", 200, SourceRejectedError, "in the body alone"),
]


@pytest.mark.parametrize(("cod", "said", "status", "expected", "words"), OWM_ERRORS)
async def test_the_errors_of_openweathermap(cod: object, said: str, status: int, expected: type[SourceError], words: str) -> None:
    answer = json.dumps({"cod": cod, "message": said}, indent=2).encode()
    async with weather_from(answer, status) as clients:
        with pytest.raises(expected, match=words) as caught:
            await clients.openweather.forecast()
    assert type(caught.value) is expected
    assert len(clients.upstream.seen) == 1
