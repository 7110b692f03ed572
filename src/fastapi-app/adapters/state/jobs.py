"""Run history of the jobs in the state file."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from adapters.state.instants import instant, instant_or_none, micros
from adapters.store.sqlite import Database
from ports import JobRun

KEPT_RUNS = 200
"""Runs kept of each job; the totals count all."""


class SqliteJobLog:
    """JobLog on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def mark_interrupted(self, at: datetime) -> int:
        """Close the runs that never ended, at the start of the one process that runs jobs; returns how many."""
        statement = "UPDATE job_runs SET ended_at = ?, outcome = 'interrupted' WHERE outcome IS NULL"
        return await self._database.change(statement, micros(at))

    async def started(self, job_id: str, at: datetime) -> int:
        """Note a start; returns the number of the run."""
        return await self._database.run(self._database.write, lambda connection: _start(connection, job_id, at))

    async def ended(self, run: int, at: datetime, outcome: str, error: str | None, detail: str | None) -> None:
        """Note how a run ended: ok, failed or interrupted. A run that has ended stays as it is."""
        values = (micros(at), outcome, error, detail, run)
        await self._database.run(self._database.write, lambda connection: _end(connection, values))

    async def last_runs(self) -> Sequence[JobRun]:
        """The newest run of each job, by job."""
        query = """SELECT job_id, started_at, ended_at, outcome, error, detail FROM job_runs
                   WHERE id IN (SELECT max(id) FROM job_runs GROUP BY job_id) ORDER BY job_id"""
        found = await self._database.rows(query)
        return [_run(*row) for row in found]

    async def last_successes(self) -> dict[str, datetime]:
        """Job -> end of its last run that ended well, of those that are kept. The last by number: the clock may have been ahead."""
        query = """SELECT job_id, ended_at FROM job_runs
                   WHERE id IN (SELECT max(id) FROM job_runs WHERE outcome = 'ok' GROUP BY job_id) ORDER BY job_id"""
        found = await self._database.rows(query)
        return {job_id: instant(ended_at) for job_id, ended_at in found}

    async def counts(self) -> dict[str, tuple[int, int]]:
        """Job -> (runs, failures)."""
        query = "SELECT job_id, runs, failures FROM job_totals ORDER BY job_id"
        found = await self._database.rows(query)
        return {job_id: (runs, failures) for job_id, runs, failures in found}


def _start(connection: sqlite3.Connection, job_id: str, at: datetime) -> int:
    connection.execute(
        "INSERT INTO job_totals VALUES (?, 1, 0) ON CONFLICT (job_id) DO UPDATE SET runs = runs + 1",
        (job_id,),
    )
    run = connection.execute("INSERT INTO job_runs (job_id, started_at) VALUES (?, ?)", (job_id, micros(at))).lastrowid
    connection.execute(
        """DELETE FROM job_runs WHERE job_id = ? AND outcome IS NOT NULL AND id NOT IN
           (SELECT id FROM job_runs WHERE job_id = ? ORDER BY id DESC LIMIT ?)""",
        (job_id, job_id, KEPT_RUNS),
    )
    return int(run or 0)


def _end(connection: sqlite3.Connection, values: tuple[int | None, str, str | None, str | None, int]) -> None:
    changed = connection.execute(
        "UPDATE job_runs SET ended_at = ?, outcome = ?, error = ?, detail = ? WHERE id = ? AND outcome IS NULL", values
    ).rowcount
    if changed and values[1] == "failed":
        connection.execute(
            "UPDATE job_totals SET failures = failures + 1 WHERE job_id = (SELECT job_id FROM job_runs WHERE id = ?)", values[-1:]
        )


def _run(job_id: str, started_at: int, ended_at: int | None, outcome: Any, error: str | None, detail: str | None) -> JobRun:
    return JobRun(job_id, instant(started_at), instant_or_none(ended_at), outcome, error, detail)
