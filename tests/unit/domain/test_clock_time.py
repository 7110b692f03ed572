"""The arithmetic of the shared clock, and the two clocks on it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.runtime.clock import RealClock, SimulatedClock
from domain.clock_time import ScaledTime, parse_sim_now

REAL = datetime(2026, 11, 20, 10, tzinfo=UTC)
SIMULATED = datetime(2026, 3, 28, 20, tzinfo=UTC)
SPEEDS = st.floats(0.01, 1_000_000)


def test_a_minute_of_ours_is_an_hour_at_speed_60() -> None:
    scaled = ScaledTime(SIMULATED, REAL, 60)
    assert scaled.at(REAL) == SIMULATED
    assert scaled.at(REAL + timedelta(minutes=1)) == SIMULATED + timedelta(hours=1)
    assert scaled.real_seconds(timedelta(hours=1)) == 60


@given(SPEEDS, st.floats(0, 86_400), st.floats(0, 86_400))
def test_time_never_runs_backwards_and_the_rate_is_the_same_everywhere(speed: float, first: float, second: float) -> None:
    scaled = ScaledTime(SIMULATED, REAL, speed)
    early, late = sorted((first, second))
    passed = scaled.at(REAL + timedelta(seconds=late)) - scaled.at(REAL + timedelta(seconds=early))
    assert passed >= timedelta(0)
    assert scaled.real_seconds(passed) == pytest.approx(late - early, abs=1e-3)


@pytest.mark.parametrize("speed", [0, -1, 1_000_001, float("nan")])
def test_a_speed_that_makes_no_sense_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="SIM_SPEED"):
        ScaledTime(SIMULATED, REAL, speed)


def test_sim_now_with_and_without_the_real_instant() -> None:
    assert parse_sim_now("2026-03-28T20:00:00Z", REAL) == (SIMULATED, REAL)
    assert parse_sim_now("2026-03-28T21:00:00+01:00@2026-11-20T09:00:00Z", REAL) == (SIMULATED, REAL - timedelta(hours=1))


@pytest.mark.parametrize("text", ["tomorrow", "2026-03-28T20:00:00", "2026-03-28T20:00:00Z@noon", "", "@"])
def test_what_is_no_instant_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="2026-03-28T20:00:00Z"):
        parse_sim_now(text, REAL)


async def test_the_real_clock_reads_what_it_is_given_and_sleeps_until_then() -> None:
    loop = asyncio.get_running_loop()
    clock = RealClock(lambda: REAL + timedelta(seconds=loop.time()))
    wake = clock() + timedelta(milliseconds=30)
    await clock.sleep_until(wake)
    assert clock() >= wake
    await clock.sleep_until(REAL - timedelta(days=1))  # past: at once


async def test_the_simulated_clock_sleeps_less_than_its_hours() -> None:
    loop = asyncio.get_running_loop()
    clock = SimulatedClock(ScaledTime(SIMULATED, REAL, 100_000), lambda: REAL + timedelta(seconds=loop.time()))
    wake = clock() + timedelta(hours=1)
    await asyncio.wait_for(clock.sleep_until(wake), 60)  # 36 ms of real time
    assert clock() >= wake
