"""The walks of CONTRIBUTING.md lead through files that are there and hold what the walk says of them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
WALKS = re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
FILE = re.compile(r"`([\w.-]+(?:/[\w.-]+)*\.(?:py|toml|po|md|yml|example)|\.env\.example)`(?:\s+\(`([^`]+)`\))?")


def steps(walk: str) -> list[tuple[str, str]]:
    """Each file of a walk, and a word that stands in it."""
    return [(path, word) for path, word in FILE.findall(walk) if path != "en.po"]


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.partition("\n")[0])
def test_each_step_of_a_walk_is_there(walk: str) -> None:
    found = steps(walk)
    assert len(found) >= 3
    wrong = [
        (path, word) for path, word in found if not (ROOT / path).is_file() or word not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert wrong == []


def test_the_walks_are_those_that_a_newcomer_looks_for() -> None:
    titles = [walk.partition("\n")[0] for walk in WALKS]
    assert [title.split(",")[0] for title in titles] == [
        f"To add {what}" for what in ("a source", "a tariff", "an alert", "a language")
    ]
