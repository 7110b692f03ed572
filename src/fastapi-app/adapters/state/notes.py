"""Small named notes in the local state."""

from adapters.store.sqlite import Database

STORE_NOTE = "store"
"""The store that the service writes to: what backs it up reads it here."""


class SqliteNotes:
    """Notes on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, name: str) -> str | None:
        """The text, or None."""
        query = "SELECT text FROM notes WHERE name = ?"
        found = await self._database.row(query, name)
        return None if found is None else str(found[0])

    async def put(self, name: str, text: str) -> None:
        """Durable when it returns."""
        query = "INSERT OR REPLACE INTO notes (name, text) VALUES (?, ?)"
        await self._database.change(query, name, text)
