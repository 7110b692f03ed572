"""Every recorded answer and error of AEMET and OpenWeatherMap through the real clients over a real socket.

The recordings are not part of the repository: they are looked for in `../shared/data/api_samples` or in SHARED_DATA.
"""

import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.sources.aemet.client import Aemet
from adapters.sources.openweather import OpenWeather
from domain.errors import BadPayloadError, NotPublishedError, RateLimitedError, SourceError, SourceRejectedError
from domain.weather.steps import hours_of
from support.upstream import HandClock, Reply, Seen, Upstream, fetching, serving

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path(os.environ.get("SHARED_DATA", ROOT.parent / "shared" / "data")) / "api_samples"
AEMET, OWM = SAMPLES / "aemet", SAMPLES / "owm"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the recordings are not at {SAMPLES}")
ENVELOPE = "envelope_ok.json"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A client before a recording, with what it asked."""

    aemet: Aemet
    openweather: OpenWeather
    upstream: Upstream


@asynccontextmanager
async def before(path: Path, status: int = 200, *, step: int = 2) -> AsyncGenerator[Recorded]:
    """Clients before a server that gives one recording: for AEMET as its first or second step, with the recorded envelope."""

    def reply(request: Seen) -> Reply:
        if step == 2 and request.path.startswith("/opendata/api/"):
            here = json.loads(
                (AEMET / ENVELOPE)
                .read_text(encoding="utf-8")
                .replace("https://opendata.aemet.es", f"http://{request.headers['host']}")
            )
            return Reply(body=json.dumps(here).encode(), content_type="text/plain")
        return Reply(status, path.read_bytes(), content_type="text/plain;charset=ISO-8859-15")

    clock = HandClock(datetime(2026, 11, 22, 12, 25, 40, tzinfo=UTC))
    async with (
        serving(reply) as upstream,
        fetching(upstream.url + "/opendata", "aemet", clock=clock) as first,
        fetching(upstream.url, "openweathermap", clock=clock) as second,
    ):
        aemet = Aemet(first, "k", stations=["3195"], municipality="32054", base_url=upstream.url + "/opendata", clock=clock)
        yield Recorded(aemet, OpenWeather(second, "k", latitude=42.095, longitude=-3.461), upstream)


@pytest.mark.parametrize("name", ["horaria_32054_2020-10-02.json", "horaria_32054_2020-10-02.iso-8859-15.json"])
async def test_the_hourly_forecast_of_ourense(name: str) -> None:
    async with before(AEMET / name) as recorded:
        forecast = await recorded.aemet.forecast()
    assert forecast.issued_at == datetime(2020, 10, 2, 15, 25, 49, tzinfo=UTC)
    assert forecast.steps[0].start == datetime(2020, 10, 2, 15, tzinfo=UTC)
    assert len(forecast.steps) == 7 + 24 + 8
    assert forecast.steps[-1] == type(forecast.steps[-1])(datetime(2020, 10, 4, 5, tzinfo=UTC), temperature=12.0, humidity=91.0)
    assert [request.headers.get("api_key") for request in recorded.upstream.seen] == ["k", None]


async def test_the_observations_of_retiro_with_a_naive_fint_and_a_frozen_wind_sensor() -> None:
    async with before(AEMET / "observacion_3195_2021-01-08_abridged.json") as recorded:
        hours = await recorded.aemet.station("3195")
    assert len(hours) == 7
    first = hours[0]
    assert (first.start, first.as_of) == (datetime(2021, 1, 8, 14, tzinfo=UTC), datetime(2021, 1, 8, 14, tzinfo=UTC))
    assert (first.temperature, first.humidity, first.pressure) == (0.1, 97.0, 1009.9)


async def test_the_observation_of_retiro_with_an_offset() -> None:
    async with before(AEMET / "observacion_3195_2025-04-29_one_row.json") as recorded:
        (hour,) = await recorded.aemet.station("3195")
    assert (hour.start, hour.temperature, hour.humidity, hour.pressure) == (
        datetime(2025, 4, 29, 22, tzinfo=UTC),
        15.6,
        60.0,
        1014.3,
    )


AEMET_ERRORS: list[tuple[str, int, type[SourceError], str]] = [
    ("200_estado_404_no_data.json", 200, NotPublishedError, "No hay datos"),
    ("200_estado_404_range.json", 200, SourceRejectedError, "rango de fechas"),
    ("401_api_key_invalido.json", 200, SourceRejectedError, "API key invalido"),
    ("401_api_key_invalido.json", 401, SourceRejectedError, "API key invalido"),
    ("429_limite.json", 200, RateLimitedError, "Límite de peticiones"),
    ("429_limite.json", 429, RateLimitedError, "Límite de peticiones"),
]


@pytest.mark.parametrize(("name", "status", "expected", "words"), AEMET_ERRORS)
@pytest.mark.parametrize("step", [1, 2])
async def test_the_errors_of_aemet_in_either_step(
    name: str, status: int, expected: type[SourceError], words: str, step: int
) -> None:
    async with before(AEMET / "errors" / name, status, step=step) as recorded:
        with pytest.raises(expected, match=words) as caught:
            await recorded.aemet.forecast()
    assert type(caught.value) is expected
    assert len(recorded.upstream.seen) == step


async def test_the_five_day_forecast_of_mambrillas() -> None:
    async with before(OWM / "forecast_42.095_-3.461_2022-07-27.json") as recorded:
        forecast = await recorded.openweather.forecast()
    assert len(forecast.steps) == 40
    first = forecast.steps[0]
    assert (first.start, first.temperature, first.humidity) == (datetime(2022, 7, 27, 9, tzinfo=UTC), 16.34, 40.0)
    assert (first.pressure, first.wind_speed, first.clouds) == (1015.0, 1.13, 5.0)
    assert len(hours_of(forecast)) == 39 * 3 + 1


async def test_one_call_is_refused_as_an_unknown_shape() -> None:
    async with before(OWM / "onecall_42.095_-3.461_2022-07-27.json") as recorded:
        with pytest.raises(BadPayloadError, match="unknown shape"):
            await recorded.openweather.forecast()
        with pytest.raises(BadPayloadError, match="unknown shape"):
            await recorded.openweather.observed()
    assert len(recorded.upstream.seen) == 2


async def test_current_weather_in_kelvin_fails_the_limits() -> None:
    async with before(OWM / "pyowm_observation.json") as recorded:
        with pytest.raises(BadPayloadError, match=r"temperature 288\.44 .* outside"):
            await recorded.openweather.observed()


@pytest.mark.parametrize("name", ["pyowm_three_hours_forecast.json", "pyowm_three_hours_forecast_at_coords.json"])
async def test_forecasts_in_kelvin_fail_the_limits(name: str) -> None:
    async with before(OWM / name) as recorded:
        with pytest.raises(BadPayloadError, match=r"temperature 28\d\.\d+ .* outside"):
            await recorded.openweather.forecast()
    assert len(recorded.upstream.seen) == 1


OWM_ERRORS: list[tuple[str, int, type[SourceError], str]] = [
    ("errors/400_wrong_latitude.json", 400, SourceRejectedError, "wrong latitude"),
    ("errors/401_invalid_key.json", 401, SourceRejectedError, "key is not valid"),
    ("errors/401_onecall_subscription.json", 401, SourceRejectedError, "subscription of its own"),
    ("errors/404_city_not_found.json", 404, SourceRejectedError, "city not found"),
    ("errors/429_blocked.json", 429, RateLimitedError, "temporary blocked"),
    ("pyowm_three_hours_forecast_not_found.json", 200, SourceRejectedError, "test"),
]


@pytest.mark.parametrize(("name", "status", "expected", "words"), OWM_ERRORS)
async def test_the_errors_of_openweathermap(name: str, status: int, expected: type[SourceError], words: str) -> None:
    async with before(OWM / name, status) as recorded:
        with pytest.raises(expected, match=words) as caught:
            await recorded.openweather.forecast()
    assert type(caught.value) is expected
    assert len(recorded.upstream.seen) == 1


def test_no_recording_is_left_out() -> None:
    """Each file of the two folders is named in this module."""
    here = Path(__file__).read_text(encoding="utf-8")
    files = [path for folder in (AEMET, OWM) for path in folder.rglob("*") if path.is_file()]
    assert files
    assert not [path.name for path in files if path.name not in here]
