"""A batch keeps its name from plan to plan, and a name is given once."""

from dataclasses import replace
from datetime import timedelta

from domain.timeline import QUARTER
from planning.milp.engine import SearchLimits
from planning.search.solve import solve
from support.plan_cases import evening, small_plant

LIMITS = SearchLimits()


def test_a_batch_that_moves_keeps_its_name_and_a_new_one_has_a_new_number() -> None:
    plant = small_plant()
    problem = replace(evening(plant, [0.3] * 8 + [0.1] * 8, batches=1), names_given={"20260311-plain": 4})
    first = solve(problem, LIMITS).schedule
    assert [batch.id for batch in first] == ["20260311-plain-5"]
    dearer = replace(
        evening(plant, [0.1] * 8 + [0.3] * 8, batches=2),
        names_given={"20260311-plain": 5},
        current=first,
        current_prices=problem.prices,
    )
    second = solve(dearer, LIMITS)
    assert sorted(batch.id for batch in second.schedule) == ["20260311-plain-5", "20260311-plain-6"]
    assert second.changes is not None and second.changes.added == ("20260311-plain-6",) and not second.changes.removed


def test_what_has_begun_covers_its_day_under_whatever_name() -> None:
    plant = small_plant()
    problem = replace(evening(plant, [0.1] * 16, batches=2), names_given={"20260311-plain": 9})
    begun = solve(replace(problem, names_given={"20260311-plain": 8}), LIMITS).schedule[0]
    later = evening(plant, [0.1] * 14, batches=2)
    shift = later.start - QUARTER - begun.start
    runs = tuple(
        replace(run, start=run.start + shift, end=run.end + shift, released=run.released + shift) for run in begun.runs[:1]
    )
    went = replace(later, names_given={"20260311-plain": 9}, started=(replace(begun, runs=runs),))
    plan = solve(went, LIMITS)
    assert [batch.id for batch in plan.schedule] == [begun.id, "20260311-plain-10"]
    assert {batch.due for batch in plan.schedule} == {begun.due} and plan.schedule[1].start - begun.start < timedelta(days=1)
