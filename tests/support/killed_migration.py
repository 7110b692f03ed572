"""Opens an old state file again and again, killed (-9) before each statement of its migration in turn, and then as it should be.

Run as a program: `killed_migration.py OLD FOLDER`. Prints as JSON how often it was killed and what was not as it should have been.
"""

import functools
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from adapters.state.file import MIGRATIONS, open_state


class Killing(sqlite3.Connection):
    """Ends the process before its n-th statement."""

    left = 0

    def execute(self, *given: Any) -> sqlite3.Cursor:
        self._count()
        return super().execute(*given)

    def executemany(self, *given: Any) -> sqlite3.Cursor:
        self._count()
        return super().executemany(*given)

    def _count(self) -> None:
        if Killing.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        Killing.left -= 1


def killed_before(path: Path, statement: int) -> bool:
    """Whether a process that opened the file was killed before a statement; False when it had opened it by then."""
    child = os.fork()
    if child == 0:
        Killing.left = statement
        sqlite3.connect = functools.partial(sqlite3.connect, factory=Killing)  # type: ignore[assignment]
        open_state(path, "simulated")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        raise SystemExit(f"the opening failed before statement {statement}")
    return os.WIFSIGNALED(status)


def content(path: Path) -> str:
    """Digest of everything in a file."""
    connection = sqlite3.connect(path)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        return f"{version}:{hashlib.sha256(chr(10).join(connection.iterdump()).encode()).hexdigest()}"
    finally:
        connection.close()


def main(old: Path, folder: Path) -> None:
    """The outcome on standard output."""
    before, whole = content(old), folder / "whole.sqlite"
    shutil.copy(old, whole)
    open_state(whole, "simulated").close()
    after, wrong, statement = content(whole), list[str](), 0
    while True:
        path = folder / f"killed-{statement}.sqlite"
        shutil.copy(old, path)
        killed = killed_before(path, statement)
        found = content(path)
        if found not in (before, after):
            wrong.append(f"half migrated before statement {statement}")
        open_state(path, "simulated").close()
        if content(path) != after:
            wrong.append(f"not as it should be after a kill before statement {statement}")
        if not killed:
            break
        statement += 1
    print(json.dumps({"kills": statement, "wrong": wrong, "schema": int(after.split(":")[0]), "known": len(MIGRATIONS)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
