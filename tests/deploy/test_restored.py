"""Backed up, destroyed, restored. The last of the deployment tests, as it takes the stack away."""

import shutil
import sys
import time
from typing import Any

import pytest

from adapters.files.archive import archives_in, unpack
from support.stack import BRAIN, DAYS, Stack, ready, until

pytestmark = pytest.mark.deploy

VENV = {"VENV": sys.prefix}


def test_backed_up_while_it_runs_destroyed_and_restored_on_a_fresh_server(whole: Stack, figures: Any) -> None:
    kept, token = whole.folder.parent / "kept", whole.settings()["INFLUXDB_TOKEN"]
    with (whole.folder / "src/configs/factory.toml").open("a", encoding="utf-8") as plant:
        plant.write("# edited\n")
    with figures.timed("backup of the running stack"):
        said = whole.script("backup", "--to", str(kept), environment=VENV)
    archive = archives_in(kept)[0]
    figures.note("backup", said.strip().splitlines()[-2].split(": ", 1)[1])
    (kept / "looked-at").mkdir()
    months = unpack(archive, kept / "looked-at")["series"]
    prices = sum(month["points"] for month in months if month["measurement"] == "energy_prices")
    assert prices >= DAYS * 24 and {month["measurement"] for month in months} >= {"energy_prices", "weather_data"}
    assert oct(archive.stat().st_mode & 0o777) == "0o600"

    whole.compose("down", "-v", "--timeout", "5")
    shutil.rmtree(whole.folder)
    fresh = Stack(whole.engine, whole.folder.parent / "another-server")
    started = time.monotonic()
    restored = fresh.script("restore", str(archive), "--trust", "--containers", environment=VENV | {"COMPOSE": "docker-compose"})
    try:
        assert "all as in the manifest" in restored
        assert fresh.settings()["INFLUXDB_TOKEN"] == token
        assert "# edited" in (fresh.folder / "src/configs/factory.toml").read_text(encoding="utf-8")
        assert fresh.points("energy_prices") == prices
        until(lambda: fresh.health(BRAIN) == "healthy", 90, "the new service is healthy")
        figures.note("restore on a fresh server, until healthy", f"{time.monotonic() - started:.1f} s")
        until(lambda: ready()["store"]["state"] == "ok" and ready()["ready"], 60, "it is ready, with the prices that it had")
        with figures.timed("restore drill"):
            assert "proven: " in fresh.script("restore-drill", str(archive), "--trust", environment=VENV)
    finally:
        fresh.compose("down", "-v", "--timeout", "5")
