"""THIRD_PARTY.md has each library of the lock file, with the licence that it states, and each library inside a wheel."""

import re

import pytest

from commands import third_party
from commands.third_party import ONLY_ELSEWHERE, bundled, licence_of, names
from settings import ROOT

WRITTEN = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8")
TABLE = dict(re.findall(r"^\| ([\w.-]+) \| ([^|]+) \|$", WRITTEN, re.MULTILINE))


def test_it_has_every_library_of_the_lock_file_and_no_other() -> None:
    assert set(TABLE) - {"library", "---"} == set(names()) and len(names()) > 30


@pytest.mark.parametrize("name", names())
def test_the_licence_is_what_the_library_states_and_none_reaches_our_own_code(name: str) -> None:
    stated = licence_of(name)
    assert stated in (ONLY_ELSEWHERE, TABLE[name]) or TABLE[name] == ONLY_ELSEWHERE, "run scripts/third-party"
    assert not re.search(r"(?<!L)GPL|AGPL|not stated", stated)


def test_a_library_inside_a_wheel_that_nobody_looked_at_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {f"| {wheel} | {library} | {licence} |" for wheel, library, licence in bundled()} <= set(WRITTEN.splitlines())
    monkeypatch.delitem(third_party.BUNDLED, "libquadmath")
    if any(library == "libquadmath" for _, library, _ in re.findall(r"\| (\w+) \| (\w+) \| (.*) \|", WRITTEN)):
        with pytest.raises(KeyError):
            list(bundled())
