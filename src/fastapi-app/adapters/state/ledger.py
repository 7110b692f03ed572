"""The savings ledger in the local state: an entry a closed day and week."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from adapters.store.sqlite import Database

LEDGER_TABLES = (
    # Days are ISO 8601.
    "CREATE TABLE ledger (span TEXT, first TEXT, body TEXT NOT NULL, PRIMARY KEY (span, first)) WITHOUT ROWID",
)


class SqliteLedger:
    """LedgerLog on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, span: str, first: date, entry: Mapping[str, Any]) -> None:
        """Add or replace."""
        body = json.dumps(dict(entry), ensure_ascii=False, allow_nan=False)
        query = "INSERT OR REPLACE INTO ledger (span, first, body) VALUES (?, ?, ?)"
        await self._database.change(query, span, first.isoformat(), body)

    async def entries(self, span: str, first: date, last: date) -> Sequence[Mapping[str, Any]]:
        """Entries whose first day lies from first to last, in order."""
        query = "SELECT body FROM ledger WHERE span = ? AND first BETWEEN ? AND ? ORDER BY first"
        found = await self._database.rows(query, span, first.isoformat(), last.isoformat())
        return [json.loads(body) for (body,) in found]
