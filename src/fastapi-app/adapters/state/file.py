"""The local state: one SQLite file, whichever series store is used. What lives in it is beside this file, one module a table.

To add a table, append a migration; those that are there never change, because files in the field have had them.
"""

from pathlib import Path

from adapters.state.alerts import ALERT_TABLES
from adapters.state.floor import FLOOR_TABLES
from adapters.state.gaps import BACKFILL_TRIES, GAP_TABLES, GAP_WORDS
from adapters.state.ledger import LEDGER_TABLES
from adapters.state.plans import PLAN_ORDER, PLAN_TABLES
from adapters.state.plants import PLANT_TABLES
from adapters.state.products import PRODUCT_TABLES
from adapters.state.sent import SENT_TABLES
from adapters.state.wishes import WISH_KEYS, WISH_TABLES
from adapters.state.work import WORK_TABLES
from adapters.store.spool import SPOOL_TABLES
from adapters.store.sqlite import Database, Migrations
from ports import Kind

MIGRATIONS: Migrations = (
    (
        "CREATE TABLE log_series (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
        # One row an issue. Times are POSIX seconds; `step` is the distance of its starts where they are regular, else 0.
        """CREATE TABLE issued (
            id INTEGER PRIMARY KEY, series_id INTEGER NOT NULL REFERENCES log_series, issued_at INTEGER NOT NULL,
            first INTEGER NOT NULL, last INTEGER NOT NULL, step INTEGER NOT NULL, payload BLOB NOT NULL)""",
        "CREATE INDEX issued_by_time ON issued (series_id, issued_at, id, first, last, step)",
        # Instants of the next two tables are microseconds since 1970, UTC.
        """CREATE TABLE source_health (
            source TEXT PRIMARY KEY, state TEXT NOT NULL, since INTEGER NOT NULL, last_success INTEGER, last_error_at INTEGER,
            last_error TEXT, last_error_class TEXT, open_until INTEGER) WITHOUT ROWID""",
        """CREATE TABLE job_runs (
            id INTEGER PRIMARY KEY, job_id TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER, outcome TEXT,
            error TEXT, detail TEXT)""",
        "CREATE INDEX job_runs_by_job ON job_runs (job_id, id)",
        "CREATE TABLE job_totals (job_id TEXT PRIMARY KEY, runs INTEGER NOT NULL, failures INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE TABLE notes (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID",
    ),
    SPOOL_TABLES,
    GAP_TABLES,
    (*PLAN_TABLES, *WISH_TABLES, *WORK_TABLES, *LEDGER_TABLES, *ALERT_TABLES),
    PLAN_ORDER,
    FLOOR_TABLES,
    PRODUCT_TABLES,
    GAP_WORDS,
    BACKFILL_TRIES,
    (*SENT_TABLES, *WISH_KEYS),
    PLANT_TABLES,
)


def open_state(path: Path, kind: Kind) -> Database:
    """The state file, made or migrated where needed; StoreRefusedError when it holds the other kind or a newer schema."""
    return Database(path, role="state", kind=kind, migrations=MIGRATIONS)
