"""A plugin of pytest for `scripts/bench house --run`: of which files of the application functions run in the bodies of tests."""

import json
import os
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

APP = os.environ["HOUSE_APP"]
found: set[str] = set()


def note(frame: FrameType, _event: str, _argument: Any) -> None:
    """Called at each call of a function."""
    name = frame.f_code.co_filename
    if name.startswith(APP) and frame.f_code.co_name != "<module>":
        found.add(name)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call() -> Generator[None]:
    """The body of a test, without its fixtures."""
    sys.setprofile(note)
    threading.setprofile(note)
    yield
    sys.setprofile(None)
    threading.setprofile(None)


def pytest_sessionfinish() -> None:
    """Hand it back."""
    Path(os.environ["HOUSE_FILES"]).write_text(json.dumps(sorted(found)), encoding="utf-8")
