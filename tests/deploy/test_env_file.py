"""The table of `tests/unit/test_env_file.py` against the real Docker Compose; it needs no engine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.odd_env_files import ENVIRONMENT, READ, REFUSED, REFUSED_BY_US

COMPOSE = Path(sys.executable).with_name("docker-compose")
SERVICE = "services: {x: {image: x, environment: {A: '${A-unset}', B: '${B-unset}'}}}\n"


def composed(folder: Path, raw: bytes) -> dict[str, str] | None:
    """A and B as Compose reads a file; None when it refuses."""
    (folder / "settings.env").write_bytes(raw)
    (folder / "compose.yml").write_text(SERVICE)
    command = [str(COMPOSE), "-f", "compose.yml", "--env-file", "settings.env", "config", "--format", "json"]
    ended = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False)
    if ended.returncode:
        return None
    found = json.loads(ended.stdout)["services"]["x"]["environment"]
    return {name: value.replace("$$", "$") for name, value in found.items() if value != "unset"}


def test_compose_reads_them_so(tmp_path: Path) -> None:
    assert {raw: composed(tmp_path, raw) for raw, _ in READ} == dict(READ)


@pytest.mark.parametrize("raw", REFUSED, ids=repr)
def test_compose_refuses_them(tmp_path: Path, raw: bytes) -> None:
    assert composed(tmp_path, raw) is None


def test_compose_takes_what_only_we_refuse(tmp_path: Path) -> None:
    assert [raw for raw in REFUSED_BY_US if composed(tmp_path, raw) is None] == []
