"""Advice about the cheapest and dearest hours speaks of hours in which somebody is there to load a machine."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alerts.price_rules import HourPrice
from domain.alerts.recommendations import Recommendation
from domain.timeline import HOUR
from services.advice.facts import PlanFacts, PriceFacts, ServiceFacts
from services.advice.service import AdviceService, Watch
from support.clock import ManualClock
from support.plan_cases import default_plant

FRIDAY = datetime(2026, 3, 27, 20, 0, tzinfo=UTC)  # 21:00 in Madrid; Saturday has one shift, from 6 to 14, Sunday none


class Known:
    """Prices of the coming hours, and a plant that has no plan yet."""

    plant = default_plant()

    def __init__(self, prices: list[float]) -> None:
        self.hours = [HourPrice(FRIDAY + place * HOUR, price) for place, price in enumerate(prices)]

    async def ahead(self, *_: object) -> list[HourPrice]:
        return self.hours

    async def plan(self) -> None:
        return None

    def no_plan(self) -> None:
        return None


async def advised(prices: list[float]) -> list[Recommendation]:
    known = Known(prices)
    service = AdviceService(
        cast("PriceFacts", known),
        cast("PlanFacts", known),
        cast("ServiceFacts", None),
        cast("Any", None),
        Watch(ManualClock(FRIDAY), cast("Any", None), lambda: 0, looks=False),
    )
    return await service.recommendations(FRIDAY)


@given(st.lists(st.floats(-0.05, 0.5), min_size=48, max_size=48))
async def test_no_hour_is_recommended_in_which_nobody_works(prices: list[float]) -> None:
    for one in await advised(prices):
        hours = [one.start + place * HOUR for place in range(int((one.end - one.start) / HOUR))]
        assert len(hours) == 3
        assert all(Known.plant.is_staffed(hour) for hour in hours), one


async def test_a_cheap_sunday_and_a_dear_night_are_not_advised_but_the_shift_is() -> None:
    """Three cheap hours on Saturday from 8 in Madrid; cheaper ones on Sunday, dearer ones on Friday night."""
    prices = [0.15] * 48
    prices[2:5], prices[11:14], prices[40:43] = [0.50] * 3, [0.05] * 3, [0.00] * 3
    (cheap,) = await advised(prices)
    assert cheap.start == FRIDAY + 11 * HOUR
    assert cheap.value_eur == pytest.approx(26.7)  # 267 kWh at 0.15 less 0.05 €/kWh
