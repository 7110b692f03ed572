"""What the plan answers in the cases that go wrong elsewhere."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from adapters.runtime.child import ChildProcess
from domain.canonical import canonical
from domain.plan.checker import check
from domain.plan.plan import Plan
from domain.plan.production import Batch, Demand, Lateness, MachineDown, Pin, PlanProblem
from domain.timeline import MADRID, QUARTER
from planning.answer import answer
from planning.milp.engine import Outcome, SearchLimits
from planning.search.solve import plan_id, solve
from ports import ChildSide
from support.plan_cases import ALL_DAY, WEDNESDAY, at, days_problem, default_plant, evening, local_hours, small_plant
from support.sayings import en, es

EXACT = SearchLimits(rel_gap=0.0, abs_gap_eur=1e-6, clock_s=60.0)
CHEAP_LATE = [0.2] * 10 + [0.1] * 6


def starts(plan: Plan) -> list[int]:
    """Slots in which batches start."""
    return [(batch.start - plan.start) // QUARTER for batch in plan.schedule]


def test_the_plan_waits_for_the_cheap_hours_and_working_as_usual_does_not() -> None:
    plan = solve(evening(small_plant(), CHEAP_LATE), EXACT)
    assert plan.status == "optimal"
    assert starts(plan) == [10]
    assert plan.cost_eur == pytest.approx(0.1 * 13.75)
    assert plan.baseline is not None
    assert plan.baseline[0].batch.start == plan.start
    assert plan.saving_eur == pytest.approx(0.1 * 13.75)


def test_at_a_flat_price_there_is_nothing_to_save() -> None:
    plan = solve(days_problem(default_plant(), date(2026, 3, 11), 2, 0.1))
    assert plan.saving_eur == pytest.approx(0.0, abs=0.01)
    assert plan.saving_eur is not None
    assert plan.saving_eur >= 0


def test_at_negative_prices_it_makes_what_is_due_and_no_more() -> None:
    prices = [-0.05] * 8 + [-0.01] * 8
    plan = solve(evening(small_plant(), prices), EXACT)
    assert len(plan.batches) == 1
    # mix, kettle (30 min) and holding (30 min), then fill: all that may be in the best-paid hours
    assert plan.cost_eur == pytest.approx(-0.05 * (13.75 + 1.0))
    assert plan.cost_eur <= (plan.baseline_cost_eur or 0.0)


def test_at_equal_cost_the_earlier_slot_wins_also_below_zero() -> None:
    for price in (0.1, -0.1):
        plant = small_plant(stages=(replace(small_plant().stages[0], max_wait_minutes=0),))
        plan = solve(evening(plant, [0.5] * 4 + [price] * 8), EXACT)
        assert starts(plan) == [4]


def test_a_later_start_with_a_cheaper_hold_inside_the_hour() -> None:
    """Quarter-hours that differ inside an hour: only the third quarter is cheap."""
    prices = [0.3, 0.3, 0.01, 0.3] * 4
    plant = small_plant(stages=(replace(small_plant().stages[0], max_wait_minutes=0),))
    assert starts(solve(evening(plant, prices), EXACT)) == [2]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2025, 10, 26), 25)])
def test_a_batch_across_the_clock_change_takes_as_long_as_ever(day: date, hours: int) -> None:
    """Staffed around the clock, cheap from 00:00 to 06:00 local: the batch runs through the hour that is lost or repeated."""
    plant = replace(default_plant(), shifts=ALL_DAY, weekday_batches={6: {"premium": 1}})
    prices = local_hours(day, 1, [0.05 if hour < 6 else 0.2 for hour in range(24)])
    problem = days_problem(plant, day, 1, prices)
    assert problem.slots == 4 * hours
    plan = solve(problem)
    (batch,) = plan.schedule
    conching = batch.runs[2]
    assert conching.end - conching.start == timedelta(minutes=300)
    assert conching.start < problem.start + timedelta(hours=3) < conching.end
    assert check(problem, plan.schedule).passed


def test_nothing_attended_runs_on_a_holiday() -> None:
    """1 May 2026, a Friday: what is due on Thursday and Saturday is made without it."""
    problem = days_problem(default_plant(), date(2026, 4, 30), 3, local_hours(date(2026, 4, 30), 3, [0.1] * 24))
    plan = solve(problem)
    days = {run.start.astimezone(MADRID).date() for b in plan.schedule for run in b.runs if run.stage != "conching"}
    assert days == {date(2026, 4, 30), date(2026, 5, 2)} or days == {date(2026, 4, 30)}


def test_a_machine_that_is_down_in_the_middle_is_not_used() -> None:
    plain = evening(small_plant(), [0.1] * 4 + [0.01] * 5 + [0.1] * 7, 2)
    down = replace(plain, wishes=(MachineDown("k1", "kettle", 1, at(plain, 5), at(plain, 11)),))
    free, bound = solve(plain, EXACT), solve(down, EXACT)
    assert bound.cost_eur > free.cost_eur
    for batch in bound.schedule:
        kettle = batch.runs[1]
        assert kettle.unit == 2 or kettle.released <= at(plain, 5) or kettle.start >= at(plain, 11)


def test_two_machines_down_at_different_times_are_told_apart() -> None:
    """A count of machines would allow a run that has to change the kettle half-way."""
    plant = small_plant(stages=(replace(small_plant().stages[1], name="kettle", minutes={"plain": 90}, hold_minutes=0),))
    plain = evening(plant, [0.1] * 4 + [0.01] * 8 + [0.1] * 4, 1)
    wishes = (
        MachineDown("k1", "kettle", 1, at(plain, 5), at(plain, 6)),
        MachineDown("k2", "kettle", 2, at(plain, 9), at(plain, 10)),
    )
    plan = solve(replace(plain, wishes=wishes), EXACT)
    assert check(replace(plain, wishes=wishes), plan.schedule).passed
    assert starts(plan) == [6]


def test_a_base_load_above_the_contract_is_said_in_kilowatts() -> None:
    plan = answer(evening(small_plant(contracted_kw=(0.4,) * 6), [0.1] * 16))
    assert not plan.batches
    assert [item.by_minutes for item in plan.late] == [None]
    assert plan.clash is not None
    assert plan.clash.limits == ("power",)
    assert "does not cover the base load of 1\u00a0kW" in en(plan.clash.message)
    # the kettle needs 20 kW beside 1 kW of base load
    assert sum(relief.amount for relief in plan.clash.reliefs) >= 20.6 - 1e-6
    assert all(relief.confirmed for relief in plan.clash.reliefs)


def test_demand_that_cannot_be_met_names_the_least_that_mends_it() -> None:
    """Eight quarter-hours, the mixer starts one batch each and a batch takes four: at most four kettles' worth."""
    problem = evening(small_plant(), [0.1] * 8, 6.8)
    plan = answer(problem)
    assert plan.late
    assert plan.clash is not None
    assert plan.clash.limits == ("demand",)
    relief = next(relief for relief in plan.clash.reliefs if relief.limit == "demand")
    most = max(n for n in range(7) if not solve(evening(small_plant(), [0.1] * 8, n)).late)
    assert len(plan.batches) == most
    assert plan.late == (Lateness(f"{WEDNESDAY} plain", 680.0 - 100.0 * most, None),)
    assert relief.amount == pytest.approx(680.0 - 100.0 * most)
    assert relief.confirmed
    assert relief.minimal
    assert en(plan.clash.message).startswith("Not everything can be in time because of the demand. ")
    assert es(plan.clash.message).startswith("No todo puede salir a tiempo por la demanda. ")
    assert f"{relief.amount:.0f}\u00a0kg less" in en(plan.clash.message)
    assert f"{relief.amount:.0f}\u00a0kg menos" in es(plan.clash.message)


