"""The contract of a store, kept by InfluxDB: by a real 1.6 server, and by a user's own 2.7 where INFLUX_TEST_URL names it."""

import os
from collections.abc import AsyncGenerator

import httpx2
import pytest

from adapters.store.influx.http import InfluxTarget
from adapters.store.influx.query import STAMP
from adapters.store.influx.series import InfluxStore
from contract.series_store_contract import SeriesStoreContract
from domain.series import FIELDS
from ports import SeriesStore
from support.influx_buckets import bucket, influx, influx_store

__all__ = ["bucket", "influx", "influx_store"]


class TestInfluxStore(SeriesStoreContract):
    """On influxd 1.6 of Debian."""

    @pytest.fixture
    def store(self, influx_store: InfluxStore) -> SeriesStore:
        return influx_store


@pytest.mark.skipif("INFLUX_TEST_URL" not in os.environ, reason="INFLUX_TEST_URL names no InfluxDB 2.7 of yours (docs/influxdb.md)")
class TestOwnInflux(SeriesStoreContract):
    """On the server of INFLUX_TEST_URL, in INFLUX_TEST_BUCKET, which is emptied of our measurements before each test."""

    @pytest.fixture
    async def store(self) -> AsyncGenerator[SeriesStore]:
        url, token, org, name = (os.environ[f"INFLUX_TEST_{part}"] for part in ("URL", "TOKEN", "ORG", "BUCKET"))
        if "test" not in name:
            pytest.fail(f"INFLUX_TEST_BUCKET={name!r} is emptied by these tests: its name must contain 'test'", pytrace=False)
        headers = {"Authorization": f"Token {token}"}
        for measurement in (*FIELDS, STAMP):
            form = {"q": f'DROP MEASUREMENT "{measurement}"'}
            httpx2.post(f"{url}/query", params={"db": name}, data=form, headers=headers, trust_env=False).raise_for_status()
        store = InfluxStore(InfluxTarget(url, name, token, org), "real")
        yield store
        await store.aclose()
