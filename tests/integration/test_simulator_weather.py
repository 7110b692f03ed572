"""AEMET and OpenWeatherMap as the simulator serves them, over real sockets."""

import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from support.simulator_server import SimulatorServer, running_simulator

AFTERNOON = datetime(2026, 3, 20, 15, 30, tzinfo=UTC)
STATION = "/opendata/api/observacion/convencional/datos/estacion/5279X"
LINARES = {"lat": "38.15", "lon": "-3.63", "appid": "key", "units": "metric"}


@pytest.fixture
async def simulator() -> AsyncGenerator[SimulatorServer]:
    async with running_simulator(AFTERNOON) as server:
        yield server


async def aemet(simulator: SimulatorServer, path: str, key: str = "key") -> httpx2.Response:
    url = path if path.startswith("http") else simulator.base_url("aemet") + path
    async with httpx2.AsyncClient(headers={"api_key": key}) as client:
        return await client.get(url)


async def owm(simulator: SimulatorServer, path: str, **params: str) -> httpx2.Response:
    async with httpx2.AsyncClient() as client:
        return await client.get(simulator.base_url("owm") + path, params=params)


def body(answer: httpx2.Response) -> Any:
    return json.loads(answer.content.decode("iso-8859-15"))


async def test_aemet_answers_in_two_steps(simulator: SimulatorServer) -> None:
    first = await aemet(simulator, STATION)
    envelope = body(first)
    assert (envelope["descripcion"], envelope["estado"]) == ("exito", 200)
    assert envelope["datos"].startswith(simulator.base_url("aemet") + "/opendata/sh/")
    rows = body(await aemet(simulator, envelope["datos"], key=""))
    assert len(rows) == 24
    assert rows[-1]["fint"] == "2026-03-20T15:00:00+0000"
    assert int(first.headers["remaining-request-count"]) == 39


async def test_aemet_data_is_not_utf8(simulator: SimulatorServer) -> None:
    envelope = body(await aemet(simulator, "/opendata/api/prediccion/especifica/municipio/horaria/23055"))
    answer = await aemet(simulator, envelope["datos"])
    with pytest.raises(UnicodeDecodeError):
        answer.content.decode("utf-8")
    assert body(answer)[0]["origen"]["productor"].startswith("Agencia Estatal de Meteorología")


async def test_aemet_says_what_is_wrong_inside_a_200(simulator: SimulatorServer) -> None:
    for answer, estado in (
        (await aemet(simulator, STATION, key="invalid"), 401),
        (await aemet(simulator, STATION[:-1] + "Q"), 404),
    ):
        assert (answer.status_code, body(answer)["estado"]) == (200, estado)
    expired = await aemet(simulator, "/opendata/sh/00000000")
    assert body(expired)["estado"] == 404


async def test_aemet_counts_both_steps_against_forty_a_minute(simulator: SimulatorServer) -> None:
    await simulator.control("limits", aemet=3)
    envelope = body(await aemet(simulator, STATION))
    await aemet(simulator, envelope["datos"])
    second = body(await aemet(simulator, STATION))
    late = await aemet(simulator, second["datos"])
    assert (late.status_code, body(late)["estado"]) == (429, 429)
    refused = await aemet(simulator, STATION)
    assert (refused.status_code, body(refused)["estado"]) == (200, 429)
    assert body(await aemet(simulator, STATION, key="another"))["estado"] == 200


async def test_a_fault_can_strike_the_second_step_alone(simulator: SimulatorServer) -> None:
    await simulator.fault("aemet", "rate_limit", path="/sh/", times=1)
    envelope = body(await aemet(simulator, STATION))
    assert envelope["estado"] == 200
    assert body(await aemet(simulator, envelope["datos"]))["estado"] == 429
    assert len(body(await aemet(simulator, envelope["datos"]))) == 24


async def test_openweathermap_current_and_forecast(simulator: SimulatorServer) -> None:
    now = (await owm(simulator, "/data/2.5/weather", **LINARES)).json()
    assert (now["name"], now["cod"], now["dt"]) == ("Linares", 200, int(AFTERNOON.timestamp()))
    coming = (await owm(simulator, "/data/2.5/forecast", **LINARES)).json()
    assert (coming["cod"], coming["cnt"], len(coming["list"])) == ("200", 40, 40)
    assert [step["dt_txt"] for step in coming["list"][:2]] == ["2026-03-20 18:00:00", "2026-03-20 21:00:00"]
    assert {step["sys"]["pod"] for step in coming["list"]} == {"d", "n"}


async def test_openweathermap_speaks_kelvin_unless_told(simulator: SimulatorServer) -> None:
    metric = (await owm(simulator, "/data/2.5/weather", **LINARES)).json()["main"]["temp"]
    plain = (await owm(simulator, "/data/2.5/weather", **{**LINARES, "units": "standard"})).json()["main"]["temp"]
    assert plain - metric == pytest.approx(273.15, abs=0.011)


async def test_observed_and_forecast_weather_agree(simulator: SimulatorServer) -> None:
    rows = body(await aemet(simulator, body(await aemet(simulator, STATION))["datos"]))
    now = (await owm(simulator, "/data/2.5/weather", **LINARES)).json()["main"]
    assert rows[-1]["ta"] == pytest.approx(now["temp"], abs=4)
    assert rows[-1]["pres_nmar"] == pytest.approx(now["pressure"], abs=3)


@pytest.mark.parametrize(
    ("path", "params", "status", "words"),
    [
        ("/data/2.5/weather", {**LINARES, "appid": "invalid"}, 401, "Invalid API key"),
        ("/data/2.5/weather", {**LINARES, "lat": "91"}, 400, "wrong latitude"),
        ("/data/2.5/weather", {"q": "Nowhere", "appid": "key"}, 404, "city not found"),
        ("/data/3.0/onecall", LINARES, 401, "One Call 3.0 requires a separate subscription"),
        ("/data/3.0/onecall/timemachine", LINARES, 401, "One Call 3.0 requires a separate subscription"),
    ],
)
async def test_openweathermap_errors(
    simulator: SimulatorServer, path: str, params: dict[str, str], status: int, words: str
) -> None:
    answer = await owm(simulator, path, **params)
    assert answer.status_code == status
    assert words in answer.json()["message"]
    assert int(answer.json()["cod"]) == status


async def test_openweathermap_blocks_who_asks_too_often(simulator: SimulatorServer) -> None:
    await simulator.control("limits", owm=1)
    await owm(simulator, "/data/2.5/weather", **LINARES)
    blocked = await owm(simulator, "/data/2.5/weather", **LINARES)
    assert (blocked.status_code, blocked.json()["cod"]) == (429, 429)
