"""Kilograms: promised, made, owed, in stock; names that are given once."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.plan.production import Order
from domain.shop_floor.events import Event, Recorded
from domain.shop_floor.facts import facts_of
from domain.shop_floor.fold import state_of
from domain.shop_floor.identity import highest, identified
from domain.shop_floor.orders import Kilograms, kilograms, orders_to_keep
from domain.timeline import day_bounds
from support.floor_cases import NINE, ONE, THREE, TWO, minutes, of_plan, planned, renumbered, said
from support.plan_cases import WEDNESDAY, small_plant

PLANT = small_plant(weekday_batches={weekday: {"plain": 2.0} for weekday in range(7)})
THURSDAY = WEDNESDAY + timedelta(days=1)
MIDNIGHT = day_bounds(WEDNESDAY)[1]
OPENED = Recorded(1, NINE - timedelta(hours=4), Event("open", "opened", NINE - timedelta(hours=4), "clock", day=WEDNESDAY))
PLAN = renumbered([OPENED, *of_plan(ONE, TWO, THREE)])


def at(log: list[Recorded], now: datetime, until: datetime = MIDNIGHT) -> Kilograms:
    facts = facts_of(log)
    return kilograms(PLANT, facts, state_of(PLANT, facts, now), until)


def ordered(log: list[Recorded], id_: str, kg: float, due: datetime, kind: str = "ordered") -> list[Recorded]:
    event = Event(f"o{len(log)}", kind, NINE, order=Order(id_, "plain", kg, due))  # type: ignore[arg-type]
    return [*log, Recorded(len(log) + 1, NINE, event)]


def test_what_is_made_goes_to_what_is_due_first() -> None:
    kg = at(PLAN, minutes(300), MIDNIGHT + timedelta(days=1))
    assert [(item.order.id, item.made_kg, item.owed_kg) for item in kg.promises] == [
        ("plant-20260311-plain", 200.0, 0.0),
        ("plant-20260312-plain", 100.0, 100.0),
    ]
    assert kg.stock == {"plain": 300.0}  # nothing is delivered before its time
    after = at(PLAN, MIDNIGHT, MIDNIGHT + timedelta(days=1))
    assert after.stock == {"plain": 100.0}


def test_what_was_spoiled_is_owed_again_and_what_is_late_stays_owed() -> None:
    log = said(said(PLAN, "spoiled", minutes(80), ONE), "spoiled", minutes(85), TWO)
    late = at(log, MIDNIGHT + timedelta(hours=1)).late(MIDNIGHT + timedelta(hours=1))
    assert [(item.order.id, item.owed_kg) for item in late] == [("plant-20260311-plain", 100.0)]


def test_an_order_is_one_more_and_one_that_is_withdrawn_is_none() -> None:
    log = ordered(PLAN, "rush", 150.0, minutes(240))
    assert [item.order.id for item in at(log, NINE).promises] == ["rush", "plant-20260311-plain"]
    log = ordered(log, "rush", 150.0, minutes(240), "order_withdrawn")
    log = ordered(log, "plant-20260311-plain", 0.5, MIDNIGHT, "order_withdrawn")
    assert at(log, NINE).promises == ()


def test_the_plants_demand_of_a_day_is_kept_and_no_longer_follows_the_file() -> None:
    facts = facts_of(PLAN)
    kept = orders_to_keep(PLANT, facts, NINE)
    assert [order.id for order in kept] == ["plant-20260311-plain"]
    log = [*PLAN, Recorded(5, NINE, Event("k", "ordered", NINE, "clock", order=kept[0]))]
    edited = replace(PLANT, weekday_batches={weekday: {"plain": 5.0} for weekday in range(7)})
    later = facts_of(log)
    assert orders_to_keep(PLANT, later, NINE) == ()
    kg = kilograms(edited, later, state_of(edited, later, NINE), MIDNIGHT + timedelta(days=1))
    assert [item.order.kg for item in kg.promises] == [200.0, 500.0]


@given(
    st.lists(st.tuples(st.integers(0, 400), st.floats(1, 250)), max_size=5),
    st.lists(st.sampled_from([ONE, TWO, THREE]), max_size=3, unique_by=lambda batch: batch.id),
    st.integers(0, 1400),
)
def test_made_is_delivered_and_stock_and_due_is_delivered_and_owed(
    orders: list[tuple[int, float]], spoiled: list[object], minute: int
) -> None:
    log = list(PLAN)
    for number, (due, mass) in enumerate(orders):
        log = ordered(log, f"order-{number}", mass, minutes(due))
    for batch in spoiled:
        log = said(log, "spoiled", minutes(190), batch)  # type: ignore[arg-type]
    now = minutes(minute)
    kg = at(log, now, now + timedelta(days=3))
    past = [item for item in kg.promises if item.order.due <= now]
    delivered = sum(item.made_kg for item in past)
    assert abs(sum(kg.made.values()) - delivered - sum(kg.stock.values())) < 1e-6
    assert abs(sum(item.order.kg for item in past) - delivered - sum(item.owed_kg for item in kg.late(now))) < 1e-6


def test_a_batch_keeps_its_name_when_it_moves_and_no_name_is_given_twice() -> None:
    given_numbers = highest([ONE.id, TWO.id, "20260312-plain-7", "free-plain-2", "w1"])
    assert given_numbers == {"20260311-plain": 2, "20260312-plain": 7, "free-plain": 2}
    moved = replace(planned(9, minutes(200)), id="new-1")
    tomorrow = replace(planned(9, minutes(1500)), id="new-2", due=THURSDAY)
    named = identified([ONE, moved, tomorrow], [TWO], [ONE.id], given_numbers)
    assert [batch.id for batch in named] == [ONE.id, TWO.id, "20260312-plain-8"]


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from([WEDNESDAY, THURSDAY, None])), max_size=8))
def test_names_differ_whatever_is_planned(starts: list[tuple[int, date | None]]) -> None:
    batches = [replace(planned(1, minutes(15 * at)), due=day, id=f"p{n}") for n, (at, day) in enumerate(starts)]
    named = identified(batches, [TWO, THREE], [], highest([ONE.id, TWO.id, THREE.id]))
    assert len({batch.id for batch in named}) == len(batches) and ONE.id not in {batch.id for batch in named}
