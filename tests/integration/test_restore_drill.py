"""The drill: what it proves, and what it writes down when it fails."""

import json
from pathlib import Path
from unittest.mock import patch

from adapters.files.seal import seal
from support.backups import POINTS, backed_up, command, live


async def test_the_drill_proves_a_backup_on_a_running_service_and_writes_it_down(tmp_path: Path) -> None:
    environment = await live(tmp_path / "old")
    archive = backed_up(environment, tmp_path / "kept")
    ended = command("restore_drill", environment, str(archive))
    assert ended.returncode == 0, ended.stdout
    (record,) = (tmp_path / "kept/drills").iterdir()
    said = json.loads(record.read_text())
    assert (said["proven"], said["points"], said["months"], said["archive"]) == (True, POINTS + 103, 5, archive.name)
    assert said["answers"]["/dashboard/complete"] == 200
    assert said["models"]["energy_optimization"].startswith("energy_optimization_2026")


async def test_a_drill_that_fails_is_written_down_too(tmp_path: Path) -> None:
    environment = await live(tmp_path / "old")
    archive = backed_up(environment, tmp_path / "kept")
    archive.write_bytes(archive.read_bytes()[:-9])
    seal(archive, tmp_path / "old/data")  # else it is not even read
    ended = command("restore_drill", environment, str(archive))
    assert ended.returncode == 1
    (record,) = (tmp_path / "kept/drills").iterdir()
    said = json.loads(record.read_text())
    assert said["proven"] is False and "changed or damaged" in said["error"]


async def test_a_service_that_fails_on_what_was_restored_is_recorded_with_its_last_words(tmp_path: Path) -> None:
    environment = await live(tmp_path / "old")
    archive = backed_up(environment, tmp_path / "kept")
    with patch("commands.restore_drill.ASKED", ("/health", "/metrics/none")):
        assert command("restore_drill", environment, str(archive)).returncode == 1
    (record,) = (tmp_path / "kept/drills").iterdir()
    error = json.loads(record.read_text())["error"]
    assert "answers {'/metrics/none': 404}" in error and "startup complete" in error
