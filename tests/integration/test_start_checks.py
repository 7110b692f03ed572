"""What an operator reads when the service cannot start: one line that names what is wrong and the command that mends it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.files.folders import check_writable
from support.process_service import MAIN, environment_for
from support.requires import missing

SOMEBODY = 12345
"""A user that owns nothing here."""


@pytest.fixture
def locked() -> Iterator[Path]:
    """A folder that belongs to root, reachable by everyone: not one of pytest's, which each new session closes to others again."""
    if os.geteuid() != 0:
        missing("to start as another user needs root")
    with tempfile.TemporaryDirectory(prefix="factory-locked-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    check_writable([tmp_path / "a/b"])
    assert list((tmp_path / "a/b").iterdir()) == []


@pytest.mark.parametrize("name", ["data", "logs", "models"])
def test_a_folder_of_another_user_is_named_with_the_command_that_mends_it(locked: Path, name: str) -> None:
    for each in ("data", "logs", "models"):
        (locked / each).mkdir()
        os.chown(locked / each, SOMEBODY if each != name else 0, SOMEBODY)
    # The program is imported by root first: this checkout may lie where nobody else may look.
    become = f"os.setgroups([]); os.setgid({SOMEBODY}); os.setuid({SOMEBODY})"
    script = f"import main, os\n{become}\nmain.main()"
    environment = environment_for(locked) | {"PYTHONPATH": str(MAIN.parent)}
    ended = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=100, cwd=MAIN.parent, check=False
    )
    assert ended.returncode == 1, ended.stderr
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith(f"cannot start: user {SOMEBODY} cannot write {locked / name}: ")
    assert "sudo scripts/init-env" in line


def test_a_weak_secret_is_named_with_the_command_that_mends_it_and_no_secret_is_told(tmp_path: Path) -> None:
    environment = environment_for(tmp_path, ENVIRONMENT="production", API_TOKEN="planted", OPENWEATHERMAP_API_KEY="planted-too")
    ended = subprocess.run([sys.executable, str(MAIN)], env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode == 1
    assert ended.stderr == "cannot start: API_TOKEN is shorter than 16 characters: scripts/init-env writes a strong one\n"
