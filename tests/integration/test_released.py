"""Files that released versions left: opened, migrated, killed in it at every statement, and refused by the version before."""

import gzip
import json
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.state.alerts import SqliteAlertLog
from adapters.state.file import MIGRATIONS, open_state
from adapters.state.floor import SqliteFloorLog
from adapters.state.gaps import SqliteGapLedger
from adapters.state.health import SqliteHealthLog
from adapters.state.issued import SqliteIssuedLog
from adapters.state.jobs import SqliteJobLog
from adapters.state.ledger import SqliteLedger
from adapters.state.plans import SqlitePlanLog
from adapters.state.products import SqliteProductLog
from adapters.state.wishes import SqliteWishLog
from adapters.store.spool import Spool
from adapters.store.sqlite import Database
from adapters.store.sqlite_series import SqliteStore
from domain.errors import StoreRefusedError
from domain.timeline import local_day

TESTS = Path(__file__).resolve().parents[1]
RELEASED = TESTS / "fixtures/released"
STATES = {int(path.name.split("-")[1].split(".")[0]): path for path in RELEASED.glob("state-*.sqlite.gz")}
LONG_AGO, NOW = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
FAR = datetime(2030, 1, 1, tzinfo=UTC)


def unpacked(packed: Path, folder: Path) -> Path:
    path = folder / packed.name.removesuffix(".gz")
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    return path


def counts(path: Path) -> dict[str, int]:
    """Rows of each table."""
    connection = sqlite3.connect(path)
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()
    found = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names}
    connection.close()
    return found


def shape(path: Path) -> dict[str, object]:
    """What a file is made of: the columns of each table, the statement of each index."""
    connection = sqlite3.connect(path)
    found: dict[str, object] = {}
    for kind, name, text in connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall():
        found[name] = connection.execute(f'PRAGMA table_info("{name}")').fetchall() if kind == "table" else text
    connection.close()
    return found


def test_every_schema_before_this_one_has_a_file_that_its_version_made() -> None:
    assert set(STATES) >= set(range(3, len(MIGRATIONS)))


@pytest.mark.parametrize("schema", sorted(STATES))
async def test_an_old_state_opens_keeps_every_row_and_is_read_by_every_log(schema: int, tmp_path: Path) -> None:
    path = unpacked(STATES[schema], tmp_path)
    before = counts(path)
    assert sum(before.values()) > 10, "there is something to lose"
    state = open_state(path, "simulated")
    after = counts(path)
    assert {name: after[name] for name in before} == before
    issued = SqliteIssuedLog(state)
    names = [name for (name,) in await state.rows("SELECT name FROM log_series ORDER BY name")]
    for name in names:
        instants = await issued.issues(name, LONG_AGO, FAR)
        assert instants
        entry = await issued.entry(name, instants[-1])
        assert entry is not None and len(entry.rows)
        assert len(await issued.as_of(name, FAR, LONG_AGO, FAR))
    assert len(await SqliteJobLog(state).last_runs()) == before["job_totals"]
    assert len(await SqliteHealthLog(state).all()) == before["source_health"]
    await SqliteProductLog(state).all()
    assert await SqliteGapLedger(state).gap(1)
    alerts = SqliteAlertLog(state)
    assert len([*await alerts.active(), *await alerts.ended_since(LONG_AGO)]) == before.get("alerts", 0)
    plan = await SqlitePlanLog(state).in_force()
    assert (plan is not None) == (before.get("plans", 0) > 0)
    assert len(await SqliteWishLog(state).standing_since(LONG_AGO)) == before.get("wishes", 0)
    assert len(await SqliteLedger(state).entries("day", local_day(LONG_AGO), local_day(FAR))) == before.get("ledger", 0)
    assert len(await SqliteFloorLog(state).after(0)) == after["floor_events"]
    assert (await Spool(state).first() is not None) == (before["spool"] > 0)
    state.close()


@pytest.mark.parametrize("schema", sorted(STATES))
def test_an_old_state_becomes_what_a_new_one_is(schema: int, tmp_path: Path) -> None:
    old, new = unpacked(STATES[schema], tmp_path), tmp_path / "new.sqlite"
    for path in (old, new):
        open_state(path, "simulated").close()
    assert shape(old) == shape(new)


def test_what_was_carried_out_before_the_log_is_in_it(tmp_path: Path) -> None:
    path = unpacked(STATES[4], tmp_path)
    open_state(path, "simulated").close()
    connection = sqlite3.connect(path)
    kinds = [kind for (kind,) in connection.execute("SELECT kind FROM floor_events ORDER BY sequence")]
    connection.close()
    assert kinds == ["planned"] * 3 + ["began", "ended"] * 3 + ["spoiled"]


@pytest.mark.parametrize("schema", sorted(STATES))
def test_killed_before_any_statement_of_the_migration_it_is_the_old_one_or_the_new_one(schema: int, tmp_path: Path) -> None:
    old = unpacked(STATES[schema], tmp_path)
    program = [sys.executable, str(TESTS / "support/killed_migration.py"), str(old), str(tmp_path)]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["wrong"] == []
    statements = sum(map(len, MIGRATIONS[schema:]))
    assert told["kills"] > statements, "each of them, and those around them"
    assert told["schema"] == told["known"] == len(MIGRATIONS)


@pytest.mark.parametrize("schema", sorted(set(STATES) - {len(MIGRATIONS)}))
def test_a_migrated_file_is_refused_by_the_version_before_and_left_as_it_is(schema: int, tmp_path: Path) -> None:
    path = unpacked(STATES[schema], tmp_path)
    open_state(path, "simulated").close()
    before = path.read_bytes()
    with pytest.raises(StoreRefusedError, match="newer version of this program"):
        Database(path, role="state", kind="simulated", migrations=MIGRATIONS[:schema])
    assert path.read_bytes() == before


async def test_an_old_series_file_is_read_and_written(tmp_path: Path) -> None:
    path = unpacked(RELEASED / "series-1.sqlite.gz", tmp_path)
    store = SqliteStore(path, "simulated")
    keys = [*await store.keys("energy_prices"), *await store.keys("weather_data")]
    assert len(keys) >= 5
    for key in keys:
        rows = await store.read(key, LONG_AGO, FAR)
        assert 0 < len(rows) <= 48
        await store.write(key, rows)
        assert await store.read(key, LONG_AGO, FAR) == rows
    await store.aclose()
