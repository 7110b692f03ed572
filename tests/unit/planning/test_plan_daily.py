"""The benchmark's week re-planned daily: closed honestly, and no better informed than it says."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType

import pytest

from bench.plan_daily import Look, Looks, carried_out, closed, hindsight
from bench.plan_weeks import week_problem
from domain.plan.plant import Plant
from domain.timeline import HOUR, day_bounds, slot_starts
from planning.search.solve import solve
from support.plan_cases import small_plant

MONDAY = date(2026, 3, 9)
KWH = 13.75
"""A batch that waits nowhere."""


def plant() -> Plant:
    """One batch due every day, room for two weeks of them."""
    due = MappingProxyType({weekday: {"plain": 1.0} for weekday in range(7)})
    return small_plant(weekday_batches=dict(due), base_loads=())


def by_day(prices: Mapping[date, float]) -> dict[datetime, float]:
    """Prices of whole local days by UTC hour."""
    return {at: price for day, price in prices.items() for at in slot_starts(*day_bounds(day), HOUR)}


def evenings(real: Mapping[datetime, float], forecast: Callable[[date], Mapping[datetime, float]]) -> Looks:
    """A look at each midnight, which knows the day and beyond it the forecast of the evening before."""

    def looks(day: date) -> tuple[Look, ...]:
        start, night = day_bounds(day)
        return (Look(start, {**forecast(day), **{at: price for at, price in real.items() if at < night}}),)

    return looks


REAL = by_day({MONDAY + timedelta(days=n): price for n, price in enumerate((0.20, 0.10, 0.16, 0.30, 0.12, 0.24, 0.18))})


def test_with_the_truth_as_forecast_the_week_costs_what_hindsight_does() -> None:
    """Monday's batch costs 0.20; Tuesday's 0.10 serves the rest of the week but for what the others do cheaper: nothing."""
    known = hindsight(plant(), MONDAY, REAL)
    told = carried_out(plant(), MONDAY, REAL, evenings(REAL, lambda _: REAL))
    assert known is not None
    assert known.perfect.cost_eur == pytest.approx((0.20 + 6 * 0.10) * KWH)
    assert known.usual.cost_eur == pytest.approx((0.20 + 0.10 + 0.16 + 0.30 + 0.12 + 0.24 + 0.18) * KWH)
    assert told.cost_eur == pytest.approx(known.perfect.cost_eur)
    assert told.made == known.perfect.made == known.usual.made == {"plain": 7}


def test_a_wrong_forecast_costs_more_and_makes_the_same() -> None:
    """It always says that tomorrow's tomorrow is free: every batch waits for its day, and pays that day's price."""
    known = hindsight(plant(), MONDAY, REAL)
    told = carried_out(plant(), MONDAY, REAL, evenings(REAL, lambda _: dict.fromkeys(REAL, 0.0)))
    assert known is not None
    assert told.cost_eur == pytest.approx(known.usual.cost_eur)
    assert told.made == known.perfect.made


def test_an_evening_knows_tomorrow_and_beyond_it_only_the_forecast() -> None:
    """From Wednesday on power will be free, but the forecast says 0.15: on Tuesday, at 0.10, everything is made."""
    tuesday = day_bounds(MONDAY + timedelta(days=1))[1]
    real = {at: price if at < tuesday else 0.0 for at, price in REAL.items()}
    asked: list[date] = []

    def forecast(day: date) -> dict[datetime, float]:
        asked.append(day)
        return dict.fromkeys(REAL, 0.15)

    told = carried_out(plant(), MONDAY, real, evenings(real, forecast))
    assert told.cost_eur == pytest.approx((0.20 + 6 * 0.10) * KWH)
    assert asked == [MONDAY + timedelta(days=n) for n in range(7)]


def test_a_second_look_changes_what_has_not_begun() -> None:
    """At midnight Monday seems the cheapest day; at 14:00 Tuesday is known to be free: what has begun stays, the rest waits."""
    real = by_day({MONDAY + timedelta(days=n): 0.10 if n == 0 else 0.0 for n in range(7)})
    wrong = {**dict.fromkeys(REAL, 0.5), **{at: 0.10 for at in REAL if at < day_bounds(MONDAY)[1]}}
    early = {at: 0.2 if at < day_bounds(MONDAY)[0] + 14 * HOUR else price for at, price in wrong.items()}
    afternoon = day_bounds(MONDAY)[0] + 14 * HOUR

    def looks(day: date) -> tuple[Look, ...]:
        start = day_bounds(day)[0]
        return (Look(start, early), Look(afternoon, real)) if day == MONDAY else (Look(start, real),)

    told = carried_out(plant(), MONDAY, real, looks)
    assert told.cost_eur == pytest.approx(0.10 * KWH)
    once = carried_out(plant(), MONDAY, real, lambda day: looks(day)[:1])
    assert once.cost_eur == pytest.approx(7 * 0.10 * KWH)
    assert once.made == told.made == {"plain": 7}


def test_a_week_that_made_less_is_not_closed() -> None:
    problem = week_problem(plant(), MONDAY, lambda hour: REAL[hour])
    batches = solve(problem).schedule
    assert closed(problem, batches).cost_eur == pytest.approx((0.20 + 6 * 0.10) * KWH)
    with pytest.raises(ValueError, match="2026-03-15 plain not within the horizon"):
        closed(problem, batches[:-1])