def test_a_shift_that_is_too_short_names_the_hours() -> None:
    """Attended from midnight to 21:00 only: the evening has one hour, a batch with an attended end takes an hour."""
    plant = small_plant(shifts=(replace(small_plant().shifts[0], end=(small_plant().shifts[0].end.replace(hour=21))),))
    problem = evening(plant, [0.1] * 16, 3)
    plan = answer(problem)
    assert plan.clash is not None
    assert set(plan.clash.limits) == {"shifts", "demand"}
    hours = next(relief for relief in plan.clash.reliefs if relief.limit == "shifts")
    assert (hours.amount, hours.parts) == (1.0, ((str(WEDNESDAY), 1.0),))
    assert "1 more hour on Wednesday 11" in en(plan.clash.message)
    assert "1 hora más el miércoles 11" in es(plan.clash.message)


def test_beyond_the_last_known_price_nothing_is_planned_and_the_answer_says_so() -> None:
    plant = default_plant()
    first = date(2026, 3, 10)
    problem = days_problem(plant, first, 4, 0.1)
    known = replace(problem, prices=problem.prices[: 2 * 96] + (None,) * (2 * 96))
    plan = solve(known)
    assert plan.known_until == at(problem, 2 * 96)
    assert all(batch.end <= plan.known_until for batch in plan.schedule)
    assert {item.day for item in plan.unplanned} == {date(2026, 3, 12), date(2026, 3, 13)}
    assert solve(replace(problem, prices=(None,) * problem.slots)).status == "empty"


