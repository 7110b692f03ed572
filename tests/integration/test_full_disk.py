"""The disk of the data fills while the service runs, and has room again."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from adapters.files.snapshot import copy_database
from adapters.state.file import open_state
from domain.errors import StoreUnavailableError
from support.process_service import Served, environment_for, served
from support.requires import missing


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(folder)], check=False).returncode
    ):
        missing("a disk of one's own needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def reasons(running: Served) -> list[str]:
    said = httpx2.get(running.url("/ready"), timeout=30).json()["reasons"]
    return [reason for reason in said if reason.startswith("disk: ")]


def until(running: Served, *, full: bool) -> list[str]:
    end = time.monotonic() + 30
    while bool(found := reasons(running)) != full:
        assert time.monotonic() < end, found
        time.sleep(0.2)
    return found


def test_ready_says_so_while_it_is_and_no_longer(small: Path, tmp_path: Path) -> None:
    environment = environment_for(tmp_path) | {"DATA_DIR": str(small / "data"), "SCHEDULER_ENABLED": "false"}
    with served(tmp_path, environment) as running:
        assert until(running, full=False) == []
        filler = small / "filler"
        filler.write_bytes(bytes(25_000_000))
        assert until(running, full=True) == [f"disk: {small}/data: less than 20 MB are left"]
        with filler.open("ab") as more, pytest.raises(OSError, match="No space"):
            while True:
                more.write(bytes(1_000_000))
                more.flush()
        assert until(running, full=True) == [f"disk: {small}/data: No space left on device"]
        filler.unlink()
        assert until(running, full=False) == []


def test_a_copy_that_finds_no_room_names_the_disk_that_has_none(small: Path, tmp_path: Path) -> None:
    open_state(tmp_path / "state.sqlite", "simulated").close()
    (small / "filler").write_bytes(bytes(40 * 1024 * 1024 - 65_536))
    with pytest.raises(StoreUnavailableError, match=f"^{small}/copy.sqlite: SQLITE_FULL"):
        copy_database(tmp_path / "state.sqlite", small / "copy.sqlite")
