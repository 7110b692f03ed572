"""A batch belongs to the day whose promise its goods go to: first made, first due."""

from datetime import date, timedelta

import pytest

from domain.plan.production import Batch, Order, StageRun
from domain.shop_floor.events import Event, Recorded
from domain.shop_floor.facts import facts_of
from domain.shop_floor.fold import state_of
from domain.shop_floor.served import days_served
from domain.timeline import day_bounds
from support.plan_cases import WEDNESDAY
from support.plan_world import MIDNIGHT, made_plant

PLANT = made_plant(weekday_batches={}, max_stock_kg={})
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def batch(id_: str, hour: int, due: date) -> Event:
    start = MIDNIGHT + hour * HOUR
    runs = []
    for stage in PLANT.stages:
        end = start + timedelta(minutes=stage.minutes["plain"])
        runs.append(StageRun(stage.name, 1, start, end, end))
        start = end
    return Event(f"p:{id_}", "planned", MIDNIGHT, "clock", planned=Batch(id_, "plain", due, tuple(runs)))


def order(day: date, kg: float) -> Event:
    due = day_bounds(day)[1]
    return Event(f"o:{day}", "ordered", MIDNIGHT, "clock", order=Order(f"o-{day}", "plain", kg, due))


@pytest.mark.parametrize(
    ("stock", "kg", "expected"),
    [
        (0.0, (100.0, 200.0), [0, 1, 1]),
        (100.0, (100.0, 200.0), [1, 1, None]),  # what was there goes first
        (0.0, (150.0, 100.0), [0, 0, 1]),  # the second gives half to either day
        (0.0, (50.0, 50.0), [0, None, None]),
    ],
)
def test_first_made_goes_to_first_due(stock: float, kg: tuple[float, ...], expected: list[int | None]) -> None:
    """Labels of a plan count for nothing: the first to be made is for Friday by its own."""
    events = [Event("o", "opened", MIDNIGHT, "clock", day=WEDNESDAY, stock=(("plain", stock),))]
    events += [order(WEDNESDAY + n * DAY, each) for n, each in enumerate(kg)]
    events += [batch("a", 1, WEDNESDAY + 2 * DAY), batch("b", 3, WEDNESDAY), batch("c", 5, WEDNESDAY)]
    facts = facts_of([Recorded(n, MIDNIGHT, event) for n, event in enumerate(events, 1)])
    found = days_served(PLANT, facts, state_of(PLANT, facts, MIDNIGHT + 12 * HOUR))
    assert [found.get(id_) for id_ in "abc"] == [None if n is None else WEDNESDAY + n * DAY for n in expected]


def test_what_is_spoiled_or_not_begun_takes_no_promise() -> None:
    events = [Event("o", "opened", MIDNIGHT, "clock", day=WEDNESDAY), order(WEDNESDAY, 100.0), order(WEDNESDAY + DAY, 100.0)]
    events += [batch("a", 1, WEDNESDAY), batch("b", 3, WEDNESDAY + DAY), batch("c", 20, WEDNESDAY)]
    events += [Event("s", "spoiled", MIDNIGHT + 2 * HOUR, batch="a")]
    facts = facts_of([Recorded(n, MIDNIGHT, event) for n, event in enumerate(events, 1)])
    assert days_served(PLANT, facts, state_of(PLANT, facts, MIDNIGHT + 12 * HOUR)) == {"b": WEDNESDAY}
