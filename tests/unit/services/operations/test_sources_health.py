"""What is said of a source that rests."""

from datetime import UTC, datetime, timedelta

import pytest

from ports import SourceHealth
from services.operations.sources_health import source_json

NOW = datetime(2026, 11, 27, 3, 3, tzinfo=UTC)


@pytest.mark.parametrize(("minutes", "told"), [(7, "2026-11-27T03:10:00+00:00"), (0, None), (-13, None)])
def test_the_next_try_lies_ahead_or_is_not_told(minutes: int, told: str | None) -> None:
    """After a restart the first try of a source may still hang when its rest of before is long over."""
    health = SourceHealth("redata", "degraded", NOW, open_until=NOW + timedelta(minutes=minutes))
    assert source_json(health, [], NOW)["open_until"] == told
