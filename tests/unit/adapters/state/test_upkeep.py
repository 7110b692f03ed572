"""What the daily upkeep removes from the state file, and what it leaves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.state import upkeep
from adapters.state.alerts import SqliteAlertLog
from adapters.state.file import open_state
from adapters.state.gaps import KEPT_ATTEMPTS, SqliteGapLedger
from adapters.state.issued import SqliteIssuedLog
from adapters.state.jobs import KEPT_RUNS, SqliteJobLog
from adapters.state.notes import SqliteNotes
from adapters.state.upkeep import KEPT, StateUpkeep
from adapters.state.wishes import SqliteWishLog
from domain.alerts.alert import Finding, KeptAlert
from domain.gaps import Attempt, BackfillRequest, Gap
from domain.messages import message
from domain.series import Rows
from domain.timeline import epoch
from ports import Issue
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
    assert told.startswith("1 filled gaps, 1 backfills, 0 alerts,")
    assert len(await ledger.filled_since(NOW - timedelta(days=1000))) == 1
    assert [each.state for each in await ledger.open_gaps()] == ["open"]
    assert [number for number in (1, 2, 3) if await ledger.backfill(number)] == [2, 3]
    assert (await StateUpkeep(state, ManualClock(NOW)).prune()).startswith("0 filled gaps, 0 backfills,")
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


async def test_the_weather_of_long_ago_keeps_one_issue_a_day_and_everything_else_all_of_them(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state.sqlite", "simulated")
    log = SqliteIssuedLog(state)
    midnight = (NOW - timedelta(days=500)).replace(hour=0)
    instants = [midnight + timedelta(hours=hour) for hour in (0, 6, 12, 18, 24, 30)]
    young = [NOW - KEPT + timedelta(hours=hour) for hour in (0, 6)]
    names = ("weather/AEMET/forecast", "points/oviedo", "energy_prices/pvpc/60", "forecast/pvpc/daily", "market/wind/d1")
    for name in names:
        for at in (*instants, *young):
            await log.append(Issue(name, at, Rows([epoch(at), epoch(at) + 3600], {"x": [1.0, float(at.hour)]})))
    told = await StateUpkeep(state, ManualClock(NOW)).prune()
    assert "8 issues of the weather removed" in told
    for name in names:
        kept = await log.issues(name, midnight, NOW)
        assert kept == ([instants[3], instants[5], *young] if name.startswith(("weather/", "points/")) else [*instants, *young])
    assert (await StateUpkeep(state, ManualClock(NOW)).prune()).count("0 issues") == 1
    state.close()


async def test_alerts_that_ended_long_ago_and_wishes_that_are_past_go_and_no_number_is_given_twice(tmp_path: Path) -> None:
    state = open_state(tmp_path / "state.sqlite", "simulated")
    alerts, wishes = SqliteAlertLog(state), SqliteWishLog(state)
    finding = Finding("spike", "price_spike", "warning", message("á"), message("c"), ())
    since = [NOW - timedelta(days=days) for days in (500, 450, 300)]
    ends = [None, NOW - timedelta(days=440), NOW - timedelta(days=299)]
    await alerts.put([KeptAlert(finding, at, end) for at, end in zip(since, ends, strict=True)])

    def until(days_ago: int) -> dict[str, str]:
        return {"kind": "forbidden", "until": (NOW - timedelta(days=days_ago)).isoformat()}

    for body, days_ago in ((until(450), 460), (until(-5), 460), ({"kind": "pin"}, 460), (until(10), 20), (until(450), 460)):
        await wishes.add(body, NOW - timedelta(days=days_ago))
    await wishes.remove(3, NOW - timedelta(days=455))
    told = await StateUpkeep(state, ManualClock(NOW)).prune()
    assert "1 alerts, 2 wishes" in told
    assert [one.since for one in await alerts.active()] == [since[0]]
    assert [one.since for one in await alerts.ended_since(NOW - timedelta(days=1000))] == [since[2]]
    assert [one.id for one in await wishes.standing_since(NOW - timedelta(days=1000))] == [2, 4, 5]
    assert await wishes.add({"kind": "pin"}, NOW) == 6
    state.close()


async def test_the_file_is_packed_when_that_pays_and_reads_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "PAYS_BYTES", 100_000)
    path = tmp_path / "state.sqlite"
    state = open_state(path, "simulated")
    notes = SqliteNotes(state)
    await notes.put("kept", "a note")
    assert "packed" not in await StateUpkeep(state, ManualClock(NOW)).prune(), "an eighth of it is empty at most"
    for number in range(20):
        await notes.put(f"large {number}", "x" * 50_000)
    large = path.stat().st_size + path.with_name("state.sqlite-wal").stat().st_size
    await state.change("DELETE FROM notes WHERE name LIKE 'large%'")
    assert "packed anew" in await StateUpkeep(state, ManualClock(NOW)).prune()
    assert path.stat().st_size + path.with_name("state.sqlite-wal").stat().st_size < large / 2
    assert await notes.get("kept") == "a note"
    await notes.put("later", "written")
    assert await notes.get("later") == "written"
    state.close()