def solved(problem: PlanProblem, _child: ChildSide) -> Plan:
    """Work of a child."""
    return solve(problem)


async def test_the_same_problem_gives_the_same_bytes_ten_times_and_in_another_process() -> None:
    prices = [0.05 + 0.01 * ((7 * n) % 13) for n in range(96)]
    problem = days_problem(default_plant(), date(2026, 3, 10), 1, prices)
    answers = {canonical(solve(problem)) for _ in range(10)}
    answers.add(canonical(await ChildProcess(niceness=0).run(solved, problem, deadline_s=60.0)))
    assert len(answers) == 1
    assert plan_id(problem) in answers.pop()
    assert plan_id(replace(problem, stock_kg={"standard": 1.0})) != plan_id(problem)


def test_a_search_that_has_no_time_left_gives_the_best_plan_so_far() -> None:
    """Working as usual is at hand before any search, on whatever machine."""
    prices = [0.05 + 0.01 * ((7 * n) % 13) for n in range(7 * 96)]
    problem = days_problem(default_plant(), date(2026, 3, 9), 7, prices)
    plan = solve(problem, SearchLimits(rel_gap=0.0, abs_gap_eur=0.0, nodes=10**9, clock_s=0.0))
    assert plan.batches
    assert plan.stopped_by == "clock"
    assert check(problem, plan.schedule).passed


def in_force(problem: PlanProblem, plan: Plan, **changes: Any) -> PlanProblem:
    """The problem with a plan in force."""
    return replace(replace(problem, current=plan.schedule, current_prices=problem.prices), **changes)


def test_a_batch_is_moved_only_for_more_than_the_threshold() -> None:
    problem = evening(small_plant(), CHEAP_LATE)
    old = in_force(problem, solve(problem, EXACT))
    # the first hour falls by 1.25 cents below the last: worth 0.17 €
    fallen = replace(old, prices=(0.0875,) * 4 + old.prices[4:])
    stays = solve(replace(fallen, move_threshold_eur=0.2), EXACT)
    moves = solve(replace(fallen, move_threshold_eur=0.1), EXACT)
    assert starts(stays) == [10]
    assert starts(moves) == [0]
    assert moves.changes is not None
    assert moves.changes.gain_eur == pytest.approx(0.0125 * 13.75)
    assert [item.id for item in moves.changes.moved] == ["20260311-plain-1"]
    assert en(moves.changes.message) == "1 batch moves and saves €0.17 because the price fell on Wednesday 11 in the evening."
    saved = "1 lote cambia de hora o de máquina y ahorra 0,17\u00a0€ porque el precio ha bajado el miércoles 11 por la noche."
    assert es(moves.changes.message) == saved
    assert stays.changes is not None
    assert not stays.changes.moved


