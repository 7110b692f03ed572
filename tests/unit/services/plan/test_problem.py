"""The problem that a plan answers: what counts as made, in the works and due; what is news."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from domain.plan.plant import AmbientLimit, Plant, Shift
from domain.plan.production import (
    Absence,
    Batch,
    Forbidden,
    MachineDown,
    Order,
    Outage,
    Pin,
    PlanProblem,
    Running,
    StageRun,
)
from domain.shop_floor.events import Event, Recorded
from domain.shop_floor.execution import batch_json
from domain.shop_floor.facts import Opening, facts_of
from domain.shop_floor.fold import state_of
from domain.shop_floor.orders import kilograms
from domain.timeline import HOUR, QUARTER, day_bounds, local_instant, slot_starts
from domain.weather.hours import WeatherHour
from domain.weather.merge import merge
from ports import StoredPlan
from services.plan.inputs import changed, in_force_of, inputs_of
from services.plan.prices import Origin, Outlook
from services.plan.problem import Given, InForce, Past, ambient_kw, first_due, first_slot, follows, problem_of
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


def outlook(start: datetime, price: float = 0.1) -> Outlook:
    slots = (END - start) // QUARTER
    published: Origin = "published"
    return Outlook(start, (price,) * slots, (published,) * slots, (), start, "csv")


def past_of(start: datetime, *batches: Batch, log: Sequence[Recorded] = (), plant: Plant | None = None) -> Past:
    """Where the plans stand after a plan with some batches came into force at midnight, and after what was said since."""
    plant, midnight = plant or made_plant(), day_bounds(WEDNESDAY)[0]
    opened = Recorded(1, midnight, Event("o", "opened", midnight, "clock", day=WEDNESDAY))
    planned = [Event(one.id, "planned", midnight, "clock", planned=one) for one in batches]
    events = [opened, *(Recorded(number, midnight, event) for number, event in enumerate(planned, start=2)), *log]
    facts = facts_of([replace(item, sequence=number) for number, item in enumerate(events, start=1)])
    state = state_of(plant, facts, start, as_start=True)
    slots = (END - midnight) // QUARTER
    in_force = InForce(batches, midnight, (0.1,) * slots) if batches else None
    return Past(in_force, state, kilograms(plant, facts, state, END), facts.opened or Opening(start, WEDNESDAY), {}, facts.sequence)


def say(kind: Any, at_: datetime, **more: Any) -> Recorded:
    return Recorded(0, at_, Event(f"{kind}{at_}", kind, at_, **more))


def problem(start: datetime, *batches: Batch, log: Sequence[Recorded] = (), given: Given | None = None, **more: Any) -> PlanProblem:
    plant = made_plant(**more)
    past = past_of(start, *batches, log=log, plant=plant)
    return problem_of(plant, outlook(start), air=(), wishes=(), past=past, given=given)


def test_a_plan_begins_at_the_next_quarter_hour() -> None:
    assert first_slot(at("12:00")) == at("12:00")
    assert first_slot(at("12:00") + timedelta(seconds=1)) == at("12:15")


@pytest.mark.parametrize(("clock", "day"), [("05:00", WEDNESDAY), ("06:00", WEDNESDAY), ("06:01", THURSDAY)])
def test_the_first_plan_answers_for_today_until_the_first_shift_begins(clock: str, day: date) -> None:
    plant = made_plant(shifts=(Shift(frozenset(range(7)), time(6), time(14)),))
    assert first_due(plant, at(clock)) == day


def test_what_is_finished_is_stock_and_what_has_begun_is_a_fact() -> None:
    done, begun, ahead = batch(at("08:00")), batch(at("11:30"), "20260312-plain-1", THURSDAY), batch(at("15:00"), "x", THURSDAY)
    found = problem(at("12:00"), done, begun, ahead, max_stock_kg={})
    assert found.stock_kg == {"plain": 100.0}
    (fact,) = found.under_way
    assert (fact.batch_id, [run.stage for run in fact.done]) == ("20260312-plain-1", ["mix"])
    assert fact.running == Running("kettle", 1, at("11:45"), at("12:15"))
    assert [one.id for one in found.current] == ["20260312-plain-1", "x"]


def test_what_begins_with_the_plan_has_not_begun() -> None:
    assert problem(at("11:30"), batch(at("11:30"))).under_way == ()


@pytest.mark.parametrize(("now", "frozen"), [("10:00", "12:00"), ("10:15", "12:30"), ("10:30", "12:30"), ("10:45", "13:00")])
def test_the_freeze_ends_on_a_half_hour(now: str, frozen: str) -> None:
    made = problem(at(now), batch(at("15:00")), freeze_hours=2.0)
    assert made.freeze_until == at(frozen)


def test_without_a_plan_in_force_nothing_is_frozen() -> None:
    assert problem(at("10:15"), freeze_hours=2.0).freeze_until is None


def test_goods_that_were_due_yesterday_are_delivered() -> None:
    found = problem(at("00:00", THURSDAY), batch(at("08:00")))
    assert found.stock_kg == {} and found.demand[0].day == THURSDAY and found.orders == ()


def test_a_batch_that_was_spoiled_is_owed_as_before_and_late_once_its_day_is_over() -> None:
    planned, spoiled = batch(at("08:00")), say("spoiled", at("09:30"), batch="20260311-plain-1")
    found = problem(at("12:00"), planned, log=[spoiled])
    assert (found.stock_kg, found.current, found.orders) == ({}, (), ())
    assert [(item.day, item.kg) for item in found.demand][:2] == [(WEDNESDAY, 100.0), (THURSDAY, 100.0)]
    late = problem(at("12:00", THURSDAY), planned, log=[spoiled])
    assert [(order.id, order.kg, order.due) for order in late.orders] == [("plant-20260311-plain", 100.0, day_bounds(WEDNESDAY)[1])]


def test_a_delay_is_a_fact_with_its_expected_end() -> None:
    log = [say("began", at("11:20"), batch="20260311-plain-1", stage="kettle", unit=2)]
    log.append(say("ended", at("12:40"), batch="20260311-plain-1", stage="kettle"))
    (fact,) = problem(at("12:00"), batch(at("11:00")), log=log).under_way
    assert fact.running == Running("kettle", 2, at("11:20"), at("12:40"))
    assert [(run.stage, run.end) for run in fact.done] == [("mix", at("11:15"))]


def test_an_interrupted_run_has_what_is_left_and_a_broken_machine_is_an_outage() -> None:
    log = [say("machine_down", at("11:25"), stage="kettle", unit=1)]
    found = problem(at("12:00"), batch(at("11:00")), log=log)
    (fact,) = found.under_way
    assert fact.running == Running("kettle", 1, at("11:15"), fact.running.expected_end, left=timedelta(minutes=20))  # type: ignore[union-attr]
    assert found.outages == (Outage("kettle", 1, at("11:25"), None),)


def test_an_absence_without_an_end_lasts_the_day() -> None:
    found = problem(at("12:00"), log=[say("nobody", at("11:00"))])
    assert found.absences == (Absence(at("11:00"), day_bounds(WEDNESDAY)[1]),)


def test_an_order_is_asked_about_in_place_of_another_one() -> None:
    order = Order("new", "plain", 70.0, at("18:00", THURSDAY))
    found = problem(at("12:00"), given=Given(orders=(order,), without=("plant-20260311-plain",)))
    assert found.orders == (order,) and found.demand[0].day == THURSDAY


def test_a_plan_follows_the_floor_while_all_goes_as_it_has_it() -> None:
    planned = batch(at("11:00"))
    assert follows([planned], problem(at("11:30"), planned))
    late = [say("began", at("11:25"), batch=planned.id, stage="kettle", unit=1)]
    assert follows([planned], problem(at("11:30"), planned, log=late)) is False
    assert follows([planned], problem(at("11:30"), planned, log=[say("spoiled", at("11:20"), batch=planned.id)])) is False
    nobody = [say("nobody", at("10:00"))]
    assert follows([planned], problem(at("11:15"), planned, log=nobody)) is False  # it should have begun


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
    found = problem_of(made_plant(), outlook(at("12:00")), air=(), wishes=wishes, past=past_of(at("12:00")))
    assert [wish.id for wish in found.wishes] == ["w2", "w4"]


def test_air_beyond_a_limit_costs_power_in_its_hour_and_unknown_air_nothing() -> None:
    limit = AmbientLimit("kettle", max_temperature_c=26.0, cooling_kw_per_c=0.4)
    plant = small_plant(ambient_limits=(limit,))
    hours = merge([WeatherHour(at("12:00"), "AEMET", "forecast", at("06:00"), 28.5, 50.0, None)])
    starts = list(slot_starts(at("11:45"), at("13:15"), QUARTER))
    assert ambient_kw(plant, starts, hours) == {"kettle": (0.0, 1.0, 1.0, 1.0, 1.0, 0.0)}


def kept(found: PlanProblem) -> dict[str, Any]:
    return inputs_of(found, 7, "this plant") | {"batches": [batch_json(one) for one in found.current]}


def test_time_alone_is_no_news() -> None:
    made = batch(at("08:00"))
    before = kept(problem(at("00:00"), made))
    assert changed(before, kept(problem(at("00:15"), made))) is None
    assert changed(before, kept(problem(at("09:30", THURSDAY), made))) is None


def test_what_is_late_is_news() -> None:
    assert changed(kept(problem(at("00:00"))), kept(problem(at("00:15", THURSDAY)))) == "the orders"


def test_news_is_named() -> None:
    one = problem(at("00:00"))
    before = kept(one)
    dearer = replace(one, prices=(*one.prices[:-1], 0.2))
    assert changed(before, kept(dearer)) == "prices"
    assert changed(before, kept(replace(one, prices=(*one.prices[:-1], None)))) == "prices"
    assert changed(before, kept(replace(one, prices=(*one.prices, 0.1), periods=(*one.periods, 6)))) == "the horizon"
    assert changed(before, kept(replace(one, demand=one.demand[:-1]))) == "the demand"
    assert changed(before, kept(replace(one, wishes=(Forbidden("w1", at("08:00"), at("09:00")),)))) == "the wishes"
    assert changed(before, kept(one) | {"made_from": "another"}) == "the plant, its contract, the tables of tariffs or the program"
    order = Order("new", "plain", 70.0, at("18:00", THURSDAY))
    assert changed(before, kept(replace(one, orders=(order,)))) == "the orders"
    warm = replace(one, ambient_kw={"mix": (0.5,) * one.slots})
    assert changed(before, kept(warm)) == "the weather"
    assert changed(kept(warm), kept(replace(warm, ambient_kw={"mix": (None,) + (0.5,) * (one.slots - 1)}))) == "the weather"


def test_a_wish_whose_time_passes_is_no_news() -> None:
    wished = replace(problem(at("00:00")), wishes=(Forbidden("w1", at("08:00"), at("09:00")),))
    assert changed(kept(wished), kept(problem(at("09:00")))) is None
    assert changed(kept(wished), kept(problem(at("08:45")))) == "the wishes"


def test_the_plan_in_force_is_kept_whole() -> None:
    one = batch(at("15:00"))
    again = in_force_of(StoredPlan("p", at("12:00"), at("12:00"), END, None, "{}", kept(problem(at("12:00"), one))))
    assert (again.batches, again.start, again.end) == ((one,), at("12:00"), END)
