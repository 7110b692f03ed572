"""Plans, wishes, ledger and alerts in a real state file."""

from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from adapters.state import file as state
from adapters.state import plans as state_plans
from adapters.state.alerts import SqliteAlertLog
from adapters.state.file import open_state
from adapters.state.ledger import SqliteLedger
from adapters.state.plans import SqlitePlanLog
from adapters.state.wishes import SqliteWishLog
from adapters.store.sqlite import Database
from domain.alerts.alert import Finding, KeptAlert
from domain.messages import euros, message
from ports import StoredPlan
from support.clock import ManualClock

NOW = datetime(2026, 3, 11, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = date(2026, 3, 11)


@pytest.fixture
def database(tmp_path: Path) -> Generator[Database]:
    opened = open_state(tmp_path / "state.sqlite", "simulated")
    yield opened
    opened.close()


def plan(name: str, in_force_from: datetime | None = None, made_at: datetime = NOW) -> StoredPlan:
    return StoredPlan(name, made_at, NOW, NOW + 24 * HOUR, in_force_from, f'{{"é":"{name}"}}', {"prices": [0.1, None]})


async def test_a_plan_comes_back_byte_for_byte_and_the_last_one_is_in_force(database: Database) -> None:
    log = SqlitePlanLog(database)
    assert await log.in_force() is None and await log.plan("a") is None
    await log.save(plan("a", NOW))
    await log.save(plan("b", NOW + HOUR))
    await log.save(plan("c"))
    assert await log.plan("c") == plan("c")
    assert await log.in_force() == plan("b", NOW + HOUR)
    await log.save(plan("a"))
    assert (await log.plan("a")) == plan("a", NOW), "a plan that was in force stays marked"
    await log.save(plan("a", NOW + 2 * HOUR))
    assert (await log.in_force()) == plan("a", NOW + 2 * HOUR)


async def test_of_two_plans_that_came_into_force_at_one_instant_the_later_one_counts(database: Database) -> None:
    log = SqlitePlanLog(database)
    for name in ("b", "a", "c", "a"):  # whichever name or age would come first
        await log.save(plan(name, NOW))
    assert await log.in_force() == plan("a", NOW)
    await log.save(plan("b", NOW))
    assert await log.in_force() == plan("b", NOW)


async def test_after_a_clock_was_set_back_the_plan_that_came_last_is_in_force(database: Database) -> None:
    log = SqlitePlanLog(database)
    await log.save(plan("ahead", NOW + timedelta(days=400)))
    await log.save(plan("back", NOW))
    assert await log.in_force() == plan("back", NOW)
    rehearsed = SqlitePlanLog(database, ManualClock(NOW - HOUR))
    assert await rehearsed.in_force() is None  # it is not that late yet


def test_a_state_of_the_version_before_keeps_its_plan_in_force(tmp_path: Path) -> None:
    old = Database(tmp_path / "state.sqlite", role="state", kind="simulated", migrations=state.MIGRATIONS[:4])
    insert = "INSERT INTO plans VALUES (?, 1, 1, 2, ?, x'')"
    old.write(lambda connection: connection.executemany(insert, [("b", 10), ("a", 10), ("z", 5), ("answer", None)]).rowcount)
    old.close()
    new = open_state(tmp_path / "state.sqlite", "simulated")
    numbers = new.read(lambda connection: connection.execute("SELECT id, in_force_number FROM plans ORDER BY id").fetchall())
    new.close()
    assert numbers == [("a", 3), ("answer", None), ("b", 2), ("z", 1)]


async def test_old_answers_go_and_plans_in_force_stay(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_plans, "KEPT_ANSWERS", 2)
    log = SqlitePlanLog(database)
    await log.save(plan("in force", NOW))
    for number in range(4):
        await log.save(plan(f"answer {number}", made_at=NOW + number * HOUR))
    kept = [await log.plan(f"answer {number}") is not None for number in range(4)]
    assert (kept, await log.plan("in force") is not None) == ([False, False, True, True], True)


async def test_a_wish_is_withdrawn_once_and_remembered(database: Database) -> None:
    log = SqliteWishLog(database)
    number = await log.add({"kind": "pin"}, NOW)
    assert await log.remove(number, NOW + HOUR)
    assert not await log.remove(number, NOW + HOUR)
    assert not await log.remove(99, NOW)
    assert [(one.id, one.removed_at) for one in await log.standing_since(NOW)] == [(number, NOW + HOUR)]
    assert await log.standing_since(NOW + HOUR) == []


async def test_entries_of_the_ledger_are_replaced_by_span_and_day(database: Database) -> None:
    ledger = SqliteLedger(database)
    await ledger.put("day", DAY, {"saving_eur": 1.0})
    await ledger.put("week", DAY, {"saving_eur": 7.0})
    await ledger.put("day", DAY, {"saving_eur": 2.0})
    assert await ledger.entries("day", DAY, DAY) == [{"saving_eur": 2.0}]
    assert await ledger.entries("day", DAY + timedelta(days=1), DAY + timedelta(days=2)) == []


async def test_an_alert_keeps_its_whole_finding(database: Database) -> None:
    log = SqliteAlertLog(database)
    finding = Finding(
        "spike", "price_spike", "warning", message("á", cost=euros(3.2)), message("c"), (("eur", 0.1), ("at", "noon"))
    )
    alert = KeptAlert(finding, NOW)
    await log.put([alert])
    assert await log.active() == [alert]
    ended = replace(alert, ended_at=NOW + HOUR, clear_since=NOW)
    await log.put([ended])
    assert (await log.active(), await log.ended_since(NOW)) == ([], [ended])
    assert await log.ended_since(NOW + 2 * HOUR) == []
