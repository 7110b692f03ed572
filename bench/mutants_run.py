"""Tests run over a copy of the tree, each time in a fork of this process that has the libraries loaded already.

The first run finds out which tests call which functions; a mutant is then tried by those that call the function it is in, the
quickest first, until one fails.
"""

import ast
import contextlib
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
APP = "src/fastapi-app"
COPIED = ("src", "tests", "bench", "docs", "scripts", "models", "docker", "README.md", "CHANGELOG.md", "pyproject.toml")
LIBRARIES = ("hypothesis", "hypothesis.strategies", "httpx2", "numpy", "pydantic", "fastapi", "stamina", "aiolimiter")
"""What most tests import: loaded once."""
Function = tuple[str, int]
"""File, and the line at which a function begins."""


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A copy of the tree that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copied = Path(folder) / "tree"
        copied.mkdir()
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copied / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, copied / name)
        yield copied


class Touches:
    """Which functions of a folder each test calls, and how long it takes."""

    def __init__(self, folder: Path) -> None:
        self._prefix = f"{folder}{os.sep}"
        self._now: set[CodeType] = set()
        self._others: set[CodeType] = set()
        self.seconds: dict[str, float] = {}
        self.called: dict[str, list[Function]] = {}
        self.failed: list[str] = []

    def _trace(self, frame: FrameType, _event: str, _argument: object) -> None:
        code = frame.f_code
        if code in self._now or code in self._others:
            return
        (self._now if code.co_filename.startswith(self._prefix) else self._others).add(code)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Watch one test."""
        self._now, began = set(), time.perf_counter()
        threading.settrace(self._trace)
        sys.settrace(self._trace)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)
            self.seconds[item.nodeid] = time.perf_counter() - began
            self.called[item.nodeid] = sorted((code.co_filename, code.co_firstlineno) for code in self._now)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """What fails without a mutant cannot tell one."""
        if report.failed:
            self.failed.append(report.nodeid)


class Chosen:
    """Runs the tests that are named alone, in that order."""

    def __init__(self, names: Sequence[str]) -> None:
        self._place = {name: place for place, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """In place, as pytest wants it."""
        items[:] = sorted((item for item in items if item.nodeid in self._place), key=lambda item: self._place[item.nodeid])


def load_libraries() -> None:
    """Load what the forks need, but nothing of the program."""
    for name in LIBRARIES:
        importlib.import_module(name)


def touches(tree: Path, folder: str, files: Sequence[str], seconds: float) -> Any:
    """What the tests of the files call in a folder, as `Touches` has it."""
    found = tree / "touches.json"

    def run() -> int:
        seen = Touches(tree / APP / folder)
        code = pytest.main([*OPTIONS, *files], plugins=[seen])
        found.write_text(json.dumps({"seconds": seen.seconds, "called": seen.called, "failed": seen.failed}), encoding="utf-8")
        return int(code)

    ended = _forked(tree, run, seconds)
    if ended is None:
        raise SystemExit(f"the tests of {folder} took more than {seconds:g} s without a mutant")
    seen = json.loads(found.read_text(encoding="utf-8")) if found.exists() else {"seconds": {}}
    if not seen["seconds"]:
        raise SystemExit(f"the tests of {folder} do not run: " + (tree / SAID).read_text(encoding="utf-8")[-2000:])
    return seen


def is_killed(tree: Path, names: Sequence[str], seconds: float) -> bool:
    """Whether one of the tests fails, or they take too long."""
    files = sorted({name.partition("::")[0] for name in names})
    return _forked(tree, lambda: int(pytest.main([*OPTIONS, "-x", *files], plugins=[Chosen(names)])), seconds) != 0


SAID = "said.txt"
"""What the newest fork printed."""
OPTIONS = ("-q", "-W", "ignore::pytest.PytestAssertRewriteWarning", "-o", "timeout=0", "-p", "no:xdist", "-p", "no:schemathesis")


def _forked(tree: Path, run: Callable[[], int], seconds: float) -> int | None:
    """The exit code of a function in a fork that lives in the tree; None when its time was up."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            os.setsid()
            _move_to(tree)
            code = run()
        except BaseException:  # noqa: BLE001 - the fork ends here, whatever it was
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _move_to(tree: Path) -> None:
    """Everything that names the real tree names the copy."""
    os.chdir(tree)
    sys.dont_write_bytecode = True  # a mutant of the same length and second would be taken for the one before
    sys.path[:] = [entry.replace(str(ROOT), str(tree)) if ".venv" not in entry else entry for entry in sys.path]
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:4])
    said = os.open(tree / SAID, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    os.dup2(said, 2)
    for name in [name for name in sys.modules if name.partition(".")[0] == "bench"]:
        del sys.modules[name]


def function_lines(text: str) -> list[range]:
    """The lines of each outermost function of a file; a method is one."""

    def of(body: Sequence[ast.stmt]) -> Iterator[range]:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                yield range(first, (node.end_lineno or first) + 1)
            elif isinstance(node, ast.ClassDef):
                yield from of(node.body)

    return list(of(ast.parse(text).body))
