"""A backup back into place: on a fresh one, across stores, never over what is there without being told."""

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from adapters.files.archive import archives_in
from adapters.files.models import ModelFiles
from adapters.state.file import open_state
from adapters.state.notes import SqliteNotes
from adapters.store.influx.http import InfluxTarget
from adapters.store.influx.series import InfluxStore
from adapters.store.sqlite_series import SqliteStore
from domain.series import Rows
from support.backups import FIRST, PLANTED, POINTS, SPOT, backed_up, command, live, points_of, restored
from support.influx_buckets import QUICK, bucket, influx
from support.influx_server import InfluxServer
from support.process_service import ROOT, environment_for, served
from support.project_copy import make_venv

__all__ = ["bucket", "influx"]


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
    assert found.state == {"weights": 2}
    link = tmp_path / "new/models/latest/energy_optimization.pkl"
    assert found.entry is not None and link.resolve().name == f"{found.entry.version}.pkl"
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
    of_another = command("backup", fresh | {"STORE": "influxdb"}, "--to", str(tmp_path / "kept2"))
    assert of_another.returncode == 1
    assert "the service writes to sqlite, and STORE is influxdb here: set STORE=sqlite" in of_another.stdout


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
    plant = project / "src/configs/factory.toml"
    mine = plant.read_text()
    plant.write_text(mine.replace("Linares", "Elsewhere"))  # that of a new checkout: the owner's comes back
    ended = script("project/scripts/restore", f"kept/{archive.name}", "--trust")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert oct((project / ".env").stat().st_mode & 0o777) == "0o600"
    assert (project / "kept/data/state.sqlite").exists()
    assert plant.read_text() == mine and "Elsewhere" in plant.with_name("factory.toml.before-restore").read_text()
    (project / ".env").write_text("PORT=0\n")
    refused = script("project/scripts/restore", f"kept/{archive.name}", "--trust")
    assert (refused.returncode, ".env would be replaced" in refused.stdout) == (1, True)
