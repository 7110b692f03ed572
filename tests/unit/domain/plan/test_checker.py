"""The checker accepts a right plan and names each kind of wrong one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.plan.checker import check
from domain.plan.production import Batch, Forbidden, MachineDown, NoStart, Pin, PlanProblem, StageRun
from domain.timeline import QUARTER
from support.plan_cases import WEDNESDAY, at, evening, small_plant

SLOTS = 16


def batch(problem: PlanProblem, start: int, *, wait: int = 0, hold: int = 0, kettle: int = 1, name: str = "one") -> Batch:
    """mix 1 slot, wait, kettle 2 slots, hold, fill 1 slot."""
    mixed = start + 1
    boiled = mixed + wait + 2
    filled = boiled + hold
    runs = (
        StageRun("mix", 1, at(problem, start), at(problem, mixed), at(problem, mixed)),
        StageRun("kettle", kettle, at(problem, mixed + wait), at(problem, boiled), at(problem, filled)),
        StageRun("fill", 1, at(problem, filled), at(problem, filled + 1), at(problem, filled + 1)),
    )
    return Batch(name, "plain", WEDNESDAY, runs)


def problem_of(**changes: object) -> PlanProblem:
    return evening(small_plant(), [0.1] * SLOTS, 1, **changes)


def limits_broken(problem: PlanProblem, *batches: Batch) -> set[str]:
    return {violation.limit for violation in check(problem, batches).violations}


def test_a_right_plan_passes_and_is_costed_by_hand() -> None:
    problem = problem_of()
    verdict = check(problem, [batch(problem, 2, wait=1, hold=2)])
    # mix 10 kW 15 min, kettle 20 kW 30 min, held 2 kW 30 min, fill 5 kW 15 min
    assert verdict.passed
    assert verdict.kwh == pytest.approx(2.5 + 10.0 + 1.0 + 1.25)
    assert verdict.cost_eur == pytest.approx(1.475)


def _shift_run(one: Batch, index: int, by: timedelta) -> Batch:
    runs = list(one.runs)
    runs[index] = replace(runs[index], start=runs[index].start + by, end=runs[index].end + by, released=runs[index].released + by)
    return replace(one, runs=tuple(runs))


def _lengthen(one: Batch) -> Batch:
    last = one.runs[-1]
    return replace(one, runs=(*one.runs[:-1], replace(last, end=last.end + QUARTER, released=last.released + QUARTER)))


def _change_kettle(one: Batch, **changes: Any) -> Batch:
    return replace(one, runs=(one.runs[0], replace(one.runs[1], **changes), one.runs[2]))


def _rename(one: Batch) -> Batch:
    return replace(one, runs=(one.runs[1], one.runs[0], one.runs[2]))


@pytest.mark.parametrize(
    ("limit", "spoil"),
    [
        ("length", _lengthen),
        ("order", _rename),
        ("wait", lambda one: _shift_run(one, 0, -3 * QUARTER)),
        ("wait", lambda one: _shift_run(one, 0, QUARTER)),
        ("grid", lambda one: _shift_run(one, 2, timedelta(minutes=5))),
        ("hold", lambda one: _change_kettle(one, released=one.runs[1].released + QUARTER)),
        ("machines", lambda one: _change_kettle(one, unit=3)),
    ],
)  # fmt: skip
def test_a_batch_that_is_not_made_as_the_plant_makes_it_is_refused(limit: str, spoil: Callable[[Batch], Batch]) -> None:
    problem = problem_of()
    assert limit in limits_broken(problem, spoil(batch(problem, 4)))


def test_two_batches_on_one_machine_are_refused() -> None:
    problem = evening(small_plant(), [0.1] * SLOTS, 2)
    assert limits_broken(problem, batch(problem, 2), batch(problem, 3, name="two", kettle=1)) == {"machines"}
    assert limits_broken(problem, batch(problem, 2), batch(problem, 3, name="two", kettle=2)) == set()


def test_a_held_batch_keeps_its_machine() -> None:
    problem = evening(small_plant(), [0.1] * SLOTS, 2)
    first, second = batch(problem, 2, hold=2), batch(problem, 5, name="two", kettle=1, hold=1)
    assert limits_broken(problem, first, second) == {"machines"}


def test_a_name_given_twice_is_refused() -> None:
    problem = evening(small_plant(), [0.1] * SLOTS, 2)
    assert limits_broken(problem, batch(problem, 2), batch(problem, 8)) == {"name"}


def test_an_attended_stage_outside_the_shift_is_refused_but_not_the_kettle() -> None:
    plant = small_plant(shifts=())
    problem = evening(plant, [0.1] * SLOTS, 1)
    verdict = check(problem, [batch(problem, 4)])
    assert {(v.limit, v.at) for v in verdict.violations} == {("shifts", at(problem, 4)), ("shifts", at(problem, 7))}


def test_power_above_the_contract_is_refused_with_its_figures() -> None:
    plant = small_plant(contracted_kw=(20.5,) * 6)
    verdict = check(evening(plant, [0.1] * SLOTS, 1), [batch(problem_of(), 4)])
    assert [violation.detail for violation in verdict.violations] == ["21.000 kW of 20.500 kW in P2"] * 2


def test_a_slot_without_a_price_is_refused() -> None:
    problem = problem_of()
    holed = replace(problem, prices=(*problem.prices[:5], None, *problem.prices[6:]))
    assert limits_broken(holed, batch(holed, 4)) == {"prices"}


def test_air_that_forbids_a_stage_and_air_that_costs() -> None:
    hot = problem_of(ambient_kw={"kettle": (0.0,) * 5 + (None,) + (4.0,) * 10})
    assert limits_broken(hot, batch(hot, 4)) == {"ambient"}
    assert check(hot, [batch(hot, 5)]).cost_eur == pytest.approx(0.1 * (2.5 + 12.0 + 1.25))


def test_wishes_that_are_not_granted_are_refused() -> None:
    plain = problem_of()
    wishes = (
        Pin("pin", "plain", "mix", at(plain, 3)),
        Forbidden("quiet", at(plain, 5), at(plain, 6)),
        MachineDown("down", "kettle", 1, at(plain, 6), at(plain, 7)),
        NoStart("leave", "plain", "mix", at(plain, 4)),
    )
    for wish in wishes:
        asked = replace(plain, wishes=(wish,))
        assert limits_broken(asked, batch(asked, 4)) == {"wishes"}, wish
        assert limits_broken(asked, batch(asked, 3, kettle=2)) - {"wishes"} == set()
    assert limits_broken(replace(plain, wishes=wishes[:1]), batch(plain, 3)) == set()


def test_too_little_too_late_and_too_much_are_refused() -> None:
    problem = evening(small_plant(), [0.1] * SLOTS, 1)
    assert limits_broken(problem) == {"demand"}
    assert limits_broken(problem, batch(problem, 2), batch(problem, 8, name="two")) == {"demand"}
    assert limits_broken(problem, batch(problem, 13)) >= {"horizon", "demand"}


def test_a_full_store_is_refused() -> None:
    problem = evening(small_plant(max_stock_kg={"plain": 150.0}), [0.1] * SLOTS, 2)
    assert limits_broken(problem, batch(problem, 2), batch(problem, 8, name="two")) == {"stock"}


def test_what_began_must_stay_and_nothing_may_begin_in_the_past() -> None:
    problem = problem_of()
    begun = batch(problem, -1)
    started = replace(problem, started=(replace(begun, runs=begun.runs[:1]),))
    assert limits_broken(started, begun) == set()
    assert limits_broken(started, batch(started, 3)) == {"started"}
    assert limits_broken(problem, begun) == {"started"}


def test_what_is_frozen_must_stay() -> None:
    problem = problem_of()
    frozen = replace(problem, current=(batch(problem, 1),), freeze_until=at(problem, 4))
    assert limits_broken(frozen, batch(problem, 1)) == set()
    assert limits_broken(frozen, batch(problem, 5)) == {"freeze"}


def test_forbidden_hours_begin_with_their_start_and_end_before_their_end() -> None:
    """The batch mixes in slot 4, boils in 5 and 6, fills in 7."""
    plain = problem_of()
    one = batch(plain, 4)

    def broken(start: int, end: int, stage: str | None = None) -> bool:
        quiet = Forbidden("quiet", at(plain, start), at(plain, end), stage)
        return "wishes" in limits_broken(replace(plain, wishes=(quiet,)), one)

    assert not broken(0, 4), "the batch begins as the forbidden hours end"
    assert broken(0, 5)
    assert not broken(8, 12), "the batch ends as the forbidden hours begin"
    assert broken(7, 12)
    assert not broken(5, 7, "mix"), "only the other stages run then"
    assert broken(4, 5, "mix")
    assert not broken(4, 5, "kettle")
    assert not broken(7, 9, "kettle")
    assert broken(6, 7, "kettle")
