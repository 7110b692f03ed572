"""When a backup is an alert, and when the doors are."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.alerts.system_rules import backup_stale, door_open

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def block(made: int | None = 0, proven: int | None = None, failed: bool = False) -> dict[str, str | None]:
    """The block of a backup made and proven so many hours ago."""
    made_at, proven_at = (None if hours is None else (NOW - timedelta(hours=hours)).isoformat() for hours in (made, proven))
    error = "OSError: no room" if failed else None
    return {"made_at": made_at, "proven_at": proven_at, "failed_at": NOW.isoformat() if failed else None, "error": error}


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
def test_it_is_one_when_it_failed_or_is_overdue_and_not_before_the_first(backup: dict[str, str | None], code: str | None) -> None:
    assert [finding.text.code for finding in backup_stale(backup, NOW)] == ([] if code is None else [code])


def test_a_door_that_is_open_to_everybody_is_one() -> None:
    assert [finding.id for finding in door_open({"open": True})] == ["door_open"]
    assert door_open({"open": False}) == [] and door_open(None) == []
