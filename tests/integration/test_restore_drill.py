"""The drill: what it proves, and what it writes down when it fails."""

import json
import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest

from adapters.files.archive import archives_in
from adapters.files.seal import seal
from adapters.runtime.unprivileged import NOBODY, Program, has_rights_to_lose, run_as_nobody
from adapters.state.file import open_state
from support.backups import POINTS, backed_up, command, live
from support.process_service import environment_for


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
    assert said["error"].startswith(f"StoreRefusedError: {archive} is not what"), "the archive that was named, not the drill's copy"


async def test_a_service_that_fails_on_what_was_restored_is_recorded_with_its_last_words(tmp_path: Path) -> None:
    environment = await live(tmp_path / "old")
    archive = backed_up(environment, tmp_path / "kept")
    asked = patch("commands.drill.ASKED", ("/health", "/metrics/none"))
    with asked, patch("commands.drill.has_rights_to_lose", return_value=False):  # in this process, where it is patched
        assert command("restore_drill", environment, str(archive)).returncode == 1
    (record,) = (tmp_path / "kept/drills").iterdir()
    error = json.loads(record.read_text())["error"]
    assert "answers {'/metrics/none': 404}" in error and "startup complete" in error


async def test_what_an_archive_may_do_it_does_without_the_rights_of_root(tmp_path: Path) -> None:
    """The archive is from elsewhere, and its reader is made to obey it: as whom it then acts, and what it reaches."""
    if not has_rights_to_lose():
        pytest.skip("needs root: nobody else has rights to lose")
    secret, taken = tmp_path / "secret", tmp_path / "taken"
    secret.write_text("of root alone")
    secret.chmod(0o600)
    (tmp_path / "code").mkdir()
    (tmp_path / "code/start.py").write_text(HOSTILE.format(secret=str(secret), taken=str(taken)))
    archive = tmp_path / "archive.tar.gz"
    archive.write_bytes(b"of whoever")
    archive.chmod(0o600)
    program = Program(tmp_path, ("code",), "code", "anything")
    with tempfile.TemporaryDirectory() as scratch:  # as the command has it: pytest's own folder is root's alone
        ended = run_as_nobody(program, Path(scratch), takes=[archive], timeout_s=60)
    said = json.loads(ended.stdout)
    assert said == {
        "user": [NOBODY] * 3,
        "groups": [NOBODY],
        "capabilities": 0,
        "read": "PermissionError",
        "wrote": "PermissionError",
    }
    assert not taken.exists()


HOSTILE = """
import json, os, sys
from pathlib import Path

def tried(act):
    try:
        act()
        return "done"
    except OSError as error:
        return type(error).__name__

if len(sys.argv) > 1:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    json.dump({{
        "user": list(os.getresuid()),
        "groups": sorted({{*os.getgroups(), os.getgid()}}),
        "capabilities": int(status["CapEff"], 16) | int(status["CapPrm"], 16),
        "read": tried(lambda: Path({secret!r}).read_text()),
        "wrote": tried(lambda: Path({taken!r}).write_text("mine")),
    }}, sys.stdout)
"""
"""In place of the program: what a command of an archive would find, if a fault of ours let it run."""


STAYING = """
import os, sys, time
if len(sys.argv) > 1:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.close(1), os.close(2)
            time.sleep(600)
        os._exit(0)
    time.sleep(0.5)
    print(os.getpid())
"""
"""In place of the program: a process that leaves it, and its session, and means to stay."""


def of_nobody() -> set[int]:
    """The processes of the user of a drill."""
    return {int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and path.stat().st_uid == NOBODY}


async def test_nothing_that_an_archive_started_stays_when_the_drill_is_over(tmp_path: Path) -> None:
    if not has_rights_to_lose():
        pytest.skip("needs root: nobody else has rights to lose")
    (tmp_path / "code").mkdir()
    (tmp_path / "code/start.py").write_text(STAYING)
    archive = tmp_path / "archive.tar.gz"
    archive.write_bytes(b"of whoever")
    before = of_nobody()
    with tempfile.TemporaryDirectory() as scratch:
        ended = run_as_nobody(Program(tmp_path, ("code",), "code", "anything"), Path(scratch), takes=[archive], timeout_s=60)
    assert (ended.returncode, ended.stdout.strip().isdigit()) == (0, True), ended.stderr
    assert of_nobody() <= before


def test_a_backup_of_nothing_is_not_proven(tmp_path: Path) -> None:
    environment = environment_for(tmp_path / "old", SCHEDULER_ENABLED="false")
    open_state(tmp_path / "old/data/state.sqlite", "real").close()
    made = command("backup", environment, "--to", str(tmp_path / "kept"))
    assert (made.returncode, "NOTE: no point of the history is in it" in made.stdout) == (0, True), made.stdout
    ended = command("restore_drill", environment, str(archives_in(tmp_path / "kept")[-1]))
    assert (ended.returncode, "no point of the history is in the backup (made from sqlite)" in ended.stdout) == (1, True)
