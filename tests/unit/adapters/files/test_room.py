"""Folders that are full, nearly full, read-only or gone: on a real small file system where one can be mounted."""

import logging
import os
import shutil
import subprocess
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.files import room
from adapters.files.room import state_of
from adapters.runtime.logs import set_up, tear_down


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = shutil.which("mount") and os.geteuid() == 0
    if not mounted or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], check=False).returncode:
        pytest.skip("no small file system can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_folder_with_room_is_ok_and_one_with_little_is_low(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(room, "LEAST_FREE_BYTES", 0)
    assert state_of(tmp_path) == "ok"
    monkeypatch.setattr(room, "LEAST_FREE_BYTES", usage.total + 1)
    assert state_of(tmp_path) == "low"
    assert state_of(tmp_path / "gone") == "gone"
    assert list(tmp_path.iterdir()) == [], "the probe leaves nothing"


def test_a_full_disk_is_full_and_has_room_again(small_disk: Path) -> None:
    with (small_disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
        while True:
            filler.write(b"\0" * 4096)
    assert state_of(small_disk) == "full"
    (small_disk / "filler").unlink()
    assert state_of(small_disk) == "low"


def test_a_disk_that_became_read_only_is_told(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert state_of(small_disk) == "read_only"


def test_a_full_folder_of_logs_says_so_once_and_writes_again(small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(small_disk, [], lambda seconds: datetime.fromtimestamp(seconds, UTC))
    try:
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            while True:
                file.write(b"\0" * 4096)
        for number in range(100):
            logging.getLogger("application").info("line %d %s", number, "x" * 200)
        told = [line for line in capsys.readouterr().err.splitlines() if "cannot write" in line]
        assert len(told) == 1
        filler.unlink()
        logging.getLogger("application").info("after")
        assert "after" in (small_disk / "application.log").read_text()
    finally:
        tear_down()
