"""The meter of the event loop: what holds the loop up is seen, and forgotten after a minute."""

import asyncio
import time
from contextlib import suppress

import pytest

from adapters.runtime.loop_lag import BOUNDS_S, LONG_S, LOOKED_BACK_S, LoopLag


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_work_on_the_loop_is_seen() -> None:
    lag = LoopLag()
    task = asyncio.create_task(lag.measure())
    await asyncio.sleep(0.1)
    time.sleep(0.3)
    await asyncio.sleep(0.05)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert lag.state().max_s >= 0.27
    assert sum(number for bound, number in lag.state().counts if bound > 0.2) >= 1


@pytest.mark.parametrize(
    ("looks", "state"), [([LONG_S] * 59, "ok"), ([2.0] * 5, "ok"), ([2.0] * 5 + [1.1], "ill"), ([11.0], "ill")]
)
def test_it_is_ill_when_it_stood_for_ten_seconds_of_a_minute(looks: list[float], state: str) -> None:
    lag = LoopLag(Hand())
    for late_s in looks:
        lag.note(late_s)
    assert (lag.state().state, lag.state().max_s) == (state, max(looks))


def test_after_a_minute_it_is_well_again_and_what_was_counted_stays() -> None:
    hand = Hand()
    lag = LoopLag(hand)
    for _ in range(10):
        lag.note(3.0)
    assert lag.state().held_s == 30.0
    assert lag.state().state == "ill"
    hand.now += LOOKED_BACK_S + 1
    lag.note(0.004)
    state = lag.state()
    assert (state.state, state.p99_s, state.max_s) == ("ok", 0.004, 0.004)
    assert {bound: number for bound, number in state.counts if number} == {5.0: 10, 0.005: 1}
    assert state.sum_s == pytest.approx(30.004)
    assert [bound for bound, _ in state.counts] == [*BOUNDS_S, float("inf")]


def test_who_never_looked_knows_no_lag() -> None:
    assert LoopLag().state().max_s == 0.0
