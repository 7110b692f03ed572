"""One engine and one stack for all deployment tests; what was measured is printed at the end."""

import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.docker_engine import Engine, running_engine
from support.stack import Stack

FIGURES = pytest.StashKey[dict[str, str]]()


class Figures:
    """Notes what was measured."""

    def __init__(self, kept: dict[str, str]) -> None:
        self._kept = kept

    def note(self, name: str, value: str) -> None:
        """One line of the summary."""
        self._kept[name] = value

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Seconds that a block takes."""
        started = time.monotonic()
        yield
        self.note(name, f"{time.monotonic() - started:.1f} s")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name, value in config.stash[FIGURES].items():
        terminalreporter.write_line(f"{name}: {value}")


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> Figures:
    return Figures(request.config.stash[FIGURES])


@pytest.fixture(scope="session")
def engine(figures: Figures) -> Generator[Engine]:
    started = time.monotonic()
    with running_engine() as running:
        figures.note("engine and base images", f"{time.monotonic() - started:.1f} s")
        yield running


@pytest.fixture(scope="session")
def checkout(engine: Engine) -> Generator[Stack]:
    """A server with the project on it, as `git clone` and `scripts/init-env` leave it."""
    with tempfile.TemporaryDirectory(prefix="factory-server-") as server:  # pytest's own would be kept for three runs
        Path(server).chmod(0o755)
        stack = Stack(engine, Path(server) / "chocolate-factory")
        stack.script("init-env")
        yield stack
