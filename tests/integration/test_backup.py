"""A backup as an operator takes it: real files, real SQLite, a service that writes meanwhile."""

import os
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from adapters.files.archive import archives_in, drop_old, pack, unpack
from adapters.files.snapshot import copy_database
from adapters.state.file import open_state
from adapters.state.notes import SqliteNotes
from support.backups import NOW, POINTS, backed_up, command, live, restored
from support.process_service import ROOT, environment_for


async def test_archive_and_checksum_are_for_their_owner_only_and_hold_what_the_manifest_says(tmp_path: Path) -> None:
    archive = backed_up(await live(tmp_path / "old"), tmp_path / "kept")
    assert oct(archive.stat().st_mode & 0o777) == "0o600"
    checked = subprocess.run(["sha256sum", "-c", f"{archive.name}.sha256"], cwd=archive.parent, capture_output=True, timeout=60)
    assert checked.returncode == 0
    with tarfile.open(archive) as tar:
        names = set(tar.getnames())
    manifest = unpack(archive, tmp_path / "out")
    assert set(manifest["files"]) <= names
    assert {"series.sqlite", "state.sqlite", "models/model_registry.json", "files/docker-compose.yml"} <= names
    assert {"files/src/configs/factory.toml", "files/src/configs/tariffs.toml"} <= names
    assert (manifest["points"], manifest["kind"], manifest["store"], manifest["models"]) == (POINTS + 103, "real", "sqlite", 2)
    assert list((tmp_path / "kept").glob(".*")) == []


async def test_a_backup_while_the_service_writes_is_whole(tmp_path: Path) -> None:
    environment = await live(tmp_path / "old")
    script = """
import asyncio, sys
from pathlib import Path
from adapters.store.sqlite_series import SqliteStore
from adapters.state.file import open_state
from adapters.state.notes import SqliteNotes
from domain.series import Rows, price_key
async def main():
    store, state = SqliteStore(Path(sys.argv[1]) / "series.sqlite", "real"), open_state(Path(sys.argv[1]) / "state.sqlite", "real")
    notes, number = SqliteNotes(state), 0
    while True:
        number += 1
        await store.write(price_key("pvpc", 60), Rows([number * 3600], {"price_eur_kwh": [number / 1e5], "as_of": [number]}))
        await notes.put("number", str(number))
        print(number, flush=True)
asyncio.run(main())
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "old/data")],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src/fastapi-app")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for _ in range(50):
        process.stdout.readline()
    try:
        archive = backed_up(environment, tmp_path / "kept")
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()
    manifest = unpack(archive, tmp_path / "out")
    written = sum(each["points"] for each in manifest["series"] if each["tags"].get("market") == "pvpc")
    state = open_state(tmp_path / "out/state.sqlite", "real")
    noted = int(await SqliteNotes(state).get("number") or 0)
    state.close()
    assert 50 <= noted <= written  # the state is the older of the two: nothing that it knows of is missing from the series
    assert restored(archive, environment_for(tmp_path / "new")).returncode == 0


def test_old_archives_go_and_the_newest_never_does(tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    made = []
    for days in (50, 40, 20):
        made.append(pack(content, tmp_path, NOW - timedelta(days=days), {}))
        (content / "manifest.json").unlink()
    assert drop_old(tmp_path, NOW, timedelta(days=30)) == made[:2]
    assert archives_in(tmp_path) == made[2:]
    assert drop_old(tmp_path, NOW + timedelta(days=999), timedelta(days=30)) == []
    assert {path.name for path in tmp_path.glob("*.sha256")} == {made[2].name + ".sha256"}


async def test_what_a_killed_backup_left_goes_with_the_next_and_one_that_still_runs_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    for name in (".making-old", ".making-new"):
        (kept / name).mkdir(parents=True)
        (kept / name / "state.sqlite").touch()
    long_ago = (kept / ".making-old").stat().st_mtime - 25 * 3600
    os.utime(kept / ".making-old", (long_ago, long_ago))
    backed_up(await live(tmp_path / "old"), kept)
    assert [path.name for path in kept.glob(".making-*")] == [".making-new"]


async def test_a_store_that_is_away_gives_no_backup_and_says_so(tmp_path: Path) -> None:
    environment = await live(tmp_path / "old") | {"STORE": "influxdb", "INFLUXDB_URL": "http://127.0.0.1:9"}
    ended = command("backup", environment, "--to", str(tmp_path / "kept"))
    assert (ended.returncode, "no backup was made" in ended.stdout) == (1, True)
    assert list((tmp_path / "kept").iterdir()) == []


async def test_a_damaged_model_or_state_is_found_when_it_is_backed_up(tmp_path: Path) -> None:
    environment = await live(tmp_path / "old")
    model = next((tmp_path / "old/models").glob("*.pkl"))
    model.write_bytes(model.read_bytes()[:-1] + b"!")
    assert "is not what the registry says" in command("backup", environment, "--to", str(tmp_path / "kept")).stdout
    state = tmp_path / "old/data/state.sqlite"
    state.write_bytes(state.read_bytes()[:100] + b"\xff" * 4000)
    assert command("backup", environment, "--to", str(tmp_path / "kept")).returncode == 1


def test_a_database_is_copied_with_what_its_log_holds(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a")) as live_one:
        live_one.execute("PRAGMA journal_mode=WAL")
        live_one.execute("CREATE TABLE t (x)")
        live_one.execute("INSERT INTO t VALUES (1)")
        live_one.commit()
        assert (tmp_path / "a-wal").stat().st_size > 0
        copy_database(tmp_path / "a", tmp_path / "b")
    with closing(sqlite3.connect(tmp_path / "b")) as copied:
        assert copied.execute("SELECT x FROM t").fetchall() == [(1,)]
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith("b")} == {"b"}
