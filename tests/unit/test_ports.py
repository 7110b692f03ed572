"""Ports that tests hold for themselves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import ports

ROOT = Path(__file__).resolve().parents[2]
TAKES = """
from pathlib import Path
from bench import ports
ports.LOWEST, ports.RANGE = {lowest}, Path({beyond!r})
try:
    print(ports.reserved_port({row}), flush=True)
except OSError as error:
    print(error, flush=True)
"""


def taken_by_another(lowest: int, beyond: Path, row: int) -> str:
    program = TAKES.format(lowest=lowest, beyond=str(beyond), row=row)
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def test_a_port_that_one_holds_is_given_to_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, beyond = ports.reserved_port(4), tmp_path / "range"
    for port in range(first, first + 4):
        os.close(ports._held.pop(port))
    beyond.write_text(f"{first + 5}\t60999\n", encoding="ascii")
    monkeypatch.setattr(ports, "LOWEST", first)
    monkeypatch.setattr(ports, "RANGE", beyond)
    mine = {ports.reserved_port() for _ in range(3)}
    assert len(mine) == 3 and mine < set(range(first, first + 4))
    (left,) = set(range(first, first + 4)) - mine
    assert taken_by_another(first, beyond, 1) == str(left)
    assert taken_by_another(first, beyond, 2) == f"no 2 free ports in a row between {first} and {first + 5}"
