"""A checkout of its own for a test, run by its scripts as somebody types them."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from support.process_service import ROOT

PARTS = ("scripts", "src/fastapi-app", "src/configs")
FILES = ("CHANGELOG.md", "requirements.lock", "docker-compose.yml")
ENDS_S = 120


@dataclass(frozen=True, slots=True)
class Checkout:
    """What a clone has, in a folder of its own, and a virtual environment that counts as installed."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def typed(self, line: str) -> subprocess.CompletedProcess[str]:
        """What a line gives that is typed in its folder."""
        words = ["sh", *line.split()]
        given = {"PATH": os.environ["PATH"], "VENV": str(self.folder.parent / f"{self.folder.name}-venv"), **self.environment}
        return subprocess.run(words, cwd=self.folder, env=given, capture_output=True, text=True, timeout=ENDS_S, check=False)


def checkout(folder: Path, **environment: str) -> Checkout:
    """A new one."""
    for name in PARTS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    made = Checkout(folder, environment)
    make_venv(folder.parent / f"{folder.name}-venv", folder)
    return made


def make_venv(folder: Path, project: Path) -> None:
    """This test's Python under the name that scripts/env looks for, counted as installed from the lock file."""
    (folder / "bin").mkdir(parents=True)
    (folder / f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages").mkdir(parents=True)
    (folder / "bin/python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (folder / "bin/python3").chmod(0o755)
    shutil.copy(project / "requirements.lock", folder / ".installed-requirements.lock")
