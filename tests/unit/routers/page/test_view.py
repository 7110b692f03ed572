"""What the page derives from its document."""

from datetime import UTC, datetime, timedelta

import pytest

from routers.page.facts import Stretch, cheapest_window, day_facts
from routers.page.view import PageView, data_level, missing_sections, no_price_reason
from support import documents

MIDNIGHT = datetime(2026, 11, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hours(*prices: float, start: datetime = MIDNIGHT) -> list[Stretch]:
    return [Stretch(start + i * HOUR, start + (i + 1) * HOUR, price) for i, price in enumerate(prices)]


def test_the_cheapest_window_is_the_first_of_the_cheapest_runs() -> None:
    window = cheapest_window(hours(5, 1, 1, 4, 1, 1, 4), 2 * HOUR)
    assert window == Stretch(MIDNIGHT + HOUR, MIDNIGHT + 3 * HOUR, 1)


def test_a_window_does_not_reach_over_a_missing_hour() -> None:
    slots = [*hours(1, 1), *hours(9, 9, 8, start=MIDNIGHT + 3 * HOUR)]
    window = cheapest_window(slots, 3 * HOUR)
    assert window is not None
    assert window.start == MIDNIGHT + 3 * HOUR


def test_no_run_is_long_enough() -> None:
    assert cheapest_window(hours(1, 1), 3 * HOUR) is None


def test_the_mean_of_quarters_and_hours_weighs_by_length() -> None:
    def slot(start: datetime, minutes: int, price: float) -> documents.Json:
        return {"start": start.isoformat(), "end": (start + timedelta(minutes=minutes)).isoformat(), "price_eur_kwh": price}

    facts = day_facts({"slots": [slot(MIDNIGHT, 15, 4.0), slot(MIDNIGHT + timedelta(minutes=15), 45, 0.0)]})
    assert facts is not None
    assert facts.mean_eur_per_kwh == 1.0


def test_a_day_without_prices_has_no_figures() -> None:
    assert day_facts(None) is None
    assert day_facts({"slots": []}) is None


def test_the_state_is_bad_without_a_price_and_warns_of_a_failing_source() -> None:
    document = documents.spine_document()
    assert data_level(document) == "ok"
    document["system"]["sources"][0]["state"] = "degraded"
    assert data_level(document) == "warn"
    document["system"]["store"]["state"] = "away"
    assert data_level(document) == "bad"
    assert data_level(documents.without_prices()) == "bad"


def test_a_source_that_is_not_set_up_is_no_fault() -> None:
    document = documents.spine_document()
    for source in document["system"]["sources"]:
        source["state"] = "not_configured"
    assert data_level(document) == "ok"


@pytest.mark.parametrize(
    ("store", "success", "reason"),
    [("ok", None, "not_loaded"), ("ok", "2026-11-16T10:00:00Z", "missing"), ("away", None, "store_away")],
)
def test_the_reason_for_no_price(store: str, success: str | None, reason: str) -> None:
    document = documents.without_prices()
    document["system"]["store"]["state"] = store
    document["system"]["sources"][0]["last_success"] = success
    assert no_price_reason(document) == reason


def test_sections_without_content_are_named() -> None:
    assert missing_sections(documents.spine_document()) == [
        "class",
        "recommendations",
        "savings",
        "bill",
        "week",
        "plan",
        "forecast",
        "weather",
    ]
    assert missing_sections(documents.full_document()) == []


def test_the_autumn_day_has_two_hours_in_one_cell_and_the_spring_day_none_in_another() -> None:
    autumn = PageView(documents.full_document(datetime(2025, 10, 25, 10, tzinfo=UTC))).week_rows[1]
    assert autumn.date == "2025-10-26"
    assert [len(cell) for cell in autumn.cells] == [1, 1, 2] + [1] * 21
    spring = PageView(documents.full_document(datetime(2025, 3, 29, 10, tzinfo=UTC))).week_rows[1]
    assert [len(cell) for cell in spring.cells] == [1, 1, 0] + [1] * 21


def test_alerts_come_by_level_and_then_by_age() -> None:
    document = documents.full_document()
    (alert,) = document["alerts"]
    document["alerts"] = [{**alert, "id": level, "level": level} for level in ("info", "warning", "critical")]
    assert [shown["level"] for shown in PageView(document).alerts] == ["critical", "warning", "info"]


def test_the_alert_of_a_cause_comes_before_the_gaps_that_it_leaves() -> None:
    document = documents.full_document()
    (alert,) = document["alerts"]
    gap = {**alert, "level": "warning", "rule": "data_gap", "since": "2026-11-18T08:00:00Z"}
    cause = {**gap, "rule": "source_stale", "since": "2026-11-18T09:00:00Z"}
    document["alerts"] = [gap, cause]
    assert [shown["rule"] for shown in PageView(document).alerts] == ["source_stale", "data_gap"]


def test_a_ledger_without_days_has_no_entry_of_today() -> None:
    document = documents.full_document()
    document["savings"] = {"days": [], "months": [], "source": "ledger", "as_of": document["generated_at"]}
    assert PageView(document).today_savings is None