@pytest.mark.parametrize("threshold", [0.0, 0.1, 0.2])
def test_cost_and_bound_are_of_the_same_kind_whatever_moves(threshold: float) -> None:
    problem = evening(small_plant(), CHEAP_LATE)
    old = in_force(problem, solve(problem, EXACT))
    plan = solve(replace(old, prices=(0.0875,) * 4 + old.prices[4:], move_threshold_eur=threshold), EXACT)
    assert plan.status == "optimal"
    assert plan.bound_eur is not None
    assert plan.bound_eur == pytest.approx(plan.cost_eur, abs=1e-6)  # proven, with and without the 0.10 € that a move must be worth
    assert plan.bound_eur <= plan.cost_eur


def test_a_search_that_is_cut_at_once_has_the_bound_from_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planning.search.solve.minimise", lambda *_: Outcome(None, np.inf, 0.0, "clock", False))
    problem = evening(small_plant(), CHEAP_LATE)
    plan = solve(problem, EXACT)
    assert plan.bound_eur == pytest.approx(plan.cost_eur)  # one batch, polished to where it is cheapest
    assert plan.status == "optimal"


def test_what_has_begun_and_what_is_frozen_stay() -> None:
    problem = evening(small_plant(), [0.1] * 16, 2)
    first = solve(evening(small_plant(), [0.1] * 16, 2), EXACT)
    later = replace(problem, start=at(problem, 1), prices=(0.3,) * 5 + (0.01,) * 10, periods=problem.periods[1:])
    begun = tuple(
        replace(batch, runs=tuple(run for run in batch.runs if run.start < later.start))
        for batch in first.schedule
        if batch.start < later.start
    )
    assert begun
    frozen = replace(later, started=begun, current=first.schedule, freeze_until=at(later, 2))
    plan = solve(frozen, EXACT)
    assert check(frozen, plan.schedule).passed
    kept = {batch.id: batch for batch in plan.schedule}
    for batch in first.schedule:
        for run in batch.runs:
            if run.start < at(later, 2):
                assert run.start in [other.start for other in kept[batch.id].runs]


def test_as_the_horizon_moves_on_the_plan_in_force_stays_and_what_is_new_is_added() -> None:
    first, plant = date(2026, 3, 10), default_plant()
    prices = local_hours(first, 3, [0.05 + 0.01 * ((5 * hour) % 17) for hour in range(24)])
    two = days_problem(plant, first, 2, prices[: 2 * 96])
    three = days_problem(plant, first, 3, prices)
    plan = solve(in_force(three, solve(two), move_threshold_eur=1.0))
    assert plan.changes is not None
    assert not plan.changes.moved
    assert plan.changes.added == ("20260312-standard-1", "20260312-standard-2")
    assert plan.changes.gain_eur == 0.0


def test_the_rest_of_a_begun_batch_is_part_of_working_as_usual() -> None:
    """Power for a kettle, the mixer and the lights: a begun run that were counted twice would leave none for the second batch."""
    plant = small_plant(contracted_kw=(47.0,) * 6)
    (batch,) = solve(evening(plant, [0.1] * 16), EXACT).schedule
    two = evening(plant, [0.1] * 16, 2)
    later = replace(two, start=at(two, 2), prices=two.prices[2:], periods=two.periods[2:])
    plan = solve(replace(later, started=(replace(batch, runs=batch.runs[:2]),)), EXACT)
    assert plan.baseline is not None
    assert [item.batch.start for item in plan.baseline] == [two.start, later.start]
    assert plan.baseline[0].batch == batch


def test_a_freeze_that_a_lost_machine_breaks_is_given_up_and_said() -> None:
    problem = evening(small_plant(), [0.1] * 16)
    first = solve(problem, EXACT)
    broken = in_force(
        problem, first, freeze_until=at(problem, 4), wishes=(MachineDown("m", "mix", 1, problem.start, at(problem, 3)),)
    )
    on_the_way: list[Plan] = []
    plan = solve(broken, EXACT, on_the_way.append)
    assert plan.freeze_released and on_the_way
    assert {(found.freeze_released, found.plan_id) for found in on_the_way} == {(True, plan.plan_id)}
    assert starts(plan) == [3]


