"""Detection, ledger and backfill on a real store and state."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import services.gaps.backfill as backfill_module
from domain.errors import InvalidRequestError, NotFoundError, SourceUnavailableError
from domain.gaps import Backfill, BackfillRequest, SeriesGaps, Summary
from domain.prices.slots import Market
from domain.series import Rows, series_key
from domain.timeline import day_bounds, epoch
from support.price_world import PriceWorld, by_hour_of_day, price_world

NOON = datetime(2025, 11, 5, 11, 0, tzinfo=UTC)
TODAY = date(2025, 11, 5)
START = TODAY - timedelta(days=40)
HOLE = datetime(2025, 10, 26, 0, 0, tzinfo=UTC)  # the first 02:00 of the 25-hour day


def without(*starts: datetime) -> Any:
    return lambda market, start: None if market == "pvpc" and start in starts else by_hour_of_day(market, start)


async def with_holes(world: PriceWorld, *starts: datetime) -> None:
    """A history from START to today with holes, and a source that has everything again."""
    world.source.price = without(*starts)
    await world.ingest.history()
    world.source.price = by_hour_of_day
    world.source.asked.clear()


async def finished(world: PriceWorld, number: int) -> Backfill:
    for _ in range(6000):
        status = await world.backfill.status(number)
        if status.state in ("done", "failed"):
            return status
        await asyncio.sleep(0.01)
    raise AssertionError(f"backfill {number} does not end")


def pvpc(summary: Summary) -> SeriesGaps:
    return next(series for series in summary.look.series if series.tags.get("market") == "pvpc")


async def test_a_complete_history_has_no_gap_and_tomorrow_is_none_before_it_is_late(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await world.ingest.history()
        summary = await world.gaps.summary()
        assert [(series.missing, series.state) for series in summary.look.series] == [(0, "complete"), (0, "complete")]
        hours = (day_bounds(TODAY)[1] - day_bounds(START)[0]) // timedelta(hours=1)
        assert pvpc(summary).expected == hours


@pytest.mark.parametrize(("madrid", "missing"), [("20:55", 0), ("21:29", 0), ("21:31", 24)])
async def test_tomorrows_prices_are_missing_once_they_are_overdue(tmp_path: Path, madrid: str, missing: int) -> None:
    hour, minute = map(int, madrid.split(":"))
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await world.ingest.history()
        await world.clock.move(datetime(2025, 11, 5, hour - 1, minute, tzinfo=UTC) - NOON)
        assert pvpc(await world.gaps.summary()).missing == missing


async def test_holes_are_found_joined_filled_and_explained(tmp_path: Path) -> None:
    hours = [HOLE, HOLE + timedelta(hours=1), HOLE + timedelta(days=3)]
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await with_holes(world, *hours)
        found = pvpc(await world.gaps.summary())
        assert [(gap.start, gap.missing, gap.severity) for gap in found.gaps] == [
            (HOLE, 2, "warning"),
            (hours[2], 1, "warning"),
        ]
        await world.backfill.start()
        status = await finished(world, await world.backfill.ask_all())
        assert (status.state, status.done, len(status.outcomes)) == ("done", 2, 2)
        assert [(each.outcome, each.sources_tried) for each in status.outcomes] == [("filled", ("redata",))] * 2
        after = await world.gaps.summary()
        assert pvpc(after).missing == 0
        assert [(gap.filled_by, gap.state) for gap in after.filled_lately] == [("redata", "filled")] * 2


async def test_zero_rows_are_a_failure_and_the_ledger_says_why(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await with_holes(world, HOLE)
        world.source.price = without(*[HOLE + i * timedelta(hours=1) for i in range(-2, 23)])
        await world.backfill.start()
        status = await finished(world, await world.backfill.ask_all())
        assert status.state == "failed"
        (gap,) = pvpc(await world.gaps.summary()).gaps
        assert (gap.cause, gap.state, [each.outcome for each in gap.tried]) == (
            "source_has_none",
            "open",
            ["zero_rows"],
        )


async def test_a_source_that_is_away_is_the_cause(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await with_holes(world, HOLE)
        world.source.fail = SourceUnavailableError("redata", "no answer")
        await world.backfill.refill()
        (gap,) = pvpc(await world.gaps.summary()).gaps
        assert (gap.cause, gap.tried[0].outcome) == ("source_away", "failed")


async def test_a_range_fills_its_own_days_only(tmp_path: Path) -> None:
    other = HOLE + timedelta(days=5)
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await with_holes(world, HOLE, other)
        await world.backfill.start()
        await finished(world, await world.backfill.ask_range(HOLE.date(), HOLE.date(), "pvpc"))
        left = pvpc(await world.gaps.summary()).gaps
        assert [gap.start for gap in left] == [other]


async def test_days_that_are_whole_are_not_asked_for_again_and_a_hole_within_them_costs_its_day_alone(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await with_holes(world, HOLE)
        await world.backfill.start()
        whole = await finished(world, await world.backfill.ask_range(HOLE.date() + timedelta(days=1), TODAY, None))
        assert (whole.state, whole.outcomes, world.source.asked) == ("done", (), [])
        await finished(world, await world.backfill.ask_range(HOLE.date() - timedelta(days=3), TODAY, None))
        assert world.source.asked == [("pvpc", HOLE.date(), HOLE.date())]
        world.source.asked.clear()
        await finished(world, await world.backfill.ask_all())
        await world.ingest.history()
        await world.ingest.due("pvpc")
        assert world.source.asked == []


async def test_a_backfill_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await with_holes(world, HOLE)
        number = await world.backfill.ask_all()  # no worker runs: the service ended before
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await world.backfill.start()
        assert (await finished(world, number)).state == "done"
        assert pvpc(await world.gaps.summary()).missing == 0


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [
        ("2025-10-27", "2025-10-26", "end"),
        ("2025-11-01", "2025-11-20", "end"),
        ("2001-01-01", "2025-11-01", "start"),
        ("1900-01-01", "1900-01-02", "start"),
    ],
)
async def test_a_range_that_makes_no_sense_is_refused(tmp_path: Path, start: str, end: str, name: str) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        with pytest.raises(InvalidRequestError) as refused:
            await world.backfill.ask_range(date.fromisoformat(start), date.fromisoformat(end), None)
        assert refused.value.name == name
        with pytest.raises(NotFoundError):
            await world.backfill.status(1)


async def test_an_old_weather_hole_is_unavailable(tmp_path: Path) -> None:
    key = series_key("weather_data", source="AEMET", kind="observed")
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await world.ingest.history()
        times = [epoch(NOON) - 3600 * i for i in range(60, 0, -1) if i != 40]
        await world.store.write(key, Rows(times, {"temperature": [15.0] * len(times)}))
        await world.gaps.update()
        await world.backfill.refill()
        summary = await world.gaps.summary()
        weather = next(series for series in summary.look.series if series.measurement == "weather_data")
        assert [(gap.missing, gap.state) for gap in weather.gaps] == [(1, "unavailable")]


async def test_detection_alone_writes_nothing(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await with_holes(world, HOLE)
        found = await world.gaps.detect(30)
        assert [(gap.start, gap.missing) for gap in found.gaps] == [(HOLE, 1)]
        assert list(await world.ledger.open_gaps()) == []


async def test_the_market_is_told_by_its_name(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:

        def no_spot_at_the_hole(market: Market, start: datetime) -> float | None:
            return None if market == "spot" and start == HOLE else by_hour_of_day(market, start)

        world.source.price = no_spot_at_the_hole
        await world.ingest.history()
        summary = await world.gaps.summary()
        assert [(series.tags["market"], series.missing) for series in summary.look.series] == [("pvpc", 0), ("spot", 1)]


async def ended(world: PriceWorld, number: int) -> Any:
    for _ in range(6000):
        status = await world.backfill.status(number)
        if status.state in ("failed", "done", "cancelled"):
            return status
        await asyncio.sleep(0.005)
    raise AssertionError("never ended")


async def test_a_poison_pill_holds_up_no_other_and_is_set_aside_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that the door would refuse today, in a queue of yesterday: the day 1900-01-01 is not on the grid of hours."""
    monkeypatch.setattr(backfill_module, "TRY_AGAIN_S", 0.05)
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await with_holes(world, HOLE)
        pill = await world.ledger.queue(NOON, BackfillRequest("range", date(1900, 1, 1), date(1900, 1, 1), "pvpc"))
        unknown = await world.ledger.queue(NOON, BackfillRequest("moon"))
        good = await world.backfill.ask_range(HOLE.date(), HOLE.date(), "pvpc")
        await world.backfill.start()
        assert (await ended(world, good)).state == "done"
        for number in (pill, unknown):
            status = await ended(world, number)
            assert (status.state, status.tries) == ("failed", 3)
            assert status.outcomes[0].detail.split(":")[0] in ("ValueError", "KeyError")
        listed = await world.backfill.recent()
        assert [(each.id, each.state) for each in listed] == [(good, "done"), (unknown, "failed"), (pill, "failed")]
        await world.backfill.retry(pill)
        assert (await ended(world, pill)).state == "failed"


async def test_a_backfill_that_waits_or_runs_can_be_cancelled_and_the_next_goes_on(tmp_path: Path) -> None:
    async with price_world(tmp_path, NOON, history_start=START) as world:
        await with_holes(world, HOLE)
        going, go = asyncio.Event(), asyncio.Event()
        prices = world.source.prices

        async def slow(*asked: Any) -> Any:
            going.set()
            await go.wait()
            return await prices(*asked)

        world.source.prices = slow  # type: ignore[method-assign, assignment]
        numbers = [await world.backfill.ask_range(HOLE.date(), HOLE.date(), "pvpc") for _ in range(3)]
        await world.backfill.start()
        await going.wait()
        await world.backfill.cancel(numbers[0])
        await world.backfill.cancel(numbers[1])
        go.set()
        assert (await ended(world, numbers[2])).state == "done"
        assert [(await world.backfill.status(number)).state for number in numbers] == ["cancelled", "cancelled", "done"]
        with pytest.raises(InvalidRequestError, match="is done"):
            await world.backfill.cancel(numbers[2])
