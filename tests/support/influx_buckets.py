"""Fixtures of a real InfluxDB: import those that a test module needs, as names of that module."""

from collections.abc import AsyncGenerator, Generator
from itertools import count
from pathlib import Path

import pytest

from adapters.store.influx.http import InfluxTarget, Patience
from adapters.store.influx.series import InfluxStore
from support.influx_server import InfluxServer
from support.requires import require

QUICK = Patience(first_wait_s=0.02)
_numbers = count()


@pytest.fixture(scope="module")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Generator[InfluxServer]:
    """A server for the tests of a module."""
    server = InfluxServer(require("influxd"), Path(tmp_path_factory.mktemp("influx")))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bucket(influx: InfluxServer) -> Generator[str]:
    """An empty bucket of its own for each test."""
    name = f"bucket{next(_numbers)}"
    influx.make_bucket(name)
    yield name
    influx.drop_bucket(name)


@pytest.fixture
async def influx_store(influx: InfluxServer, bucket: str) -> AsyncGenerator[InfluxStore]:
    """A store of real data in an empty bucket."""
    store = InfluxStore(InfluxTarget(influx.url, bucket), "real", QUICK)
    yield store
    await store.aclose()
