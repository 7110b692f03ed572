"""The service of `bench.torture`, seen from outside: a process that is started, listened to and killed."""

import os
import subprocess
import sys
import time
from pathlib import Path


class Service:
    """The writer process of one round, with everything that it reported before it was killed."""

    def __init__(self, url: str, disk: Path, notes: Path, round_number: int) -> None:
        self._command = [sys.executable, "-m", "bench.torture_writer", url, str(disk), str(round_number)]
        self._process: subprocess.Popen[bytes] | None = None
        self._report = notes / f"report-{round_number}"
        self._log = notes / "writer.log"
        self.lines: list[list[str]] = []

    def start(self, first: int, end: int) -> None:
        """Start writing the batches from ``first`` to before ``end``."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        with self._report.open("ab") as report, self._log.open("ab") as log:
            command = [*self._command, str(first), str(end)]
            self._process = subprocess.Popen(command, stdout=report, stderr=log, env=environment)
        self.wait_for("ready")

    def wait_for(self, word: str, timeout_s: float = 60.0) -> None:
        """Wait until a line of this process begins with a word."""
        deadline = time.monotonic() + timeout_s
        while not self.said(word):
            if time.monotonic() > deadline or (self._process is not None and self._process.poll() is not None):
                raise RuntimeError(f"the writer did not say {word!r}:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.005)

    def said(self, word: str) -> bool:
        """Whether a line of this process begins with a word."""
        return any(line[0] == word for line in self._read())

    def kill(self) -> None:
        """kill -9, and keep what it had said."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self.lines += self._read()
            self._report.unlink()

    def next_batch(self) -> int:
        """The first batch that was never sent."""
        return max((int(line[2]) for line in self.lines if line[0] == "sent"), default=-1) + 1

    def _read(self) -> list[list[str]]:
        whole, _, _ = self._report.read_text().rpartition("\n")
        return [line.split() for line in whole.splitlines()]
