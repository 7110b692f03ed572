"""Backfill: fill gaps that were asked for, one after another, with the outcome of each interval. It goes on after a restart.

A backfill is a numbered job kept in the state: queued, running, done, or failed (of some interval nothing came).
Zero rows are a failure.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from domain.errors import FactoryError, InvalidRequestError, NotFoundError
from domain.expected import last_published_day
from domain.gaps import Attempt, Gap, cause_after
from domain.prices import MARKETS, Market
from domain.timeline import day_bounds, days_between, local_day
from ports import Backfill, Clock, GapLedger
from services.gap_service import WEATHER_REACH, WEATHER_SERIES, GapService
from services.price_fill import PriceFill

logger = logging.getLogger("data_ingestion")

LONGEST_RANGE = timedelta(days=3700)


class BackfillService:
    """Queues backfills and works them off."""

    def __init__(self, gaps: GapService, fill: PriceFill, ledger: GapLedger, clock: Clock) -> None:
        self._gaps = gaps
        self._fill = fill
        self._ledger = ledger
        self._clock = clock
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self.fill_weather: Callable[[], Awaitable[str]] | None = None

    async def start(self) -> None:
        """Go on with what was queued or running."""
        self._worker = asyncio.create_task(self._work(), name="backfill")
        self._wake.set()

    async def stop(self) -> None:
        """End the worker; what it was at is found again at the next start."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    async def ask_all(self) -> int:
        """Queue the filling of every open gap."""
        return await self._queue({"what": "all"})

    async def ask_range(self, start: date, end: date, market: Market | None) -> int:
        """Queue days (both included) of one market or of all."""
        self._check_range(start, end)
        return await self._queue({"what": "range", "start": start.isoformat(), "end": end.isoformat(), "market": market})

    async def status(self, number: int) -> dict[str, Any]:
        """Progress and outcomes of a backfill."""
        backfill = await self._ledger.backfill(number)
        if backfill is None:
            raise NotFoundError(f"backfill {number}")
        done = sum(1 for outcome in backfill.outcomes if outcome["outcome"] != "waiting")
        return {
            "id": backfill.id,
            "state": backfill.state,
            "request": backfill.request,
            "asked_at": backfill.asked_at.isoformat(),
            "ended_at": backfill.ended_at.isoformat() if backfill.ended_at else None,
            "progress": {"done": done, "total": len(backfill.outcomes)},
            "intervals": backfill.outcomes,
        }

    async def refill(self) -> str:
        """Find and fill by itself: the job that runs every two hours."""
        await self._gaps.update()
        gaps = [gap for gap in await self._ledger.open_gaps() if gap.state == "open"]
        for gap in gaps:
            await self._fill_gap(gap)
        found = await self._gaps.update()
        return f"{len(gaps)} gaps tried, {sum(len(each.missing) for each in found)} slots missing now"

    def _check_range(self, start: date, end: date) -> None:
        newest = max(last_published_day(market, self._clock()) for market in MARKETS)
        if end < start:
            raise InvalidRequestError(f"end {end} lies before start {start}", name="end", value=end, valid=f"{start} or later")
        if end > newest:
            raise InvalidRequestError(f"{end} is not published yet", name="end", value=end, valid=f"{newest} or earlier")
        if end - start > LONGEST_RANGE:
            raise InvalidRequestError(
                "the range is too long", name="start", value=start, valid=f"at most {LONGEST_RANGE.days} days"
            )

    async def _queue(self, request: dict[str, Any]) -> int:
        number = await self._ledger.queue(self._clock(), request)
        self._wake.set()
        return number

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            for backfill in await self._ledger.unfinished():
                await self._run(backfill)

    async def _run(self, backfill: Backfill) -> None:
        try:
            await self._run_intervals(backfill)
        except FactoryError as error:
            logger.warning("backfill_failed id=%d error=%s", backfill.id, error)
            failed = [{"outcome": "failed", "detail": f"{type(error).__name__}: {error}"}]
            await self._ledger.save(replace(backfill, state="failed", ended_at=self._clock(), outcomes=failed))

    async def _run_intervals(self, backfill: Backfill) -> None:
        await self._gaps.update()
        gaps = await self._wanted(backfill.request)
        outcomes = [_outcome(gap, "waiting") for gap in gaps]
        running = replace(backfill, state="running", outcomes=outcomes)
        await self._ledger.save(running)
        for index, gap in enumerate(gaps):
            outcomes[index] = await self._fill_gap(gap)
            await self._ledger.save(running)
        await self._gaps.update()
        failed = any(outcome["outcome"] == "failed" for outcome in outcomes)
        await self._ledger.save(replace(running, state="failed" if failed else "done", ended_at=self._clock()))

    async def _wanted(self, request: dict[str, Any]) -> Sequence[Gap]:
        gaps = [gap for gap in await self._ledger.open_gaps() if gap.state == "open"]
        if request["what"] == "all":
            return gaps
        start = day_bounds(date.fromisoformat(request["start"]))[0]
        end = day_bounds(date.fromisoformat(request["end"]))[1]
        names = [f"energy_prices/{market}" for market in MARKETS if request["market"] in (None, market)]
        return [_clipped(gap, start, end) for gap in gaps if gap.series in names and gap.end > start and gap.start < end]

    async def _fill_gap(self, gap: Gap) -> dict[str, Any]:
        """Ask for one gap, note the attempts in the ledger, and say what came of it."""
        if gap.series == WEATHER_SERIES:
            return await self._fill_weather_gap(gap)
        market: Market = "pvpc" if gap.series.endswith("/pvpc") else "spot"
        days = list(days_between(local_day(gap.start), local_day(gap.end - timedelta(seconds=1))))
        attempts = await self._fill.fill(market, days)
        still = set(await self._fill.missing(market, days[0], days[-1]))
        await self._note(gap, attempts)
        detail = "; ".join(f"{attempt.source}: {attempt.outcome} ({attempt.detail})" for attempt in attempts)
        outcome = "filled" if not still else "partly" if len(still) < len(days) else "failed"
        return _outcome(gap, outcome, detail, attempts)

    async def _fill_weather_gap(self, gap: Gap) -> dict[str, Any]:
        """Only the last day of a station can be had; what is older is marked so."""
        if gap.end <= self._clock() - WEATHER_REACH:
            await self._ledger.apply([], [replace(await self._whole(gap), state="not_to_be_had", cause="not_to_be_had")])
            return _outcome(gap, "not_to_be_had", "observations older than 24 h are not published by the hour")
        if self.fill_weather is None:
            return _outcome(gap, "failed", "no weather source is configured")
        return _outcome(gap, "asked", await self.fill_weather())

    async def _note(self, gap: Gap, attempts: Sequence[Attempt]) -> None:
        whole = await self._whole(gap)
        tried = (*whole.tried, *attempts)
        await self._ledger.apply([], [replace(whole, tried=tried, cause=cause_after(attempts, whole.cause))])

    async def _whole(self, gap: Gap) -> Gap:
        """The gap as the ledger has it, which may be longer than what was asked for."""
        return next((each for each in await self._ledger.open_gaps(gap.series) if each.id == gap.id), gap)


def _clipped(gap: Gap, start: datetime, end: datetime) -> Gap:
    return replace(gap, start=max(gap.start, start), end=min(gap.end, end))


def _outcome(gap: Gap, outcome: str, detail: str = "", attempts: Sequence[Attempt] = ()) -> dict[str, Any]:
    return {
        "series": gap.series,
        "start": gap.start.isoformat(),
        "end": gap.end.isoformat(),
        "outcome": outcome,
        "detail": detail,
        "sources_tried": [attempt.source for attempt in attempts],
    }
