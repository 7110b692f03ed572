"""The table from symptom to cause in docs/architecture.md names lines of the log, folders and settings that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").partition("## From symptom to cause\n")[2]
ROWS = [row.strip("| ").split(" | ") for row in TABLE.splitlines() if row.startswith("| ")][2:]
SOURCE = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/fastapi-app").rglob("*.py"))
LOGGED = set(re.findall(r"logger\.\w+\(\s*f?\"(\w+)", SOURCE))
FIGURES = {"set_aside"}
"""Of an answer, not of the log."""
EVENT = re.compile(r"`([a-z]+(?:_[a-z]+)*_(?:failed|crashed|out|refused|demoted|aside))`")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_what_is_logged_and_what_is_there(row: list[str]) -> None:
    assert len(row) == 3
    assert set(EVENT.findall(row[1])) - FIGURES <= LOGGED
    for folder in re.findall(r"`([a-z_/]+/)`", row[2]):
        assert (ROOT / "src/fastapi-app" / folder).is_dir(), folder


def test_all_rows_are_read() -> None:
    assert len(ROWS) >= 15
    assert {"part_failed", "request_crashed", "job_timed_out", "spool_record_set_aside"} <= LOGGED
