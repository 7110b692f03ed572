"""Ingestion: what is due, the history in chunks, days that nobody has, restated values. Real store, real state."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from domain.errors import SourceUnavailableError
from domain.prices.expected import expected_minutes
from domain.prices.slots import Market, PriceBatch, PriceSlot
from domain.timeline import day_bounds, day_slots
from support.price_world import PriceWorld, by_hour_of_day, price_world

NOON = datetime(2025, 11, 5, 11, 0, tzinfo=UTC)  # noon in Madrid: nothing of tomorrow is out
EVENING = datetime(2025, 11, 5, 20, 0, tzinfo=UTC)  # 21:00 in Madrid: everything of tomorrow is out
TODAY, TOMORROW = date(2025, 11, 5), date(2025, 11, 6)


async def slots(world: PriceWorld, market: Market, day: date, minutes: int = 60) -> int:
    return len(await world.energy.known(market, minutes, *day_bounds(day)))


async def test_before_publication_only_today_is_asked_for(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON) as world:
        await world.ingest.due("pvpc")
        assert world.source.asked == [("pvpc", TODAY, TODAY)]
        assert (await slots(world, "pvpc", TODAY), await slots(world, "pvpc", TOMORROW)) == (24, 0)


async def test_after_publication_tomorrow_comes_and_then_nothing_is_asked(tmp_path: Path) -> None:
    async with price_world(tmp_path, EVENING) as world:
        await world.ingest.due("spot")
        assert (await slots(world, "spot", TOMORROW, 15), await slots(world, "spot", TOMORROW)) == (96, 24)
        world.source.asked.clear()
        assert await world.ingest.due("spot") == "spot: nothing missing"
        assert world.source.asked == []


async def test_not_published_yet_is_no_failure(tmp_path: Path) -> None:
    async with price_world(tmp_path, EVENING) as world:
        world.source.price = lambda market, start: None
        assert "not published yet" in await world.ingest.due("pvpc")


async def test_a_source_that_is_away_fails_the_run_and_stores_nothing(tmp_path: Path) -> None:
    async with price_world(tmp_path, EVENING) as world:
        world.source.fail = SourceUnavailableError("redata", "no answer")
        with pytest.raises(SourceUnavailableError):
            await world.ingest.due("pvpc")
        assert await slots(world, "pvpc", TODAY) == 0


async def test_the_history_comes_newest_first_in_chunks_and_is_complete(tmp_path: Path) -> None:
    start = TODAY - timedelta(days=80)
    async with price_world(tmp_path, NOON, history_start=start) as world:
        await world.ingest.history()
        lasts = [last for market, _, last in world.source.asked if market == "pvpc"]
        assert lasts == sorted(lasts, reverse=True)
        assert all((last - first).days < 28 for _, first, last in world.source.asked)
        hours = (day_bounds(TODAY)[1] - day_bounds(start)[0]) // timedelta(hours=1)
        assert len(await world.energy.known("pvpc", 60, day_bounds(start)[0], day_bounds(TODAY)[1])) == hours
        progress = world.ingest.progress.told(world.clock())
        assert (progress.state, progress.done, progress.total) == ("done", 2 * 81, 2 * 81)


async def test_an_interrupted_history_goes_on_where_it_was(tmp_path: Path) -> None:
    start = TODAY - timedelta(days=80)
    async with price_world(tmp_path, NOON, history_start=start) as world:
        calls = 0

        def dies_at_the_third_chunk(market: Market, instant: datetime) -> float:
            nonlocal calls
            calls += 1
            if len(world.source.asked) == 3:
                raise SourceUnavailableError("redata", "cable cut")
            return by_hour_of_day(market, instant)

        world.source.price = dies_at_the_third_chunk
        with pytest.raises(SourceUnavailableError):
            await world.ingest.history()
        first_try = world.source.asked[:2]
    async with price_world(tmp_path, NOON, history_start=start) as world:
        await world.ingest.history()
        assert not set(world.source.asked) & set(first_try)
        assert world.ingest.progress.done == world.ingest.progress.total


async def test_a_day_that_nobody_has_is_found_out_noted_and_asked_again_after_a_week(tmp_path: Path) -> None:
    hole = TODAY - timedelta(days=70)
    async with price_world(tmp_path, NOON, history_start=TODAY - timedelta(days=80)) as world:

        def price_but_for_the_hole(market: Market, start: datetime) -> float | None:
            return None if day_bounds(hole)[0] <= start < day_bounds(hole)[1] else by_hour_of_day(market, start)

        world.source.price = price_but_for_the_hole
        await world.ingest.history()
        assert world.ingest.progress.total - world.ingest.progress.done == 2
        world.source.asked.clear()
        await world.ingest.history()
        assert world.source.asked == []
        await world.clock.move(timedelta(days=8))
        await world.ingest.history()
        assert ("pvpc", hole, hole) in world.source.asked


async def test_a_restated_value_replaces_the_old_one_which_is_still_known_for_then(tmp_path: Path) -> None:
    async with price_world(tmp_path, EVENING) as world:
        await world.ingest.due("pvpc")
        start, end = day_bounds(TODAY)
        before = (await world.energy.known("pvpc", 60, start, end))[0]
        await world.clock.move(timedelta(hours=2))
        world.source.price = lambda market, instant: 0.9 if instant == start else by_hour_of_day(market, instant)
        await world.ingest.recheck()
        now = (await world.energy.known("pvpc", 60, start, end))[0]
        then = (await world.energy.known("pvpc", 60, start, end, at=EVENING))[0]
        assert (before.slot.eur_per_kwh, now.slot.eur_per_kwh, then.slot.eur_per_kwh) == (0.123, 0.9, 0.123)
        assert now.as_of == world.clock()
        assert then.as_of == before.as_of


async def test_what_was_not_published_then_is_not_shown_for_then(tmp_path: Path) -> None:
    async with price_world(tmp_path, EVENING) as world:
        await world.ingest.due("pvpc")
        assert await world.energy.known("pvpc", 60, *day_bounds(TOMORROW), at=NOON) == []
        assert len(await world.energy.known("pvpc", 60, *day_bounds(TODAY), at=NOON)) == 24


async def test_an_hour_with_a_missing_quarter_is_not_made_up(tmp_path: Path) -> None:
    async with price_world(tmp_path, EVENING) as world:
        hole = day_bounds(TODAY)[0] + timedelta(hours=5, minutes=30)
        world.source.price = lambda market, start: None if start == hole else by_hour_of_day(market, start)
        await world.ingest.due("spot")
        starts = [price.slot.start.hour for price in await world.energy.known("spot", 60, *day_bounds(TODAY))]
        assert len(starts) == 23
        assert hole.hour not in starts


async def imported(world: PriceWorld, market: Market, day: date, price: float) -> None:
    """A day that a person brought in a file."""
    step = timedelta(minutes=expected_minutes(market, day))
    brought = tuple(PriceSlot(start, start + step, price) for start in day_slots(day, step))
    await world.energy.keep(PriceBatch(market, brought, "csv", world.clock()))


@pytest.mark.parametrize("market", ["pvpc", "spot"])
async def test_an_imported_day_never_stops_the_publisher_from_being_asked(tmp_path: Path, market: Market) -> None:
    async with price_world(tmp_path, EVENING) as world:
        for day in (TODAY, TOMORROW):
            await imported(world, market, day, 0.7)
        await world.ingest.due(market)
        known = await world.energy.known(market, expected_minutes(market, TOMORROW), *day_bounds(TOMORROW))
        assert [price.slot.eur_per_kwh for price in known] == [by_hour_of_day(market, price.slot.start) for price in known]
        assert {price.provider for price in known} == {"redata"}
        world.source.asked.clear()
        assert await world.ingest.due(market) == f"{market}: nothing missing"
        assert world.source.asked == []


async def test_an_imported_history_is_confirmed_once_and_what_nobody_has_stays_imported(tmp_path: Path) -> None:
    start = TODAY - timedelta(days=3)
    async with price_world(tmp_path, NOON, history_start=start) as world:
        await world.ingest.history()
        for day in (start - timedelta(days=1), start):
            await imported(world, "pvpc", day, 0.7)  # the second is published already: it stays as it is
        world.source.price = lambda market, at: None
        world.source.asked.clear()
        await imported(world, "pvpc", start, 0.7)
        await world.ingest.history()
        known = await world.energy.known("pvpc", 60, *day_bounds(start))
        assert {price.provider for price in known} == {"redata"}
        assert world.source.asked == []


async def test_restated_prices_of_tomorrow_are_asked_for_within_the_hour(tmp_path: Path) -> None:
    async with price_world(tmp_path, EVENING) as world:
        await world.ingest.due("pvpc")
        world.source.price = lambda market, at: 0.05 + by_hour_of_day(market, at)
        await world.ingest.recheck()
        known = await world.energy.known("pvpc", 60, *day_bounds(TOMORROW))
        assert [price.slot.eur_per_kwh for price in known] == [
            pytest.approx(0.05 + by_hour_of_day("pvpc", price.slot.start)) for price in known
        ]
        assert {(first, last) for _, first, last in world.source.asked[1:]} == {(TODAY, TOMORROW)}


async def test_zeros_that_an_older_version_stored_for_pvpc_are_asked_for_again(tmp_path: Path) -> None:
    async with price_world(tmp_path, EVENING) as world:
        await imported(world, "pvpc", TODAY, 0.0)
        assert await slots(world, "pvpc", TODAY) == 0
        await world.ingest.due("pvpc")
        assert await slots(world, "pvpc", TODAY) == 24
