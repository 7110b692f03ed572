"""REData: series by id, hours beside quarters, the repeated hour, the 400 that means two things."""

from datetime import timedelta

import pytest

from adapters.sources.redata import LONGEST_CHUNK, RedataSource, parse_prices
from domain.errors import BlockedError, NotPublishedError
from domain.intake.verdict import Tray
from domain.timeline import HOUR, QUARTER
from support.source_fixtures import body, payload, utc
from support.upstream import Reply, fetching, serving

AUTUMN = Reply(body=body("redata/autumn_hours_and_quarters.json"))
NOT_AVAILABLE = Reply(400, body("redata/not_available.json"))
DAY = (utc("2025-10-25T22:00"), utc("2025-10-26T23:00"))


async def test_hours_of_pvpc_and_quarters_of_spot_come_apart_whatever_their_order_and_titles() -> None:
    async with serving([AUTUMN]) as upstream, fetching(upstream.url) as fetcher:
        source = RedataSource(fetcher)
        pvpc, spot = await source.prices("pvpc", *DAY), await source.prices("spot", *DAY)
    assert [(f"{slot.start:%H:%M}", slot.resolution, slot.eur_per_kwh) for slot in pvpc.slots] == [
        ("23:00", HOUR, 0.1005),
        ("00:00", HOUR, 0.09025),
        ("01:00", HOUR, 0.08),
        ("02:00", HOUR, 0.07),
    ]
    assert [(f"{slot.start:%H:%M}", slot.resolution, slot.eur_per_kwh) for slot in spot.slots] == [
        ("00:00", QUARTER, 0.04),
        ("00:15", QUARTER, 0.05),
        ("00:30", QUARTER, 0.06),
        ("00:45", QUARTER, 0.07),
        ("01:00", QUARTER, -0.004),
        ("01:15", QUARTER, -0.002),
        ("01:30", QUARTER, 0.0),
        ("01:45", QUARTER, 0.002),
    ]
    assert (pvpc.provider, pvpc.published_at) == ("redata", utc("2025-10-25T18:46:25"))
    assert spot.published_at == utc("2025-10-25T11:41")


async def test_it_asks_for_local_days_by_the_hour_and_sends_no_geo_parameter() -> None:
    async with serving([AUTUMN]) as upstream, fetching(upstream.url) as fetcher:
        await RedataSource(fetcher).prices("spot", *DAY)
    (seen,) = upstream.seen
    assert seen.path == "/es/datos/mercados/precios-mercados-tiempo-real"
    assert dict(seen.query) == {"start_date": "2025-10-26T00:00", "end_date": "2025-10-26T23:59", "time_trunc": "hour"}
    assert seen.headers["accept"] == "application/json"


async def test_the_ambiguous_400_is_asked_three_times_and_then_means_not_published() -> None:
    async with serving([NOT_AVAILABLE]) as upstream, fetching(upstream.url) as fetcher:
        with pytest.raises(NotPublishedError):
            await RedataSource(fetcher).prices("pvpc", *DAY)
        assert len(upstream.seen) == 3
        upstream.replies = [AUTUMN]  # and it does not make the source rest
        assert await RedataSource(fetcher).prices("pvpc", *DAY)


async def test_a_400_that_passes_is_no_news() -> None:
    async with serving([NOT_AVAILABLE, NOT_AVAILABLE, AUTUMN]) as upstream, fetching(upstream.url) as fetcher:
        assert len((await RedataSource(fetcher).prices("pvpc", *DAY)).slots) == 4


async def test_the_firewall_page_is_unavailable_and_not_asked_again() -> None:
    page = Reply(403, b"<html><body>Request unsuccessful. Incapsula incident ID: 0-0</body></html>", "text/html")
    async with serving([page]) as upstream, fetching(upstream.url) as fetcher:
        with pytest.raises(BlockedError, match="HTTP 403"):
            await RedataSource(fetcher).prices("pvpc", *DAY)
    assert len(upstream.seen) == 1


async def test_a_range_that_redata_would_refuse_is_not_asked() -> None:
    async with serving([NOT_AVAILABLE]) as upstream, fetching(upstream.url) as fetcher:
        with pytest.raises(ValueError, match="longer than"):
            await RedataSource(fetcher).prices("pvpc", DAY[0], DAY[0] + LONGEST_CHUNK + timedelta(seconds=1))
    assert upstream.seen == []


def test_the_hour_that_does_not_exist_in_spring_leaves_no_hole() -> None:
    cells = parse_prices(payload("redata/spring_gap.json"), "pvpc", Tray()).cells
    assert [(cell.start, cell.value) for cell in cells] == [(utc("2026-03-29T00:00"), 120.0), (utc("2026-03-29T01:00"), 110.0)]


async def test_one_answer_may_hold_hours_and_then_quarters_and_a_null_is_missing() -> None:
    reply = Reply(body=body("redata/hours_then_quarters.json"))
    async with serving([reply]) as upstream, fetching(upstream.url) as fetcher:
        batch = await RedataSource(fetcher).prices("spot", utc("2025-09-30T20:00"), utc("2025-09-30T23:00"))
    assert [(f"{slot.start:%H:%M}", slot.resolution) for slot in batch.slots] == [
        ("21:00", HOUR),
        ("22:15", QUARTER),
        ("22:30", QUARTER),
        ("22:45", QUARTER),
    ]
    assert batch.published_at is None


def test_a_series_that_is_not_there_is_not_published() -> None:
    with pytest.raises(NotPublishedError, match="600"):
        parse_prices(payload("redata/spring_gap.json"), "spot", Tray())
