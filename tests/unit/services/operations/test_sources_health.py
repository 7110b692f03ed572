"""What is said of a source that rests."""

from datetime import UTC, datetime, timedelta

import pytest

from ports import SourceHealth
from services.operations.sources_health import source_state

NOW = datetime(2026, 11, 27, 3, 3, tzinfo=UTC)


@pytest.mark.parametrize(("minutes", "told"), [(7, NOW + timedelta(minutes=7)), (0, None), (-13, None)])
def test_the_next_try_lies_ahead_or_is_not_told(minutes: int, told: datetime | None) -> None:
    """After a restart the first try of a source may still hang when its rest of before is long over."""
    health = SourceHealth("redata", "degraded", NOW, open_until=NOW + timedelta(minutes=minutes))
    assert source_state(health, [], NOW).rests_until == told
