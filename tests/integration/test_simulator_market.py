"""REData, ESIOS, archive 70 and OMIE as the simulator serves them, over real sockets."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from support.simulator_server import SimulatorServer, running_simulator

NOON = datetime(2026, 3, 20, 12, 30, tzinfo=UTC)
AGENT = {"User-Agent": "chocolate-factory-tests"}


@pytest.fixture
async def simulator() -> AsyncGenerator[SimulatorServer]:
    async with running_simulator(NOON) as server:
        yield server


async def get(url: str, **params: str) -> httpx2.Response:
    async with httpx2.AsyncClient(headers=AGENT | {"x-api-key": "token"}) as client:
        return await client.get(url, params=params)


async def redata(simulator: SimulatorServer, first: str, last: str, **more: str) -> httpx2.Response:
    url = simulator.base_url("redata") + "/es/datos/mercados/precios-mercados-tiempo-real"
    return await get(url, start_date=f"{first}T00:00", end_date=f"{last}T23:59", **{"time_trunc": "hour", **more})


def series(answer: httpx2.Response) -> dict[str, list[dict[str, Any]]]:
    assert answer.status_code == 200
    return {item["id"]: item["attributes"]["values"] for item in answer.json()["included"]}


@pytest.mark.parametrize(
    ("day", "hours", "spots"),
    [("2025-10-26", 25, 100), ("2025-03-30", 23, 23), ("2025-10-01", 24, 96), ("2025-09-30", 24, 24), ("2021-10-31", 25, 25)],
)
async def test_redata_gives_the_slots_of_the_day(simulator: SimulatorServer, day: str, hours: int, spots: int) -> None:
    found = series(await redata(simulator, day, day))
    assert (len(found["1001"]), len(found["600"])) == (hours, spots)
    instants = [datetime.fromisoformat(value["datetime"]) for value in found["600"]]
    assert instants == sorted(set(instants))


async def test_redata_answers_one_ambiguous_400_for_everything_it_has_not(simulator: SimulatorServer) -> None:
    tomorrow = await redata(simulator, "2026-03-21", "2026-03-21")
    too_long = await redata(simulator, "2026-01-01", "2026-02-15")
    geography = await redata(simulator, "2026-03-19", "2026-03-19", geo_limit="canarias")
    assert [answer.status_code for answer in (tomorrow, too_long, geography)] == [400] * 3
    assert tomorrow.json() == too_long.json() == geography.json()
    assert tomorrow.json()["errors"][0]["title"] == "Error Interno"


async def test_redata_publishes_spot_hours_before_pvpc(simulator: SimulatorServer) -> None:
    simulator.clock.set(datetime(2026, 3, 20, 12, 45, tzinfo=UTC))
    assert set(series(await redata(simulator, "2026-03-21", "2026-03-21"))) == {"600"}
    simulator.clock.set(datetime(2026, 3, 20, 19, 50, tzinfo=UTC))
    assert set(series(await redata(simulator, "2026-03-21", "2026-03-21"))) == {"600", "1001"}


async def test_redata_drops_the_spot_when_a_place_is_named(simulator: SimulatorServer) -> None:
    assert set(series(await redata(simulator, "2026-03-19", "2026-03-19", geo_ids="8741"))) == {"1001"}


async def test_the_firewall_refuses_agents_of_libraries(simulator: SimulatorServer) -> None:
    async with httpx2.AsyncClient() as client:
        for path in ("/redata/es/datos/mercados/precios-mercados-tiempo-real", "/esios/indicators/1001"):
            answer = await client.get(simulator.url + path)
            assert answer.status_code == 403
            assert "Incapsula" in answer.text


async def test_esios_needs_a_token(simulator: SimulatorServer) -> None:
    async with httpx2.AsyncClient(headers=AGENT) as client:
        answer = await client.get(simulator.base_url("esios") + "/indicators/1001")
        older = await client.get(simulator.base_url("esios") + "/indicators/1001", headers={"Authorization": 'Token token="abc"'})
    assert (answer.status_code, answer.text.strip()) == (401, "HTTP Token: Access denied.")
    assert older.status_code == 200


async def esios(simulator: SimulatorServer, number: int, day: str, **more: str) -> list[dict[str, Any]]:
    url = f"{simulator.base_url('esios')}/indicators/{number}"
    answer = await get(url, start_date=f"{day}T00:00", end_date=f"{day}T23:59", **more)
    values: list[dict[str, Any]] = answer.raise_for_status().json()["indicator"]["values"]
    return values


async def test_esios_600_interleaves_six_countries_portugal_first(simulator: SimulatorServer) -> None:
    values = await esios(simulator, 600, "2025-10-26")
    assert [value["geo_id"] for value in values[:6]] == [1, 2, 3, 8826, 8827, 8828]
    spain = [value for value in values if value["geo_id"] == 3]
    assert len(spain) == 100
    assert [v["value"] for v in spain] == [v["value"] for v in series(await redata(simulator, "2025-10-26", "2025-10-26"))["600"]]
    assert len(await esios(simulator, 600, "2025-10-26", **{"geo_ids[]": "3"})) == 100


async def test_esios_600_has_four_equal_quarters_before_the_market_had_them(simulator: SimulatorServer) -> None:
    values = [value["value"] for value in await esios(simulator, 600, "2025-09-30", **{"geo_ids[]": "3"})]
    assert len(values) == 96
    hourly = [value["value"] for value in series(await redata(simulator, "2025-09-30", "2025-09-30"))["600"]]
    assert values == [hour for hour in hourly for _ in range(4)]
    assert len(await esios(simulator, 600, "2024-09-30", **{"geo_ids[]": "3"})) == 24


async def test_esios_sums_when_it_is_asked_to_truncate(simulator: SimulatorServer) -> None:
    native = [value["value"] for value in await esios(simulator, 600, "2025-10-01", **{"geo_ids[]": "3"})]
    summed = await esios(simulator, 600, "2025-10-01", **{"geo_ids[]": "3", "time_trunc": "hour"})
    assert summed[0]["value"] == pytest.approx(sum(native[:4]), abs=0.01)


async def test_esios_repeats_a_utc_hour_in_the_older_autumns(simulator: SimulatorServer) -> None:
    old = [value for value in await esios(simulator, 1001, "2021-10-31") if value["geo_id"] == 8741]
    assert (len(old), len({v["datetime_utc"] for v in old}), len({v["tz_time"] for v in old})) == (25, 24, 25)
    new = [value for value in await esios(simulator, 1001, "2025-10-26") if value["geo_id"] == 8741]
    assert len({value["datetime_utc"] for value in new}) == 25


async def test_esios_gives_no_values_before_publication(simulator: SimulatorServer) -> None:
    assert await esios(simulator, 1001, "2026-03-21") == []
    assert len(await esios(simulator, 1775, "2026-03-21")) == 24
    assert await esios(simulator, 1775, "2026-03-22") == []


async def test_archive_70_agrees_with_the_others_to_the_cent(simulator: SimulatorServer) -> None:
    url = simulator.base_url("esios") + "/archives/70/download_json"
    for day, hours, label in (("2025-10-26", 25, "24-25"), ("2025-03-30", 23, "23-24")):
        rows = (await get(url, locale="es", date=day)).json()["PVPC"]
        assert (len(rows), rows[-1]["Hora"]) == (hours, label)
        prices = [float(row["PCB"].replace(",", ".")) for row in rows]
        assert prices == [value["value"] for value in series(await redata(simulator, day, day))["1001"]]
        assert prices == [value["value"] for value in await esios(simulator, 1001, day) if value["geo_id"] == 8741]


async def test_archive_70_before_publication_has_no_values_then_zeros(simulator: SimulatorServer) -> None:
    url = simulator.base_url("esios") + "/archives/70/download_json"
    assert (await get(url, date="2026-03-21")).json() == {"message": "No values for specified archive"}
    simulator.clock.set(datetime(2026, 3, 20, 19, 12, tzinfo=UTC))
    rows = (await get(url, date="2026-03-21")).json()["PVPC"]
    assert {row["PCB"] for row in rows} == {"0,00"}


async def test_omie_files_hold_portugal_then_spain(simulator: SimulatorServer) -> None:
    async def day_file(name: str) -> httpx2.Response:
        return await get(simulator.base_url("omie") + "/es/file-download", parents="marginalpdbc", filename=name)

    lines = (await day_file("marginalpdbc_20251026.1")).text.split("\r\n")
    assert (lines[0], lines[-2], len(lines)) == ("MARGINALPDBC;", "*", 103)
    spain = [float(line.split(";")[5]) for line in lines[1:-2]]
    assert spain == [value["value"] for value in series(await redata(simulator, "2025-10-26", "2025-10-26"))["600"]]
    assert (await day_file("marginalpdbc_20251026.2")).status_code == 404
    assert (await day_file("marginalpdbc_20260321.1")).status_code == 404


async def test_a_restated_spot_is_a_second_omie_file(simulator: SimulatorServer) -> None:
    await simulator.control("revise", market="spot", start="2026-03-18T23:00:00Z", amount=7.0)
    texts = []
    for version in (1, 2):
        name = f"marginalpdbc_20260319.{version}"
        texts.append((await get(simulator.base_url("omie") + "/es/file-download", parents="marginalpdbc", filename=name)).text)
    first, second = (float(text.split("\r\n")[1].split(";")[5]) for text in texts)
    assert second - first == pytest.approx(7.0)
    assert series(await redata(simulator, "2026-03-19", "2026-03-19"))["600"][0]["value"] == second


async def test_hidden_hours_are_missing_everywhere(simulator: SimulatorServer) -> None:
    await simulator.control("hide", market="pvpc", start="2026-03-19T10:00:00Z", hours=2)
    assert len(series(await redata(simulator, "2026-03-19", "2026-03-19"))["1001"]) == 22
    assert len(await esios(simulator, 1001, "2026-03-19")) == 22 * 5


async def test_a_delay_keeps_tomorrow_back(simulator: SimulatorServer) -> None:
    simulator.clock.set(datetime(2026, 3, 20, 19, 50, tzinfo=UTC))
    await simulator.control("delay", market="pvpc", minutes=120, day="2026-03-21")
    assert set(series(await redata(simulator, "2026-03-21", "2026-03-21"))) == {"600"}
    simulator.clock.set(datetime(2026, 3, 20, 21, 50, tzinfo=UTC))
    assert set(series(await redata(simulator, "2026-03-21", "2026-03-21"))) == {"600", "1001"}


async def test_a_restated_pvpc_is_the_same_everywhere_and_dated(simulator: SimulatorServer) -> None:
    async def price() -> float:
        return float(series(await redata(simulator, "2026-03-19", "2026-03-19"))["1001"][3]["value"])

    before = await price()
    await simulator.control("revise", market="pvpc", start="2026-03-19T02:00:00Z", amount=3.2)
    assert await price() - before == pytest.approx(3.2)
    row = (await get(simulator.base_url("esios") + "/archives/70/download_json", date="2026-03-19")).json()["PVPC"][3]
    assert float(row["PCB"].replace(",", ".")) == pytest.approx(before + 3.2)
    values = [value["value"] for value in await esios(simulator, 1001, "2026-03-19") if value["geo_id"] == 8741]
    assert values[3] == pytest.approx(before + 3.2)
    answer = await redata(simulator, "2026-03-19", "2026-03-19")
    assert answer.json()["data"]["attributes"]["last-update"] == "2026-03-20T13:30:00.000+01:00"


async def test_orders_that_make_no_sense_are_refused(simulator: SimulatorServer) -> None:
    for action, given in (
        ("revise", {"market": "x"}),
        ("delay", {"market": "pvpc"}),
        ("hide", {"market": "pvpc", "start": "2026-03-19"}),
    ):
        with pytest.raises(ValueError, match="error"):
            await simulator.control(action, **given)


async def test_reset_undoes_everything(simulator: SimulatorServer) -> None:
    before = series(await redata(simulator, "2026-03-19", "2026-03-19"))
    await simulator.control("revise", market="pvpc", start="2026-03-19T02:00:00Z", amount=3.2)
    await simulator.control("hide", market="spot", start="2026-03-19T02:00:00Z")
    await simulator.fault("redata", "empty")
    await simulator.control("reset")
    assert series(await redata(simulator, "2026-03-19", "2026-03-19")) == before
