"""What each machine does at an instant, and the best hours of tomorrow."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from routers.page.facts import best_tomorrow
from routers.page.machine_rows import MachineRow, Run, machine_rows
from support import documents
from support.sayings import WORDING

NOW = datetime.fromisoformat("2026-11-18T13:20:00+00:00")


def row(document: Any, unit: str, now: datetime = NOW) -> MachineRow:
    return next(row for row in machine_rows(document, now) if row.unit == unit)


def test_machines_stand_in_the_order_of_the_work() -> None:
    units = [row.unit for row in machine_rows(documents.full_document(), NOW)]
    assert units == ["mixing", "refining", "conching-1", "conching-2", "tempering", "moulding"]


def test_a_run_is_on_from_its_start_up_to_but_not_at_its_end() -> None:
    document = documents.full_document()
    (first, *_) = row(document, "refining").runs
    start, end = (datetime.fromisoformat(text) for text in (first.start, first.end))
    assert first.place == "on"
    assert row(document, "refining", start).runs[0] == first
    before = next(run for run in row(document, "refining", start - timedelta(minutes=1)).runs if run.start == first.start)
    assert before.place == "next"
    after = row(document, "refining", end)
    assert after.state == "free"
    assert after.runs[0].start > first.start
    assert [run.place for run in after.runs][:2] == ["next", "later"]


def test_a_stage_that_nobody_reported_is_assumed() -> None:
    document = documents.full_document()
    assert not row(document, "refining").runs[0].assumed
    for batch in document["plan"]["batches"]:
        batch["assumed"] = ["refining"]
    assert row(document, "refining").runs[0].assumed
    assert not row(document, "conching-1").runs[0].assumed


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-11-18T12:00:00+00:00", "2026-11-18T15:00:00+00:00", "hasta las 16:00"),
        ("2026-11-17T22:00:00+00:00", "2026-11-18T15:00:00+00:00", "hasta las 16:00"),
        ("2026-11-18T12:00:00+00:00", "2026-11-20T07:00:00+00:00", "hasta el vie 20, 08:00"),
        ("2026-11-20T06:00:00+00:00", "2026-11-20T07:00:00+00:00", "hasta las 08:00"),
    ],
)
def test_an_end_has_its_day_where_the_hour_alone_would_be_taken_for_another(start: str, end: str, said: str) -> None:
    run = Run({}, start, end, "on", assumed=False)
    assert run.until(WORDING.locale("es"), NOW) == said


def test_a_machine_that_is_down_says_so_also_where_the_plan_has_nothing_for_it() -> None:
    document = documents.full_document()
    down = {"unit": "packing", "stage": "packing", "machine": None, "since": "2026-11-18T12:00:00Z", "until": None}
    document["floor"]["down"] = [down, {**down, "unit": "refining", "stage": "refining", "since": "2026-11-18T18:00:00Z"}]
    assert row(document, "packing") == MachineRow("packing", "packing", None, "down", [], down)
    assert row(document, "refining").state == "busy"  # it will be down only this evening


def test_without_a_plan_there_is_no_machine() -> None:
    assert machine_rows({**documents.full_document(), "plan": None, "floor": None}, NOW) == []


def hours_of_tomorrow(document: Any) -> list[Any]:
    return next(day["hours"] for day in document["week"]["days"] if day["date"] == document["prices"]["tomorrow"]["date"])


def test_the_best_window_of_published_prices_has_no_band() -> None:
    document = documents.full_document()
    for hour in hours_of_tomorrow(document):
        hour["price_eur_kwh"] = 0.2
    for hour, price in zip(hours_of_tomorrow(document)[5:8], (0.05, 0.06, 0.10), strict=True):
        hour["price_eur_kwh"] = price
    best = best_tomorrow(document)
    assert best is not None
    assert (best.start, best.end - best.start) == (
        datetime.fromisoformat(hours_of_tomorrow(document)[5]["start"]),
        timedelta(hours=3),
    )
    assert best.eur_per_kwh == pytest.approx(0.07)
    assert (best.low, best.high, best.origin) == (None, None, "published")


def test_hours_that_are_forecast_bring_their_band() -> None:
    document = documents.full_document()
    for hour in hours_of_tomorrow(document):
        hour.update(price_eur_kwh=None, p10=0.1, p50=0.2, p90=0.4)
    for hour in hours_of_tomorrow(document)[5:8]:
        hour.update(p10=0.01, p50=0.05, p90=0.12)
    hours_of_tomorrow(document)[6].update(price_eur_kwh=0.06)
    best = best_tomorrow(document)
    assert best is not None
    assert best.origin == "forecast"
    assert best.eur_per_kwh == pytest.approx((0.05 + 0.06 + 0.05) / 3)
    assert (best.low, best.high) == (pytest.approx((0.01 + 0.06 + 0.01) / 3), pytest.approx((0.12 + 0.06 + 0.12) / 3))


def test_a_day_that_is_not_known_whole_has_no_best_window() -> None:
    document = documents.full_document()
    hours_of_tomorrow(document)[20].update(price_eur_kwh=None, p50=None)
    assert best_tomorrow(document) is None
