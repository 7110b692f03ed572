"""One process a folder."""

import os
from pathlib import Path

import pytest

from adapters.files.lock import LOCK, held
from domain.errors import StoreRefusedError
from support.requires import missing

SOMEBODY = 12345


def test_a_second_one_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    refused = pytest.raises(
        StoreRefusedError, match=rf"data is in use by process {os.getpid()} on \S+ since \d{{4}}-\d\d-\d\dT[\d:]{{8}}\+00:00: "
    )
    with held(tmp_path / "data"), refused, held(tmp_path / "data"):
        raise AssertionError("never reached")
    with held(tmp_path / "data"):
        pass


def test_what_root_locks_the_owner_of_the_folder_can_lock_afterwards(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        missing("to give files away needs root")
    os.chown(tmp_path, SOMEBODY, SOMEBODY)
    with held(tmp_path):
        assert (tmp_path / LOCK).stat().st_uid == SOMEBODY
