"""Weeks without a plan: the answer keeps its deadline, names what clashes, and never asks for absurdly much."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.plan.plan import Clash
from domain.plan.plant import Plant
from domain.plan.production import Demand, Forbidden, PlanProblem
from planning.answer import answer
from planning.conflict.apply_relief import relieved
from planning.conflict.conflict import explain
from planning.conflict.find_relief import is_possible
from planning.milp.engine import SearchLimits
from planning.milp.relaxation import Relaxation
from support.plan_cases import at, days_problem, default_plant, evening, small_plant
from support.sayings import en, es

DEADLINE_S = 25.0
LATE_S = 20.0
"""What a machine that does other things as well may take to begin a process and to end it."""
MONDAY = date(2026, 3, 9)


def week(plant: Plant, days: int = 7) -> PlanProblem:
    """The default week, or its first days, at prices that repeat every 13 quarter-hours."""
    return days_problem(plant, MONDAY, days, [0.05 + 0.01 * ((7 * n) % 13) for n in range(days * 96)])


def too_much() -> PlanProblem:
    """Forty batches more than a week can make."""
    whole = week(default_plant())
    return replace(whole, demand=(*whole.demand, Demand(MONDAY + timedelta(days=3), "standard", 4000.0)))


def too_little_power(days: int = 7) -> PlanProblem:
    """A contract that leaves no room for conching beside refining, or for two machines at all."""
    return week(replace(default_plant(), contracted_kw=(60.0,) * 6), days)


def no_shift() -> PlanProblem:
    """Nobody is there all week."""
    return week(replace(default_plant(), shifts=()))


def forbidden_days() -> PlanProblem:
    """Sixty hours in which nothing may run, while batches are due."""
    whole = week(default_plant())
    return replace(whole, wishes=(Forbidden("rest", whole.start, at(whole, 60 * 4)),))


@pytest.mark.parametrize(
    ("problem", "limits"),
    [
        (too_much, {"demand"}),
        (too_little_power, {"power", "demand"}),
        (no_shift, {"shifts", "demand"}),
        (forbidden_days, {"wishes"}),
    ],
)
def test_a_week_without_a_plan_is_answered_in_time_with_what_clashes(problem: Callable[[], PlanProblem], limits: set[str]) -> None:
    asked = problem()
    begun = time.monotonic()
    plan = answer(asked, SearchLimits(clock_s=DEADLINE_S / 2), left_s=lambda: begun + DEADLINE_S - time.monotonic())
    assert time.monotonic() - begun < DEADLINE_S + LATE_S
    assert plan.late
    assert plan.clash is not None
    assert limits <= set(plan.clash.limits)
    assert_no_more_power_than_all_machines_need(asked, plan.clash)
    assert es(plan.clash.message)
    assert en(plan.clash.message)


def test_every_answer_on_the_way_says_what_is_known_so_far() -> None:
    told: list[Clash] = []
    explain(evening(small_plant(), [0.1] * 8, 6.8), on_clash=told.append)
    assert [clash.minimal for clash in told] == [False] * len(told)
    assert told[0].limits == ("shifts", "power", "demand")
    assert told[0].reliefs == ()
    assert [relief.limit for relief in told[-1].reliefs] == ["demand"]


def test_without_time_all_limits_are_named_and_nothing_is_called_minimal() -> None:
    begun = time.monotonic()
    clash = explain(too_little_power(), left_s=lambda: 0.0)
    assert time.monotonic() - begun < LATE_S
    assert not clash.minimal
    assert clash.limits == ("shifts", "power", "demand")
    assert "Not everything can be in time" in en(clash.message)


def test_power_that_lacks_is_asked_for_within_what_all_machines_need() -> None:
    """For three days, which take a second or two where a week takes half a minute: whatever the machine, the relief is found."""
    asked = too_little_power(3)
    clash = explain(asked, left_s=lambda: 100.0)
    relief = next(relief for relief in clash.reliefs if relief.limit == "power")
    assert relief.confirmed
    assert_no_more_power_than_all_machines_need(asked, clash)
    assert is_possible(relieved(asked, [relief]), Relaxation(any_plan=True), 60.0) is True


def assert_no_more_power_than_all_machines_need(asked: PlanProblem, clash: Clash) -> None:
    """Never more in a period than all machines at once with the base load, less what is contracted."""
    plant = asked.plant
    peak = plant.base_kw(staffed=True) + sum(stage.units * stage.power_kw for stage in plant.stages)
    more = [kw for relief in clash.reliefs if relief.limit == "power" for _, kw in relief.parts]
    assert all(0 < kw <= peak - min(plant.contracted_kw) for kw in more)


def test_demand_that_is_given_up_frees_no_room_in_the_store() -> None:
    """A store of half a batch holds none: the four batches of Tuesday and Wednesday must be given up, not Tuesday's alone."""
    plant = replace(default_plant(), max_stock_kg={"standard": 50.0, "premium": 50.0})
    clash = explain(days_problem(plant, date(2026, 3, 10), 2, 0.1))
    relief = next(relief for relief in clash.reliefs if relief.limit == "demand")
    assert (relief.amount, relief.confirmed) == (400.0, True)
