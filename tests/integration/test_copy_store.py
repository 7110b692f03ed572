"""The history from one store to the other and back: proven month by month, and going on after a stop."""

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.store.sqlite_series import SqliteStore
from domain.errors import StoreUnavailableError
from domain.series import Rows, SeriesKey, price_key, series_key
from ports import Extent, SeriesStore
from services.operations.copy_store import CopyService, checksum, months_of, within
from support.influx_buckets import bucket, influx
from support.influx_server import InfluxServer

__all__ = ["bucket", "influx"]

ROOT = Path(__file__).resolve().parents[2]
SPOT = price_key("spot", 60)
AEMET = series_key("weather_data", source="AEMET", kind="observed")
JANUARY = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
YEAR_HOURS = 8760


async def fill(store: SeriesStore) -> None:
    """A year of prices, and weather with holes in its fields."""
    times = [JANUARY + place * 3600 for place in range(YEAR_HOURS)]
    prices = [(place * 7919 % 100_003 - 20_000) / 1e5 for place in range(YEAR_HOURS)]
    await store.write(SPOT, Rows(times, {"price_eur_kwh": prices, "provider": ["omie"] * YEAR_HOURS, "as_of": times}))
    humid = [None if place % 3 else 50.0 for place in range(100)]
    await store.write(AEMET, Rows(times[:100], {"temperature": [float(place) for place in range(100)], "humidity": humid}))


class StopsAfter:
    """A target that goes away after some writes."""

    def __init__(self, inner: SeriesStore, writes: int) -> None:
        self.inner, self.left, self.written = inner, writes, 0
        self.read, self.keys, self.extent = inner.read, inner.keys, inner.extent
        self.ping, self.remarks, self.aclose = inner.ping, inner.remarks, inner.aclose

    async def write(self, key: SeriesKey, rows: Rows) -> None:
        if self.left == 0:
            raise StoreUnavailableError("gone")
        self.left -= 1
        self.written += 1
        await self.inner.write(key, rows)


def test_months_are_calendar_months_of_utc_from_first_to_newest() -> None:
    december = int(datetime(2024, 12, 31, 23, tzinfo=UTC).timestamp())
    months = months_of(SPOT, Extent(december, december + 2 * 3600, 2))
    assert [(month.start, month.end) for month in months] == [
        (datetime(2024, 12, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)),
        (datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC)),
    ]


def test_the_checksum_tells_values_from_another_and_a_missing_value_from_none_of_its_kind() -> None:
    rows = Rows([0, 1], {"price_eur_kwh": [0.1, 0.2], "provider": [None, None]})
    assert checksum(rows) == checksum(Rows((0, 1), {"provider": (None, None), "price_eur_kwh": (0.1, 0.2)}))
    assert checksum(rows) == checksum(Rows([0, 1], {"price_eur_kwh": [0.1, 0.2]}))
    others = ([0.2, 0.1], [0.1, 0.2000000001], [0.1, None])
    assert all(checksum(Rows([0, 1], {"price_eur_kwh": other})) != checksum(rows) for other in others)
    assert checksum(Rows([0, 2], rows.columns)) != checksum(rows)


def test_what_only_the_target_has_is_left_out_of_the_comparison() -> None:
    target = Rows([0, 1, 2], {"price_eur_kwh": [0.1, 0.2, 0.3], "provider": ["a", "b", "c"]})
    wanted = Rows([0, 2], {"price_eur_kwh": [0.1, 0.3], "provider": [None, "c"]})
    assert checksum(within(target, wanted)) == checksum(wanted)


async def test_a_copy_that_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    source, target = SqliteStore(tmp_path / "a.sqlite", "real"), SqliteStore(tmp_path / "b.sqlite", "real")
    await fill(source)
    first = StopsAfter(target, writes=5)
    copying = CopyService(source, first)
    done = []
    with pytest.raises(StoreUnavailableError):
        async for month in copying.copy(await copying.months()):
            done.append(month.outcome)
    assert done == ["copied"] * 5
    second = StopsAfter(target, writes=99)
    copying = CopyService(source, second)
    outcomes = [month.outcome async for month in copying.copy(await copying.months())]
    assert outcomes == ["there"] * 5 + ["copied"] * 8
    assert second.written == 8
    await source.aclose()
    await target.aclose()


