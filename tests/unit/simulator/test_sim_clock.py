"""The simulator's clock is the one that SIM_NOW and SIM_SPEED describe."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.__main__ import clock_of
from simulator.requests import RateLimits

REAL = datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_without_settings_it_is_the_real_time() -> None:
    assert clock_of({}, lambda: REAL)() == REAL


def test_two_programs_with_both_parts_of_sim_now_agree() -> None:
    real = [REAL + timedelta(minutes=5)]
    environment = {"SIM_NOW": "2026-03-28T20:00:00Z@2026-11-22T09:00:00Z", "SIM_SPEED": "60"}
    late_starter = clock_of(environment, lambda: real[0])
    assert late_starter() == datetime(2026, 3, 29, 1, tzinfo=UTC)
    real[0] += timedelta(seconds=10)
    assert late_starter() == datetime(2026, 3, 29, 1, 10, tzinfo=UTC)


def test_nonsense_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="SIM_NOW"):
        clock_of({"SIM_NOW": "tomorrow"}, lambda: REAL)


def test_a_minute_of_requests_slides() -> None:
    seconds = [0.0]
    limits = RateLimits(lambda: seconds[0])
    limits.per_minute["aemet"] = 2
    assert [limits.left("aemet", "key") for _ in range(3)] == [1, 0, -1]
    seconds[0] = 59.9
    assert limits.left("aemet", "key") == -1
    seconds[0] = 60.0
    assert limits.left("aemet", "key") == 1
    assert limits.left("redata", "") is None
