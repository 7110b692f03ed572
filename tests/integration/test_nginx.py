"""The company's door: the real Nginx with our configuration, before the real service and before one that forbids nothing."""

import gzip
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from bench.ports import reserved_port
from routers.http.access import is_open
from support.access_rows import METHODS, paths, routes
from support.echo_upstream import Echo, running_echo
from support.nginx_server import ROOT, START, Nginx, running_nginx
from support.process_service import Served, environment_for, served
from support.requires import require

USER, PASSWORD = ("ana", "bombones-y-trufas")
TOKEN = "nginx-tests-0123456789"
SECRET = "y7Kq2mXw9Zt4"
PROOF = {"X-Nginx-Secret": SECRET}


@dataclass(frozen=True)
class Door:
    """A running Nginx, and a client that trusts its certificate."""

    nginx: Nginx
    client: httpx2.Client

    def ask(self, method: str, path: str, **headers: str) -> httpx2.Response:
        return self.client.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require("nginx")
    folder = tmp_path_factory.mktemp("certs")
    command = ["sh", str(ROOT / "scripts/make-certificate"), "localhost", "127.0.0.1"]
    subprocess.run(command, env={"PATH": "/usr/bin:/bin", "CERTS": str(folder)}, check=True, timeout=60)
    return folder


@pytest.fixture(scope="module")
def users() -> Iterator[Path]:
    hashed = subprocess.run([require("openssl"), "passwd", "-6", PASSWORD], capture_output=True, text=True, check=True, timeout=60)
    folder = Path(tempfile.mkdtemp(prefix="factory-users-"))
    folder.chmod(0o755)  # Nginx's workers are another user when it is started by root
    (folder / "htpasswd").write_text(f"{USER}:{hashed.stdout}")
    yield folder / "htpasswd"
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    with running_echo() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("service")
    with served(
        folder, environment_for(folder, SCHEDULER_ENABLED="false", SIM_SEED="1", API_TOKEN=TOKEN, NGINX_SECRET=SECRET)
    ) as running:
        yield running


def door_to(upstream_port: int, certs: Path, users: Path | None = None, secret: str = SECRET) -> Iterator[Door]:
    trust = ssl.create_default_context(cafile=str(certs / "tls.crt"))
    with running_nginx(f"127.0.0.1:{upstream_port}", certs=certs, users=users, secret=secret) as nginx:
        address = f"https://127.0.0.1:{nginx.https_port}"
        with httpx2.Client(base_url=address, verify=trust, trust_env=False, timeout=20) as client:
            yield Door(nginx, client)


@pytest.fixture(scope="module")
def door(echo: Echo, certs: Path) -> Iterator[Door]:
    yield from door_to(echo.port, certs)


@pytest.fixture(scope="module")
def guarded(echo: Echo, certs: Path, users: Path) -> Iterator[Door]:
    yield from door_to(echo.port, certs, users)


@pytest.fixture(scope="module")
def real(service: Served, certs: Path) -> Iterator[Door]:
    yield from door_to(service.ports[1], certs)


@pytest.fixture(scope="module")
def real_guarded(service: Served, certs: Path, users: Path) -> Iterator[Door]:
    yield from door_to(service.ports[1], certs, users)


def patiently(door: Door, method: str, path: str, auth: tuple[str, str] | None = None) -> httpx2.Response:
    """Ask again when the rate limit says so: the limit itself is tested elsewhere."""
    while True:
        answer = door.client.request(method, path, auth=auth)
        if answer.status_code != 429:
            return answer


@pytest.mark.parametrize("path", paths())
def test_nginx_alone_forbids_what_the_table_forbids(door: Door, path: str) -> None:
    for method in ("GET", "HEAD"):
        assert (patiently(door, method, path).status_code == 200) is is_open(2, method, path), method


