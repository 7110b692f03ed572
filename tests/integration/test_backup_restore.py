"""Backup, restore and drill as an operator runs them: real files, real SQLite, a real InfluxDB, a service that writes meanwhile."""

import importlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from adapters.archive import archives_in, drop_old, pack, unpack
from adapters.influx import InfluxStore
from adapters.influx_http import InfluxTarget
from adapters.model_files import ModelFiles
from adapters.snapshot import copy_database
from adapters.sqlite_store import SqliteStore
from adapters.state import open_state
from adapters.state_health import SqliteNotes
from domain.errors import StoreRefusedError
from domain.series import Rows, SeriesKey, price_key, series_key
from ports import SeriesStore
from services.backup_service import inventory, take
from support.influx_buckets import QUICK, bucket, influx
from support.influx_server import InfluxServer
from support.process_service import ROOT, environment_for, served

__all__ = ["bucket", "influx"]

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
SPOT = price_key("spot", 15)
WEATHER = series_key("weather_data", source="AEMET", kind="observed")
PREDICTED = series_key("predictions", model_version="naive", confidence="low")
FIRST = int(datetime(2025, 12, 30, tzinfo=UTC).timestamp())
POINTS = 4000
PLANTED = "planted-token-1234567890"


async def fill(store: SeriesStore) -> None:
    """Two months of quarter-hours over a turn of the year, weather with holes, classes."""
    times = [FIRST + place * 900 for place in range(POINTS)]
    prices = [(place * 7919 % 100_003 - 20_000) / 1e5 for place in range(POINTS)]
    await store.write(SPOT, Rows(times, {"price_eur_kwh": prices, "provider": ["omie"] * POINTS, "as_of": times}))
    humid = [None if place % 3 else 50.0 for place in range(100)]
    await store.write(WEATHER, Rows(times[:100], {"temperature": [float(place) for place in range(100)], "humidity": humid}))
    await store.write(PREDICTED, Rows(times[:3], {"production_class": ["optimal", "moderate", "halt"]}))


async def live(folder: Path) -> dict[str, str]:
    """A service's files with something in each, and the environment that names them."""
    environment = environment_for(folder, API_TOKEN=PLANTED, SCHEDULER_ENABLED="false")
    store = SqliteStore(folder / "data" / "series.sqlite", "real")
    await fill(store)
    await store.aclose()
    state = open_state(folder / "data" / "state.sqlite", "real")
    await SqliteNotes(state).put("where", "madrid")
    state.close()
    models = ModelFiles(folder / "models", "real")
    for day in (1, 2):
        entry = models.save("energy_optimization", {"weights": day}, trained_at=NOW + timedelta(days=day), facts={})
        models.promote(entry, NOW, "better")
    return environment


@dataclass(frozen=True)
class Ended:
    """How a command line ended."""

    returncode: int
    stdout: str


def command(name: str, environment: dict[str, str], *words: str) -> Ended:
    """One of the command lines with an environment of its own, in this process (starting one takes seconds). Faults surface."""
    said = io.StringIO()
    with patch.dict(os.environ, environment, clear=True), redirect_stdout(said), ThreadPoolExecutor(1) as thread:
        code = thread.submit(importlib.import_module(name).main, list(words)).result()
    return Ended(code, said.getvalue())


def backed_up(environment: dict[str, str], folder: Path) -> Path:
    """The archive of a backup that must succeed."""
    ended = command("backup", environment, "--to", str(folder))
    assert ended.returncode == 0, ended.stdout
    return archives_in(folder)[-1]


def restored(archive: Path, environment: dict[str, str], *words: str) -> Ended:
    return command("restore", environment, "--part", "data", str(archive), *words)


async def points_of(store: SeriesStore) -> list[dict[str, object]]:
    try:
        return await inventory(store)
    finally:
        await store.aclose()


