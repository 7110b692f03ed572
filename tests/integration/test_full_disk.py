"""The disk of the data fills while the service runs, and has room again."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
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


def test_the_alert_that_the_disk_is_full_is_told_though_it_cannot_be_kept(small: Path, tmp_path: Path) -> None:
    """Filled at one stroke: no look at the rules could write anything down before."""
    with served(tmp_path, environment_for(tmp_path) | {"DATA_DIR": str(small / "data")}) as running:
        assert httpx2.get(running.url("/dashboard/alerts"), timeout=30).status_code == 200
        with (small / "filler").open("ab", buffering=0) as filler, pytest.raises(OSError, match="No space"):
            while True:
                filler.write(bytes(100_000))
        until(running, full=True)
        told = told_alerts(running, lambda ids: "disk_full" in ids)
        assert {"disk_full", "no_room-data"} <= told
        (small / "filler").unlink()
        told_alerts(running, lambda ids: not {"disk_full"} & ids)


def told_alerts(running: Served, holds: Callable[[set[str]], bool]) -> set[str]:
    """The alerts, each answer whole, once they are as they should be."""
    end = time.monotonic() + 90
    while True:
        httpx2.post(running.url("/scheduler/jobs/advice/run"), json={}, timeout=30)
        answer = httpx2.get(running.url("/dashboard/alerts"), timeout=30)
        assert answer.status_code == 200, answer.text
        if holds(ids := {alert["id"] for alert in answer.json()["alerts"]}):
            return ids
        assert time.monotonic() < end, ids
        time.sleep(0.5)