@pytest.mark.parametrize("method", [method for method in METHODS if method not in ("GET", "HEAD")])
def test_nginx_alone_forbids_what_changes_things(door: Door, method: str) -> None:
    path = "/predict/energy-optimization" if method == "POST" else "/dashboard"
    assert (patiently(door, method, path).status_code == 200) is is_open(2, method, path)
    answer = patiently(door, method, "/models/train")
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")


def test_every_route_answers_alike_at_nginx_and_at_the_service(real: Door, service: Served) -> None:
    with httpx2.Client(trust_env=False, timeout=20) as direct:
        for method, path in routes():
            behind = direct.request(method, service.url(path, 2), headers=PROOF).status_code
            answer = patiently(real, method, path)
            assert (answer.status_code == 403) is (behind == 403), f"{method} {path}"
            own = answer.status_code == 403  # Nginx's own answers lack it
            assert own or "strict-transport-security" in answer.headers, f"{method} {path}"


def test_signed_in_every_route_is_reached_and_the_token_still_counts(real_guarded: Door) -> None:
    for method, path in routes():
        answer = patiently(real_guarded, method, path, (USER, PASSWORD))
        expected = 403 if not is_open(2, method, path, signed_in=True) else 401
        if method != "GET" and not path.startswith("/predict"):
            assert (answer.status_code, answer.json()["title"]) == (expected, "Token needed"), f"{method} {path}"
        else:
            assert (answer.status_code == 403) is (expected == 403), f"{method} {path}"


def test_nobody_but_nginx_speaks_at_its_listener(real: Door, service: Served) -> None:
    said = {"X-Remote-User": USER, "X-API-Token": TOKEN}
    with httpx2.Client(trust_env=False, timeout=20) as direct:
        for proof in ({}, {"X-Nginx-Secret": ""}, {"X-Nginx-Secret": SECRET[:-1]}):
            assert direct.get(service.url("/health", 2), headers=proof).status_code == 403
            assert direct.post(service.url("/models/train", 2), headers=said | proof).status_code == 403
        assert direct.get(service.url("/health", 2), headers=PROOF).status_code == 200
    assert patiently(real, "GET", "/health").status_code == 200


def test_the_proof_is_nginx_own_and_a_clients_is_replaced(door: Door) -> None:
    headers = door.ask("GET", "/prices", x_nginx_secret="mine").json()["headers"]
    assert [value for name, value in headers if name == "x-nginx-secret"] == [SECRET]


def test_the_proof_lies_where_nobody_else_reads_it(door: Door) -> None:
    files = [path for path in (door.nginx.folder / "run").glob("*.conf") if SECRET in path.read_text()]
    assert files and all(path.stat().st_mode & 0o077 == 0 for path in files)


@pytest.mark.parametrize(
    "path", ["//metrics", "/%6detrics", "/./metrics", "/x/../metrics", "/metrics/", "/docs/", "/metrics?x=1", "/metrics%2f"]
)
def test_a_hidden_path_stays_hidden_however_it_is_written(real: Door, path: str) -> None:
    connection = http.client.HTTPSConnection(
        "127.0.0.1", real.nginx.https_port, context=ssl._create_unverified_context(), timeout=20
    )
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status in (403, 404)
    assert b"chocolate_" not in body


def test_what_a_client_says_of_itself_is_replaced(door: Door) -> None:
    answer = door.ask(
        "GET",
        "/prices?date=2026-01-01",
        x_forwarded_for="8.8.8.8",
        x_real_ip="8.8.8.8",
        forwarded="for=8.8.8.8;proto=http",
        x_forwarded_proto="http",
        x_forwarded_host="evil.example",
        x_forwarded_port="8000",
        x_remote_user="admin",
        authorization="Basic YWRtaW46YWRtaW4=",
        x_request_id="mine",
    ).json()
    assert (answer["path"], answer["query"]) == ("/prices", "date=2026-01-01")
    headers = dict(answer["headers"])
    assert len(headers) == len(answer["headers"]), "a header reached the service twice"
    host = f"127.0.0.1:{door.nginx.https_port}"
    assert (headers["x-forwarded-for"], headers["x-real-ip"], headers["x-forwarded-proto"]) == ("127.0.0.1", "127.0.0.1", "https")
    assert (headers["host"], headers["x-forwarded-host"]) == (host, host)
    assert {"forwarded", "x-forwarded-port", "x-remote-user", "authorization"}.isdisjoint(headers)
    assert headers["x-request-id"] != "mine"


