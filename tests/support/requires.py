"""Real components that a test needs: skipped by name where one is missing, failed with REQUIRE_ALL=1."""

import os
import shutil

import pytest


def require(program: str) -> str:
    """Path of a program; without it the test is skipped, or fails when REQUIRE_ALL=1."""
    path = shutil.which(program)
    if path is None:
        missing(f"{program} is missing: scripts/setup-system brings it")
    assert path is not None
    return path


def missing(reason: str) -> None:
    """Skip the test for a component that is not there, or fail it when REQUIRE_ALL=1."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
