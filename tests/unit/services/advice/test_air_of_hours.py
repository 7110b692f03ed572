"""What air beyond its limit costs, of the part of an hour."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.plan.production import StageRun
from services.advice.facts import share_of

SEVEN = datetime(2026, 11, 26, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("hour", "share"), [(-1, 0.0), (0, 0.5), (1, 1.0), (2, 0.25), (3, 0.0)])
def test_what_the_air_costs_is_of_the_part_of_the_hour_in_which_the_stage_runs(hour: int, share: float) -> None:
    begin, end = SEVEN + HOUR / 2, SEVEN + 2.25 * HOUR
    assert share_of(StageRun("conching", 1, begin, end, end + HOUR), SEVEN + hour * HOUR) == share
