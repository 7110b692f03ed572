"""The plan in force, mended before any search."""

from dataclasses import replace

from domain.plan.checker import check
from domain.plan.production import Batch, Forbidden, Order, PlanProblem, Running, UnderWay
from domain.timeline import QUARTER, day_bounds
from planning.milp.engine import SearchLimits
from planning.milp.grid import grid_of
from planning.search.costing import costed, total_eur
from planning.search.mend import mended
from planning.search.solve import solve
from planning.search.standing import standing_eur
from support.plan_cases import WEDNESDAY, at, evening, small_plant

PRICES = [0.30, 0.30, 0.05, 0.05, 0.06, 0.06, 0.07, 0.07, 0.20, 0.20, 0.10, 0.10, 0.10, 0.10, 0.30, 0.30]


def in_force(batches: float = 1) -> PlanProblem:
    """An evening with its plan in force."""
    problem = evening(small_plant(), PRICES, batches)
    return replace(problem, current=solve(problem, SearchLimits()).schedule, current_prices=problem.prices)


def test_what_nothing_speaks_against_stands_and_costs_what_it_costs() -> None:
    problem = in_force(2)
    assert mended(problem, grid_of(problem)) == problem.current
    assert standing_eur(problem) == solve(problem, SearchLimits()).cost_eur


def test_only_the_batch_that_a_wish_forbids_is_put_elsewhere() -> None:
    problem = in_force(2)
    first, second = problem.current
    forbidden = Forbidden("w", first.runs[0].start, first.runs[0].end, stage="mix")
    wished = replace(problem, wishes=(forbidden,))
    found = mended(wished, grid_of(wished))
    assert found is not None and second.runs in [batch.runs for batch in found] and first.runs not in [b.runs for b in found]
    assert check(wished, found).passed


def test_what_is_missing_is_where_it_is_cheapest() -> None:
    """One batch more beside one that stays where it is: as cheap as the best plan that does not move that one."""
    problem = in_force(1)
    due = day_bounds(WEDNESDAY)[1]
    more = replace(problem, orders=(Order("o", "plain", 100.0, due),), move_threshold_eur=1000.0)
    found = mended(more, grid_of(more))
    assert found is not None and len(found) == 2 and problem.current[0].runs in [batch.runs for batch in found]
    assert standing_eur(more) == solve(more, SearchLimits(rel_gap=0.0, abs_gap_eur=1e-6)).cost_eur


def test_an_order_that_is_due_at_an_hour_is_made_by_then() -> None:
    problem = in_force(1)
    more = replace(problem, orders=(Order("o", "plain", 100.0, at(problem, 9)),))
    found = mended(more, grid_of(more))
    assert found is not None and sorted(batch.end for batch in found)[0] <= at(problem, 9)


def test_what_finds_no_place_in_time_is_made_as_early_as_can_be() -> None:
    problem = in_force(1)
    more = replace(problem, orders=(Order("o", "plain", 100.0, at(problem, 2)),))
    found = mended(more, grid_of(more))
    assert found is not None and len(found) == 2
    assert standing_eur(more) is not None  # late, and said so


def test_one_that_began_late_goes_on_late_and_the_others_stand() -> None:
    """Prices fall in its favour, so that the second batch is hours after the first: it has no reason to move."""
    prices = [0.05, 0.05, 0.05, 0.05, 0.30, 0.30, 0.30, 0.30, 0.06, 0.06, 0.06, 0.06, 0.30, 0.30, 0.30, 0.30]
    evening_ = evening(small_plant(), prices, 2)
    first, second = sorted(solve(evening_, SearchLimits()).schedule, key=lambda batch: batch.start)
    start = first.runs[1].start
    mixing = Running("mix", 1, first.start + QUARTER, start + QUARTER)
    facts = replace(
        evening_,
        start=start,
        prices=evening_.prices[(start - evening_.start) // QUARTER :],
        periods=evening_.periods[(start - evening_.start) // QUARTER :],
        under_way=(UnderWay(first.id, "plain", (), mixing, first.due),),
        current=(first, second),
    )
    found = mended(facts, grid_of(facts))
    assert found is not None and second.runs in [batch.runs for batch in found]
    late = next(batch for batch in found if batch.id == first.id)
    assert [run.stage for run in late.runs] == ["mix", "kettle", "fill"] and late.runs[1].start == start + QUARTER
    assert standing_eur(facts) == solve(facts, SearchLimits()).cost_eur


def test_of_what_nobody_is_owed_any_more_the_dearest_is_made_no_more_without_making_anything_late() -> None:
    problem = in_force(2)
    dear, cheap = sorted(problem.current, key=lambda batch: -batch_eur(problem, batch))
    less = replace(problem, demand=in_force(1).demand)
    found = mended(less, grid_of(less))
    assert found is not None and [batch.runs for batch in found] == [cheap.runs]
    assert batch_eur(problem, cheap) < batch_eur(problem, dear)
    early = replace(less, demand=(), orders=(Order("o", "plain", 100.0, min(batch.end for batch in problem.current)),))
    found = mended(early, grid_of(early))
    assert found is not None and [batch.runs for batch in found] == [min(problem.current, key=lambda batch: batch.end).runs]
    begun = replace(less, freeze_until=less.end)
    assert len(mended(begun, grid_of(begun)) or ()) == 2  # what is frozen stays


def batch_eur(problem: PlanProblem, batch: Batch) -> float:
    return total_eur(costed(problem, grid_of(problem), (batch,)))
