"""The ledger of gaps on its state file."""

import json
import sqlite3
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from adapters.state.file import MIGRATIONS, open_state
from adapters.state.gaps import GAP_WORDS, SqliteGapLedger
from adapters.state.instants import micros
from adapters.store.sqlite import Database
from domain.gaps import IntervalOutcome


def _insert(values: tuple[object, ...], connection: sqlite3.Connection) -> int:
    return connection.execute(f"INSERT INTO gaps VALUES (NULL{', ?' * 11})", values).rowcount


NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)


async def test_a_ledger_of_the_version_before_has_todays_words(tmp_path: Path) -> None:
    before = MIGRATIONS[: MIGRATIONS.index(GAP_WORDS)]
    old = Database(tmp_path / "state.sqlite", role="state", kind="simulated", migrations=before)
    at, outcomes = micros(NOON), json.dumps([{"outcome": "not_to_be_had", "detail": "not_to_be_had any more"}])
    for state, cause in (("not_to_be_had", "not_to_be_had"), ("open", "not_fetched")):
        values = ("weather_data/observed", at, at + 1, 1, cause, "warning", at, state, None, None, "[]")
        old.write(partial(_insert, values))
    old.write(
        lambda connection: (
            connection.execute("INSERT INTO backfills VALUES (7, ?, 'done', ?, '{}', ?)", (at, at, outcomes)).rowcount
        )
    )
    old.close()
    new = open_state(tmp_path / "state.sqlite", "simulated")
    ledger = SqliteGapLedger(new)
    assert [(gap.state, gap.cause) for gap in await ledger.open_gaps()] == [("unavailable", "unavailable"), ("open", "not_fetched")]
    backfill = await ledger.backfill(7)
    assert backfill is not None
    assert backfill.outcomes == (IntervalOutcome("unavailable", "not_to_be_had any more"),)
    new.close()
