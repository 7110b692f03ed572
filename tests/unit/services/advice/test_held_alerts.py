"""Alerts of a state that takes nothing at present are told, and kept once it takes them."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.state.alerts import SqliteAlertLog
from adapters.state.file import open_state
from domain.alerts.alert import Finding, KeptAlert
from domain.errors import StoreUnavailableError
from domain.messages import message
from services.advice.held_alerts import HeldAlerts

NOW = datetime(2026, 3, 20, 11, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
FULL = KeptAlert(Finding("disk_full", "disk_full", "critical", message("a"), message("b"), ()), NOW)
OTHER = replace(FULL, finding=replace(FULL.finding, id="no_room-data"), since=LATER)


class FullDisk(SqliteAlertLog):
    """The log on a disk that is full while it is said to be."""

    is_full = False

    async def put(self, alerts: object) -> None:
        if self.is_full:
            raise StoreUnavailableError("SQLITE_FULL: database or disk is full")
        await super().put(alerts)  # type: ignore[arg-type]


@pytest.fixture
async def log(tmp_path: Path) -> AsyncGenerator[FullDisk]:
    database = open_state(tmp_path / "state.sqlite", "real")
    yield FullDisk(database)
    database.close()


async def test_what_could_not_be_kept_is_told_and_kept_as_soon_as_it_can_be(log: FullDisk) -> None:
    held = HeldAlerts(log)
    log.is_full = True
    await held.put([FULL])
    await held.put([OTHER])
    assert (await held.active(), await log.active()) == ([FULL, OTHER], [])
    log.is_full = False
    await held.put([])
    assert await held.active() == await log.active() == [FULL, OTHER]


async def test_what_ended_meanwhile_is_not_told_to_hold(log: FullDisk) -> None:
    held = HeldAlerts(log)
    await held.put([FULL])
    log.is_full = True
    ended = replace(FULL, ended_at=LATER, clear_since=NOW)
    await held.put([ended])
    assert (await held.active(), await held.ended_since(NOW)) == ([], [ended])
    assert await held.ended_since(LATER + timedelta(seconds=1)) == []
    assert await log.active() == [FULL], "the file says what it said"
