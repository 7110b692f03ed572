"""Archive 70: decimal commas, ordinal hours, zeros before publication, a ZIP where JSON was promised, the terms of the price."""

import io
import json
import tracemalloc
import zipfile
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.archive70 import Archive70Source, parse_prices, published_rows
from adapters.sources.responses import MAX_BODY_BYTES, unzipped
from domain.errors import BadPayloadError, NotPublishedError, SourceUnavailableError
from domain.intake.prices import Asked
from domain.intake.verdict import RefusedError, Tray
from domain.timeline import day_bounds, day_slots
from support.source_fixtures import body, payload, utc
from support.upstream import Reply, Seen, fetching, serving

SPRING, AUTUMN = date(2026, 3, 29), date(2025, 10, 26)


def zipped(content: bytes) -> bytes:
    """A ZIP with one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("PVPC_DETALLE_DD.json", content)
    return packed.getvalue()


async def test_the_short_day_leaves_two_to_three_out_and_the_long_day_runs_on() -> None:
    replies = [
        Reply(body=body("esios/archive70_spring.json"), content_type="json"),
        Reply(body=body("esios/archive70_autumn.json")),
    ]
    async with serving(replies) as upstream, fetching(upstream.url, "archive70") as fetcher:
        source = Archive70Source(fetcher)
        spring = await source.prices("pvpc", *day_bounds(SPRING))
        autumn = await source.prices("pvpc", *day_bounds(AUTUMN))
    assert [(f"{slot.start:%d %H}", slot.eur_per_kwh) for slot in spring.slots] == [
        ("28 23", 0.1),
        ("29 00", 0.101),
        ("29 01", 0.103),  # 03-04 local is the third hour
        ("29 21", 0.1234),
    ]
    assert [(f"{slot.start:%d %H}", slot.eur_per_kwh) for slot in autumn.slots] == [
        ("25 23", 0.101),
        ("26 00", 0.102),
        ("26 01", 0.103),  # 03-04 is the fourth hour: 02:00 winter time
        ("26 22", 0.12455),
    ]
    assert dict(upstream.seen[0].query) == {"locale": "es", "date": "2026-03-29"}
    assert upstream.seen[0].path == "/archives/70/download_json"
    assert (spring.provider, spring.published_at) == ("archive70", None)


@given(day=st.dates(date(2021, 6, 1), date(2035, 12, 31)) | st.sampled_from([SPRING, AUTUMN]))
def test_the_labels_of_any_day_are_its_hours(day: date) -> None:
    ordinals = [hour for hour in range(25) if not (len(day_slots(day)) == 23 and hour == 2)][: len(day_slots(day))]
    rows = [{"Dia": f"{day:%d/%m/%Y}", "Hora": f"{hour:02d}-{hour + 1:02d}", "PCB": "1,00"} for hour in ordinals]
    slots = parse_prices(rows, day, Asked("pvpc", *day_bounds(day), day_bounds(day)[1]), Tray())
    assert [slot.start for slot in slots] == day_slots(day)
    assert slots[-1].end == day_bounds(day)[1]


@pytest.mark.parametrize("name", ["archive70_zeros.json", "archive70_no_values.json"])
async def test_zeros_and_the_message_say_not_published(name: str) -> None:
    async with serving([Reply(body=body(f"esios/{name}"))]) as upstream, fetching(upstream.url) as fetcher:
        with pytest.raises(NotPublishedError):
            await Archive70Source(fetcher).prices("pvpc", *day_bounds(date(2026, 10, 8)))
    assert len(upstream.seen) == 1


async def test_a_zip_is_opened() -> None:
    packed = Reply(body=zipped(body("esios/archive70_spring.json")), content_type="application/json")
    async with serving([packed]) as upstream, fetching(upstream.url) as fetcher:
        assert len((await Archive70Source(fetcher).prices("pvpc", *day_bounds(SPRING))).slots) == 4


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (zipped(b" " * (MAX_BODY_BYTES + 1)), BadPayloadError),
        (zipped(b"{}")[:40], SourceUnavailableError),
        (zipped(b"{}").replace(b"PVPC_DETALLE_DD", b"PVPC_DETALLE_XX", 1), SourceUnavailableError),
    ],
    ids=["bomb", "cut short", "damaged"],
)
async def test_a_bad_zip_is_refused(content: bytes, error: type[Exception]) -> None:
    async with serving([Reply(body=content)]) as upstream, fetching(upstream.url) as fetcher:
        with pytest.raises(error):
            await Archive70Source(fetcher).prices("pvpc", *day_bounds(SPRING))


def test_a_zip_bomb_is_refused_without_unpacking_it() -> None:
    bomb = zipped(b"\0" * 100_000_000)
    tracemalloc.start()
    with pytest.raises(BadPayloadError, match="more than"):
        unzipped("archive70", bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * MAX_BODY_BYTES


async def test_a_range_is_asked_day_by_day_and_a_day_that_is_not_out_leaves_a_gap() -> None:
    def reply(seen: Seen) -> Reply:
        return Reply(body=body(f"esios/archive70_{'spring' if seen.param('date') == '2026-03-29' else 'no_values'}.json"))

    async with serving(reply) as upstream, fetching(upstream.url) as fetcher:
        batch = await Archive70Source(fetcher).prices("pvpc", utc("2026-03-28T00:00"), utc("2026-03-30T20:00"))
    assert [seen.param("date") for seen in upstream.seen] == ["2026-03-28", "2026-03-29", "2026-03-30"]
    assert len(batch.slots) == 4


async def test_days_before_the_archive_are_not_asked() -> None:
    async with serving([Reply(500)]) as upstream, fetching(upstream.url) as fetcher:
        with pytest.raises(NotPublishedError):
            await Archive70Source(fetcher).prices("pvpc", *day_bounds(date(2021, 5, 31)))
        with pytest.raises(ValueError, match="spot"):
            await Archive70Source(fetcher).prices("spot", *day_bounds(SPRING))
    assert upstream.seen == []


@pytest.mark.parametrize(
    ("change", "code", "left"),
    [
        ({"Dia": "30/03/2026"}, "other_day", 3),
        ({"Hora": "02-03"}, "no_instant", 3),
        ({"Hora": "01-02"}, "two_values", 2),
        ({"PCB": "1.234,5"}, "not_a_number", 3),
        ({"PCB": ""}, "empty", 3),
        ({"PCB": None}, "empty", 3),
        ({"PCB": "0,00"}, "unpublished", 3),
        ({"PCB": 100.0}, "not_a_number", 3),
    ],
    ids=["other day", "hour that is not", "hour twice", "thousands", "no number", "null", "zero", "no text"],
)
async def test_a_bad_row_loses_itself_and_is_told(change: dict[str, Any], code: str, left: int) -> None:
    answer = payload("esios/archive70_spring.json")
    answer["PVPC"][0] |= change
    async with serving([Reply(body=json.dumps(answer).encode())]) as upstream, fetching(upstream.url) as fetcher:
        batch = await Archive70Source(fetcher).prices("pvpc", *day_bounds(SPRING))
    assert len(batch.slots) == left
    assert [note.code for note in batch.notes] == [code]


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_twenty_four_hours_on_a_day_of_clock_change_are_refused(day: date) -> None:
    rows = [{"Dia": f"{day:%d/%m/%Y}", "Hora": f"{hour:02d}-{hour + 1:02d}", "PCB": "100,00"} for hour in range(24)]
    with pytest.raises(RefusedError, match="clock change"):
        parse_prices(rows, day, Asked("pvpc", *day_bounds(day), day_bounds(day)[1]), Tray())


def test_what_another_day_left_out_does_not_make_a_day_of_zeros_a_fault() -> None:
    day, tray = date(2026, 3, 28), Tray()
    tray.leave_out("not_a_number", "2026-03-27 03-04")
    rows = [{"Dia": "28/03/2026", "Hora": f"{hour:02d}-{hour + 1:02d}", "PCB": "0,00"} for hour in range(24)]
    with pytest.raises(NotPublishedError, match="zero in all hours"):
        parse_prices(rows, day, Asked("pvpc", *day_bounds(day), day_bounds(day)[0]), tray)
    assert tray.counts() == {"not_a_number": 1, "unpublished": 24}


def test_a_message_of_null_beside_the_rows_is_none() -> None:
    assert len(published_rows({"message": None, "PVPC": [{"Dia": "28/03/2026"}]}, date(2026, 3, 28))) == 1
