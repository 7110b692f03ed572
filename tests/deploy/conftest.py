"""One engine and one stack for all deployment tests; what was measured is printed at the end.

The engine and Compose are the real ones, the base images stand-ins, InfluxDB 1.6.7 for 2.7 among them. The files run in the order
of their names: first start, guarded doors, outages, restored, which ends with nothing left.
"""

import ssl
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from support.docker_engine import Engine, running_engine
from support.stack import BRAIN, DAYS, DOOR, PLANTED, SIDECAR, STORAGE, Stack, until

FIGURES = pytest.StashKey[dict[str, str]]()


class Figures:
    """Notes what was measured."""

    def __init__(self, kept: dict[str, str]) -> None:
        self._kept = kept

    def note(self, name: str, value: str) -> None:
        """One line of the summary."""
        self._kept[name] = value

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Seconds that a block takes."""
        started = time.monotonic()
        yield
        self.note(name, f"{time.monotonic() - started:.1f} s")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name, value in config.stash[FIGURES].items():
        terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> Figures:
    return Figures(request.config.stash[FIGURES])


@pytest.fixture(scope="session")
def engine(figures: Figures) -> Generator[Engine]:
    started = time.monotonic()
    with running_engine() as running:
        figures.note("engine and base images", f"{time.monotonic() - started:.1f} s")
        yield running


@pytest.fixture(scope="session")
def checkout(engine: Engine) -> Stack:
    """A server with the project on it, as `git clone` and `scripts/init-env` leave it."""
    stack = Stack(engine, engine.folder / "server/chocolate-factory")
    stack.script("init-env")
    return stack


@pytest.fixture(scope="session")
def stack(checkout: Stack, figures: Figures) -> Generator[Stack]:
    """Up with everything: service, database, Nginx with a certificate, the sidecar; the simulator in place of the sources."""
    first_day = (datetime.now(UTC) - timedelta(days=DAYS)).date().isoformat()
    checkout.set(HISTORY_START=first_day, **PLANTED)
    checkout.use_simulator()
    checkout.script("make-certificate", "localhost", "127.0.0.1")
    with figures.timed("image of the service, from nothing"):
        checkout.script("build-image", environment={"COMPOSE": "docker-compose"})
    size = int(checkout.engine.docker("image", "inspect", "-f", "{{.Size}}", "chocolate-factory:latest"))
    base = int(checkout.engine.docker("image", "inspect", "-f", "{{.Size}}", "python:3.11-slim"))
    figures.note("image size", f"{size / 1e6:.0f} MB, of which {base / 1e6:.0f} MB are the base image")
    with figures.timed("up from nothing to healthy, service and database"):
        checkout.compose("up", "-d")
        until(lambda: {checkout.health(BRAIN), checkout.health(STORAGE)} == {"healthy"}, 120, "healthy")
    yield checkout
    if checkout.folder.exists():  # the last test destroys it
        checkout.compose("down", "--timeout", "5", check=False)


@pytest.fixture(scope="session")
def whole(stack: Stack) -> Stack:
    """Nginx and the sidecar as well."""
    stack.set(COMPOSE_PROFILES="nginx", COMPOSE_FILE="docker-compose.yml:docker-compose.override.yml:tests/deploy/simulator.yml")
    stack.compose("up", "-d")
    until(lambda: {stack.health(name) for name in (DOOR, SIDECAR)} == {"healthy"}, 120, "Nginx and sidecar healthy")
    return stack


@pytest.fixture(scope="session")
def trust(stack: Stack) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(stack.folder / "docker/services/nginx/certs/tls.crt"))