async def test_a_target_that_does_not_keep_what_it_takes_is_found_out(tmp_path: Path) -> None:
    source, target = SqliteStore(tmp_path / "a.sqlite", "real"), SqliteStore(tmp_path / "b.sqlite", "real")
    await fill(source)
    forgetful = StopsAfter(target, writes=99)

    async def lose_a_point(key: SeriesKey, rows: Rows) -> None:
        await target.write(key, Rows(rows.times[1:], {name: column[1:] for name, column in rows.columns.items()}))

    forgetful.write = lose_a_point  # type: ignore[method-assign]
    copying = CopyService(source, forgetful)
    assert {month.outcome async for month in copying.copy(await copying.months())} == {"differs"}
    await source.aclose()
    await target.aclose()


def run(folder: Path, server: InfluxServer, bucket: str, *words: str) -> subprocess.CompletedProcess[str]:
    """The command line, as `scripts/copy-store` starts it."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "src" / "fastapi-app"),
        "DATA_DIR": str(folder),
        "INFLUXDB_URL": server.url,
        "INFLUXDB_BUCKET": bucket,
    }
    command = [sys.executable, "-m", "commands.copy_store", *words]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=100)


async def test_there_and_back_leaves_an_equal_history(influx: InfluxServer, bucket: str, tmp_path: Path) -> None:
    here, back = tmp_path / "here", tmp_path / "back"
    source = SqliteStore(here / "series.sqlite", "real")
    await fill(source)
    await source.aclose()

    there = run(here, influx, bucket, "--from", "sqlite", "--to", "influxdb")
    assert there.returncode == 0, there.stdout + there.stderr
    assert "8,860 points of 2 series in 13 months: 8,860 copied, 0 there before, 0 in 0 months that differ" in there.stdout
    assert re.search(r"\[1/13\] energy_prices \S+ 2025-01: 744 points, copied, sha256 [0-9a-f]{12}\n", there.stdout)

    again = run(here, influx, bucket, "--from", "sqlite", "--to", "influxdb")
    assert "0 copied, 8,860 there before" in again.stdout

    assert run(back, influx, bucket, "--from", "influxdb", "--to", "sqlite").returncode == 0
    for measurement in ("energy_prices", "weather_data"):
        rows = [points(folder / "series.sqlite", measurement) for folder in (here, back)]
        assert rows[0] == rows[1]
        assert len(rows[0]) in (YEAR_HOURS, 100)


async def test_compare_writes_nothing(influx: InfluxServer, bucket: str, tmp_path: Path) -> None:
    source = SqliteStore(tmp_path / "series.sqlite", "real")
    await fill(source)
    await source.aclose()
    compared = run(tmp_path, influx, bucket, "--from", "sqlite", "--to", "influxdb", "--compare")
    assert (compared.returncode, "8,860 in 13 months that differ" in compared.stdout) == (1, True)
    assert b'"series"' not in influx.execute(f'SHOW SERIES ON "{bucket}"')


def test_a_store_that_is_away_stops_the_copy_with_a_reason(influx: InfluxServer, tmp_path: Path) -> None:
    stopped = run(tmp_path, influx, "nowhere", "--from", "influxdb", "--to", "sqlite")
    assert (stopped.returncode, "INFLUXDB_BUCKET" in stopped.stdout or "not found" in stopped.stdout) == (1, True)
    assert "Traceback" not in stopped.stderr


@pytest.mark.parametrize(
    "words", [("--from", "sqlite", "--to", "sqlite"), ("--from", "sqlite"), ("--from", "mysql", "--to", "sqlite")]
)
def test_a_wrong_command_line_is_refused(influx: InfluxServer, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert run(tmp_path, influx, "x", *words).returncode == 2


def points(path: Path, measurement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"SELECT * FROM {measurement} ORDER BY time").fetchall()
    return [row[1:] for row in rows]
