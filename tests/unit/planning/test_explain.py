"""Reasons, moves and wishes with figures that can be checked by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.plan.production import Forbidden, Outage, Pin, StageRun, UnderWay
from planning.explain import move_wishes, reasons, wish_cost
from planning.milp.engine import SearchLimits
from planning.search.solve import solve
from support.plan_cases import WEDNESDAY, at, evening, small_plant
from support.sayings import en, es

EXACT = SearchLimits(rel_gap=0.0, abs_gap_eur=1e-6, clock_s=60.0)
KWH = 13.75
"""A batch that waits nowhere."""


def test_the_cheapest_slot_is_named_with_what_stopped_it() -> None:
    """Two batches, one mixer, one kettle: both want slot 4; the cheapest plan has them before and after it."""
    stages = small_plant().stages
    plant = small_plant(stages=(stages[0], replace(stages[1], units=1, hold_minutes=0), stages[2]))
    problem = evening(plant, [0.3] * 4 + [0.1] * 4 + [0.3] * 8, 2)
    plan = solve(problem, EXACT)
    found = {reason.batch_id: reason for reason in reasons(problem, plan)}
    stopped = [reason for reason in found.values() if reason.stopped]
    assert len(stopped) == 2
    assert stopped[0].stopped is not None
    assert stopped[0].stopped.start == at(problem, 4)
    assert "machines" in stopped[0].stopped.limits
    assert stopped[0].stopped.blocked_by
    assert "would cost" in en(stopped[0].message)
    assert "máquinas" in es(stopped[0].message)


def test_a_batch_in_the_cheapest_slot_says_so() -> None:
    problem = evening(small_plant(), [0.3] * 4 + [0.1] * 4 + [0.3] * 8)
    (reason,) = reasons(problem, solve(problem, EXACT))
    assert reason.rank == 1
    assert reason.stopped is None
    assert en(reason.message) == "Wednesday 11 at 21:00: no time is cheaper."
    assert es(reason.message) == "El miércoles 11 a las 21:00: no hay hora más barata."


def test_demand_and_shifts_are_named_as_what_stops() -> None:
    plant = small_plant(shifts=(replace(small_plant().shifts[0], end=small_plant().shifts[0].end.replace(hour=22)),))
    problem = evening(plant, [0.3] * 8 + [0.1] * 8)
    plan = solve(problem, EXACT)
    (reason,) = reasons(problem, plan)
    assert reason.stopped is not None
    assert reason.stopped.limits == ("shifts",)


def test_a_move_is_solved_anew() -> None:
    problem = evening(small_plant(), [0.3] * 4 + [0.1] * 4 + [0.2] * 8)
    plan = solve(problem, EXACT)
    (batch,) = plan.schedule
    assert batch.start == at(problem, 4)
    current = replace(problem, current=(batch,), current_prices=problem.prices)
    wished = replace(current, wishes=move_wishes(current, batch, at(problem, 10)))
    moved = solve(wished, EXACT)
    assert [one.start for one in moved.schedule] == [at(problem, 10)]
    cost = wish_cost(wished, moved, f"move {batch.id}", EXACT)
    assert cost.cost_eur == pytest.approx(0.1 * KWH)
    assert en(cost.message).startswith("Moving it to Wednesday 11 at 22:30 costs €1.3")
    late = replace(current, wishes=move_wishes(current, batch, at(problem, 14)))
    assert solve(late, EXACT).set_aside == (f"move {batch.id}",)


def test_of_two_alike_one_moves() -> None:
    problem = evening(small_plant(), [0.1] * 8 + [0.2] * 8, 2)
    first = solve(problem, EXACT).schedule
    current = replace(problem, current=first, current_prices=problem.prices)
    wished = replace(current, wishes=move_wishes(current, first[1], at(problem, 9)))
    starts = [one.start for one in solve(wished, EXACT).schedule]
    assert at(problem, 9) in starts and first[1].start not in starts


def test_each_wish_is_answered_with_its_cost() -> None:
    problem = evening(small_plant(), [0.3] * 4 + [0.1] * 4 + [0.2] * 8)
    pin = Pin("morning", "plain", "mix", at(problem, 9))
    quiet = Forbidden("quiet", at(problem, 0), at(problem, 2))
    wished = replace(problem, wishes=(pin, quiet))
    plan = solve(wished, EXACT)
    costs = {wish.id: wish_cost(wished, plan, wish.id, EXACT) for wish in wished.wishes}
    assert costs["morning"].cost_eur == pytest.approx(0.1 * KWH)
    assert costs["quiet"].cost_eur == pytest.approx(0.0, abs=1e-5)
    assert en(costs["quiet"].message) == "The wish quiet costs nothing."
    assert es(costs["quiet"].message) == "La petición quiet no cuesta nada."


def test_a_wish_that_leaves_batches_out_saves_nothing() -> None:
    """Of two batches one alone can be mixed in the first quarter-hour: half of the energy is no saving."""
    problem = evening(small_plant(), [0.1] * 16, 2)
    shut = Forbidden("shut", at(problem, 1), at(problem, 16), "mix")
    wished = replace(problem, wishes=(shut,))
    plan = solve(wished, EXACT)
    assert (len(plan.batches), len(plan.late)) == (1, 1)
    told = wish_cost(wished, plan, "shut", EXACT)
    assert (told.cost_eur, told.possible) == (None, True)
    assert en(told.message) == "The cost of the wish shut is not known."


def test_a_wish_that_contradicts_one_before_it_has_no_cost_and_changes_none() -> None:
    problem = evening(small_plant(), [0.1] * 4 + [0.3] * 12)
    shut = Forbidden("shut", at(problem, 0), at(problem, 4), "mix")
    alone = replace(problem, wishes=(shut,))
    both = replace(problem, wishes=(shut, Pin("first", "plain", "mix", at(problem, 0))))
    plan = solve(both, EXACT)
    assert plan.set_aside == ("first",)
    told = wish_cost(both, plan, "shut", EXACT)
    assert told.cost_eur == pytest.approx(wish_cost(alone, solve(alone, EXACT), "shut", EXACT).cost_eur)
    assert told.cost_eur is not None and told.cost_eur > 0
    aside = wish_cost(both, plan, "first", EXACT)
    assert (aside.cost_eur, aside.possible) == (None, False)
    assert en(aside.message) == "No plan can grant the wish first."


def test_a_wish_for_which_a_delivery_comes_later_has_no_cost() -> None:
    """Cheap power at the end: whoever may be late runs then, and the wish would pass for a saving."""
    tuesday = evening(small_plant(), [0.3] * 24 + [0.1] * 96)
    problem = replace(tuesday, demand=(replace(tuesday.demand[0], day=tuesday.demand[0].day - timedelta(days=1)),))
    shut = Forbidden("shut", at(problem, 0), at(problem, 24), "mix")
    wished = replace(problem, wishes=(shut,))
    plan = solve(wished, EXACT)
    assert plan.lateness_kg_h > 0 and solve(problem, EXACT).lateness_kg_h == 0
    assert wish_cost(wished, plan, "shut", EXACT).cost_eur is None


def test_of_a_batch_whose_last_stages_find_no_place_nothing_is_left_to_cost() -> None:
    """Mixed before the start; both kettles are broken for good."""
    problem = evening(small_plant(), [0.1] * 16, 0)
    begun, ended = (problem.start - timedelta(minutes=minutes) for minutes in (45, 30))
    mixed = StageRun("mix", 1, begun, ended, ended)
    downs = tuple(Outage("kettle", unit, problem.start, None) for unit in (1, 2))
    problem = replace(problem, under_way=(UnderWay("b1", "plain", (mixed,), None, WEDNESDAY),), outages=downs)
    plan = solve(problem, SearchLimits())
    assert [batch.runs for batch in plan.schedule] == [(mixed,)]
    (reason,) = reasons(problem, plan)
    assert (reason.cost_eur, reason.kept) == (0.0, True)
