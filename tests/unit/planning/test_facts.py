"""Facts of the floor are hard, promises may be late: there is always a plan for what can be done."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.plan.checker import check
from domain.plan.plan import Plan, as_planned
from domain.plan.production import (
    Absence,
    Batch,
    Forbidden,
    Lateness,
    MachineDown,
    Order,
    Outage,
    Pin,
    PlanProblem,
    Running,
    StageRun,
    UnderWay,
    Wish,
)
from planning.answer import answer
from planning.milp.engine import SearchLimits
from planning.milp.grid import grid_of
from planning.search.baseline import early
from planning.search.mend import mended
from planning.search.solve import solve
from support.plan_cases import WEDNESDAY, at, evening, small_plant
from support.sayings import es

EXACT = SearchLimits(rel_gap=0.0, abs_gap_eur=1e-4, nodes=100_000, clock_s=30.0)
CASES = int(os.environ.get("PLAN_CASES", "25"))
MINUTE = timedelta(minutes=1)
FLAT = [0.1] * 16


def checked(problem: PlanProblem, plan: Plan) -> None:
    """The plan keeps every limit and is as late as it says."""
    verdict = check(as_planned(problem, plan), plan.schedule, late=plan.late)
    assert verdict.passed, verdict.violations
    assert verdict.cost_eur == pytest.approx(plan.cost_eur, abs=1e-6)
    assert plan.lateness_kg_h == pytest.approx(verdict.lateness_kg_h, abs=1e-4)
    assert plan.gap_eur is not None


def boiling(problem: PlanProblem, *, ends: timedelta = 20 * MINUTE, left: timedelta | None = None) -> UnderWay:
    """A batch whose mix is done, on kettle 1, which ends some time after the start."""
    start = problem.start
    mixed = StageRun("mix", 1, start - 38 * MINUTE, start - 21 * MINUTE, start - 21 * MINUTE)
    return UnderWay("b1", "plain", (mixed,), Running("kettle", 1, start - 11 * MINUTE, start + ends, left=left), WEDNESDAY)


def test_a_batch_under_way_is_in_the_plan_to_the_minute_and_its_end_is_rounded_up() -> None:
    problem = evening(small_plant(), FLAT, 1)
    problem = replace(problem, under_way=(boiling(problem),))
    plan = solve(problem, EXACT)
    checked(problem, plan)
    (batch,) = plan.schedule
    assert batch.id == "b1"
    assert [(run.stage, run.unit) for run in batch.runs] == [("mix", 1), ("kettle", 1), ("fill", 1)]
    assert batch.runs[1].start == problem.start - 11 * MINUTE
    assert batch.runs[1].end == at(problem, 2)
    assert not plan.late


def test_a_batch_that_is_held_as_a_fact_and_goes_on_as_frozen_is_in_its_machine_until_then() -> None:
    """Boiled at the start, filled a quarter of an hour later by the plan in force, which is frozen; its kettle breaks meanwhile."""
    problem = evening(small_plant(), FLAT, 1)
    start = problem.start
    mixed = StageRun("mix", 1, start - 45 * MINUTE, start - 30 * MINUTE, start - 30 * MINUTE)
    boiled = StageRun("kettle", 1, start - 30 * MINUTE, start, start)
    filled = StageRun("fill", 1, at(problem, 1), at(problem, 2), at(problem, 2))
    problem = replace(
        problem,
        under_way=(UnderWay("b1", "plain", (mixed, boiled), None, WEDNESDAY),),
        current=(Batch("b1", "plain", WEDNESDAY, (mixed, replace(boiled, released=filled.start), filled)),),
        freeze_until=at(problem, 2),
        outages=(Outage("kettle", 1, start, None),),
    )
    held = (replace(boiled, released=filled.start), filled)
    for known in (early(problem, grid_of(problem)), mended(problem, grid_of(problem))):  # before any search
        assert known is not None and known[0].runs[1:] == held and check(problem, known).passed
    plan = solve(problem, EXACT)
    checked(problem, plan)
    assert plan.schedule[0].runs[1:] == held


def test_a_plan_without_what_is_under_way_is_refused() -> None:
    problem = evening(small_plant(), FLAT, 0)
    problem = replace(problem, under_way=(boiling(problem),))
    assert {violation.limit for violation in check(problem, ()).violations} == {"under_way"}


def test_a_machine_that_has_a_batch_takes_no_other() -> None:
    """Both kettles busy for two hours: nothing can be boiled before."""
    problem = evening(small_plant(), FLAT, 3)
    one = boiling(problem, ends=120 * MINUTE)
    other = replace(one, batch_id="b2", running=replace(one.running, unit=2) if one.running else None)
    other = replace(
        other,
        done=tuple(
            replace(run, start=run.start - 20 * MINUTE, end=run.end - 20 * MINUTE, released=run.released - 20 * MINUTE)
            for run in other.done
        ),
    )
    problem = replace(problem, under_way=(one, other))
    plan = solve(problem, EXACT)
    checked(problem, plan)
    third = next(batch for batch in plan.schedule if batch.id not in ("b1", "b2"))
    assert third.runs[1].start >= at(problem, 8)


def test_an_interrupted_run_goes_on_when_its_machine_is_up() -> None:
    """20 minutes are left, the kettle is down for an hour: it boils from then on for two quarter-hours."""
    problem = evening(small_plant(), FLAT, 1)
    problem = replace(
        problem,
        under_way=(boiling(problem, left=20 * MINUTE),),
        outages=(Outage("kettle", 1, problem.start - 5 * MINUTE, problem.start + 60 * MINUTE),),
    )
    plan = solve(problem, EXACT)
    checked(problem, plan)
    assert plan.schedule[0].runs[1].end == at(problem, 6)
    # two quarter-hours of the kettle, one of the filler, and what it is held
    held = (plan.schedule[0].runs[1].released - plan.schedule[0].runs[1].end) / timedelta(hours=1)
    assert plan.kwh == pytest.approx(20 * 0.5 + 5 * 0.25 + 2 * held)


def test_a_wait_that_is_over_goes_on_as_early_as_can_be() -> None:
    """Mixed half an hour ago, at most 15 minutes may it wait: the kettle takes it at once."""
    problem = evening(small_plant(), FLAT, 1)
    mixed = StageRun("mix", 1, problem.start - 50 * MINUTE, problem.start - 35 * MINUTE, problem.start - 35 * MINUTE)
    problem = replace(problem, under_way=(UnderWay("b1", "plain", (mixed,), due=WEDNESDAY),))
    plan = solve(problem, EXACT)
    checked(problem, plan)
    assert plan.schedule[0].runs[1].start == problem.start


def test_a_batch_that_left_its_kettle_waits_while_another_is_in_it() -> None:
    """The filler overruns. Two batches left their kettles for it, a third boils where the first of them had been."""
    problem = evening(small_plant(), FLAT, 0)
    start = problem.start

    def run(stage: str, unit: int, begins: float, ends: float) -> StageRun:
        return StageRun(stage, unit, start + begins * MINUTE, start + ends * MINUTE, start + ends * MINUTE)

    filling = UnderWay(
        "b1",
        "plain",
        (run("mix", 1, -75, -60), run("kettle", 1, -60, -39)),
        Running("fill", 1, start - 30 * MINUTE, start + MINUTE),
    )
    left = UnderWay("b2", "plain", (run("mix", 1, -60, -46), run("kettle", 2, -45, -6)), None)
    held = UnderWay("b3", "plain", (run("mix", 1, -45, -31), run("kettle", 1, -30, 0)), None)
    boils = UnderWay("b4", "plain", (run("mix", 1, -30, -16),), Running("kettle", 2, start, start + 28 * MINUTE))
    problem = replace(problem, under_way=(filling, left, held, boils))
    plan = solve(problem, EXACT)
    checked(problem, plan)
    fills = {batch.id: batch.runs[-1].start for batch in plan.schedule}
    assert [fills[id_] for id_ in ("b2", "b3", "b4")] == [at(problem, 1), at(problem, 2), at(problem, 3)]


def test_nobody_here_stops_what_is_attended_and_the_order_is_late() -> None:
    """Due at 22:00, nobody here until then: the mixer starts at 22:00, the batch is done an hour later."""
    problem = evening(small_plant(), FLAT, 0)
    order = Order("o1", "plain", 100.0, at(problem, 8))
    problem = replace(problem, orders=(order,), absences=(Absence(problem.start, at(problem, 8)),))
    plan = solve(problem, EXACT)
    checked(problem, plan)
    assert plan.late == (Lateness("o1", 100.0, 60),)
    assert plan.lateness_kg_h == pytest.approx(100.0)
    assert plan.lateness_bound_kg_h == pytest.approx(100.0, abs=0.5)
    assert plan.schedule[0].start == at(problem, 8)


def test_least_lateness_comes_before_cost() -> None:
    """A batch at once would cost ten times as much: it is made at once all the same, as it is due."""
    problem = evening(small_plant(), [1.0] * 4 + [0.1] * 12, 0)
    problem = replace(problem, orders=(Order("o1", "plain", 100.0, at(problem, 0)),))
    plan = solve(problem, EXACT)
    checked(problem, plan)
    assert plan.schedule[0].start == at(problem, 0)
    assert plan.late == (Lateness("o1", 100.0, 60),)


def test_the_heavier_order_is_served_first() -> None:
    """One batch an hour before the end can be ready at 21:00: the order of weight 5 has it, whatever was due first."""
    plant = small_plant(stages=(replace(small_plant().stages[0], minutes={"plain": 60}), *small_plant().stages[1:]))
    problem = evening(plant, FLAT, 0)
    light, heavy = Order("light", "plain", 100.0, at(problem, 7)), Order("heavy", "plain", 100.0, at(problem, 8), weight=5.0)
    problem = replace(problem, orders=(light, heavy))
    plan = solve(problem, EXACT)
    checked(problem, plan)
    assert [item.order_id for item in plan.late] == ["light"]


def test_a_machine_that_is_down_for_good_leaves_a_plan_of_what_can_be_done() -> None:
    problem = evening(small_plant(), FLAT, 2)
    problem = replace(problem, outages=(Outage("fill", 1, problem.start),), under_way=(boiling(problem),))
    plan = solve(problem, EXACT)
    checked(problem, plan)
    assert [batch.id for batch in plan.schedule] == ["b1"]
    assert [run.stage for run in plan.schedule[0].runs] == ["mix", "kettle"]
    assert plan.late == (Lateness(f"{WEDNESDAY} plain", 200.0, None),)


def test_a_wish_that_cannot_be_had_is_set_aside_by_name_and_the_other_is_kept() -> None:
    problem = evening(small_plant(), FLAT, 1)
    no = Pin("w1", "plain", "mix", at(problem, 3))
    yes = Pin("w2", "plain", "mix", at(problem, 6))
    problem = replace(problem, wishes=(no, yes), outages=(Outage("mix", 1, problem.start, at(problem, 6)),))
    on_the_way: list[Plan] = []
    plan = solve(problem, EXACT, on_the_way.append)
    assert on_the_way
    for found in (*on_the_way, plan):  # each may be the answer, where the time is over
        checked(problem, found)
        assert found.plan_id == plan.plan_id
    assert plan.set_aside == ("w1",)
    assert plan.schedule[0].start == at(problem, 6)


def test_a_wish_that_a_machine_be_down_holds_for_all_that_is_not_in_it_yet() -> None:
    """Kettle 1 has a batch for two more hours and is wished to be down in a quarter of an hour: nothing is boiled in it later."""
    problem = evening(small_plant(), FLAT, 3)
    wish = MachineDown("w1", "kettle", 1, at(problem, 1), problem.end)
    problem = replace(problem, wishes=(wish,), under_way=(boiling(problem, ends=120 * MINUTE),))
    plan = solve(problem, EXACT)
    checked(problem, plan)
    assert (plan.status, plan.set_aside) == ("optimal", ())
    kettles = {batch.id: batch.runs[1].unit for batch in plan.schedule}
    assert kettles.pop("b1") == 1 and kettles and set(kettles.values()) == {2}


def test_all_machines_wished_down_while_a_batch_is_in_one_make_the_rest_late_not_impossible() -> None:
    problem = evening(small_plant(), FLAT, 3)
    wishes = tuple(MachineDown(f"w{unit}", "kettle", unit, at(problem, 1), at(problem, 10)) for unit in (1, 2))
    current = solve(replace(problem, under_way=(boiling(problem),)), EXACT).schedule
    problem = replace(problem, wishes=wishes, under_way=(boiling(problem),), current=current, freeze_until=at(problem, 4))
    plan = solve(problem, EXACT)
    checked(problem, plan)
    assert (plan.status, plan.set_aside) == ("optimal", ())
    assert all(batch.runs[1].start >= at(problem, 10) for batch in plan.schedule if batch.id != "b1" and len(batch.runs) > 1)


def test_where_no_plan_was_found_in_the_time_the_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = evening(small_plant(), FLAT, 1)
    nothing = replace(solve(problem, EXACT), status="unknown", batches=(), cost_eur=0.0, stopped_by="clock")
    monkeypatch.setattr("planning.answer.solve", lambda *_: nothing)
    clash = answer(problem).clash
    assert clash is not None and (clash.limits, clash.reliefs) == ((), ())
    assert es(clash.message) == "En el tiempo que hay no se ha encontrado un plan con todo lo que se pide. Se sigue buscando."


def test_a_store_that_is_to_hold_a_reserve_has_it_under_a_name_of_its_own() -> None:
    problem = evening(small_plant(min_stock_kg={"plain": 100.0}), FLAT, 1)
    plan = solve(problem, EXACT)
    checked(problem, plan)
    assert sorted(batch.id for batch in plan.schedule) == ["20260311-plain-1", "reserve-plain-1"]
    stocked = solve(replace(problem, stock_kg={"plain": 100.0}), EXACT)
    assert len(stocked.schedule) == 1


def test_what_does_not_keep_is_made_no_earlier() -> None:
    """It keeps an hour, and the night is cheaper early: still it is finished within the hour before midnight."""
    problem = evening(small_plant(shelf_life_hours={"plain": 1.0}), [0.01] * 8 + [0.2] * 8, 1)
    plan = solve(problem, EXACT)
    checked(problem, plan)
    assert plan.schedule[0].end >= at(problem, 12)


@st.composite
def floors(draw: st.DrawFn) -> PlanProblem:
    """An evening in the middle of things: batches in machines, machines down, nobody here, orders before and after now."""
    stages = small_plant().stages
    plant = small_plant(contracted_kw=(draw(st.sampled_from((22.0, 45.0, 100.0))),) * 6)
    prices = draw(st.lists(st.sampled_from((-0.05, 0.05, 0.1, 0.3)), min_size=20, max_size=20))
    problem = evening(plant, prices, draw(st.integers(0, 2)))
    start = problem.start
    kettles = []
    for unit in draw(st.sets(st.sampled_from((1, 2)))):
        begun = draw(st.integers(0, 25)) * MINUTE
        mixed = StageRun(
            "mix",
            1,
            start - begun - (10 + 20 * unit) * MINUTE,
            start - begun - 20 * unit * MINUTE,
            start - begun - 20 * unit * MINUTE,
        )
        left = draw(st.sampled_from((None, 10 * MINUTE, 30 * MINUTE)))
        running = Running("kettle", unit, start - begun, start + draw(st.integers(1, 100)) * MINUTE, left=left)
        kettles.append(UnderWay(f"k{unit}", "plain", (mixed,), running, WEDNESDAY))
    waiting = []
    if draw(st.booleans()):
        ended = start - draw(st.integers(1, 40)) * MINUTE
        waiting.append(UnderWay("w", "plain", (StageRun("mix", 1, ended - 5 * MINUTE, ended, ended),), None, WEDNESDAY))
    outages = []
    if draw(st.booleans()):
        stage, first = draw(st.sampled_from(stages)), draw(st.sampled_from((0, 0, *range(-20, 201)))) * MINUTE
        end = draw(st.sampled_from((None, start + first + 70 * MINUTE)))
        outages.append(Outage(stage.name, draw(st.integers(1, stage.units)), start + first, end))
    absences = []
    if draw(st.booleans()):
        first = draw(st.integers(0, 200)) * MINUTE
        absences.append(Absence(start + first, start + first + draw(st.integers(10, 120)) * MINUTE))
    orders = tuple(
        Order(
            f"o{n}",
            "plain",
            draw(st.sampled_from((50.0, 100.0, 150.0))),
            start + draw(st.integers(-60, 300)) * MINUTE,
            draw(st.sampled_from((1.0, 1.0, 3.0))),
        )
        for n in range(draw(st.integers(0, 2)))
    )
    wishes: list[Wish] = []
    for name in draw(st.sets(st.sampled_from(("w1", "w2")))):
        stage, first = draw(st.sampled_from(stages)), start + draw(st.integers(0, 200)) * MINUTE
        span = (first, first + draw(st.integers(20, 300)) * MINUTE)
        down = draw(st.booleans())
        wishes.append(MachineDown(name, stage.name, draw(st.integers(1, stage.units)), *span) if down else Forbidden(name, *span))
    problem = replace(problem, wishes=tuple(sorted(wishes, key=lambda wish: wish.id)), orders=orders)
    return replace(problem, under_way=(*kettles, *waiting), outages=tuple(outages), absences=tuple(absences))


@settings(max_examples=CASES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(floors())
def test_from_whatever_stands_there_is_a_checked_plan(problem: PlanProblem) -> None:
    plan = solve(problem, EXACT)
    assert plan.status in ("optimal", "empty"), plan.status
    if plan.status != "empty":
        checked(problem, plan)
    assert {item.batch_id for item in problem.under_way} <= {batch.id for batch in plan.schedule}
    assert plan.lateness_bound_kg_h <= plan.lateness_kg_h + 1e-6
    again = solve(problem, EXACT)
    assert again == plan


@pytest.mark.parametrize("unit", [1, 2])
@pytest.mark.parametrize("down", [False, True])
def test_a_batch_that_begins_this_very_minute_stays_in_its_machine_even_if_that_breaks_now(unit: int, down: bool) -> None:
    """Another batch waits for a kettle and could take either; the machine that broke has one of them in it."""
    problem = evening(small_plant(), FLAT, 4)
    start = problem.start
    mixed = StageRun("mix", 1, start - 38 * MINUTE, start - 21 * MINUTE, start - 21 * MINUTE)
    begun = UnderWay("b1", "plain", (mixed,), Running("kettle", unit, start, start + 31 * MINUTE), WEDNESDAY)
    outages = (Outage("kettle", unit, start, start + 120 * MINUTE),) if down else ()
    problem = replace(problem, under_way=(begun,), outages=outages)
    plan = solve(problem, EXACT)
    checked(problem, plan)
    (batch,) = [batch for batch in plan.schedule if batch.id == "b1"]
    assert batch.runs[1].unit == unit
