"""What is due beyond the horizon and cannot all be made after it must be there when the horizon ends: no less is enough."""

import random
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from domain.bill.tariff import power_period
from domain.plan.plant import Plant, Shift
from domain.plan.production import Order, PlanProblem
from domain.plan.served import lateness_of
from domain.timeline import QUARTER, day_bounds, slot_starts
from planning.milp.grid import grid_of
from planning.search.ahead import needed_by
from planning.search.baseline import early
from support.plan_cases import default_plant, small_plant

MONDAY = date(2026, 3, 9)
END = day_bounds(MONDAY)[0]


def end_of_day(days: int) -> datetime:
    return day_bounds(MONDAY + timedelta(days=days))[1]


def late_kg(plant: Plant, orders: tuple[Order, ...], stock: dict[str, float]) -> float:
    """Kilograms that are late where everything begins as early as can be after END, and a stock comes on top of that."""
    starts = list(slot_starts(END, max(order.due for order in orders), QUARTER))
    periods = tuple(power_period(at, plant.tariff) for at in starts)
    problem = PlanProblem(plant, END, (0.0,) * len(starts), periods, orders=orders)
    batches = early(problem, grid_of(problem)) or ()
    return sum(item.kg for item in lateness_of(replace(problem, stock_kg=stock), batches)[0])


def one_at_a_time() -> Plant:
    """One batch of 50 kg an hour, from 8 to 10: two a day."""
    shift = (Shift(frozenset(range(7)), time(8), time(10)),)
    return replace(small_plant(shifts=shift), stages=(replace(small_plant().stages[-1], minutes={"plain": 60}),))


@pytest.mark.parametrize(("kg", "needed"), [(100.0, 0.0), (300.0, 0.0), (400.0, 0.0), (500.0, 100.0), (1000.0, 600.0)])
def test_two_batches_a_day_for_two_days_make_that_much_less_needed_before(kg: float, needed: float) -> None:
    plant = replace(one_at_a_time(), batch_kg=100.0)
    found = needed_by(plant, END, [Order("o", "plain", kg, end_of_day(1))], {"o"})
    assert sum(order.kg for order in found) == needed
    assert all(order.due == END for order in found)


def test_what_the_week_has_due_anyway_takes_its_share_and_is_not_pulled_forward_itself() -> None:
    plant = replace(one_at_a_time(), batch_kg=100.0)
    weekly = [Order(f"w{day}", "plain", 100.0, end_of_day(day)) for day in range(2)]
    (found,) = needed_by(plant, END, [*weekly, Order("o", "plain", 400.0, end_of_day(1))], {"o"})
    assert (found.id, found.kg) == ("o", 200.0)
    too_much = [Order(f"w{day}", "plain", 900.0, end_of_day(day)) for day in range(2)]
    assert needed_by(plant, END, too_much, set()) == ()


def test_what_would_be_too_old_by_then_is_not_made_before() -> None:
    plant = replace(one_at_a_time(), batch_kg=100.0, shelf_life_hours={"plain": 24.0})
    assert needed_by(plant, END, [Order("o", "plain", 1000.0, end_of_day(1))], {"o"}) == ()


@pytest.mark.parametrize("seed", range(30))
def test_with_what_is_needed_nothing_is_late_and_with_less_something_is(seed: int) -> None:
    rng = random.Random(seed)
    plant = default_plant()
    far = [Order(f"o{n}", rng.choice(plant.qualities), 50.0 * rng.randint(1, 50), end_of_day(rng.randint(2, 5))) for n in range(2)]
    weekly = [Order(f"w{day}", "standard", 100.0, end_of_day(day)) for day in rng.sample(range(3), 2)]
    found = needed_by(plant, END, [*weekly, *far], {"o0", "o1"})
    stock = {quality: sum(order.kg for order in found if order.quality == quality) for quality in plant.qualities}
    assert all(sum(one.kg for one in found if one.id == order.id) <= order.kg for order in (*weekly, *far))
    orders = tuple(sorted([*weekly, *far], key=lambda order: order.due))
    behind = late_kg(plant, tuple(weekly), {})
    assert late_kg(plant, orders, stock) <= behind
    for quality, kg in stock.items():
        if kg:
            assert late_kg(plant, orders, stock | {quality: kg - 1.0}) > behind