async def test_everything_comes_back_on_a_fresh_place(tmp_path: Path) -> None:
    environment = await live(tmp_path / "old")
    archive = backed_up(environment, tmp_path / "kept")
    fresh = environment_for(tmp_path / "new", API_TOKEN=PLANTED)
    ended = restored(archive, fresh)
    assert ended.returncode == 0, ended.stdout
    assert "4,103 points in 5 months, 4,103 of them written to sqlite, state, 2 models: all as in the manifest" in ended.stdout

    before = await points_of(SqliteStore(tmp_path / "old/data/series.sqlite", "real"))
    assert await points_of(SqliteStore(tmp_path / "new/data/series.sqlite", "real")) == before
    state = open_state(tmp_path / "new/data/state.sqlite", "real")
    assert await SqliteNotes(state).get("where") == "madrid"
    state.close()
    found = ModelFiles(tmp_path / "new/models", "real").load("energy_optimization")
    assert found is not None and found[1] == {"weights": 2}
    link = tmp_path / "new/models/latest/energy_optimization.pkl"
    assert link.resolve().name == f"{found[0].version}.pkl"
    again = restored(archive, fresh)
    assert (again.returncode, "0 of them written" in again.stdout) == (0, True), again.stdout


async def test_across_stores_and_back_the_history_is_equal(influx: InfluxServer, bucket: str, tmp_path: Path) -> None:
    environment = await live(tmp_path / "old")
    before = await points_of(SqliteStore(tmp_path / "old/data/series.sqlite", "real"))
    server = {"STORE": "influxdb", "INFLUXDB_URL": influx.url, "INFLUXDB_BUCKET": bucket}
    there = environment_for(tmp_path / "there", **server)
    ended = restored(backed_up(environment, tmp_path / "kept"), there)
    assert ended.returncode == 0, ended.stdout
    assert await points_of(InfluxStore(InfluxTarget(influx.url, bucket), "real", QUICK)) == before

    back = environment_for(tmp_path / "back")
    assert restored(backed_up(there, tmp_path / "kept2"), back).returncode == 0
    assert await points_of(SqliteStore(tmp_path / "back/data/series.sqlite", "real")) == before


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
from adapters.sqlite_store import SqliteStore
from adapters.state import open_state
from adapters.state_health import SqliteNotes
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


async def test_what_is_there_is_not_replaced_without_being_told(tmp_path: Path) -> None:
    environment = await live(tmp_path / "old")
    archive = backed_up(environment, tmp_path / "kept")
    other = environment_for(tmp_path / "other")
    store = SqliteStore(tmp_path / "other/data/series.sqlite", "real")
    await store.write(SPOT, Rows([FIRST, FIRST + 86400 * 400], {"price_eur_kwh": [9.0, 9.5]}))
    await store.aclose()
    state = open_state(tmp_path / "other/data/state.sqlite", "real")
    await SqliteNotes(state).put("where", "sevilla")
    state.close()
    refused = restored(archive, other)
    assert (refused.returncode, "state.sqlite would be replaced; --overwrite does" in refused.stdout) == (1, True)
    (tmp_path / "other/data/state.sqlite").rename(tmp_path / "set-aside")
    refused = restored(archive, other)
    assert (refused.returncode, "the store holds points that are not those of the backup (energy_prices" in refused.stdout) == (
        1,
        True,
    )
    (tmp_path / "set-aside").rename(tmp_path / "other/data/state.sqlite")
    store = SqliteStore(tmp_path / "other/data/series.sqlite", "real")
    always = (datetime(2025, 12, 30, tzinfo=UTC), datetime(2027, 12, 30, tzinfo=UTC))
    assert list((await store.read(SPOT, *always)).columns["price_eur_kwh"]) == [9.0, 9.5]
    await store.aclose()
    state = open_state(tmp_path / "other/data/state.sqlite", "real")
    assert await SqliteNotes(state).get("where") == "sevilla"
    state.close()

    assert restored(archive, other, "--overwrite").returncode == 0
    kept = open_state(tmp_path / "other/data/state.sqlite.before-restore", "real")
    assert await SqliteNotes(kept).get("where") == "sevilla"
    kept.close()
    store = SqliteStore(tmp_path / "other/data/series.sqlite", "real")
    rows = await store.read(SPOT, *always)
    assert len(rows) == POINTS + 1 and rows.columns["price_eur_kwh"][0] == -0.2
    await store.aclose()


