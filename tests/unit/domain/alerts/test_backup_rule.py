"""When a backup is an alert, and when the doors are."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.alerts.system_rules import backup_stale, door_open
from domain.operations import BackupState

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def block(made: int | None = 0, proven: int | None = None, failed: bool = False) -> BackupState:
    """A backup made and proven so many hours ago."""
    made_at, proven_at = (None if hours is None else NOW - timedelta(hours=hours) for hours in (made, proven))
    return BackupState(made_at, proven_at, NOW if failed else None, "OSError: no room" if failed else None)


@pytest.mark.parametrize(
    ("backup", "code"),
    [
        (None, None),
        (block(None), None),
        (block(48), None),
        (block(49), "alert.backup_stale.old"),
        (block(1, proven=15 * 24), None),
        (block(1, proven=15 * 24 + 1), "alert.backup_stale.unproven"),
        (block(1, failed=True), "alert.backup_stale.failed"),
        (block(None, failed=True), "alert.backup_stale.failed"),
    ],
)
def test_it_is_one_when_it_failed_or_is_overdue_and_not_before_the_first(backup: BackupState | None, code: str | None) -> None:
    assert [finding.text.code for finding in backup_stale(backup, NOW)] == ([] if code is None else [code])


def test_a_door_that_is_open_to_everybody_is_one() -> None:
    assert [finding.id for finding in door_open(is_open=True)] == ["door_open"]
    assert door_open(is_open=False) == [] and door_open(is_open=None) == []
