"""What is advised for euros is the difference of two plans; prices alone advise nothing."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
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

FRIDAY = datetime(2026, 3, 27, 20, 0, tzinfo=UTC)


class Known:
    """Prices of the coming hours, and a plan or none."""

    plant = default_plant()

    def __init__(self, prices: list[float], document: dict[str, Any] | None = None) -> None:
        self.hours = [HourPrice(FRIDAY + place * HOUR, price) for place, price in enumerate(prices)]
        self._document = document

    async def ahead(self, *_: object) -> list[HourPrice]:
        return self.hours

    async def plan(self) -> Any:
        return None if self._document is None else SimpleNamespace(document=json.dumps(self._document), start=FRIDAY)

    def no_plan(self) -> None:
        return None


async def advised(prices: list[float], document: dict[str, Any] | None = None, now: datetime = FRIDAY) -> list[Recommendation]:
    known = Known(prices, document)
    service = AdviceService(
        cast("PriceFacts", known),
        cast("PlanFacts", known),
        cast("ServiceFacts", None),
        cast("Any", None),
        Watch(ManualClock(FRIDAY), cast("Any", None), lambda: 0, looks=False),
    )
    return await service.recommendations(now)


def batch(start: datetime, cost_eur: float) -> dict[str, Any]:
    stage = {"stage": "mixing", "start": start.isoformat(), "end": (start + HOUR).isoformat(), "cost_eur": cost_eur}
    return {"id": "b-1", "start": start.isoformat(), "end": stage["end"], "stages": [stage], "why": None}


@given(st.lists(st.floats(-0.05, 0.5), min_size=48, max_size=48))
async def test_without_a_plan_or_with_an_empty_one_no_price_is_advice(prices: list[float]) -> None:
    assert await advised(prices) == []
    assert await advised(prices, {"batches": [], "baseline": {"batches": []}, "wishes": [], "clash": None}) == []


@given(st.lists(st.floats(-0.05, 0.5), min_size=48, max_size=48))
async def test_what_a_batch_is_worth_is_what_working_as_usual_pays_more_for_it(prices: list[float]) -> None:
    planned, usual = batch(FRIDAY + 3 * HOUR, 11.0), batch(FRIDAY + HOUR, 13.5)
    (found,) = await advised(prices, {"batches": [planned], "baseline": {"batches": [usual]}, "wishes": [], "clash": None})
    assert (found.start, found.value_eur) == (FRIDAY + 3 * HOUR, pytest.approx(2.5))


async def test_what_would_mend_a_plan_that_is_late_is_advised() -> None:
    said = {"es": "dos horas más", "en": "two more hours"}
    clash = {"text": {"es": "no cabe", "en": "it does not fit"}, "reliefs": [{"limit": "shifts", "text": said}]}
    document = {"batches": [], "baseline": {"batches": []}, "wishes": [], "clash": clash}
    (found,) = await advised([0.1] * 48, document)
    assert (found.id, found.value_eur, found.start) == ("mend:shifts", None, FRIDAY)
    assert await advised([0.1] * 48, document, FRIDAY + HOUR / 3600) == [found], "the same plan advises the same a second later"
