"""Backfill: fill gaps that were asked for, one after another, with the outcome of each interval. It goes on after a restart.

A backfill is a numbered job kept in the state: queued, running, done, or failed (of some interval nothing came).
Zero rows are a failure.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from domain.errors import FactoryError, InvalidRequestError, NotFoundError, StoreError
from domain.gaps import Backfill, BackfillRequest, Gap, IntervalOutcome
from domain.prices.expected import FIRST_DAY, last_published_day
from domain.prices.slots import MARKETS, Market
from domain.timeline import day_bounds
from ports import Clock, GapLedger
from services.gaps.fill import GapFill, outcome_of
from services.gaps.service import GapService

logger = logging.getLogger("data_ingestion")

LONGEST_RANGE = timedelta(days=3700)
TRY_AGAIN_S = 30.0
"""Real seconds until the queue is looked at again after something could not be worked off."""
MOST_TRIES = 3
"""After so many faults that nobody expected a backfill is set aside, until a person tries it again."""
LISTED = 50


class BackfillService:
    """Queues backfills and works them off."""

    def __init__(self, gaps: GapService, fill: GapFill, ledger: GapLedger, clock: Clock) -> None:
        self._gaps = gaps
        self._fill = fill
        self._ledger = ledger
        self._clock = clock
        self._wake = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._cancelled: set[int] = set()
        self._current: tuple[int, asyncio.Future[None]] | None = None

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
        return await self._queue(BackfillRequest("all"))

    async def ask_range(self, start: date, end: date, market: Market | None) -> int:
        """Queue days (both included) of one market or of all."""
        self._check_range(start, end, market)
        return await self._queue(BackfillRequest("range", start, end, market))

    async def status(self, number: int) -> Backfill:
        """Progress and outcomes of a backfill."""
        backfill = await self._ledger.backfill(number)
        if backfill is None:
            raise NotFoundError(f"backfill {number}")
        return backfill

    async def recent(self) -> Sequence[Backfill]:
        """The newest backfills: what waits, runs, was done, failed with its reason, or was cancelled."""
        return await self._ledger.backfills(LISTED)

    async def retry(self, number: int) -> None:
        """Queue again a backfill that failed or was cancelled. For a person who has removed the cause."""
        backfill = await self._found(number, "failed", "cancelled")
        self._cancelled.discard(number)
        await self._ledger.save(replace(backfill, state="queued", ended_at=None, outcomes=(), tries=0))
        self._wake.set()

    async def cancel(self, number: int) -> None:
        """Take back a backfill that waits or runs; what it has filled stays."""
        await self._found(number, "queued", "running")
        self._cancelled.add(number)
        if self._current is not None and self._current[0] == number:
            self._current[1].cancel()
            await asyncio.wait({self._current[1]})
        now_known = await self._found(number, "queued", "running")
        await self._ledger.save(replace(now_known, state="cancelled", ended_at=self._clock()))

    async def _found(self, number: int, *states: str) -> Backfill:
        backfill = await self._ledger.backfill(number)
        if backfill is None:
            raise NotFoundError(f"backfill {number}")
        if backfill.state not in states:
            raise InvalidRequestError(
                f"backfill {number} is {backfill.state}", name="number", value=number, valid=f"one that is {' or '.join(states)}"
            )
        return backfill

    async def refill(self) -> str:
        """Find and fill by itself: the job that runs every two hours."""
        await self._gaps.update()
        gaps = await self._gaps.open_gaps()
        for gap in gaps:
            await self._fill.fill(gap)
        found = await self._gaps.update()
        return f"{len(gaps)} gaps tried, {sum(len(each.missing) for each in found)} slots missing now"

    def _check_range(self, start: date, end: date, market: Market | None) -> None:
        first = FIRST_DAY[market] if market else max(FIRST_DAY.values())
        newest = max(last_published_day(market, self._clock()) for market in MARKETS)
        if start < first:
            raise InvalidRequestError(f"{start} lies before the first price", name="start", value=start, valid=f"{first} or later")
        if end < start:
            raise InvalidRequestError(f"end {end} lies before start {start}", name="end", value=end, valid=f"{start} or later")
        if end > newest:
            raise InvalidRequestError(f"{end} is not published yet", name="end", value=end, valid=f"{newest} or earlier")
        if end - start > LONGEST_RANGE:
            raise InvalidRequestError(
                "the range is too long", name="start", value=start, valid=f"at most {LONGEST_RANGE.days} days"
            )

    async def _queue(self, request: BackfillRequest) -> int:
        number = await self._ledger.queue(self._clock(), request)
        self._wake.set()
        return number

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not await self._worked_off():
                await asyncio.sleep(TRY_AGAIN_S)
                self._wake.set()

    async def _worked_off(self) -> bool:
        """Work at each that waits, whatever became of those before it; whether nothing is left to be tried again."""
        try:
            for backfill in await self._ledger.unfinished():
                if backfill.id not in self._cancelled:
                    await self._run(backfill)
            return not await self._ledger.unfinished()
        except StoreError as error:  # the state itself cannot be read or written
            logger.warning("backfills_wait error=%s: %s", type(error).__name__, error)
        except Exception:  # the queue must outlive whatever it meets
            logger.exception("backfill_stopped")
        return False

    async def _run(self, backfill: Backfill) -> None:
        """Work at one. What nobody expected is tried again, MOST_TRIES times in all; then it is set aside with its reason."""
        work = asyncio.ensure_future(self._run_intervals(backfill))
        self._current = (backfill.id, work)
        try:
            await work
        except asyncio.CancelledError:
            if backfill.id not in self._cancelled:
                work.cancel()
                raise
        except FactoryError as error:
            logger.warning("backfill_failed id=%d error=%s", backfill.id, error)
            await self._set_aside(backfill, error)
        except Exception as error:
            logger.exception("backfill_failed id=%d try=%d", backfill.id, backfill.tries + 1)
            tried = replace(backfill, state="queued", tries=backfill.tries + 1)
            await (self._set_aside(tried, error) if tried.tries >= MOST_TRIES else self._ledger.save(tried))
        finally:
            self._current = None

    async def _set_aside(self, backfill: Backfill, error: Exception) -> None:
        failed = (IntervalOutcome("failed", f"{type(error).__name__}: {error}"),)
        await self._ledger.save(replace(backfill, state="failed", ended_at=self._clock(), outcomes=failed))

    async def _run_intervals(self, backfill: Backfill) -> None:
        await self._gaps.update()
        gaps = await self._wanted(backfill.request)
        outcomes = [outcome_of(gap, "waiting") for gap in gaps]
        running = replace(backfill, state="running", outcomes=tuple(outcomes))
        await self._ledger.save(running)
        for index, gap in enumerate(gaps):
            outcomes[index] = await self._fill.fill(gap)
            running = replace(running, outcomes=tuple(outcomes))
            await self._ledger.save(running)
        await self._gaps.update()
        failed = any(outcome.outcome == "failed" for outcome in outcomes)
        logger.info("backfill_ended id=%d intervals=%d failed=%s", backfill.id, len(gaps), failed)
        await self._ledger.save(replace(running, state="failed" if failed else "done", ended_at=self._clock()))

    async def _wanted(self, request: BackfillRequest) -> Sequence[Gap]:
        """Every open gap, or what is missing in the days that were asked for, before the history's start too."""
        if request.what == "all":
            return await self._gaps.open_gaps()
        if request.what != "range" or request.start is None or request.end is None:
            raise ValueError(f"{request} is no request")
        start, end = day_bounds(request.start)[0], day_bounds(request.end)[1]
        return await self._gaps.between(start, end, [market for market in MARKETS if request.market in (None, market)])
