"""The weather in the whole service: what the page's document and /ready say with and without keys."""

from pathlib import Path
from typing import Any

import pytest

from support.service import running_service, settings_for
from support.simulator_server import running_simulator
from support.weather_world import START_AT

KEYS = {"AEMET_API_KEY": "a-key-for-tests", "OPENWEATHERMAP_API_KEY": "o-key-for-tests"}
CASES: list[tuple[dict[str, str], dict[str, str]]] = [
    ({}, {"aemet": "not_configured", "openweathermap": "not_configured"}),
    ({**KEYS, "AEMET_API_KEY": "invalid"}, {"aemet": "attention", "openweathermap": "ok"}),
]


def states(ready: dict[str, Any]) -> dict[str, str]:
    return {one["source"]: one["state"] for one in ready["sources"] if one["source"] in ("aemet", "openweathermap")}


@pytest.mark.parametrize(("keys", "expected"), CASES, ids=["no keys", "one refused"])
async def test_the_page_and_ready_say_which_source_lacks_and_what_is_missing_because_of_it(
    tmp_path: Path, keys: dict[str, str], expected: dict[str, str]
) -> None:
    async with running_simulator(START_AT) as simulator:
        settings = settings_for(simulator, tmp_path, SIM_NOW=START_AT.isoformat(), HISTORY_START="2026-03-18", **keys)
        async with running_service(settings, simulator.clock) as service:
            ready = await service.until("/ready", lambda body: states(body) == expected and body["ready"])
            answers = "ok" in expected.values()
            document = await service.until(
                "/dashboard/complete",
                lambda body: bool(body["weather"]["hours"]) == (body["current"]["weather"] is not None) == answers,
            )
            shown = (await service.get("/weather")).json()["hours"]
    assert not [reason for reason in ready["reasons"] if "aemet" in reason or "openweathermap" in reason]
    weather = document["weather"]
    lacking = {entry["source"].lower(): entry["state"] for entry in weather["missing"]}
    assert lacking == {source: state for source, state in expected.items() if state != "ok"}
    assert all(entry["because"] and entry["what"] for entry in weather["missing"])
    assert bool(shown) == ("ok" in expected.values())
    assert not any(key in str(document) + str(ready) for key in KEYS.values())
