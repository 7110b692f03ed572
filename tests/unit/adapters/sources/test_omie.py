"""OMIE day files: the Spanish column, hours and quarters, days of 23 and 25 hours, revisions."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.omie import OmieSource, parse_day
from domain.errors import BadPayloadError, NotPublishedError, SourceUnavailableError
from domain.intake.verdict import RefusedError, Tray
from domain.timeline import HOUR, QUARTER, day_bounds, day_slots
from support.source_fixtures import body, omie_text, utc
from support.upstream import Reply, Seen, fetching, serving

DAY = date(2026, 5, 10)
ABSENT = Reply(404, b"<html><body>404 Not Found</body></html>", "text/html")


def file_of(day: date, price: float, periods: int = 96) -> Reply:
    """A day file with one price."""
    return Reply(body=omie_text(day, [price] * periods).encode(), content_type="application/octet-stream")


@given(day=st.dates(date(2018, 1, 1), date(2035, 12, 31)) | st.sampled_from([date(2025, 10, 26), date(2026, 3, 29)]))
def test_periods_are_hours_until_the_end_of_september_2025_and_quarters_since(day: date) -> None:
    step = QUARTER if day >= date(2025, 10, 1) else HOUR
    starts = day_slots(day, step)
    slots = parse_day(omie_text(day, [float(i) for i in range(len(starts))]), day, day_bounds(day)[1], Tray())
    assert [(slot.start, slot.resolution, slot.eur_per_kwh) for slot in slots] == [
        (start, step, i / 1000) for i, start in enumerate(starts)
    ]


@pytest.mark.parametrize(
    ("day", "rows"), [(DAY, 24), (DAY, 48), (date(2025, 9, 30), 96), (date(2025, 3, 30), 24), (date(2025, 10, 26), 96)]
)
def test_a_file_in_other_periods_than_its_day_is_refused(day: date, rows: int) -> None:
    with pytest.raises(RefusedError, match="mixed_steps"):
        parse_day(omie_text(day, [1.0] * rows), day, day_bounds(day)[1], Tray())


@pytest.mark.parametrize(
    ("old", "new", "code", "lost"),
    [
        (";7;77;1;", ";8;77;2;", "two_values", 2),
        (";7;77;1;", ";97;77;1;", "no_instant", 1),
        (";7;77;1;", ";7;77;;", "empty", 1),
        (";7;77;1;", ";7;77;nan;", "empty", 1),
        (";7;77;1;", ";7;77;99999.0;", "impossible", 1),
        (";7;77;1;", ";7;77;0.0457;", "not_tick", 1),
        (";7;77;1;", ";7", "row_not_read", 1),
        (";7;77;1;", ";7;77;12 €;", "not_a_number", 1),
        (";7;77;1;", ";7;77;12", "row_not_read", 1),
        ("2026;05;10;7;", "2026;05;11;7;", "other_day", 1),
    ],
)
def test_a_bad_row_loses_itself_and_is_told(old: str, new: str, code: str, lost: int) -> None:
    tray = Tray()
    text = omie_text(DAY, [1] * 96, portugal=77)
    assert old in text
    slots = parse_day(text.replace(old, new, 1), DAY, day_bounds(DAY)[1], tray)
    assert len(slots) == 96 - lost
    assert list(tray.counts()) == [code]


async def test_spain_is_the_second_price_and_may_be_negative() -> None:
    reply = Reply(body=body("omie/spring_23_hours.1"), content_type="application/octet-stream")
    async with serving([reply, ABSENT]) as upstream, fetching(upstream.url, "omie") as fetcher:
        batch = await OmieSource(fetcher).prices("spot", *day_bounds(date(2024, 3, 31)))
    assert [slot.eur_per_kwh for slot in batch.slots] == [-0.001, -0.002, *(i / 1000 for i in range(3, 23)), 0.0235]
    assert (batch.slots[0].start, batch.slots[-1].end) == day_bounds(date(2024, 3, 31))
    assert (batch.provider, batch.published_at) == ("omie", None)
    assert upstream.seen[0].path == "/es/file-download"
    assert dict(upstream.seen[0].query) == {"parents": "marginalpdbc", "filename": "marginalpdbc_20240331.1"}


@pytest.mark.parametrize(
    ("replies", "asked", "price"),
    [
        ([file_of(DAY, 1), ABSENT], "12", 0.001),
        ([file_of(DAY, 1), file_of(DAY, 2), ABSENT], "123", 0.002),
        ([file_of(DAY, 1), file_of(DAY, 2), file_of(DAY, 3)], "123", 0.003),
        ([ABSENT, file_of(DAY, 2), ABSENT], "123", 0.002),
        ([file_of(DAY, 1), Reply(body=b"<html>no such file</html>")], "12", 0.001),
        ([file_of(DAY, 1), Reply()], "12", 0.001),
        ([file_of(DAY, 1), Reply(503), file_of(DAY, 2), ABSENT], "1223", 0.002),
        ([file_of(DAY, 1), Reply(503)], "122", 0.001),
        ([file_of(DAY, 1), Reply(302)], "12", 0.001),
        ([file_of(DAY, 1), Reply(403, b"<html>")], "122", 0.001),
        ([file_of(DAY, 1), Reply(body=omie_text(DAY, [2.0] * 96).encode()[:500])], "122", 0.001),
        ([file_of(DAY, 1), Reply(body=omie_text(date(2026, 5, 11), [2.0] * 96).encode())], "12", 0.001),
        ([file_of(DAY, 1), file_of(DAY, 2), Reply(500)], "1233", 0.002),
    ],
    ids=[
        *("one", "revised", "revised twice", "starts at two", "a page for absent", "nothing for absent", "trouble on the way"),
        *("trouble that stays", "sent elsewhere", "a firewall", "cut short", "another day", "trouble with the third"),
    ],
)
async def test_the_newest_revision_counts(replies: list[Reply], asked: str, price: float) -> None:
    async with serving(replies) as upstream, fetching(upstream.url, "omie") as fetcher:
        batch = await OmieSource(fetcher).prices("spot", *day_bounds(DAY))
    assert {slot.eur_per_kwh for slot in batch.slots} == {price}
    assert "".join((seen.param("filename") or "")[-1] for seen in upstream.seen) == asked


async def test_no_file_is_not_published() -> None:
    async with serving([ABSENT]) as upstream, fetching(upstream.url, "omie") as fetcher:
        with pytest.raises(NotPublishedError):
            await OmieSource(fetcher).prices("spot", *day_bounds(DAY))
    assert len(upstream.seen) == 3


async def test_a_range_is_asked_day_by_day_and_cut() -> None:
    def reply(seen: Seen) -> Reply:
        name = seen.param("filename") or ""
        return file_of(date(2026, 5, int(name[-4:-2])), 5) if name.endswith(".1") else ABSENT

    async with serving(reply) as upstream, fetching(upstream.url, "omie") as fetcher:
        batch = await OmieSource(fetcher).prices("spot", utc("2026-05-10T21:00"), utc("2026-05-11T23:00"))
    assert (batch.slots[0].start, batch.slots[-1].end) == (utc("2026-05-10T21:00"), utc("2026-05-11T23:00"))
    assert len(upstream.seen) == 6
    with pytest.raises(ValueError, match="pvpc"):
        await OmieSource(fetcher).prices("pvpc", *day_bounds(DAY))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b""),
        Reply(body=b"<html>maintenance</html>", content_type="text/html"),
        Reply(body=omie_text(DAY, [1.0] * 96).encode()[:500]),
        Reply(503),
    ],
    ids=["empty", "page", "half a file", "503"],
)
async def test_half_a_file_and_pages_are_passing_trouble(reply: Reply) -> None:
    async with serving([reply, reply, file_of(DAY, 1), ABSENT]) as upstream, fetching(upstream.url, "omie") as fetcher:
        assert len((await OmieSource(fetcher).prices("spot", *day_bounds(DAY))).slots) == 96
    async with serving([reply]) as upstream, fetching(upstream.url, "omie") as fetcher:
        with pytest.raises(SourceUnavailableError):
            await OmieSource(fetcher).prices("spot", *day_bounds(DAY))
        assert len(upstream.seen) == 5


@pytest.mark.parametrize(
    "text",
    [
        omie_text(date(2026, 5, 11), [1.0] * 96),
        omie_text(DAY, [1.0] * 96).replace("MARGINALPDBC", "PDBC"),
        omie_text(DAY, [99999.0] * 96),
        "*",
    ],
    ids=["other day", "other file", "no price", "nothing"],
)
async def test_a_file_that_does_not_add_up_is_a_bad_payload(text: str) -> None:
    async with serving([Reply(body=text.encode())]) as upstream, fetching(upstream.url, "omie") as fetcher:
        with pytest.raises(BadPayloadError):
            await OmieSource(fetcher).prices("spot", *day_bounds(DAY))
    assert len(upstream.seen) == 1
