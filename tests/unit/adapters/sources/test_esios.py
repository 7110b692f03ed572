"""ESIOS: one country of several, the instant with its offset, the token in a header, forecasts of fixed vintage."""

import json
from datetime import timedelta

import pytest

from adapters.sources.esios import FORECASTS, LONGEST_CHUNK, EsiosSource, parse_indicator
from domain.errors import BadPayloadError, NotPublishedError, SourceRejectedError, SourceUnavailableError
from domain.intake.verdict import Tray
from domain.timeline import HOUR, QUARTER
from support.source_fixtures import body, payload, utc
from support.upstream import Reply, Seen, fetching, serving

SPOT = Reply(body=body("esios/spot_four_countries.json"))
EMPTY = Reply(body=body("esios/not_published.json"))
DAY = (utc("2026-05-09T22:00"), utc("2026-05-10T22:00"))


def about(indicator: str, name: str) -> Reply:
    """A stored answer, about another indicator."""
    answer = payload(f"esios/{name}.json")
    answer["indicator"]["id"] = int(indicator)
    return Reply(body=json.dumps(answer).encode())


async def test_an_answer_about_another_indicator_is_refused() -> None:
    async with serving([SPOT]) as upstream, fetching(upstream.url, "esios") as fetcher:
        with pytest.raises(BadPayloadError, match="other_place"):
            await EsiosSource(fetcher, "token").prices("pvpc", *DAY)


async def test_a_stamp_beside_the_values_never_decides_whether_they_are_taken() -> None:
    answer = payload("esios/spot_four_countries.json")
    answer["indicator"]["values_updated_at"] = "2026-03-27T20:16:00"
    async with serving([Reply(body=json.dumps(answer).encode())]) as upstream, fetching(upstream.url, "esios") as fetcher:
        batch = await EsiosSource(fetcher, "token").prices("spot", *DAY)
    assert len(batch.slots) == 4
    assert (batch.published_at, [note.code for note in batch.notes]) == (None, ["stamp_not_read"])


async def test_spain_is_taken_out_of_four_countries() -> None:
    async with serving([SPOT]) as upstream, fetching(upstream.url, "esios") as fetcher:
        batch = await EsiosSource(fetcher, "token").prices("spot", *DAY)
    assert [(f"{slot.start:%H:%M}", slot.resolution, slot.eur_per_kwh) for slot in batch.slots] == [
        ("12:00", QUARTER, 0.05),
        ("12:15", QUARTER, 0.051),
        ("12:30", QUARTER, -0.003),
        ("12:45", QUARTER, 0.053),
    ]
    assert (batch.provider, batch.published_at) == ("esios", utc("2026-05-09T11:40"))
    (seen,) = upstream.seen
    assert seen.path == "/indicators/600"
    assert dict(seen.query) == {"start_date": "2026-05-10T00:00", "end_date": "2026-05-10T23:59", "geo_ids[]": "3"}
    assert seen.headers["x-api-key"] == "token"
    assert "token" not in repr(seen.query)


def test_the_repeated_hour_is_told_by_the_offset_where_datetime_utc_is_wrong() -> None:
    published = parse_indicator(payload("esios/repeated_hour_wrong_utc.json"), 1001, 8741, Tray())
    assert [(f"{cell.start:%H}", cell.value) for cell in published.cells] == [("23", 30), ("00", 20), ("01", 10), ("02", 11)]


async def test_pvpc_is_that_of_the_peninsula() -> None:
    reply = Reply(body=body("esios/repeated_hour_wrong_utc.json"))
    async with serving([reply]) as upstream, fetching(upstream.url, "esios") as fetcher:
        batch = await EsiosSource(fetcher, "t").prices("pvpc", utc("2021-10-30T22:00"), utc("2021-10-31T23:00"))
    assert [slot.eur_per_kwh for slot in batch.slots] == [0.03, 0.02, 0.01, 0.011]
    assert (upstream.seen[0].path, upstream.seen[0].param("geo_ids[]")) == ("/indicators/1001", "8741")


@pytest.mark.parametrize(
    ("reply", "error", "requests"),
    [
        (EMPTY, NotPublishedError, 1),
        (Reply(401, b"HTTP Token: Access denied.\n", "text/html"), SourceRejectedError, 1),
        (Reply(403, b"<html></html>", "text/html"), SourceUnavailableError, 1),
        (Reply(404, b'{"status":404}'), SourceRejectedError, 1),
        (Reply(504), SourceUnavailableError, 5),
    ],
    ids=["empty", "token", "firewall", "unknown", "504"],
)
async def test_each_refusal_has_its_class(reply: Reply, error: type[Exception], requests: int) -> None:
    async with serving([reply]) as upstream, fetching(upstream.url, "esios") as fetcher:
        with pytest.raises(error):
            await EsiosSource(fetcher, "token").prices("pvpc", *DAY)
    assert len(upstream.seen) == requests


async def test_only_foreign_values_are_not_published() -> None:
    async with serving([about("1001", "spot_four_countries")]) as upstream, fetching(upstream.url, "esios") as fetcher:
        with pytest.raises(NotPublishedError):
            await EsiosSource(fetcher, "token").prices("pvpc", *DAY)


async def test_forecasts_are_hours_of_power_and_a_kind_that_is_not_out_is_left_out() -> None:
    def reply(seen: Seen) -> Reply:
        number = seen.path.rpartition("/")[2]
        return about(number, "not_published" if number == "1779" else "forecast")

    async with serving(reply) as upstream, fetching(upstream.url, "esios") as fetcher:
        demand, wind = await EsiosSource(fetcher, "token").forecasts(DAY[0], DAY[0] + HOUR)
    assert [seen.path for seen in upstream.seen] == [f"/indicators/{number}" for number in FORECASTS.values()]
    assert (demand.kind, wind.kind) == ("demand", "wind")
    assert [(slot.start, slot.end, slot.mw) for slot in wind.slots] == [(DAY[0], DAY[0] + HOUR, 5210.5)]
    assert wind.published_at == utc("2026-05-09T08:52")


async def test_no_forecast_at_all_is_not_published() -> None:
    async with (
        serving(lambda seen: about(seen.path.rpartition("/")[2], "not_published")) as upstream,
        fetching(upstream.url, "esios") as fetcher,
    ):
        with pytest.raises(NotPublishedError):
            await EsiosSource(fetcher, "token").forecasts(*DAY)
    assert len(upstream.seen) == 3


async def test_a_range_that_is_too_long_is_not_asked() -> None:
    async with serving([SPOT]) as upstream, fetching(upstream.url, "esios") as fetcher:
        with pytest.raises(ValueError, match="longer than"):
            await EsiosSource(fetcher, "token").prices("spot", DAY[0], DAY[0] + LONGEST_CHUNK + timedelta(hours=1))
    assert upstream.seen == []


def test_the_number_of_an_indicator_may_be_written_as_text() -> None:
    answer = payload("esios/spot_four_countries.json")
    answer["indicator"]["id"] = "600"
    assert len(parse_indicator(answer, 600, 3, Tray()).cells) == 4


def test_each_cell_keeps_the_offset_that_stands_beside_its_time() -> None:
    answer = payload("esios/spot_four_countries.json")
    assert {cell.offset for cell in parse_indicator(answer, 600, 3, Tray()).cells} == {timedelta(hours=2)}
