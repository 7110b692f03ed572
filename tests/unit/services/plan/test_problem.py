"""The problem that a plan answers: what counts as made, in the works and due; what is news."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from domain.plan.plant import AmbientLimit, Closure, Shift
from domain.plan.production import Batch, Forbidden, MachineDown, Pin, PlanProblem, StageRun
from domain.shop_floor.execution import Carried, batch_json
from domain.timeline import HOUR, QUARTER, day_bounds, local_instant, slot_starts
from domain.weather.hours import WeatherHour
from domain.weather.merge import merge
from services.plan.inputs import changed, in_force_of, inputs_of
from services.plan.prices import Outlook
from services.plan.problem import Given, InForce, Past, ambient_kw, first_due, first_slot, problem_of
from support.plan_cases import WEDNESDAY, small_plant
from support.plan_world import made_plant

THURSDAY = WEDNESDAY + timedelta(days=1)
END = day_bounds(WEDNESDAY + timedelta(days=2))[1]


def at(clock: str, day: date = WEDNESDAY) -> datetime:
    return local_instant(day, time.fromisoformat(clock))


def batch(start: datetime, id_: str = "20260311-plain-1", due: date = WEDNESDAY) -> Batch:
    spans = (("mix", 0, 1), ("kettle", 1, 3), ("fill", 3, 4))
    runs = tuple(
        StageRun(stage, 1, start + first * QUARTER, start + last * QUARTER, start + last * QUARTER) for stage, first, last in spans
    )
    return Batch(id_, "plain", due, runs)


def not_made(planned: Batch) -> Carried:
    return Carried(planned, "not_made", planned)


def reported(planned: Batch, mix: datetime) -> Carried:
    """The batch with its first stage begun at another time."""
    first = replace(planned.runs[0], start=mix, end=mix + QUARTER, released=mix + QUARTER)
    return Carried(replace(planned, runs=(first, *planned.runs[1:])), "reported", planned)


def outlook(start: datetime, price: float = 0.1) -> Outlook:
    slots = (END - start) // QUARTER
    return Outlook(start, (price,) * slots, ("published",) * slots, (), start, "csv")


def problem(start: datetime, in_force: InForce | None = None, carried: tuple[Carried, ...] = (), **more: Any) -> PlanProblem:
    given = more.pop("given", None)
    past = Past(in_force, carried, WEDNESDAY)
    return problem_of(made_plant(**more), outlook(start), air=(), wishes=(), past=past, given=given)


def in_force(*batches: Batch) -> InForce:
    start = day_bounds(WEDNESDAY)[0]
    return InForce(batches, start, (0.1,) * ((END - start) // QUARTER), WEDNESDAY)


def test_a_plan_begins_at_the_next_quarter_hour() -> None:
    assert first_slot(at("12:00")) == at("12:00")
    assert first_slot(at("12:00") + timedelta(seconds=1)) == at("12:15")


@pytest.mark.parametrize(("clock", "day"), [("05:00", WEDNESDAY), ("06:00", WEDNESDAY), ("06:01", THURSDAY)])
def test_the_first_plan_answers_for_today_until_the_first_shift_begins(clock: str, day: date) -> None:
    plant = made_plant(shifts=(Shift(frozenset(range(7)), time(6), time(14)),))
    assert first_due(plant, at(clock), None) == day


def test_a_plan_that_has_run_out_does_not_count_any_more() -> None:
    old = in_force()
    assert first_due(made_plant(), END - HOUR, old) == WEDNESDAY
    assert first_due(made_plant(), END + HOUR, old) > WEDNESDAY


def test_what_is_finished_is_stock_and_what_has_begun_is_in_the_works() -> None:
    done, begun, ahead = batch(at("08:00")), batch(at("11:30"), "20260312-plain-1", THURSDAY), batch(at("15:00"), "x", THURSDAY)
    found = problem(at("12:00"), in_force(done, begun, ahead), max_stock_kg={})
    assert found.stock_kg == {"plain": 100.0}
    assert [(one.id, [run.stage for run in one.runs]) for one in found.started] == [("20260312-plain-1", ["mix", "kettle"])]
    assert [one.id for one in found.current] == ["20260312-plain-1", "x"]


@pytest.mark.parametrize(("now", "frozen"), [("10:00", "12:00"), ("10:15", "12:30"), ("10:30", "12:30"), ("10:45", "13:00")])
def test_the_freeze_ends_on_a_half_hour(now: str, frozen: str) -> None:
    made = problem(at(now), in_force(batch(at("15:00"))), freeze_hours=2.0)
    assert made.freeze_until == at(frozen)


def test_without_a_plan_in_force_nothing_is_frozen() -> None:
    assert problem(at("10:15"), freeze_hours=2.0).freeze_until is None


def test_goods_that_were_due_yesterday_are_delivered() -> None:
    found = problem(at("00:00", THURSDAY), in_force(batch(at("08:00"))))
    assert found.stock_kg == {} and found.demand[0].day == THURSDAY


def test_a_batch_that_was_not_made_is_due_on_the_next_working_day() -> None:
    planned = batch(at("08:00"))
    found = problem(at("12:00"), in_force(planned), (not_made(planned),))
    assert found.stock_kg == {} and found.current == ()
    assert [(item.day, item.kg) for item in found.demand] == [(THURSDAY, 200.0), (THURSDAY + timedelta(days=1), 100.0)]


def test_it_is_due_after_a_closure_when_there_is_one_and_for_that_day_only() -> None:
    planned = batch(at("08:00"))
    missed = not_made(planned)
    shut = made_plant().calendar
    closed = {"calendar": replace(shut, closures=(Closure(THURSDAY, THURSDAY),))}
    friday = THURSDAY + timedelta(days=1)
    found = problem(at("12:00"), None, (missed,), **closed)
    assert [(item.day, item.kg) for item in found.demand] == [(friday, 200.0)]
    assert [item.kg for item in problem(at("00:00", friday), None, (missed,)).demand] == [100.0]


def test_a_report_replaces_what_was_planned() -> None:
    planned = batch(at("11:30"))
    late = reported(planned, at("11:15"))
    found = problem(at("12:00"), in_force(planned), (late,))
    assert found.started[0].runs[0].start == at("11:15")


def test_a_report_that_no_plan_could_have_made_counts_as_made() -> None:
    """The mix waited an hour, at most a quarter is allowed: the planner leaves the batch alone."""
    planned = batch(at("11:30"))
    odd = reported(planned, at("10:00"))
    found = problem(at("12:00"), in_force(planned), (odd,))
    assert (found.started, found.stock_kg) == ((), {"plain": 100.0})


def test_given_demand_and_horizon_replace_what_is_set() -> None:
    given = Given(demand=(), end=at("18:00"))
    found = problem(at("12:00"), given=given)
    assert (found.demand, found.slots) == ((), 24)


def test_wishes_that_are_over_are_left_out() -> None:
    wishes = (
        Forbidden("w1", at("08:00"), at("12:00")),
        Forbidden("w2", at("08:00"), at("12:15")),
        Pin("w3", "plain", "mix", at("11:45")),
        Pin("w4", "plain", "mix", at("12:00")),
        MachineDown("w5", "mix", 1, END, END + HOUR),
    )
    found = problem_of(made_plant(), outlook(at("12:00")), air=(), wishes=wishes, past=Past(None, (), WEDNESDAY))
    assert [wish.id for wish in found.wishes] == ["w2", "w4"]


def test_air_beyond_a_limit_costs_power_in_its_hour_and_unknown_air_nothing() -> None:
    limit = AmbientLimit("kettle", max_temperature_c=26.0, cooling_kw_per_c=0.4)
    plant = small_plant(ambient_limits=(limit,))
    hours = merge([WeatherHour(at("12:00"), "AEMET", "forecast", at("06:00"), 28.5, 50.0, None)])
    starts = list(slot_starts(at("11:45"), at("13:15"), QUARTER))
    assert ambient_kw(plant, starts, hours) == {"kettle": (0.0, 1.0, 1.0, 1.0, 1.0, 0.0)}


def kept(found: PlanProblem) -> dict[str, Any]:
    return inputs_of(found, WEDNESDAY) | {"reported": "none", "batches": [batch_json(one) for one in found.current]}


def test_time_alone_is_no_news() -> None:
    before = kept(problem(at("00:00")))
    assert changed(before, kept(problem(at("00:15")))) is None
    assert changed(before, kept(problem(at("09:30", THURSDAY)))) is None


def test_news_is_named() -> None:
    one = problem(at("00:00"))
    before = kept(one)
    dearer = replace(one, prices=(*one.prices[:-1], 0.2))
    assert changed(before, kept(dearer)) == "prices"
    assert changed(before, kept(replace(one, prices=(*one.prices[:-1], None)))) == "prices"
    assert changed(before, kept(replace(one, prices=(*one.prices, 0.1), periods=(*one.periods, 6)))) == "the horizon"
    assert changed(before, kept(replace(one, demand=one.demand[:-1]))) == "the demand"
    assert changed(before, kept(replace(one, wishes=(Forbidden("w1", at("08:00"), at("09:00")),)))) == "the wishes"
    assert changed(before, kept(one) | {"reported": "a batch"}) == "what was reported"
    warm = replace(one, ambient_kw={"mix": (0.5,) * one.slots})
    assert changed(before, kept(warm)) == "the weather"
    assert changed(kept(warm), kept(replace(warm, ambient_kw={"mix": (None,) + (0.5,) * (one.slots - 1)}))) == "the weather"


def test_a_wish_whose_time_passes_is_no_news() -> None:
    wished = replace(problem(at("00:00")), wishes=(Forbidden("w1", at("08:00"), at("09:00")),))
    assert changed(kept(wished), kept(problem(at("09:00")))) is None
    assert changed(kept(wished), kept(problem(at("08:45")))) == "the wishes"


def test_the_plan_in_force_is_kept_whole() -> None:
    one = batch(at("15:00"))
    inputs = kept(problem(at("12:00"), in_force(one)))
    again = in_force_of(inputs, inputs["batches"])
    assert (again.batches, again.start, again.first_due) == ((one,), at("12:00"), WEDNESDAY)
