"""One SQLite file: how it is opened, stamped, migrated, read and written. Everything here blocks; `run` moves it to a thread.

WAL and synchronous=FULL: what a write acknowledged survives a kill and a power cut. One connection a thread; writes are serialised
in the process by a lock and between processes by BEGIN IMMEDIATE and the busy timeout.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from domain.errors import StoreError, StoreRefusedError, StoreUnavailableError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
Migrations = tuple[tuple[str, ...], ...]
"""Statements that lead from one schema number to the next; the schema number of a file is how many it has had."""

BUSY_TIMEOUT_MS: Final = 10_000
"""How long a statement waits for another process; an import commits far more often than that."""
_PRAGMAS: Final = (
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-16000",  # 16 MB: a series of three years
    "PRAGMA journal_size_limit=67108864",  # the log shrinks to 64 MB after a bulk write
)
_STAMP: Final = "CREATE TABLE stamp (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
_LATER: Final = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_INTERRUPT,
}
"""Primary result codes after which the same call may work later; the others never will. https://sqlite.org/rescode.html"""


def translated(error: Exception, path: Path) -> StoreError:
    """The store error that says what a caller can do about an error of SQLite."""
    code = getattr(error, "sqlite_errorcode", None)
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    primary = None if code is None else code & 0xFF
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreRefusedError(f"{path} is damaged or is not a SQLite file ({name}: {error}); restore it from a backup")
    if primary in _LATER:
        return StoreUnavailableError(f"{path}: {name}: {error}")
    return StoreRefusedError(f"{path}: {name}: {error}")


class Database:
    """An open file. `role` and `kind` are stamped into it at birth, and a file with other stamps is refused."""

    def __init__(
        self, path: Path, *, role: Literal["series", "state"], kind: Literal["real", "simulated"], migrations: Migrations
    ) -> None:
        self.path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._write_lock = threading.Lock()
        self._guard = threading.Condition()
        self._in_use = 0
        self._closed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            with self._translating():
                self._prepare(role, kind, migrations)
            self._inode = path.stat().st_ino
        except OSError as error:
            self.close()
            raise StoreUnavailableError(f"{path}: {error}") from error
        except BaseException:
            self.close()
            raise

    def read(self, work: Work[T]) -> T:
        """Run ``work`` on one consistent view of the file."""
        with self._borrowed() as connection:
            return _transaction(connection, "BEGIN", work)

    def write(self, work: Work[T]) -> T:
        """Run ``work`` in one transaction: durable when this returns, nothing of it done when it raises."""
        self.check_in_place()
        with self._write_lock, self._borrowed() as connection:
            return _transaction(connection, "BEGIN IMMEDIATE", work)

    async def pack(self) -> None:
        """Give the room of what was removed back to the disk. Readers go on; who writes waits."""

        def work() -> None:
            self.check_in_place()
            with self._write_lock, self._borrowed() as connection:
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        await asyncio.to_thread(work)

    async def run(self, operation: Callable[[Work[T]], T], work: Work[T]) -> T:
        """``read`` or ``write`` in a thread."""
        return await asyncio.to_thread(operation, work)

    async def rows(self, query: str, *values: object) -> list[Any]:
        """Every row that a query gives, in a thread."""
        return await self.run(self.read, lambda connection: connection.execute(query, values).fetchall())

    async def row(self, query: str, *values: object) -> Any:
        """Its first row; None where there is none."""
        return await self.run(self.read, lambda connection: connection.execute(query, values).fetchone())

    async def change(self, statement: str, *values: object) -> int:
        """Run one statement in a thread, durable when this returns; how many rows it changed."""
        return await self.run(self.write, lambda connection: connection.execute(statement, values).rowcount)

    def check_in_place(self) -> None:
        """Raise StoreUnavailableError if the file was removed or replaced: what is written to it would be lost."""
        try:
            if self.path.stat().st_ino == self._inode:
                return
        except OSError as error:
            raise StoreUnavailableError(f"{self.path} is gone: {error}") from error
        raise StoreUnavailableError(f"{self.path} was replaced while it was open: start again")

    def close(self) -> None:
        """Wait for what is running, then close every connection. Later calls raise StoreUnavailableError."""
        with self._guard:
            self._closed = True
            self._guard.wait_for(lambda: self._in_use == 0)
            connections, self._connections = self._connections, []
        for connection in connections:
            connection.close()

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        """The connection of this thread, kept open until given back."""
        with self._guard:
            if self._closed:
                raise StoreUnavailableError(f"{self.path} is closed")
            self._in_use += 1
        try:
            with self._translating():
                yield self._connection()
        finally:
            with self._guard:
                self._in_use -= 1
                self._guard.notify_all()

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, sqlite3.DatabaseError, OverflowError, UnicodeEncodeError) as error:
            if isinstance(error, sqlite3.ProgrammingError):
                raise
            raise translated(error, self.path) from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            address = f"{self.path.absolute().as_uri()}?mode=rw"  # never makes the file anew where it was removed
            connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
            with self._guard:
                self._connections.append(connection)
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            self._local.connection = connection
        return connection

    def _prepare(self, role: str, kind: str, migrations: Migrations) -> None:
        """Check stamps and schema; make or migrate where needed. A current file is only read, so a busy one still opens."""
        connection = self._connection()
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode=WAL")
        if _schema(connection):
            self._check_stamps(connection, role, kind)
        if _schema(connection) != len(migrations):
            _transaction(connection, "BEGIN IMMEDIATE", lambda inside: self._migrate(inside, role, kind, migrations))
            self._check_stamps(connection, role, kind)

    def _check_stamps(self, connection: sqlite3.Connection, role: str, kind: str) -> None:
        stamps = dict(connection.execute("SELECT name, value FROM stamp ORDER BY name"))
        for name, wanted in (("role", role), ("kind", kind)):
            if stamps.get(name) != wanted:
                raise StoreRefusedError(f"{self.path} was made for {stamps.get(name)} data; it takes no {wanted} data")

    def _migrate(self, connection: sqlite3.Connection, role: str, kind: str, migrations: Migrations) -> None:
        schema = _schema(connection)
        if schema > len(migrations):
            raise StoreRefusedError(
                f"{self.path} has schema {schema} of a newer version of this program, which knows up to {len(migrations)}"
            )
        if schema == 0:
            if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                raise StoreRefusedError(f"{self.path} is a SQLite file of another program")
            connection.execute(_STAMP)
            connection.executemany("INSERT INTO stamp VALUES (?, ?)", [("role", role), ("kind", kind)])
        for statements in migrations[schema:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={len(migrations)}")


def _schema(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _transaction(connection: sqlite3.Connection, begin: str, work: Work[T]) -> T:
    connection.execute(begin)
    try:
        outcome = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return outcome
