"""Which plant was in force on which day, in the local state: the text of each plant's file once, by its digest."""

from datetime import date
from sqlite3 import Connection
from typing import Final

from adapters.store.sqlite import Database
from ports import KeptPlant

PLANT_TABLES: Final = (
    # A row a day since which another plant is in force; days are ISO 8601. `assumed`: the days before anything was recorded.
    "CREATE TABLE plants (digest TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE plant_days (
        day TEXT PRIMARY KEY, digest TEXT NOT NULL REFERENCES plants, assumed INTEGER NOT NULL) WITHOUT ROWID""",
)
_NEWEST = "SELECT day, digest FROM plant_days ORDER BY day DESC LIMIT 1"
_ON = """SELECT plants.digest, text, assumed FROM plant_days JOIN plants USING (digest)
    WHERE day <= ? ORDER BY day DESC LIMIT 1"""


class SqlitePlantLog:
    """PlantLog on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, day: date, digest: str, text: str) -> None:
        """A plant is in force from a day on. A day that is past already keeps its plant, whatever the clock says now."""
        await self._database.run(self._database.write, lambda connection: _keep(connection, day, digest, text))

    async def on(self, day: date) -> KeptPlant | None:
        """The plant of a day; None where nothing was kept yet."""
        row = await self._database.row(_ON, day.isoformat())
        return None if row is None else KeptPlant(row[0], row[1], assumed=bool(row[2]))


def _keep(connection: Connection, day: date, digest: str, text: str) -> None:
    newest = connection.execute(_NEWEST).fetchone()
    if newest is not None and (newest[1] == digest or newest[0] > day.isoformat()):
        return
    connection.execute("INSERT OR IGNORE INTO plants (digest, text) VALUES (?, ?)", (digest, text))
    since, assumed = (date.min, True) if newest is None else (day, False)
    connection.execute(
        "INSERT OR REPLACE INTO plant_days (day, digest, assumed) VALUES (?, ?, ?)", (since.isoformat(), digest, assumed)
    )
    if newest is None:
        connection.execute("INSERT INTO plant_days (day, digest, assumed) VALUES (?, ?, 0)", (day.isoformat(), digest))
