"""The gap ledger and the backfill jobs, in the local state."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from sqlite3 import Connection
from typing import Any

from adapters.state.instants import instant, instant_or_none, micros, micros_or_none
from adapters.store.sqlite import Database
from domain.gaps import Attempt, Backfill, BackfillRequest, Gap, IntervalOutcome

GAP_TABLES = (
    # Instants are microseconds since 1970, UTC; `tried` is a JSON list of attempts.
    """CREATE TABLE gaps (
        id INTEGER PRIMARY KEY, series TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, missing INTEGER NOT NULL,
        cause TEXT NOT NULL, severity TEXT NOT NULL, first_seen INTEGER NOT NULL, state TEXT NOT NULL,
        filled_at INTEGER, filled_by TEXT, tried TEXT NOT NULL)""",
    "CREATE INDEX gaps_by_state ON gaps (state, series, start)",
    """CREATE TABLE backfills (
        id INTEGER PRIMARY KEY, asked_at INTEGER NOT NULL, state TEXT NOT NULL, ended_at INTEGER, request TEXT NOT NULL,
        outcomes TEXT NOT NULL)""",
)
GAP_WORDS = (
    # What nobody has any more was called otherwise before.
    "UPDATE gaps SET state = 'unavailable' WHERE state = 'not_to_be_had'",
    "UPDATE gaps SET cause = 'unavailable' WHERE cause = 'not_to_be_had'",
    """UPDATE backfills SET outcomes = replace(outcomes, '"not_to_be_had"', '"unavailable"')""",
)
BACKFILL_TRIES = ("ALTER TABLE backfills ADD COLUMN tries INTEGER NOT NULL DEFAULT 0",)
_BACKFILL = "id, asked_at, state, ended_at, request, outcomes, tries"
KEPT_ATTEMPTS = 50
"""The newest attempts of a gap that are kept: a hole that nobody has is asked for every two hours for ever."""


class SqliteGapLedger:
    """GapLedger on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_gaps(self, series: str | None = None) -> Sequence[Gap]:
        """Gaps that are open or unavailable, by series and start."""
        where = "state <> 'filled'" + (" AND series = ?" if series else "")
        return await self._select(where, *([series] if series else []))

    async def gap(self, number: int) -> Gap | None:
        """One gap, filled or not."""
        return next(iter(await self._select("id = ?", number)), None)

    async def filled_since(self, instant: datetime) -> Sequence[Gap]:
        """Gaps that were filled at or after an instant."""
        return await self._select("state = 'filled' AND filled_at >= ?", micros(instant))

    async def apply(self, new: Sequence[Gap], changed: Sequence[Gap]) -> None:
        """Add and replace in one transaction."""

        def work(connection: Connection) -> None:
            connection.executemany(
                """INSERT INTO gaps (series, start, end, missing, cause, severity, first_seen, state, filled_at, filled_by, tried)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [_values(gap) for gap in new],
            )
            connection.executemany(
                """UPDATE gaps SET series = ?, start = ?, end = ?, missing = ?, cause = ?, severity = ?, first_seen = ?, state = ?,
                filled_at = ?, filled_by = ?, tried = ? WHERE id = ?""",
                [(*_values(gap), gap.id) for gap in changed],
            )

        if new or changed:
            await self._database.run(self._database.write, work)

    async def queue(self, asked_at: datetime, request: BackfillRequest) -> int:
        """Keep a backfill that was asked for; its number."""

        def work(connection: Connection) -> int:
            query = "INSERT INTO backfills (asked_at, state, request, outcomes) VALUES (?, 'queued', ?, '[]') RETURNING id"
            return int(connection.execute(query, (micros(asked_at), _request_text(request))).fetchone()[0])

        return await self._database.run(self._database.write, work)

    async def save(self, backfill: Backfill) -> None:
        """Replace the state and outcomes of a backfill."""
        values = (
            backfill.state,
            micros_or_none(backfill.ended_at),
            _outcomes_text(backfill.outcomes),
            backfill.tries,
        )
        query = "UPDATE backfills SET state = ?, ended_at = ?, outcomes = ?, tries = ? WHERE id = ?"
        await self._database.change(query, *values, backfill.id)

    async def backfill(self, number: int) -> Backfill | None:
        """One backfill."""
        query = f"SELECT {_BACKFILL} FROM backfills WHERE id = ?"  # noqa: S608 - a constant
        row = await self._database.row(query, number)
        return _backfill(row) if row else None

    async def unfinished(self) -> Sequence[Backfill]:
        """Backfills that are queued or were running when the service ended, oldest first."""
        query = f"SELECT {_BACKFILL} FROM backfills WHERE state IN ('queued', 'running') ORDER BY id"  # noqa: S608 - a constant
        return await self._backfills(query)

    async def backfills(self, most: int) -> Sequence[Backfill]:
        """The newest backfills, newest first."""
        query = f"SELECT {_BACKFILL} FROM backfills ORDER BY id DESC LIMIT ?"  # noqa: S608 - a constant
        return await self._backfills(query, most)

    async def _backfills(self, query: str, *values: object) -> list[Backfill]:
        rows = await self._database.rows(query, *values)
        return [_backfill(row) for row in rows]

    async def _select(self, where: str, *values: object) -> list[Gap]:
        query = f"""SELECT id, series, start, end, missing, cause, severity, first_seen, state, filled_at, filled_by, tried
        FROM gaps WHERE {where} ORDER BY series, start, id"""  # noqa: S608 - `where` is one of three texts above
        rows = await self._database.rows(query, *values)
        return [_gap(row) for row in rows]


def _values(gap: Gap) -> tuple[Any, ...]:
    tried = [[a.source, micros(a.at), a.outcome, a.detail] for a in gap.tried[-KEPT_ATTEMPTS:]]
    interval = (gap.series, micros(gap.start), micros(gap.end), gap.missing, gap.cause, gap.severity, micros(gap.first_seen))
    return (*interval, gap.state, micros_or_none(gap.filled_at), gap.filled_by, json.dumps(tried))


def _gap(row: tuple[Any, ...]) -> Gap:
    number, series, start, end, missing, cause, severity, first_seen, state, filled_at, filled_by, tried = row
    attempts = tuple(Attempt(source, instant(at), outcome, detail) for source, at, outcome, detail in json.loads(tried))
    filled = instant_or_none(filled_at)
    seen = instant(first_seen)
    return Gap(series, instant(start), instant(end), missing, cause, severity, seen, state, filled, filled_by, attempts, number)


def _backfill(row: tuple[Any, ...]) -> Backfill:
    number, asked_at, state, ended_at, request, outcomes, tries = row
    ended = instant_or_none(ended_at)
    return Backfill(number, instant(asked_at), state, _request(request), _outcomes(outcomes), ended, tries)


def _request_text(request: BackfillRequest) -> str:
    days = {name: None if day is None else day.isoformat() for name, day in (("start", request.start), ("end", request.end))}
    return json.dumps({"what": request.what, **days, "market": request.market})


def _request(text: str) -> BackfillRequest:
    kept = json.loads(text)
    start, end = (date.fromisoformat(kept[name]) if kept.get(name) else None for name in ("start", "end"))
    return BackfillRequest(kept.get("what", ""), start, end, kept.get("market"))


def _outcomes_text(outcomes: Sequence[IntervalOutcome]) -> str:
    return json.dumps(
        [
            {
                "outcome": one.outcome,
                "detail": one.detail,
                "series": one.series,
                "start": None if one.start is None else one.start.isoformat(),
                "end": None if one.end is None else one.end.isoformat(),
                "sources_tried": one.sources_tried,
            }
            for one in outcomes
        ]
    )


def _outcomes(text: str) -> tuple[IntervalOutcome, ...]:
    """Outcomes as they are kept; of a whole backfill that failed there is its error alone."""
    return tuple(
        IntervalOutcome(
            kept["outcome"],
            kept["detail"],
            kept.get("series"),
            datetime.fromisoformat(kept["start"]) if kept.get("start") else None,
            datetime.fromisoformat(kept["end"]) if kept.get("end") else None,
            tuple(kept.get("sources_tried") or ()),
        )
        for kept in json.loads(text)
    )
