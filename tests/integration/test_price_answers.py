"""Whole days in the shapes of REData, ESIOS, archive 70 and OMIE, served as raw bytes over a real socket, through the real clients.

The figures are our own: 100 €/MWh in the first slot of a day and 0.37 more in each further one, in every source.
"""

import json
from datetime import date, datetime, timedelta

import pytest

from adapters.sources.esios import parse_indicator
from adapters.sources.responses import json_of
from domain.errors import NotPublishedError, SourceError, SourceRejectedError, SourceUnavailableError
from domain.intake.verdict import Tray
from domain.timeline import HOUR, QUARTER, day_bounds, day_slots
from support.asking import CONTENT_TYPES, HTML, JSON_TYPE, PRICE_SOURCES, TEXT, once, prices_from
from support.recorded_shapes import archive70_day, esios_day, figures, omie_day, redata_day
from support.source_fixtures import body, utc
from support.upstream import Reply, fetching, serving

PLAIN, SPRING, AUTUMN = date(2021, 10, 30), date(2022, 3, 27), date(2021, 10, 31)
OF_PVPC = ("2021-10-30T18:15:10", "2025-10-25T18:45:30")
"""`last-update` of the frames, in UTC."""

PVPC: list[tuple[str, bytes, date, int, float, str | None]] = [
    ("redata", redata_day(PLAIN), PLAIN, 24, 0.10851, OF_PVPC[0]),
    ("redata", redata_day(SPRING), SPRING, 23, 0.10814, OF_PVPC[0]),
    ("redata", redata_day(AUTUMN), AUTUMN, 25, 0.10888, OF_PVPC[0]),
    ("redata", redata_day(PLAIN, series=("1001",)), PLAIN, 24, 0.10851, OF_PVPC[0]),
    ("redata", redata_day(date(2025, 10, 26), "2025", spot=QUARTER), date(2025, 10, 26), 25, 0.10888, OF_PVPC[1]),
    ("esios", esios_day(PLAIN, "five_places"), PLAIN, 24, 0.10851, OF_PVPC[0]),
    ("esios", esios_day(SPRING, "five_places"), SPRING, 23, 0.10814, OF_PVPC[0]),
    ("esios", esios_day(AUTUMN, "five_places"), AUTUMN, 25, 0.10888, OF_PVPC[0]),
    ("archive70", archive70_day(PLAIN), PLAIN, 24, 0.10851, None),
    ("archive70", archive70_day(SPRING), SPRING, 23, 0.10814, None),
    ("archive70", archive70_day(AUTUMN), AUTUMN, 25, 0.10888, None),
]


@pytest.mark.parametrize(
    ("source", "answer", "day", "hours", "last", "published"), PVPC, ids=[f"{row[0]}-{row[2]}-{i}" for i, row in enumerate(PVPC)]
)
async def test_pvpc(source: str, answer: bytes, day: date, hours: int, last: float, published: str | None) -> None:
    batch, requests = await prices_from(source, answer, "pvpc", day)
    assert requests == 1
    assert [slot.start for slot in batch.slots] == day_slots(day)
    assert {slot.resolution for slot in batch.slots} == {HOUR}
    assert len(batch.slots) == hours
    assert (batch.slots[0].eur_per_kwh, batch.slots[-1].eur_per_kwh) == (0.1, last)
    assert batch.published_at == (utc(published) if published else None)


LONG, SHORT, FULL = date(2025, 10, 26), date(2026, 3, 29), date(2025, 10, 1)
SPOT: list[tuple[str, bytes, date, int, float]] = [
    ("redata", redata_day(PLAIN), PLAIN, 24, 0.10851),
    ("redata", redata_day(AUTUMN), AUTUMN, 25, 0.10888),
    ("redata", redata_day(LONG, "2025", spot=QUARTER), LONG, 100, 0.13663),
    ("esios", esios_day(LONG, "two_countries", QUARTER, geo=3), LONG, 100, 0.13663),
    ("omie", omie_day(date(2025, 9, 30), HOUR), date(2025, 9, 30), 24, 0.10851),
    ("omie", omie_day(FULL, QUARTER), FULL, 96, 0.13515),
    ("omie", omie_day(LONG, QUARTER), LONG, 100, 0.13663),
    ("omie", omie_day(SHORT, QUARTER), SHORT, 92, 0.13367),
]


