"""Instants in query strings, and entity tags."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidRequestError
from domain.timeline import day_bounds
from routers.http.etag import matches, weak
from routers.http.instants import instant
from routers.http.secrets import SecretsMiddleware

INSTANTS = st.datetimes(datetime(2001, 1, 1), datetime(2099, 12, 30)).map(lambda at: at.replace(tzinfo=UTC, microsecond=0))
OFFSETS = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timedelta(minutes=minutes))
REVISIONS = st.text("0123456789abcdef", min_size=4, max_size=24)


@given(INSTANTS)
def test_an_instant_is_read_as_it_was_written_even_where_plus_became_a_space(at: datetime) -> None:
    assert instant("at", at.isoformat()) == at
    assert instant("at", at.isoformat().replace("+", " ")) == at
    assert instant("at", at.strftime("%Y-%m-%dT%H:%M:%SZ")) == at


@given(st.dates(date(2001, 1, 1), date(2099, 12, 30)))
def test_a_bare_day_is_its_first_instant_or_its_last_second(day: date) -> None:
    start, end = day_bounds(day)
    assert instant("from", day.isoformat()) == start
    assert instant("at", day.isoformat(), end_of_day=True) == end - timedelta(seconds=1)


def test_without_offset_it_is_madrid_time() -> None:
    assert instant("at", "2026-07-01T12:00:00") == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert instant("at", "2026-10-25T02:30:00") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the first of the two


@pytest.mark.parametrize("text", ["2026-03-29T02:00:00", "2026-03-29T02:30:00", "2026-03-29T02:59"])
def test_a_time_that_the_clocks_leave_out_is_none(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="there is no at=") as refused:
        instant("at", text)
    assert "from 02:00 to 03:00" in refused.value.valid
    assert instant("at", "2026-03-29T03:00:00") == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert instant("at", f"{text}+01:00").tzinfo is UTC


@given(st.text(max_size=30))
def test_anything_else_is_refused_with_its_name_and_value(text: str) -> None:
    try:
        read = instant("at", text)
    except InvalidRequestError as refused:
        assert (refused.name, refused.value) == ("at", text)
        assert refused.valid
    else:
        assert 2000 <= read.year <= 2100


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_the_ends_of_the_calendar_are_refused_and_do_not_overflow(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        instant("at", text)


@given(REVISIONS, REVISIONS)
def test_a_tag_matches_itself_weak_or_strong_alone_or_in_a_list_and_no_other(one: str, other: str) -> None:
    etag = weak(one)
    for given_ in (etag, f'"{one}"', f'"zz", {etag}', f'{etag} , "zz"', "*"):
        assert matches(given_, etag)
    assert matches(weak(other), etag) == (one == other)
    assert not matches("", etag)


@pytest.mark.parametrize("chunks", [[b"a SECRET-123456 b"], [b"a ", b"SECRET-123456", b" b"]])
async def test_the_last_door_masks_in_place(chunks: list[bytes]) -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-echo", b"SECRET-123456")]})  # type: ignore[operator]
        for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})  # type: ignore[operator]

    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    await SecretsMiddleware(app, ["SECRET-123456", "1234"])({"type": "http"}, None, send)  # type: ignore[arg-type]
    assert sent[0]["headers"] == [(b"x-echo", b"*" * 13)]
    assert b"".join(message["body"] for message in sent[1:]) == b"a " + b"*" * 13 + b" b"  # type: ignore[misc]
