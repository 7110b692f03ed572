"""What was sent under a key of the sender's, in the local state."""

from datetime import datetime, timedelta
from sqlite3 import Connection

from adapters.state.instants import micros
from adapters.store.sqlite import Database
from ports import Sent

SENT_TABLES = (
    # `at` is microseconds since 1970, UTC.
    """CREATE TABLE sent (
        key TEXT PRIMARY KEY, digest TEXT NOT NULL, at INTEGER NOT NULL, answer TEXT) WITHOUT ROWID""",
)
KEPT = timedelta(days=35)
"""Whoever sends again does so within seconds; a report is taken for so long."""


class SqliteSentLog:
    """SentLog on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, key: str, digest: str, at: datetime) -> Sent:
        """What was sent under a key first: this, or what was there before."""

        def work(connection: Connection) -> Sent:
            connection.execute("DELETE FROM sent WHERE at < ?", (micros(at - KEPT),))
            connection.execute(
                "INSERT INTO sent (key, digest, at) VALUES (?, ?, ?) ON CONFLICT (key) DO NOTHING", (key, digest, micros(at))
            )
            return Sent(*connection.execute("SELECT digest, answer FROM sent WHERE key = ?", (key,)).fetchone())

        return await self._database.run(self._database.write, work)

    async def keep_answer(self, key: str, answer: str) -> None:
        """What it was answered with. The first answer stays."""
        await self._database.change("UPDATE sent SET answer = ? WHERE key = ? AND answer IS NULL", answer, key)