async def test_a_running_service_is_not_restored_under(tmp_path: Path) -> None:
    environment = await live(tmp_path / "old")
    archive = backed_up(environment, tmp_path / "kept")
    fresh = environment_for(tmp_path / "new", SCHEDULER_ENABLED="false")
    with served(tmp_path / "new", fresh) as running:
        refused = restored(archive, fresh | {"PORT": str(running.ports[0])}, "--overwrite")
    assert (refused.returncode, "stop the service first" in refused.stdout) == (1, True)


async def test_a_damaged_archive_is_refused_wherever_the_damage_is(tmp_path: Path) -> None:
    archive = backed_up(await live(tmp_path / "old"), tmp_path / "kept")
    content = archive.read_bytes()
    for place in (10, len(content) // 3, len(content) // 2, len(content) - 20):
        archive.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        assert "not what" in restored(archive, environment_for(tmp_path / f"at{place}")).stdout
    archive.with_name(archive.name + ".sha256").unlink()
    half = len(content) // 2
    for damaged in (content[:half], b"", content[:half] + b"x" * 50 + content[half + 50 :]):
        archive.write_bytes(damaged)
        ended = restored(archive, environment_for(tmp_path / "fresh"))
        assert ended.returncode == 1, ended.stdout
    assert not (tmp_path / "fresh/data/state.sqlite").exists()


def test_a_file_that_is_not_the_manifests_is_refused(tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    (content / "state.sqlite").write_text("one")
    archive = pack(content, tmp_path, NOW, {})
    (tmp_path / "a").mkdir()
    unpack(archive, tmp_path / "a")
    (tmp_path / "a/state.sqlite").write_text("two")
    with tarfile.open(archive, "w:gz") as tar:
        for path in sorted((tmp_path / "a").iterdir()):
            tar.add(path, path.name)
    archive.with_name(archive.name + ".sha256").unlink()
    with pytest.raises(StoreRefusedError, match=r"does not hold what its manifest says: state\.sqlite"):
        unpack(archive, tmp_path / "b")


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside-of-everything"])
def test_an_archive_cannot_write_outside_its_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "x").write_text("x")
    archive = tmp_path / "chocolate-factory-20260320T120000Z.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "x", name)
    with pytest.raises(StoreRefusedError):
        unpack(archive, tmp_path / "deep/folder")
    assert not (tmp_path / "deep/outside").exists() and not Path("/tmp/outside-of-everything").exists()


async def test_a_newer_program_or_schema_or_the_other_world_is_refused(tmp_path: Path) -> None:
    archive = backed_up(await live(tmp_path / "old"), tmp_path / "kept")
    simulated = restored(archive, environment_for(tmp_path / "sim", SIM_SEED="1"))
    assert (simulated.returncode, "backup of real data; this service is simulated" in simulated.stdout) == (1, True)
    for newer in ("state.sqlite", "format"):
        folder = tmp_path / newer
        folder.mkdir()
        manifest = unpack(archive, folder)
        (folder / "manifest.json").unlink()
        if newer == "format":
            manifest["format"] = 2
        else:
            with closing(sqlite3.connect(folder / newer)) as connection:
                connection.execute("PRAGMA user_version = 99")
        made = pack(folder, tmp_path / "kept", NOW + timedelta(days=len(newer)), {})
        if newer == "format":
            rewrite_manifest(made, tmp_path / "rewritten", format=2)
        else:
            rewrite_manifest(made, tmp_path / "rewritten2", **{k: manifest[k] for k in ("kind", "series", "models", "store")})
        ended = restored(made, environment_for(tmp_path / f"new-{newer}"))
        assert (ended.returncode, "newer" in ended.stdout) == (1, True), ended.stdout


def rewrite_manifest(archive: Path, folder: Path, **changes: object) -> None:
    """Another manifest in an archive."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    manifest = json.loads((folder / "manifest.json").read_text()) | changes
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with tarfile.open(archive, "w:gz") as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, path.name)
    archive.with_name(archive.name + ".sha256").unlink()


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


async def test_a_target_that_loses_points_is_found_out(tmp_path: Path) -> None:
    source, target = SqliteStore(tmp_path / "a.sqlite", "real"), SqliteStore(tmp_path / "b.sqlite", "real")
    await fill(source)
    write = target.write

    async def lose_one(key: SeriesKey, rows: Rows) -> None:
        await write(key, Rows(rows.times[1:], {name: column[1:] for name, column in rows.columns.items()}))

    target.write = lose_one  # type: ignore[method-assign]
    with pytest.raises(StoreRefusedError, match="not kept as they were written"):
        await take(source, target)
    await source.aclose()
    await target.aclose()


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


async def test_the_drill_proves_a_backup_on_a_running_service_and_writes_it_down(tmp_path: Path) -> None:
    archive = backed_up(await live(tmp_path / "old"), tmp_path / "kept")
    ended = command("restore_drill", {"PATH": os.environ["PATH"]}, str(archive))
    assert ended.returncode == 0, ended.stdout
    (record,) = (tmp_path / "kept/drills").iterdir()
    said = json.loads(record.read_text())
    assert (said["proven"], said["points"], said["months"], said["archive"]) == (True, POINTS + 103, 5, archive.name)
    assert said["answers"]["/dashboard/complete"] == 200
    assert said["models"]["energy_optimization"].startswith("energy_optimization_2026")


async def test_a_drill_that_fails_is_written_down_too(tmp_path: Path) -> None:
    archive = backed_up(await live(tmp_path / "old"), tmp_path / "kept")
    archive.write_bytes(archive.read_bytes()[:-9])
    ended = command("restore_drill", {"PATH": os.environ["PATH"]}, str(archive))
    assert ended.returncode == 1
    (record,) = (tmp_path / "kept/drills").iterdir()
    said = json.loads(record.read_text())
    assert said["proven"] is False and "changed or damaged" in said["error"]


async def test_a_service_that_fails_on_what_was_restored_is_recorded_with_its_last_words(tmp_path: Path) -> None:
    archive = backed_up(await live(tmp_path / "old"), tmp_path / "kept")
    with patch("restore_drill.ASKED", ("/health", "/metrics/none")):
        assert command("restore_drill", {"PATH": os.environ["PATH"]}, str(archive)).returncode == 1
    (record,) = (tmp_path / "kept/drills").iterdir()
    error = json.loads(record.read_text())["error"]
    assert "answers {'/metrics/none': 404}" in error and "startup complete" in error


def test_the_scripts_restore_settings_first_and_read_them_for_the_rest(tmp_path: Path) -> None:
    """A fresh checkout, nothing set: the restored .env says where the data goes."""
    project = tmp_path / "project"
    for name in ("scripts", "src/fastapi-app", "src/configs"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("CHANGELOG.md", "requirements.lock", "docker-compose.yml"):
        shutil.copy(ROOT / name, project / name)
    (project / ".env").write_text("DATA_DIR=kept/data\nMODELS_DIR=kept/models\nPORT=0\n")
    (project / ".env").chmod(0o600)
    environment = {"PATH": os.environ["PATH"], "VENV": str(tmp_path / "venv")}
    make_venv(tmp_path / "venv", project)
    state = open_state(project / "kept/data/state.sqlite", "real")
    state.close()

    def script(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", *words], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100, check=False
        )

    made = script("project/scripts/backup", "--to", str(tmp_path / "kept"))
    assert made.returncode == 0, made.stdout + made.stderr
    archive = archives_in(tmp_path / "kept")[-1]
    (project / ".env").unlink()
    shutil.rmtree(project / "kept")
    ended = script("project/scripts/restore", f"kept/{archive.name}")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert oct((project / ".env").stat().st_mode & 0o777) == "0o600"
    assert (project / "kept/data/state.sqlite").exists()
    (project / ".env").write_text("PORT=0\n")
    refused = script("project/scripts/restore", f"kept/{archive.name}")
    assert (refused.returncode, ".env would be replaced" in refused.stdout) == (1, True)


def make_venv(folder: Path, project: Path) -> None:
    """This test's Python under the name that scripts/env looks for, counted as installed from the lock file."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (folder / "bin/python").chmod(0o755)
    shutil.copy(project / "requirements.lock", folder / ".installed-requirements.lock")
