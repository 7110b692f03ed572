"""What the sources of prices share: spans of local days, cells of REE, batches, several days of one file each."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.published import Published, Span, batch_of, cells_of, check_length, collect_days
from domain.errors import BadPayloadError, NotPublishedError, SourceUnavailableError
from domain.intake.prices import PriceCell
from domain.intake.verdict import Tray
from domain.prices.slots import PriceSlot
from domain.timeline import HOUR, QUARTER, day_bounds, day_slots
from support.source_fixtures import utc

NOW = utc("2026-11-22T12:00")


@pytest.mark.parametrize("value", ["171.48", True, [1], float("nan"), float("inf"), None, "---"])
def test_what_is_no_number_leaves_out_its_cell_and_keeps_the_instant(value: object) -> None:
    tray = Tray()
    (cell,) = cells_of([{"datetime": "2026-05-10T10:00:00+02:00", "value": value}], "600", tray)
    assert (cell.start, cell.value) == (utc("2026-05-10T08:00"), None)
    assert set(tray.counts()) <= {"empty", "not_a_number"}
    assert sum(tray.counts().values()) == 1


@pytest.mark.parametrize(
    "row",
    [{"datetime": "2025-10-26T02:00:00", "value": 1.0}, {"datetime": 1795348200000, "value": 1.0}, {"value": 1.0}, "row", None],
    ids=["no offset", "milliseconds", "no instant", "text", "null"],
)
def test_a_row_without_an_instant_loses_itself(row: object) -> None:
    tray = Tray()
    cells = cells_of([row, {"datetime": "2025-10-26T02:00:00.000+01:00", "value": 5.0}], "600", tray)
    assert [(cell.start, cell.value) for cell in cells] == [(utc("2025-10-26T01:00"), 5.0)]
    assert sum(tray.counts().values()) == 1


def test_a_range_is_asked_in_whole_local_days() -> None:
    span = Span(utc("2025-10-26T00:30"), utc("2025-10-26T23:00"))  # 02:30 summer time to midnight
    assert span.params() == {"start_date": "2025-10-26T00:00", "end_date": "2025-10-26T23:59"}
    span = Span(utc("2025-10-25T21:59"), utc("2025-10-26T23:01"))
    assert span.params() == {"start_date": "2025-10-25T00:00", "end_date": "2025-10-27T23:59"}
    assert span.days == [date(2025, 10, 25), date(2025, 10, 26), date(2025, 10, 27)]


@given(
    start=st.datetimes(datetime(2021, 6, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    length=st.timedeltas(timedelta(seconds=1), timedelta(days=26)),
)
def test_twenty_six_days_never_touch_more_than_twenty_eight_local_days(start: datetime, length: timedelta) -> None:
    span = Span(start, start + length)
    assert len(span.days) <= 28
    assert day_bounds(span.first_day)[0] <= start
    assert day_bounds(span.last_day)[1] >= start + length


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (utc("2026-05-10T10:00"), utc("2026-05-10T10:00")),
        (utc("2026-05-10T10:00").replace(tzinfo=None), utc("2026-05-10T11:00").replace(tzinfo=None)),
    ],
)
def test_a_range_without_length_or_zone_is_the_callers_mistake(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="need UTC"):
        Span(start, end)


def test_a_range_that_is_too_long_is_refused_before_it_is_asked() -> None:
    span = Span(utc("2026-05-01T00:00"), utc("2026-05-27T01:00"))
    with pytest.raises(ValueError, match="longer than"):
        check_length(span, timedelta(days=26))


def test_slots_outside_the_range_are_cut_off_and_none_left_is_not_published() -> None:
    cells = tuple(PriceCell("", start, 5.0) for start in day_slots(date(2026, 5, 10), QUARTER))
    published = Published(cells, Tray(), NOW)
    batch = batch_of("spot", "redata", published, Span(utc("2026-05-10T10:00"), utc("2026-05-10T11:00")), NOW)
    assert [slot.start.minute for slot in batch.slots] == [0, 15, 30, 45]
    assert (batch.provider, batch.published_at, batch.fetched_at, batch.notes) == ("redata", NOW, NOW, ())
    with pytest.raises(NotPublishedError, match="2026-05-11"):
        batch_of("spot", "redata", published, Span(utc("2026-05-11T10:00"), utc("2026-05-11T12:00")), NOW)


def test_an_answer_of_which_nothing_holds_needs_a_person() -> None:
    cells = tuple(PriceCell("", start, 5.0) for start in day_slots(date(2026, 5, 10)))  # hours since the market is in quarters
    with pytest.raises(BadPayloadError, match="mixed_steps"):
        batch_of("spot", "redata", Published(cells), Span(*day_bounds(date(2026, 5, 10))), NOW)


async def test_trouble_with_a_later_day_leaves_the_days_before() -> None:
    async def fetch(day: date, _tray: Tray) -> Sequence[PriceSlot]:
        if day.day == 3:
            raise SourceUnavailableError("omie", "HTTP 503")
        if day.day == 2:
            raise BadPayloadError("omie", "another day")
        start = day_bounds(day)[0]
        return [PriceSlot(start, start + HOUR, 0.1)]

    found = await collect_days([date(2024, 5, day) for day in (1, 2, 3, 4)], fetch)
    assert [slot.start for slot in found.slots] == [utc("2024-04-30T22:00")]  # the fourth is not asked: the source rests
    with pytest.raises(BadPayloadError):
        await collect_days([date(2024, 5, 2)], fetch)