@pytest.mark.parametrize("claim", [{"x_remote_user": "admin"}, {"authorization": "Basic YWRtaW46YWRtaW4="}])
def test_a_claimed_name_opens_nothing_where_nobody_can_sign_in(door: Door, claim: dict[str, str]) -> None:
    assert door.ask("POST", "/models/train", **claim).status_code == 403


def test_with_a_password_file_everything_needs_a_password(guarded: Door) -> None:
    for path in ("/dashboard", "/prices"):
        answer = guarded.client.get(path)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Basic realm="Chocolate Factory"')
    assert guarded.client.get("/dashboard", auth=(USER, "wrong")).status_code == 401
    assert guarded.ask("POST", "/models/train", x_remote_user=USER).status_code == 403
    assert guarded.client.post("/models/train", auth=(USER, "wrong")).status_code == 401


def test_the_one_who_signed_in_is_named_to_the_service_and_the_password_is_not_passed_on(guarded: Door) -> None:
    answer = guarded.client.post("/models/train", auth=(USER, PASSWORD), headers={"X-Remote-User": "admin"})
    headers = answer.json()["headers"]
    assert [value for name, value in headers if name == "x-remote-user"] == [USER]
    assert "authorization" not in dict(headers)
    assert guarded.client.get("/metrics", auth=(USER, PASSWORD)).status_code == 403


def test_passwords_without_a_certificate_are_refused(users: Path) -> None:
    nginx = Nginx("127.0.0.1:9", users=users)
    assert nginx.process.wait(20) == 1
    assert "passwords would travel in the clear" in nginx.said()
    nginx.stop()


def test_port_80_only_points_to_tls(door: Door) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", door.nginx.http_port, timeout=20)
    connection.request("POST", "/predict/x?y=1", body="{}", headers={"Host": "factory.local"})
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("location")) == (308, "https://factory.local/predict/x?y=1")
    connection.close()


