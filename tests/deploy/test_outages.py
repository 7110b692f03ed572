"""Each container killed: it is said, it is made up for, nothing that was acknowledged is lost."""

import os
import signal
import ssl
from typing import Any

import httpx2
import pytest

from support.stack import BRAIN, DOOR, LOCAL, SIDECAR, STORAGE, Stack, get, ready, until

pytestmark = pytest.mark.deploy


def crash(stack: Stack, container: str) -> None:
    """End a container's main process as a fault would: Docker counts `docker kill` as the operator's wish, and leaves it so."""
    os.kill(int(stack.inspect(container)["State"]["Pid"]), signal.SIGKILL)


@pytest.mark.parametrize("container", [BRAIN, STORAGE, DOOR, SIDECAR])
def test_a_container_that_crashes_comes_back_by_itself(whole: Stack, container: str, figures: Any) -> None:
    before = whole.inspect(container)["RestartCount"]
    points = whole.points("energy_prices")
    with figures.timed(f"{container} crashed, until it is healthy"):
        crash(whole, container)
        until(lambda: whole.inspect(container)["RestartCount"] > before, 30, "restarted")
        until(lambda: whole.health(container) == "healthy", 90, "healthy again")
    until(lambda: whole.points("energy_prices") >= points, 30, "every point is there")


def test_the_database_away_is_said_and_what_is_written_meanwhile_arrives(whole: Stack) -> None:
    stored = whole.points("weather_data")
    whole.engine.docker("kill", STORAGE)
    state = until(lambda: (found := ready())["store"]["state"] == "away" and found, 30, "/ready says that the store is away")
    assert state["ready"] is False and any(reason.startswith("store: ") for reason in state["reasons"])
    token = {"X-API-Token": whole.settings()["API_TOKEN"]}
    for job in [job["id"] for job in get(f"{LOCAL}/scheduler/status").json()["jobs"] if job["id"].startswith("weather")]:
        httpx2.post(f"{LOCAL}/scheduler/jobs/{job}/run", headers=token, timeout=20, trust_env=False)
    waiting = until(lambda: (ready()["store"]["spool"] or {}).get("records"), 60, "writes wait in the spool")
    assert waiting > 0
    assert get(f"{LOCAL}/dashboard").status_code == 200
    assert get(f"{LOCAL}/dashboard/complete").json()["system"]["store"]["state"] == "away"

    whole.compose("up", "-d", "influxdb")
    until(lambda: ready()["store"]["state"] == "ok" and not ready()["store"]["spool"]["records"], 90, "the spool is empty again")
    assert whole.points("weather_data") >= stored


def test_the_service_away_is_said_by_nginx_and_it_is_back_at_the_same_address(whole: Stack, trust: ssl.SSLContext) -> None:
    whole.engine.docker("kill", BRAIN)
    page = get("https://127.0.0.1/dashboard", verify=trust, headers={"Accept": "text/html"})
    assert page.status_code == 502 and "El servicio de la fábrica no responde" in page.text
    whole.compose("up", "-d", "--force-recreate", "fastapi-app")
    until(lambda: get("https://127.0.0.1/health", verify=trust).status_code == 200, 60, "Nginx reaches the new container")


def test_killed_in_the_middle_of_the_first_ingestion_nothing_acknowledged_is_lost(whole: Stack) -> None:
    """The state goes, so the service begins again; every container is killed in turn while it works."""
    whole.compose("rm", "-sf", "fastapi-app")
    for path in (whole.folder / "data").glob("state.sqlite*"):
        path.unlink()
    whole.script("init-env")
    httpx2.post("http://127.0.0.1:8086/query", data={"q": "DROP MEASUREMENT energy_prices", "db": "energy_data"}, trust_env=False)
    whole.compose("up", "-d")
    for container in (STORAGE, BRAIN, DOOR):
        seen = whole_points(whole)
        until(lambda: (now := whole_points(whole)) > seen and now, 60, "ingestion goes on")  # noqa: B023 - used at once
        acknowledged = whole_points(whole)
        crash(whole, container)
        until(lambda: whole_points(whole) >= acknowledged, 60, "what was there is there")  # noqa: B023
    until(lambda: ready()["ingestion"]["state"] == "done" and not ready()["store"]["spool"]["records"], 150, "all of it is in")
    gaps = get(f"{LOCAL}/gaps/summary").json()
    missing = [series["missing"] for series in gaps["series"] if series["measurement"] == "energy_prices"]
    assert missing and set(missing) == {0}


def whole_points(stack: Stack) -> int:
    return stack.points("energy_prices")
