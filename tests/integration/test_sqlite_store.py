"""The embedded store: the contract of every store, and what is its own."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.store.sqlite import Database
from adapters.store.sqlite_series import MIGRATIONS, SqliteStore
from contract.series_store_contract import SPOT, T0, SeriesStoreContract, all_of, hours
from domain.errors import StoreRefusedError, StoreUnavailableError
from domain.series import FIELDS, Rows, series_key

ROOT = Path(__file__).parents[2]
COUNTER = (("CREATE TABLE counter (number INTEGER)", "INSERT INTO counter VALUES (0)"),)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "series.sqlite", "real")
    yield opened
    await opened.aclose()


class TestSqliteStore(SeriesStoreContract):
    """The contract, on a file."""


def test_the_columns_are_the_fields_of_the_measurements(tmp_path: Path) -> None:
    path = tmp_path / "series.sqlite"
    asyncio.run(SqliteStore(path, "real").aclose())
    affinity = {"float": "REAL", "int": "INTEGER", "str": "TEXT"}
    connection = sqlite3.connect(path)
    for measurement, fields in FIELDS.items():
        columns = {name: kind for _, name, kind, *_ in connection.execute(f"PRAGMA table_info({measurement})")}
        wanted = {name: affinity[kind] for name, kind in fields.items()}
        assert columns == {"series_id": "INTEGER", "time": "INTEGER", **wanted}
    connection.close()


async def test_a_store_outlives_its_process(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "folder" / "series.sqlite"
    first = SqliteStore(path, "real")
    await first.write(SPOT, hours(0.1, 0.2))
    await first.aclose()
    again = SqliteStore(path, "real")
    assert len(await all_of(again, SPOT)) == 2
    await again.aclose()


async def test_real_and_simulated_data_never_share_a_file(tmp_path: Path) -> None:
    for born, other in (("real", "simulated"), ("simulated", "real")):
        path = tmp_path / f"{born}.sqlite"
        await SqliteStore(path, born).aclose()  # type: ignore[arg-type] # the two kinds
        with pytest.raises(StoreRefusedError, match=f"made for {born} data; it takes no {other} data"):
            SqliteStore(path, other)  # type: ignore[arg-type]


async def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "series.sqlite"
    await SqliteStore(path, "real").aclose()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreRefusedError, match="newer version of this program, which knows up to 2"):
        SqliteStore(path, "real")
    assert path.read_bytes() == before


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "series.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mail (id)")
    connection.commit()
    connection.close()
    with pytest.raises(StoreRefusedError, match="of another program"):
        SqliteStore(path, "real")


def test_a_file_that_is_not_sqlite_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "series.sqlite"
    path.write_text("utc,price\n" * 1000)
    with pytest.raises(StoreRefusedError, match="damaged or is not a SQLite file"):
        SqliteStore(path, "real")


async def test_a_damaged_file_is_an_error_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "series.sqlite"
    first = SqliteStore(path, "real")
    await first.write(SPOT, hours(*[place / 1000 for place in range(5000)]))
    await first.aclose()
    content = bytearray(path.read_bytes())
    content[3 * 4096 :] = b"\xff" * (len(content) - 3 * 4096)
    path.write_bytes(content)
    again = SqliteStore(path, "real")
    with pytest.raises(StoreRefusedError, match="damaged"):
        await all_of(again, SPOT)
    await again.aclose()


async def test_a_closed_store_is_away(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "series.sqlite", "real")
    await store.aclose()
    await store.aclose()
    for call in (store.ping(), store.write(SPOT, hours(0.1)), all_of(store, SPOT)):
        with pytest.raises(StoreUnavailableError, match="closed"):
            await call


async def test_a_file_that_was_removed_or_replaced_acknowledges_nothing_more(store: SqliteStore, tmp_path: Path) -> None:
    path = tmp_path / "series.sqlite"
    kept = path.rename(tmp_path / "kept.sqlite")
    for call in (store.ping(), store.write(SPOT, hours(0.1))):
        with pytest.raises(StoreUnavailableError, match="is gone"):
            await call
    with pytest.raises(StoreUnavailableError):
        await asyncio.gather(*(all_of(store, SPOT) for _ in range(8)))
    assert not path.exists()
    path.write_bytes(kept.read_bytes())
    with pytest.raises(StoreUnavailableError, match="was replaced"):
        await store.write(SPOT, hours(0.1))


async def test_a_lock_of_another_process_is_waited_for(store: SqliteStore, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "series.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    timer.start()
    await store.write(SPOT, hours(0.1))
    timer.join()
    other.close()
    assert len(await all_of(store, SPOT)) == 1


async def test_a_lock_that_stays_is_an_error_that_passes(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.store.sqlite._PRAGMAS", ("PRAGMA busy_timeout=50",))
    impatient = SqliteStore(tmp_path / "series.sqlite", "real")
    other = sqlite3.connect(tmp_path / "series.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match="SQLITE_BUSY"):
        await impatient.write(SPOT, hours(0.1))
    opened_meanwhile = SqliteStore(tmp_path / "series.sqlite", "real")
    other.execute("COMMIT")
    other.close()
    await impatient.write(SPOT, hours(0.1))
    await impatient.aclose()
    await opened_meanwhile.aclose()


async def test_a_full_disk_refuses_the_write_whole_and_later_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on the pages of the file stands in for the disk: SQLite answers both with SQLITE_FULL."""
    path = tmp_path / "series.sqlite"
    await SqliteStore(path, "real").aclose()
    monkeypatch.setattr("adapters.store.sqlite._PRAGMAS", ("PRAGMA max_page_count=12",))
    full = SqliteStore(path, "real")
    with pytest.raises(StoreUnavailableError, match="SQLITE_FULL"):
        await full.write(SPOT, hours(*[0.1] * 20_000))
    assert await full.extent(SPOT) is None
    await full.write(SPOT, hours(0.1))
    await full.aclose()


