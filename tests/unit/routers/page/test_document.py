"""The page's document as it goes out: its revision changes when the content does, and only then; nothing in it spoils the rest."""

import pytest

from routers.page.document import revision_of, sendable

DOCUMENT = {"plan": {"late": [], "cost_eur": 12.5}, "system": {"jobs": [{"id": "plan", "runs": 3}]}}


def test_counters_are_no_content() -> None:
    counted = DOCUMENT | {"system": {"jobs": [{"id": "plan", "runs": 4}]}}
    assert revision_of(counted) == revision_of(DOCUMENT)


def test_what_is_late_in_the_plan_is_content() -> None:
    late = DOCUMENT | {"plan": {"late": [{"order": "order-1", "kg": 100.0, "by_minutes": 30}], "cost_eur": 12.5}}
    assert revision_of(late) != revision_of(DOCUMENT)


@pytest.mark.parametrize("value", [float("nan"), {"a": float("inf")}, ["\ud800"], {"a": object()}, {1, 2}])
def test_what_cannot_be_sent_is_found_before_it_spoils_the_answer(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        sendable(value)
