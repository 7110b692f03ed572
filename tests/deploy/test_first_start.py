"""A new server: clean files, a plain command that brings up service and database, containers as weak as they can be."""

import json
import re
from typing import Any

import pytest

from support.docker_engine import run
from support.stack import BRAIN, DAYS, DOOR, LOCAL, SIDECAR, STORAGE, Stack, get, ready, until

pytestmark = pytest.mark.deploy


def test_compose_files_and_dockerfile_are_clean(checkout: Stack) -> None:
    assert run(["hadolint", "docker/fastapi.Dockerfile"], checkout.engine.environment, cwd=checkout.folder) == ""
    assert checkout.compose("config", "-q") == ""
    assert sorted(checkout.compose("config", "--services").split()) == ["fastapi-app", "influxdb"]
    both = ("-f", "docker-compose.yml", "-f", "docker-compose.override.yml")
    refused = checkout.compose(*both, "config", "-q", check=False)
    assert "TAILSCALE_AUTHKEY" in refused and "make one in the Tailscale console" in refused


def test_without_secrets_compose_names_the_script(checkout: Stack) -> None:
    (checkout.folder / ".env").rename(checkout.folder / ".env.kept")
    try:
        assert "run scripts/init-env" in checkout.compose("-f", "docker-compose.yml", "config", "-q", check=False)
    finally:
        (checkout.folder / ".env.kept").rename(checkout.folder / ".env")


def test_the_plain_command_starts_service_and_database(stack: Stack) -> None:
    assert set(stack.compose("ps", "--services").split()) == {"fastapi-app", "influxdb", "simulator"}
    assert get(f"{LOCAL}/version").json()["simulated"] is False  # to the service the simulator is the real world


def test_the_image_says_what_it_is_and_has_no_compiler(stack: Stack) -> None:
    image = "chocolate-factory:latest"
    labels = json.loads(stack.engine.docker("image", "inspect", "-f", "{{json .Config.Labels}}", image))
    assert labels["org.opencontainers.image.version"] == get(f"{LOCAL}/version").json()["version"]
    assert labels["org.opencontainers.image.revision"] == "unknown"  # this copy is no git checkout
    look = "ls /usr/bin/gcc /usr/bin/make /venv/bin/pip /app/.env /app/tests /app/requirements.lock 2>/dev/null || true"
    assert stack.engine.docker("exec", BRAIN, "sh", "-c", look) == ""


def test_points_land_in_the_container_of_the_database(stack: Stack, figures: Any) -> None:
    with figures.timed(f"{DAYS} days of prices, in the database"):
        until(lambda: ready()["ingestion"]["state"] == "done", 150, "the history is in")
    hours = DAYS * 24
    pvpc = "SELECT count(price_eur_kwh) FROM energy_prices WHERE market = 'pvpc'"
    answer = get("http://127.0.0.1:8086/query", params={"db": "energy_data", "q": pvpc}).json()
    assert answer["results"][0]["series"][0]["values"][0][1] >= hours
    assert ready()["store"]["kind"] == "influxdb"


def test_each_container_is_as_weak_as_it_can_be(whole: Stack) -> None:
    for name in (BRAIN, STORAGE, DOOR, SIDECAR):
        said = whole.inspect(name)
        host = said["HostConfig"]
        assert said["Config"]["User"] == "1000:1000", name
        assert (host["ReadonlyRootfs"], host["CapDrop"], host["Privileged"]) == (True, ["ALL"], False), name
        assert host["SecurityOpt"] == ["no-new-privileges:true"], name
        assert host["Memory"] > 0 and host["PidsLimit"] > 0 and host["RestartPolicy"]["Name"] == "unless-stopped", name
        assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-file": "3", "max-size": "10m"}}, name
        status = whole.engine.docker("exec", name, "cat", "/proc/1/status")
        assert re.search(r"^Uid:\t1000\t1000\t1000\t1000$", status, re.MULTILINE), name
        assert re.search(r"^CapEff:\t0+$", status, re.MULTILINE) and re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE), name
        assert "Read-only file system" in whole.engine.docker("exec", name, "sh", "-c", "echo x > /etc/planted", check=False), name


def test_only_the_local_door_and_nginx_are_published(whole: Stack) -> None:
    published = {name: whole.inspect(name)["HostConfig"]["PortBindings"] for name in (BRAIN, STORAGE, DOOR, SIDECAR)}
    assert published[BRAIN] == {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8000"}]}
    assert published[STORAGE] == {"8086/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8086"}]}
    assert {port: where[0]["HostPort"] for port, where in published[DOOR].items()} == {"8080/tcp": "80", "8443/tcp": "443"}
    assert not published[SIDECAR]