@pytest.mark.parametrize(("source", "answer", "day", "slots", "last"), SPOT, ids=[f"{row[0]}-{row[2]}-{row[3]}" for row in SPOT])
async def test_spot(source: str, answer: bytes, day: date, slots: int, last: float) -> None:
    batch, _ = await prices_from(source, answer, "spot", day)
    step = QUARTER if slots > 25 else HOUR
    assert [(slot.start, slot.resolution) for slot in batch.slots] == [(start, step) for start in day_slots(day, step)]
    assert len(batch.slots) == slots
    assert (batch.slots[0].eur_per_kwh, batch.slots[-1].eur_per_kwh) == (0.1, last)


async def test_three_sources_agree_on_the_repeated_hour() -> None:
    batches = [await prices_from(source, answer, "pvpc", AUTUMN) for source, answer, day, *_ in PVPC if day == AUTUMN]
    assert len(batches) == 3
    expected = [(start, round(price / 1000, 5)) for start, price in figures(AUTUMN)]
    assert all([(slot.start, slot.eur_per_kwh) for slot in batch.slots] == expected for batch, _ in batches)


async def test_three_sources_agree_on_the_quarters_of_the_long_day_and_spain_is_not_portugal() -> None:
    batches = [await prices_from(source, answer, "spot", LONG) for source, answer, day, *_ in SPOT if day == LONG]
    assert len(batches) == 3
    expected = [(start, round(price / 1000, 5)) for start, price in figures(LONG, QUARTER)]
    assert all([(slot.start, slot.eur_per_kwh) for slot in batch.slots] == expected for batch, _ in batches)


@pytest.mark.parametrize(
    ("frame", "day", "step"),
    [
        ("five_places", PLAIN, HOUR),
        ("five_places", AUTUMN, HOUR),
        ("one_place", AUTUMN, HOUR),
        ("two_countries", LONG, QUARTER),
    ],
)
async def test_an_indicator_is_read_place_by_place(frame: str, day: date, step: timedelta) -> None:
    """Counted apart from the parser: one value for each distinct `datetime` of each place."""
    answer = esios_day(day, frame, step)
    values = json.loads(answer)["indicator"]["values"]
    async with serving([Reply(body=answer, content_type=JSON_TYPE)]) as upstream, fetching(upstream.url) as fetcher:
        content = await fetcher.get("/indicators/0", json_of)
    slots = len(figures(day, step))
    for geo in {value["geo_id"] for value in values}:
        own = {value["datetime"]: value["value"] for value in values if value["geo_id"] == geo}
        cells = parse_indicator(content, content["indicator"]["id"], geo, Tray()).cells
        assert {cell.start: cell.value for cell in cells} == {datetime.fromisoformat(text): value for text, value in own.items()}
        assert len(cells) == len(own) == slots


ERRORS: list[tuple[str, bytes, str, int, type[SourceError], int]] = [
    ("redata", body("redata/not_available.json"), JSON_TYPE, 400, NotPublishedError, 3),
    ("redata", body("redata/firewall.html"), HTML, 403, SourceUnavailableError, 1),
    ("redata", body("redata/firewall.html"), HTML, 200, SourceUnavailableError, 5),
    ("esios", body("esios/no_token.txt"), TEXT, 401, SourceRejectedError, 1),
    ("esios", body("esios/not_published.json"), JSON_TYPE, 200, NotPublishedError, 1),
    ("archive70", body("esios/archive70_no_values.json"), CONTENT_TYPES["archive70"], 200, NotPublishedError, 1),
    ("redata", redata_day(AUTUMN), JSON_TYPE, 200, NotPublishedError, 1),  # another day than asked
]


@pytest.mark.parametrize(
    ("source", "answer", "kind", "status", "error", "requests"),
    ERRORS,
    ids=["400", "firewall 403", "firewall 200", "no token", "no values", "no rows", "another day"],
)
async def test_errors(source: str, answer: bytes, kind: str, status: int, error: type[SourceError], requests: int) -> None:
    async with serving(once(Reply(status, answer, kind))) as upstream, fetching(upstream.url, source) as fetcher:
        with pytest.raises(error) as caught:
            await PRICE_SOURCES[source](fetcher).prices("pvpc", *day_bounds(date(2026, 11, 23)))
    assert caught.value.source == source
    assert len(upstream.seen) == requests


async def test_a_series_that_is_absent_from_the_answer_is_not_published() -> None:
    with pytest.raises(NotPublishedError, match="600"):
        await prices_from("redata", redata_day(PLAIN, series=("1001",)), "spot", PLAIN)
