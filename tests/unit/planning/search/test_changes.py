"""Why one batch is not where the plan in force had it: worked out by the checker, or what it saves."""

from dataclasses import replace
from datetime import timedelta

from domain.messages import listed
from domain.plan.plan import MachineChange
from domain.plan.production import Absence, Outage, PlanProblem, Running, UnderWay
from domain.shop_floor.identity import name_of
from planning.milp.engine import SearchLimits
from planning.milp.grid import grid_of
from planning.search.changes import changes_between, machines_between, moved_between, why_moved
from planning.search.solve import solve
from services.plan.document_parts import said_of
from support.plan_cases import WEDNESDAY, evening, small_plant

EXACT = SearchLimits(rel_gap=0.0, abs_gap_eur=1e-4, nodes=100_000, clock_s=30.0)
CHEAP_FIRST = [0.05] * 4 + [0.2] * 12
CHEAP_LATER = [0.3] * 8 + [0.05] * 8


def in_force(prices: list[float], batches: int = 1) -> PlanProblem:
    """A problem whose plan in force is the best one for it."""
    problem = replace(evening(small_plant(), prices, batches), names_given={})
    return replace(problem, current=solve(problem, EXACT).schedule)


def code_of(problem: PlanProblem) -> tuple[str, str]:
    """What is said of the first batch that moves in the best plan, and all of it."""
    plan = solve(problem, EXACT)
    moved = moved_between(problem.current, plan.schedule)
    assert moved, plan.schedule
    said = why_moved(problem, grid_of(problem), plan.schedule, moved[0].id)
    assert plan.changes is not None
    assert plan.changes.moved[0].why == said
    return said.code, repr(said)


def test_a_batch_that_moves_for_the_price_says_what_it_saves() -> None:
    problem = in_force(CHEAP_FIRST)
    code, said = code_of(replace(problem, prices=tuple(CHEAP_LATER)))
    assert code == "moved.saves"
    before, after = problem.current[0], solve(replace(problem, prices=tuple(CHEAP_LATER)), EXACT).schedule[0]
    assert after.start > before.start
    assert "gain" in said


def test_a_batch_whose_machine_is_down_says_so_and_not_the_price() -> None:
    problem = in_force(CHEAP_FIRST)
    kettle = next(run for run in problem.current[0].runs if run.stage == "kettle")
    down = tuple(Outage("kettle", unit, problem.start, kettle.end) for unit in range(1, problem.plant.stage("kettle").units + 1))
    code, said = code_of(replace(problem, outages=down, prices=tuple(CHEAP_LATER)))
    assert (code, "outages" in said) == ("moved.limits", True)


def test_a_batch_that_keeps_its_times_on_another_machine_is_a_change_and_says_why() -> None:
    problem = in_force(CHEAP_FIRST)
    kettle = next(run for run in problem.current[0].runs if run.stage == "kettle")
    plan = solve(replace(problem, outages=(Outage("kettle", kettle.unit, problem.start, kettle.end),)), EXACT)
    assert plan.changes is not None and [run.start for run in plan.schedule[0].runs] == [
        run.start for run in problem.current[0].runs
    ]
    (move,) = plan.changes.moved
    assert move.machine == MachineChange("kettle", kettle.unit, 3 - kettle.unit)
    assert "outages" in repr(move.why)
    assert said_of(move).code == "changes.machine_why"
    assert machines_between(problem.current, problem.current) == ()


def test_a_batch_at_a_time_when_nobody_is_there_says_so() -> None:
    problem = in_force(CHEAP_FIRST)
    code, said = code_of(replace(problem, absences=(Absence(problem.start, problem.current[0].end),)))
    assert (code, "shifts" in said) == ("moved.limits", True)


def test_a_batch_whose_time_passed_says_so() -> None:
    problem = in_force(CHEAP_FIRST)
    old = problem.current[0]
    before = problem.start - timedelta(minutes=15) - old.start
    late = replace(problem, current=(replace(old, runs=tuple(run.moved(before) for run in old.runs)),))
    assert code_of(late)[0] == "moved.passed"


def test_a_batch_whose_stage_overruns_moves_the_stages_after_it() -> None:
    problem = in_force(CHEAP_FIRST)
    mixed, *rest = problem.current[0].runs
    begun = replace(mixed, start=problem.start - timedelta(minutes=15), end=problem.start, released=problem.start)
    gap = begun.end - rest[0].start
    batch = replace(problem.current[0], runs=(begun, *(run.moved(gap) for run in rest)))
    runs_on = UnderWay(
        batch.id, batch.quality, (), Running("mix", 1, begun.start, problem.start + timedelta(minutes=30)), WEDNESDAY
    )
    late = replace(problem, current=(batch,), under_way=(runs_on,))
    assert code_of(late)[0] == "moved.earlier_stage"


def test_a_batch_whose_place_another_one_took_names_it() -> None:
    problem = in_force(CHEAP_FIRST, batches=2)
    old, other = problem.current
    taken = replace(other, runs=old.runs)
    later = replace(old, runs=tuple(run.moved(timedelta(hours=1)) for run in old.runs))
    said = why_moved(problem, grid_of(problem), [taken, later], old.id)
    assert (said.code, dict(said.figures)["batches"]) == ("moved.in_the_way", listed([name_of(other.id)]))


def test_a_batch_that_could_have_stayed_and_costs_no_less_moved_for_the_whole() -> None:
    problem = in_force([0.1] * 16)
    old = problem.current[0]
    later = replace(old, runs=tuple(run.moved(timedelta(minutes=15)) for run in old.runs))
    changes = changes_between(problem, grid_of(problem), [later])
    assert [move.why.code for move in changes.moved if move.why] == ["moved.whole"]