def test_a_pin_is_granted_where_it_can_be() -> None:
    problem = evening(small_plant(), CHEAP_LATE)
    pinned = replace(problem, wishes=(Pin("p", "plain", "kettle", at(problem, 5)),))
    plan = solve(pinned, EXACT)
    assert [batch.runs[1].start for batch in plan.schedule] == [at(problem, 5)]
    assert plan.baseline_cost_eur is not None


def test_scenarios_give_the_spread_of_the_cost() -> None:
    problem = evening(small_plant(), CHEAP_LATE)
    paths = tuple(tuple(price * factor for price in CHEAP_LATE) for factor in (0.5, 1.0, 1.5))
    plan = solve(replace(problem, scenarios=paths), EXACT)
    assert plan.cost_p50_eur == pytest.approx(plan.cost_eur)
    assert plan.cost_p10_eur == pytest.approx(0.6 * plan.cost_eur)
    assert plan.cost_p90_eur == pytest.approx(1.4 * plan.cost_eur)


def test_stock_covers_demand_and_names_say_which() -> None:
    problem = evening(small_plant(), [0.1] * 16, 3, stock_kg={"plain": 130.0})
    plan = solve(problem, EXACT)
    assert sorted(batch.id for batch in plan.schedule) == ["20260311-plain-2", "20260311-plain-3"]


def test_a_problem_that_contradicts_itself_is_refused() -> None:
    problem = evening(small_plant(), [0.1] * 16)
    with pytest.raises(ValueError, match="no machine 3"):
        replace(problem, wishes=(MachineDown("m", "kettle", 3, problem.start, problem.end),))
    with pytest.raises(ValueError, match="one value a slot"):
        replace(problem, periods=problem.periods[1:])
    finished: Batch = solve(problem, EXACT).schedule[0]
    with pytest.raises(ValueError, match="lie before the start"):
        replace(problem, started=(finished,))


def test_of_two_batches_only_the_one_that_is_worth_it_moves() -> None:
    """The evening's second half falls a little below the first, its last hour far: one batch has room there."""
    stages = small_plant().stages
    plant = small_plant(stages=(replace(stages[0], max_wait_minutes=0), replace(stages[1], units=1, hold_minutes=0), stages[2]))
    before = [0.2] * 4 + [0.1] * 8 + [0.2] * 8
    problem = evening(plant, before, 2)
    old = in_force(problem, solve(problem, EXACT), move_threshold_eur=0.5)
    assert starts(solve(problem, EXACT)) == [4, 6]
    fallen = replace(old, prices=(0.2,) * 4 + (0.1,) * 8 + (0.099,) * 4 + (0.05,) * 4)
    plan = solve(fallen, EXACT)
    assert plan.changes is not None
    assert len(plan.changes.moved) == 1
    assert plan.changes.gain_eur == pytest.approx(0.05 * 13.75)
    # without a threshold the other one follows as far as it can, for 0.32 €
    assert len(solve(replace(fallen, move_threshold_eur=0.0), EXACT).changes.moved) == 2  # type: ignore[union-attr]


def test_a_choice_of_machine_is_taken_back_where_it_leads_nowhere() -> None:
    """Kettle 1 is down in slots 8-10. The long run [5, 12) needs kettle 2, so [2, 7) must not be there, nor [0, 5) on kettle 1."""
    stage = replace(small_plant().stages[1], minutes={"short": 75, "long": 105}, hold_minutes=0)
    plain = evening(small_plant(qualities=("short", "long"), stages=(stage,)), [0.1] * 16, 2)
    due = (*plain.demand, Demand(WEDNESDAY, "long", 100.0))
    pins = [Pin(f"p{slot}", quality, "kettle", at(plain, slot)) for slot, quality in ((0, "short"), (2, "short"), (5, "long"))]
    problem = replace(plain, demand=due, wishes=(*pins, MachineDown("k1", "kettle", 1, at(plain, 8), at(plain, 10))))
    plan = solve(problem, EXACT)
    assert [(start, batch.runs[0].unit) for start, batch in zip(starts(plan), plan.schedule, strict=True)] == [
        (0, 2),
        (2, 1),
        (5, 2),
    ]