def test_a_folder_that_cannot_be_made_is_an_error_that_passes(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailableError):
        SqliteStore(tmp_path / "file" / "series.sqlite", "real")


async def test_text_that_is_no_unicode_is_refused(store: SqliteStore) -> None:
    key = series_key("predictions", model_version="v1", confidence="low")
    with pytest.raises(StoreRefusedError):
        await store.write(key, Rows([T0], {"production_class": ["\ud800"]}))


async def test_closing_loses_nothing_of_what_is_being_written(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "series.sqlite", "real")
    writing = asyncio.create_task(store.write(SPOT, hours(*[0.1] * 50_000)))
    while not (store._database._in_use or writing.done()):  # a write that has not begun is refused
        await asyncio.sleep(0)
    await store.aclose()
    await writing
    again = SqliteStore(tmp_path / "series.sqlite", "real")
    assert len(await all_of(again, SPOT)) == 50_000
    await again.aclose()


async def test_closing_waits_for_what_is_running(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.sqlite", role="state", kind="real", migrations=COUNTER)
    begun = threading.Event()

    def slow(connection: sqlite3.Connection) -> None:
        begun.set()
        time.sleep(0.3)
        connection.execute("UPDATE counter SET number = 7")

    writing = asyncio.create_task(database.run(database.write, slow))
    assert await asyncio.to_thread(begun.wait, 30)
    await asyncio.to_thread(database.close)
    await writing
    again = Database(tmp_path / "state.sqlite", role="state", kind="real", migrations=COUNTER)
    assert again.read(lambda connection: connection.execute("SELECT number FROM counter").fetchone()) == (7,)
    again.close()


async def test_two_openers_may_read_and_then_write_in_one_transaction(tmp_path: Path) -> None:
    """Each sees what the other did: a transaction that could write takes its turn before it reads."""
    openers = [Database(tmp_path / "state.sqlite", role="state", kind="real", migrations=COUNTER) for _ in range(2)]

    def increment(connection: sqlite3.Connection) -> None:
        (number,) = connection.execute("SELECT number FROM counter").fetchone()
        time.sleep(0.001)
        connection.execute("UPDATE counter SET number = ?", (number + 1,))

    await asyncio.gather(*(opener.run(opener.write, increment) for opener in openers * 20))
    assert openers[0].read(lambda connection: connection.execute("SELECT number FROM counter").fetchone()) == (40,)
    for opener in openers:
        opener.close()


async def test_a_failure_in_the_middle_of_a_transaction_leaves_nothing_of_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.sqlite", role="state", kind="real", migrations=COUNTER)

    def half(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE counter SET number = 7")
        raise KeyError("half")

    with pytest.raises(KeyError):
        await database.run(database.write, half)
    assert database.read(lambda connection: connection.execute("SELECT number FROM counter").fetchone()) == (0,)
    database.close()


def test_processes_that_start_together_make_one_file(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path; from adapters.store.sqlite_series import SqliteStore; "
        "from contract.series_store_contract import SPOT, T0; from domain.series import Rows\n"
        "async def main():\n"
        "    store = SqliteStore(Path(sys.argv[1]), 'real')\n"
        "    await store.write(SPOT, Rows([T0 + int(sys.argv[2])], {'price_eur_kwh': [0.1]}))\n"
        "    await store.aclose()\n"
        "asyncio.run(main())"
    )
    path = tmp_path / "series.sqlite"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src/fastapi-app'}:{ROOT / 'tests'}"}
    command = [sys.executable, "-c", program, str(path)]
    processes = [subprocess.Popen([*command, str(number)], env=environment) for number in range(4)]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM energy_prices").fetchone() == (4,)
    connection.close()
