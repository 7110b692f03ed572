"""Alerts in the local state."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from adapters.state.instants import instant, instant_or_none, micros, micros_or_none
from adapters.store.sqlite import Database
from domain.alerts.alert import Finding, KeptAlert
from domain.messages import message_json, message_of

ALERT_TABLES = (
    # Instants are microseconds since 1970, UTC.
    """CREATE TABLE alerts (
        id TEXT, since INTEGER, ended_at INTEGER, clear_since INTEGER, body TEXT NOT NULL,
        PRIMARY KEY (id, since)) WITHOUT ROWID""",
    "CREATE INDEX alerts_by_end ON alerts (ended_at)",
)
_ACTIVE = "SELECT since, ended_at, clear_since, body FROM alerts WHERE ended_at IS NULL ORDER BY since, id"
_HELD_AT = """SELECT since, ended_at, clear_since, body FROM alerts
    WHERE since <= ? AND (ended_at IS NULL OR ended_at > ?) ORDER BY since, id"""
_ENDED = "SELECT since, ended_at, clear_since, body FROM alerts WHERE ended_at >= ? ORDER BY ended_at DESC, id, since"


class SqliteAlertLog:
    """AlertLog on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, alerts: Sequence[KeptAlert]) -> None:
        """Add and replace by (id, since)."""
        rows = [
            (
                a.finding.id,
                micros(a.since),
                micros_or_none(a.ended_at),
                micros_or_none(a.clear_since),
                json.dumps(_body(a.finding)),
            )
            for a in alerts
        ]
        query = "INSERT OR REPLACE INTO alerts (id, since, ended_at, clear_since, body) VALUES (?, ?, ?, ?, ?)"
        if rows:
            await self._database.run(self._database.write, lambda connection: connection.executemany(query, rows).rowcount)

    async def active(self) -> Sequence[KeptAlert]:
        """Alerts that have not ended, by since and id."""
        return await self._select(_ACTIVE)

    async def ended_since(self, at: datetime) -> Sequence[KeptAlert]:
        """Alerts that ended at or after an instant, the newest first."""
        return await self._select(_ENDED, micros(at))

    async def held_at(self, at: datetime) -> Sequence[KeptAlert]:
        """Alerts that had begun by an instant and ended after it, or not at all, by since and id."""
        return await self._select(_HELD_AT, micros(at), micros(at))

    async def first(self) -> datetime | None:
        """Since when the oldest alert that is kept held; None while there was none."""
        row = await self._database.row("SELECT min(since) FROM alerts")
        return None if row is None else instant_or_none(row[0])

    async def _select(self, query: str, *values: object) -> Sequence[KeptAlert]:
        found = await self._database.rows(query, *values)
        return [
            KeptAlert(_finding(json.loads(body)), instant(since), instant_or_none(ended_at), instant_or_none(clear_since))
            for since, ended_at, clear_since, body in found
        ]


def _body(finding: Finding) -> dict[str, Any]:
    plain = {field.name: getattr(finding, field.name) for field in fields(finding)}
    return {**plain, "text": message_json(finding.text), "action": message_json(finding.action)}


def _finding(stored: Mapping[str, Any]) -> Finding:
    """Alerts of older files hold their texts themselves."""
    texts = {name: message_of(stored[name]) for name in ("text", "action")}
    figures = tuple((name, value) for name, value in stored["figures"])
    return Finding(**{**stored, **texts, "figures": figures})
