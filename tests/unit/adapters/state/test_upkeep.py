"""What the daily upkeep removes from the state file, and what it leaves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.state.file import open_state
from adapters.state.gaps import KEPT_ATTEMPTS, SqliteGapLedger
from adapters.state.jobs import KEPT_RUNS, SqliteJobLog
from adapters.state.upkeep import StateUpkeep
from domain.gaps import Attempt, BackfillRequest, Gap
from support.clock import ManualClock

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def gap(days_ago: int, **more: object) -> Gap:
    start = NOW - timedelta(days=days_ago)
    values: dict[str, object] = {"state": "filled", "filled_at": start, "filled_by": "redata", **more}
    return Gap("energy_prices/pvpc", start, start + timedelta(hours=1), 0, "not_fetched", "info", start, **values)  # type: ignore[arg-type]


async def test_old_gaps_and_backfills_go_and_what_is_open_or_young_stays(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state.sqlite", "simulated")
    ledger = SqliteGapLedger(state)
    await ledger.apply([gap(500), gap(300), gap(500, state="open", filled_at=None, filled_by=None)], [])
    for days_ago in (200, 200, 10):
        number = await ledger.queue(NOW - timedelta(days=days_ago), BackfillRequest("all"))
        backfill = await ledger.backfill(number)
        assert backfill is not None
        if number != 2:
            await ledger.save(replace(backfill, state="done", ended_at=backfill.asked_at))
    told = await StateUpkeep(state, ManualClock(NOW)).prune()
    assert told.startswith("1 filled gaps and 1 backfills removed")
    assert len(await ledger.filled_since(NOW - timedelta(days=1000))) == 1
    assert [each.state for each in await ledger.open_gaps()] == ["open"]
    assert [number for number in (1, 2, 3) if await ledger.backfill(number)] == [2, 3]
    assert (await StateUpkeep(state, ManualClock(NOW)).prune()).startswith("0 filled gaps and 0 backfills")
    state.close()


async def test_attempts_and_runs_are_cut_by_themselves(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state.sqlite", "simulated")
    ledger, log = SqliteGapLedger(state), SqliteJobLog(state)
    attempts = tuple(Attempt("redata", NOW + timedelta(hours=n), "zero_rows", str(n)) for n in range(KEPT_ATTEMPTS + 5))
    await ledger.apply([gap(1, tried=attempts)], [])
    (kept,) = await ledger.filled_since(NOW - timedelta(days=2))
    assert kept.tried == attempts[5:]
    for number in range(KEPT_RUNS + 20):
        run = await log.started("tick", NOW + timedelta(hours=number))
        await log.ended(run, NOW + timedelta(hours=number, minutes=1), "failed" if number % 2 else "ok", None, None)
    rows = state.read(lambda connection: connection.execute("SELECT count(*) FROM job_runs").fetchone()[0])
    assert rows == KEPT_RUNS
    assert await log.counts() == {"tick": (KEPT_RUNS + 20, (KEPT_RUNS + 20) // 2)}
    assert await log.last_successes() == {"tick": NOW + timedelta(hours=KEPT_RUNS + 18, minutes=1)}
    state.close()
