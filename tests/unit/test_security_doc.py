"""docs/security.md has each requirement of ASVS 5.0 level 1 once, and names what there is."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOC = (ROOT / "docs/security.md").read_text(encoding="utf-8")
ROWS = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in DOC.splitlines() if re.match(r"\| \d", line)]
SECTIONS = {
    "1.2": 5,
    "1.3": 2,
    "1.5": 1,
    "2.1": 1,
    "2.2": 2,
    "2.3": 1,
    "3.2": 2,
    "3.3": 1,
    "3.4": 2,
    "3.5": 3,
    "4.1": 1,
    "4.4": 1,
    "5.2": 2,
    "5.3": 2,
    "6.1": 1,
    "6.2": 8,
    "6.3": 2,
    "6.4": 2,
    "7.2": 4,
    "7.4": 2,
    "8.1": 1,
    "8.2": 2,
    "8.3": 1,
    "9.1": 3,
    "9.2": 1,
    "10.4": 5,
    "11.3": 2,
    "11.4": 1,
    "12.1": 1,
    "12.2": 2,
    "13.4": 1,
    "14.2": 1,
    "14.3": 1,
    "15.1": 1,
    "15.2": 1,
    "15.3": 1,
}
LEVEL_1 = [f"{section}.{number + 1}" for section, count in SECTIONS.items() for number in range(count)]
"""The requirements of level 1 are the first ones of each section that has any."""


def test_each_requirement_stands_once_and_in_order() -> None:
    assert len(LEVEL_1) == 70
    assert [row[0] for row in ROWS] == LEVEL_1


def test_the_sums_are_those_of_the_rows() -> None:
    states = Counter(row[2] for row in ROWS)
    assert set(states) == {"met", "not applicable", "open"}
    assert f"{states['met']} met, {states['not applicable']} not applicable, {states['open']} open." in DOC


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_what_is_met_names_what_holds_it_and_the_rest_says_why(row: tuple[str, ...]) -> None:
    _, _, state, why, held_by = row
    assert held_by or state != "met"
    assert why or state == "met"
    if held_by:
        path, _, name = held_by.strip("`").partition("::")
        assert (ROOT / path).is_file()
        assert not name or f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")
