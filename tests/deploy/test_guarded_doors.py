"""Who gets through which door of the running stack, and that no secret does."""

import re
import ssl
import time
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any

import httpx2
import pytest

from routers.http.access import changes_things, is_open
from support.access_rows import routes
from support.stack import BRAIN, DOOR, LOCAL, PLANTED, SIDECAR, STORAGE, Stack, get

pytestmark = pytest.mark.deploy

PASSED_ROUND = {
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-port": "8000",
    "forwarded": "for=127.0.0.1;host=localhost",
    "x-remote-user": "admin",
    "tailscale-user-login": "admin@example.com",
    "x-access-level": "1",
    "host": "localhost:8000",
}


def test_the_page_and_the_api_through_nginx_over_tls(whole: Stack, trust: ssl.SSLContext) -> None:
    page = get("https://127.0.0.1/dashboard", verify=trust)
    assert page.status_code == 200 and "text/html" in page.headers["content-type"]
    document = get("https://127.0.0.1/dashboard/complete", verify=trust).json()
    assert document["current"]["price"]["origin"] == "published"
    moved = get("http://127.0.0.1/dashboard", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (308, "https://127.0.0.1/dashboard")


def proof(stack: Stack, address: str) -> dict[str, str]:
    """What Nginx says of itself: needed where it alone may speak."""
    return {"x-nginx-secret": stack.settings()["NGINX_SECRET"]} if address.endswith(":8001") else {}


def doors(stack: Stack) -> list[tuple[str, int]]:
    """(address, level): as published, and past the proxies, from inside the network of the containers."""
    inside = stack.address(BRAIN)
    sidecar = f"https://{stack.address(SIDECAR)}"
    return [(LOCAL, 1), ("https://127.0.0.1", 2), (f"http://{inside}:8001", 2), (sidecar, 3), (f"http://{inside}:8002", 3)]


@pytest.mark.parametrize("headers", [{}, PASSED_ROUND], ids=["plain", "spoofed"])
def test_every_row_of_the_access_table_at_every_door(whole: Stack, headers: dict[str, str]) -> None:
    for address, level in doors(whole):
        # The name is Nginx's word, and it is believed at this listener.
        sent = {name: value for name, value in headers.items() if not (name == "x-remote-user" and address.endswith(":8001"))}
        for method, path in routes():
            status = asked(method, address + path, sent | proof(whole, address))
            opened = is_open(level, method, path)
            expected = 403 if not opened else 401 if changes_things(method, path) else None
            assert (status == expected) if expected else status not in (401, 403), f"{method} {path} at {address}: {status}"


def test_the_token_opens_nothing_that_the_level_does_not(whole: Stack) -> None:
    token = {"x-api-token": whole.settings()["API_TOKEN"]}
    tried = 0
    for address, level in doors(whole):
        for method, path in routes():
            if not is_open(level, method, path):
                assert asked(method, address + path, (PASSED_ROUND if level != 2 else {}) | token | proof(whole, address)) == 403, (
                    f"{method} {path} at {address}"
                )
                tried += 1
    assert tried > 40


def asked(method: str, address: str, headers: Mapping[str, str]) -> int:
    """Status of a request, its parameters filled; a door that counts requests is waited for."""
    while True:
        answer = httpx2.request(
            method, re.sub(r"\{\w+(:\w+)?\}", "7", address), headers=headers, verify=False, trust_env=False, timeout=60
        )
        if answer.status_code != 429:
            return answer.status_code
        time.sleep(0.2)


def test_the_three_doors_beyond_the_first_cannot_be_reached_from_outside(whole: Stack) -> None:
    for port in (8001, 8002):
        with pytest.raises(httpx2.ConnectError):
            get(f"http://127.0.0.1:{port}/dashboard")


def reaches(stack: Stack, container: str, address: str, port: int) -> bool:
    """Whether a program in a container gets a connection."""
    told = f"timeout 3 bash -c 'exec 3<>/dev/tcp/{address}/{port}' 2>/dev/null && echo yes || echo no"
    return stack.engine.docker("exec", container, "sh", "-c", told).strip() == "yes"


def test_each_container_reaches_the_service_and_no_other(whole: Stack) -> None:
    ports = {STORAGE: 8086, DOOR: 8443, SIDECAR: 443}
    for container in ports:
        assert any(reaches(whole, container, address, 8001) for address in whole.addresses(BRAIN)), container
        for other, port in ports.items():
            if other != container:
                assert not any(reaches(whole, container, address, port) for address in whole.addresses(other)), (container, other)
    assert not reaches(whole, STORAGE, whole.address("simulator"), 8100)
    assert all(reaches(whole, BRAIN, whole.address(other), port) for other, port in ports.items())


def test_the_way_out_of_the_service_is_not_by_the_network_of_the_database(whole: Stack) -> None:
    routes = whole.engine.docker("exec", BRAIN, "cat", "/proc/net/route").splitlines()[1:]
    gateway = next(line.split()[2] for line in routes if line.split()[1] == "00000000")
    assert ip_address(bytes.fromhex(gateway)[::-1]) in ip_network("192.168.100.0/24")


def secrets(stack: Stack) -> list[str]:
    names = (
        "API_TOKEN",
        "NGINX_SECRET",
        "INFLUXDB_TOKEN",
        "INFLUXDB_ADMIN_PASSWORD",
        "AEMET_API_KEY",
        "OPENWEATHERMAP_API_KEY",
        "REE_API_TOKEN",
    )
    return [stack.settings()[name] for name in names] + [PLANTED["TAILSCALE_AUTHKEY"]]


def test_no_secret_is_in_a_layer_a_log_an_error_or_the_page(whole: Stack, trust: ssl.SSLContext) -> None:
    planted = secrets(whole)
    assert all(len(value) > 10 for value in planted)
    layers = whole.folder.parent / "image.tar"
    whole.engine.docker("save", "-o", str(layers), "chocolate-factory:latest")
    found = [value for value in planted if contains(layers, value.encode())]
    layers.unlink()
    assert found == []
    texts = {name: whole.engine.docker("logs", name) for name in (BRAIN, STORAGE, DOOR)}
    texts |= {path.name: path.read_text(encoding="utf-8") for path in (whole.folder / "docker/services/fastapi/logs").glob("*.log")}
    texts |= {
        path: get(LOCAL + path).text for path in ("/dashboard", "/dashboard/complete", "/ready", "/metrics", "/version", "/moon")
    }
    texts["history"] = whole.engine.docker("history", "--no-trunc", "chocolate-factory:latest")
    texts["nginx"] = get("https://127.0.0.1/moon", verify=trust).text
    assert {name for name, text in texts.items() if any(value in text for value in planted)} == set()
    assert len(texts) >= 12


def contains(path: Any, wanted: bytes) -> bool:
    """Whether a large file holds some bytes."""
    import mmap

    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(wanted) >= 0