@pytest.mark.parametrize(("version", "works"), [("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_tls_is_refused(door: Door, certs: Path, version: str, works: bool) -> None:
    context = ssl.create_default_context(cafile=str(certs / "tls.crt"))
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    connection = http.client.HTTPSConnection("127.0.0.1", door.nginx.https_port, context=context, timeout=20)
    try:
        connection.request("GET", "/health")
        assert works and connection.getresponse().status == 200
    except ssl.SSLError:
        assert not works
    finally:
        connection.close()


def test_the_page_keeps_its_policy_and_gets_each_header_once(real: Door) -> None:
    page = real.client.get("/dashboard")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in ("x-content-type-options", "x-frame-options", "referrer-policy", "content-security-policy"):
        assert len(page.headers.get_list(name)) == 1, name
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert page.headers["server"] == "nginx"


def test_the_document_is_packed_and_its_etag_still_spares_the_body(real: Door) -> None:
    first = real.ask("GET", "/dashboard/complete", accept_encoding="gzip")
    assert first.headers["content-encoding"] == "gzip"
    raw = int(real.ask("GET", "/dashboard/complete", accept_encoding="identity").headers["content-length"])
    assert len(gzip.compress(first.content)) < raw
    again = real.ask("GET", "/dashboard/complete", if_none_match=first.headers["etag"], accept_encoding="gzip")
    assert (again.status_code, again.content) == (304, b"")


def test_the_request_has_one_number_in_nginx_and_in_the_service(real: Door) -> None:
    number = real.client.get("/health").headers["x-request-id"]
    end = time.monotonic() + 10
    while f'"request_id":"{number}"' not in real.nginx.said():  # it logs after it has answered
        assert time.monotonic() < end, real.nginx.said()
        time.sleep(0.02)


def test_a_body_over_a_megabyte_is_refused_and_one_below_arrives(door: Door) -> None:
    assert door.client.post("/predict/energy-optimization", content=b"x" * 900_000).status_code == 200
    answer = patiently(door, "GET", "/health")
    large = door.client.post("/predict/energy-optimization", content=b"x" * 1_100_000)
    assert (answer.status_code, large.status_code, large.json()["title"]) == (200, 413, "Body too large")


def test_connections_to_the_service_are_kept(door: Door, echo: Echo) -> None:
    patiently(door, "GET", "/health")
    before = len(echo.connections)
    assert [patiently(door, "GET", "/health").status_code for _ in range(20)] == [200] * 20
    assert len(echo.connections) - before <= 2


def test_one_address_cannot_ask_without_end(echo: Echo, certs: Path) -> None:
    for door in door_to(echo.port, certs):
        codes = [door.client.get("/health").status_code for _ in range(120)]
        assert codes[:30] == [200] * 30
        assert 429 in codes
        changes = [door.client.post("/predict/energy-optimization").status_code for _ in range(40)]
        assert changes.count(200) <= 15
        refused = next(answer for answer in [door.client.get("/health") for _ in range(60)] if answer.status_code == 429)
        assert (refused.headers["retry-after"], refused.headers["content-type"]) == ("5", "application/problem+json")


def test_a_service_that_is_away_is_said_to_people_and_to_programs_and_comes_back(certs: Path, tmp_path: Path) -> None:
    port = reserved_port(3)
    for door in door_to(port + 1, certs):
        page = door.ask("GET", "/dashboard", accept="text/html,*/*")
        assert page.status_code == 502
        assert "El servicio de la fábrica no responde" in page.text
        assert "unsafe-inline" in page.headers["content-security-policy"]
        document = door.ask("GET", "/dashboard/complete", accept="application/json")
        assert (document.status_code, document.headers["retry-after"]) == (502, "15")
        assert "docker compose logs fastapi-app" in document.json()["detail"]
        environment = environment_for(tmp_path, SCHEDULER_ENABLED="false", SIM_SEED="1", PORT=str(port))
        with served(tmp_path, environment):
            assert door.client.get("/dashboard").status_code == 200


def test_it_starts_where_its_output_is_a_socket_as_under_the_journal(tmp_path: Path) -> None:
    require("nginx")
    ours, theirs = socket.socketpair()
    ports = {name: f"127.0.0.1:{reserved_port()}" for name in ("HTTP_PORT", "HTTPS_PORT")}
    environment = {"PATH": os.environ["PATH"], "RUN": str(tmp_path / "run"), "UPSTREAM": "127.0.0.1:9", "CERTS": str(tmp_path)}
    environment |= {"AUTH_FILE": str(tmp_path / "none"), "HEALTH_PORT": str(reserved_port()), **ports}
    with ours, theirs:
        process = subprocess.Popen(["sh", str(START)], env=environment, stdout=theirs.fileno(), stderr=theirs.fileno())
        try:
            end = time.monotonic() + 30
            while not answers(f"http://{ports['HTTP_PORT']}/"):
                assert process.poll() is None and time.monotonic() < end, ours.recv(10_000).decode()
                time.sleep(0.05)
        finally:
            process.terminate()
            process.wait(30)
    assert (tmp_path / "run/access.log").read_text().count('"status":502') >= 1


def answers(address: str) -> bool:
    """Whether somebody answers at all."""
    try:
        httpx2.get(address, timeout=5)
    except httpx2.TransportError:
        return False
    return True
