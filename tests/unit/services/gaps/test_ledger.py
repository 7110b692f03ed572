"""The ledger under everything at once: looks that overlap, sources that fail, gaps that others fill, days outside the history."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from domain.errors import SourceUnavailableError
from domain.gaps import Attempt
from domain.prices.slots import Market
from domain.series import Rows, price_key, series_key
from domain.timeline import day_bounds, epoch
from support.price_world import PriceWorld, by_hour_of_day, price_world

NOON = datetime(2025, 11, 5, 11, 0, tzinfo=UTC)
TODAY = date(2025, 11, 5)
START = TODAY - timedelta(days=40)
HOLE = datetime(2025, 10, 26, 0, 0, tzinfo=UTC)
OBSERVED = series_key("weather_data", source="AEMET", kind="observed")


def without_pvpc_at(*starts: datetime) -> object:
    return lambda market, start: None if market == "pvpc" and start in starts else by_hour_of_day(market, start)


async def with_hole(world: PriceWorld) -> None:
    world.source.price = without_pvpc_at(HOLE)  # type: ignore[assignment]
    await world.ingest.history()
    world.source.price = by_hour_of_day
    world.source.asked.clear()


async def observe(world: PriceWorld, *hours_ago: int) -> None:
    """A temperature for each hour that ended so many hours ago."""
    times = sorted(epoch(world.clock()) - 3600 * hours for hours in hours_ago)
    await world.store.write(OBSERVED, Rows(times, {"temperature": [15.0] * len(times), "as_of": times}))


async def test_looks_that_overlap_enter_a_gap_once(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await with_hole(world)
        await asyncio.gather(*(world.gaps.summary() for _ in range(4)))
        assert [gap.start for gap in await world.ledger.open_gaps()] == [HOLE]


async def test_a_look_while_a_gap_is_filled_loses_neither_the_attempt_nor_the_end(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await with_hole(world)
        await world.gaps.update()
        (gap,) = await world.gaps.open_gaps()
        await world.filling.fill(gap)
        await world.gaps.update()  # closes it
        await world.history.note(gap, Attempt("late", world.clock(), "zero_rows", ""))
        (closed,) = (await world.gaps.summary()).filled_lately
        assert (closed.state, closed.filled_by, closed.cause) == ("filled", "redata", "not_fetched")
        assert [each.source for each in closed.tried] == ["redata", "late"]


async def test_a_hole_that_ingestion_fills_is_in_the_ledger_with_who_gave_it(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await with_hole(world)
        await world.clock.move(timedelta(days=8))  # the note that nobody has the day is past
        await world.gaps.around(world.ingest.history)
        filled = [gap for gap in (await world.gaps.summary()).filled_lately if gap.start == HOLE]
        assert [(gap.state, gap.filled_by) for gap in filled] == [("filled", "redata")]
        assert [(each.source, each.outcome) for each in filled[0].tried] == [("redata", "filled")]


async def test_a_first_import_is_one_known_gap_until_it_is_there(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await world.gaps.update()
        causes = {(gap.series, gap.start, gap.cause) for gap in await world.ledger.open_gaps()}
        begin = day_bounds(START)[0]
        assert {("energy_prices/pvpc", begin, "first_import"), ("energy_prices/spot", begin, "first_import")} <= causes
        await world.gaps.around(world.ingest.history)
        assert await world.gaps.open_gaps() == []


async def test_the_first_quarter_of_an_hour_is_missing_though_the_hour_is_there(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await world.store.write(
            price_key("spot", 60), Rows([epoch(HOLE)], {"price_eur_kwh": [0.1], "provider": ["csv"], "as_of": [1]})
        )

        def no_first_quarter(market: Market, start: datetime) -> float | None:
            return None if market == "spot" and start == HOLE else by_hour_of_day(market, start)

        world.source.price = no_first_quarter
        await world.ingest.history()
        found = next(series for series in (await world.gaps.summary()).look.series if series.tags["market"] == "spot")
        assert [(gap.start, gap.missing) for gap in found.gaps] == [(HOLE, 1)]
        world.source.price = by_hour_of_day
        await world.backfill.refill()
        assert await world.gaps.open_gaps() == []


async def test_a_day_that_nobody_has_is_asked_for_again_after_a_week_of_hourly_runs(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        world.source.price = lambda market, start: None if start.date() == HOLE.date() else by_hour_of_day(market, start)
        await world.ingest.history()
        world.source.asked.clear()
        for _ in range(8):
            await world.clock.move(timedelta(days=1))
            await world.ingest.history()
        again = [first for market, first, last in world.source.asked if market == "pvpc" and first <= HOLE.date() <= last]
        assert len(again) == 1


async def test_a_market_whose_source_fails_does_not_hold_up_the_other(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:

        def only_spot(market: Market, start: datetime) -> float:
            if market == "pvpc":
                raise SourceUnavailableError("redata", "cable cut")
            return by_hour_of_day(market, start)

        world.source.price = only_spot
        with pytest.raises(SourceUnavailableError):
            await world.ingest.history()
        missing = {series.tags["market"]: series.missing for series in (await world.gaps.summary()).look.series}
        assert missing["spot"] == 0
        assert missing["pvpc"] > 900


async def test_days_before_the_history_can_be_asked_for(tmp_path: Path) -> None:
    early = START - timedelta(days=100)
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await world.ingest.history()
        await world.backfill.start()
        number = await world.backfill.ask_range(early, early, "pvpc")
        while (status := await world.backfill.status(number)).state not in ("done", "failed"):
            await asyncio.sleep(0.01)
        assert (status.state, [each.outcome for each in status.outcomes]) == ("done", ["filled"])
        assert len(await world.energy.known("pvpc", 60, *day_bounds(early))) == 24
        assert await world.gaps.open_gaps() == []


async def test_the_weather_sources_are_asked_once_for_all_their_holes_and_the_ledger_says_so(tmp_path: Path) -> None:
    asked = 0

    async def gives_the_hour_five_ago() -> str:
        nonlocal asked
        asked += 1
        await observe(world, 5)
        return "AEMET: 12 hours, 1 new"

    async with price_world(tmp_path, NOON, history_start=START, observe=gives_the_hour_five_ago) as world:
        await world.ingest.history()
        await observe(world, *(hours for hours in range(2, 72) if hours not in (5, 9, 50)))
        await world.backfill.refill()
        summary = await world.gaps.summary()
        weather = next(series for series in summary.look.series if series.measurement == "weather_data")
        told = [(gap.state, gap.cause, [each.outcome for each in gap.tried]) for gap in weather.gaps]
        assert told == [("unavailable", "unavailable", []), ("open", "source_has_none", ["zero_rows"])]
        assert [(gap.filled_by, len(gap.tried)) for gap in summary.filled_lately] == [("AEMET", 1)]
        assert asked == 1


async def test_weather_sources_that_fail_are_the_cause_and_stop_nothing(tmp_path: Path) -> None:
    async def fails() -> str:
        raise SourceUnavailableError("aemet", "HTTP 503")

    async with price_world(tmp_path, NOON, history_start=START, observe=fails) as world:
        await world.ingest.history()
        await observe(world, *(hours for hours in range(2, 20) if hours != 5))
        assert await world.backfill.refill() == "1 gaps tried, 1 slots missing now"
        (gap,) = await world.gaps.open_gaps()
        assert (gap.cause, gap.tried[0].detail) == ("source_away", "SourceUnavailableError: aemet: HTTP 503")


async def test_a_long_silence_is_one_gap_that_grows(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await world.ingest.history()
        await observe(world, *range(2, 20))
        for _ in range(6):
            await world.clock.move(timedelta(hours=2))
            await world.gaps.update()
        gaps = [gap for gap in await world.gaps.open_gaps() if gap.series == "weather_data/observed"]
        assert [(gap.missing, gap.end - gap.start) for gap in gaps] == [(11, timedelta(hours=11))]


@pytest.mark.parametrize("minutes", [60, 15])
@pytest.mark.parametrize("market", ["pvpc", "spot"])
async def test_the_starts_that_count_are_those_of_the_known_prices(tmp_path: Path, market: Market, minutes: int) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        holes = {HOLE, HOLE + timedelta(hours=5, minutes=30), HOLE + timedelta(hours=9, minutes=45)}
        world.source.price = lambda market, start: None if start in holes else by_hour_of_day(market, start)
        await world.ingest.history()
        start, end = day_bounds(HOLE.date())
        known = await world.energy.known(market, minutes, start, end)
        assert await world.energy.starts(market, minutes, start, end) == {price.slot.start for price in known}
        assert len(known) < 25 * 60 // minutes
