"""The days in which the best possible plan may begin: the same ones whatever the plan did."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.timeline import MADRID
from services.savings.ledger import known_from, window_of

TUESDAY = date(2026, 3, 10)
BEGIN = datetime(2026, 3, 2, 23, tzinfo=UTC)
"""Midnight in Madrid, seven days before."""


@pytest.mark.parametrize("ahead", range(8))
def test_it_begins_seven_days_before_whenever_the_batches_were_begun(ahead: int) -> None:
    begun = datetime(2026, 3, 10, 9, 30, tzinfo=UTC) - timedelta(days=ahead)
    needed, window = window_of(TUESDAY, [begun, begun + timedelta(hours=3)], MADRID)
    assert window == BEGIN
    assert needed == datetime(2026, 3, 9, 23, tzinfo=UTC) - timedelta(days=ahead)


def test_what_was_begun_before_is_within_it() -> None:
    needed, window = window_of(TUESDAY, [datetime(2026, 2, 27, 9, tzinfo=UTC)], MADRID)
    assert needed == window == datetime(2026, 2, 26, 23, tzinfo=UTC)


def test_a_day_on_which_nothing_was_made_needs_its_own_prices() -> None:
    assert window_of(TUESDAY, [], MADRID) == (datetime(2026, 3, 9, 23, tzinfo=UTC),) * 2


def test_prices_that_are_missing_in_front_cut_it() -> None:
    assert known_from([None, 0.1, None, 0.2, 0.3]) == 3
    assert known_from([0.1, 0.2]) == 0
    assert known_from([0.1, None]) == 2
