"""The revision of the page's document: it changes when the content does, and only then."""

from routers.page.document import revision_of

DOCUMENT = {"plan": {"late": [], "cost_eur": 12.5}, "system": {"jobs": [{"id": "plan", "runs": 3}]}}


def test_counters_are_no_content() -> None:
    counted = DOCUMENT | {"system": {"jobs": [{"id": "plan", "runs": 4}]}}
    assert revision_of(counted) == revision_of(DOCUMENT)


def test_what_is_late_in_the_plan_is_content() -> None:
    late = DOCUMENT | {"plan": {"late": [{"order": "order-1", "kg": 100.0, "by_minutes": 30}], "cost_eur": 12.5}}
    assert revision_of(late) != revision_of(DOCUMENT)
