"""Every recommendation: what makes it speak, what keeps it silent, and what it is worth."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.alerts.recommendations import Coming, drop_wishes, mend_clash, next_starts
from domain.messages import BatchName, message
from support.sayings import en

NOW = datetime(2026, 11, 18, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)


def coming(hours: float, cost: float, usual: float | None) -> Coming:
    start = NOW + hours * HOUR
    why = message("advice.start.planned")
    return Coming(
        BatchName(f"b{hours}", None, None, None),
        "mixing",
        start,
        start + 6 * HOUR,
        cost,
        usual,
        None if usual is None else start - 4 * HOUR,
        why,
    )


def test_the_next_batches_are_worth_what_working_as_usual_would_cost_more() -> None:
    (first, second) = next_starts([coming(5, 20.0, None), coming(1, 17.3, 24.5)], NOW)
    assert (first.id, first.value_eur, first.start) == ("start:b1", pytest.approx(7.2), NOW + HOUR)
    assert en(first.reason) == "The usual way (Wednesday 18 at 11:00) would cost €7.20 more. It is the time that the plan sets."
    assert (second.value_eur, en(second.reason)) == (None, "It is the time that the plan sets.")


def test_batches_of_the_past_and_of_the_day_after_tomorrow_are_not_spoken_of() -> None:
    assert next_starts([coming(-1, 1.0, 2.0), coming(25, 1.0, 2.0)], NOW) == []


def wish(cost: float | None, doubt: float) -> dict[str, Any]:
    return {"id": "w1", "start": NOW.isoformat(), "cost_eur": cost, "uncertainty_eur": doubt}


def test_a_wish_that_costs_more_than_its_doubt_is_named() -> None:
    (found,) = drop_wishes([wish(4.1, 0.2)])
    assert (found.id, found.value_eur) == ("drop_wish:w1", 4.1)
    assert drop_wishes([wish(4.1, 4.0), wish(None, 0.0), wish(-3.0, 0.0)]) == []


def test_without_a_plan_each_relief_is_a_recommendation() -> None:
    relief = {"limit": "shifts", "text": {"es": "dos horas más", "en": "two more hours"}}
    clash = {"text": {"es": "no cabe", "en": "it does not fit"}, "reliefs": [relief]}
    (found,) = mend_clash(clash, NOW)
    assert (found.id, en(found.text), found.value_eur) == ("mend:shifts", "two more hours would be enough.", None)
    assert mend_clash(None, NOW) == []
