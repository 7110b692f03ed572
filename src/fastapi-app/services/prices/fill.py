"""Filling missing days of a market from its sources, the longest chunk first: a few long answers cost less than many short."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date

from domain.errors import NotPublishedError, SourceError
from domain.gaps import Attempt
from domain.prices.expected import chunks_of_days, expected_minutes, incomplete_days, resolutions
from domain.prices.slots import Market
from domain.timeline import day_bounds, local_day
from ports import Clock, PriceSource
from services.beside import made_of
from services.energy_service import EnergyService

logger = logging.getLogger("data_ingestion")

Days = tuple[date, date]
"""First and last local day, both included."""
Report = Callable[[int, date], Awaitable[None]]
"""Told after each chunk: days that came, and the first day of the chunk."""

AttemptListener = Callable[[Market, date, date, Attempt], Awaitable[None]]
"""Told of each attempt and the days that it was for."""


class PriceFill:
    """Asks the sources of a market in turn for the days that are still missing; `told` hears of every attempt."""

    def __init__(
        self, energy: EnergyService, sources: Mapping[Market, Sequence[PriceSource]], clock: Clock, told: AttemptListener
    ) -> None:
        self._energy = energy
        self._sources = sources
        self._clock = clock
        self._told = told
        self._turns = {market: asyncio.Lock() for market in sources}

    @property
    def markets(self) -> tuple[Market, ...]:
        """The markets that have a source."""
        return tuple(self._sources)

    async def fill(self, market: Market, days: Iterable[date], report: Report | None = None) -> list[Attempt]:
        """Fill what can be filled; one attempt for each chunk and source. Store errors are the caller's.

        What another task has filled in the meantime is not asked for again.
        """
        left = sorted(days)
        attempts: list[Attempt] = []
        for source in sorted(self._sources[market], key=lambda source: source.longest_chunk, reverse=True):
            for first, last in chunks_of_days(left, source.longest_chunk):
                attempt = await self._fill_chunk(source, market, (first, last), report)
                if attempt is not None:
                    attempts.append(attempt)
                    if attempt.outcome == "failed":
                        break  # the next chunk would fail too: the source rests now
            if not left:
                break
            still = set(await self.missing(market, left[0], left[-1]))
            left = [day for day in left if day in still]
        return attempts

    async def _fill_chunk(self, source: PriceSource, market: Market, days: Days, report: Report | None) -> Attempt | None:
        """Ask a source for some days; None when they are there already."""
        async with self._turns[market]:
            before = await self.missing(market, *days)
            if not before:
                return None
            attempt = await self._ask(source, market, *days)
            after = await self.missing(market, *days)
        if attempt.outcome == "filled" and after:
            attempt = _partly(attempt, len(after))
        if report is not None:
            await report(len(before) - len(after), days[0])
        await self._told(market, *days, attempt)
        return attempt

    async def missing(self, market: Market, first: date, last: date) -> list[date]:
        """Days that lack a slot: hours before the quarter-hourly market, quarters since."""
        if last < first:
            return []
        start, end = day_bounds(first)[0], day_bounds(last)[1]
        have = {minutes: await self._energy.starts(market, minutes, start, end) for minutes in resolutions(market, first, last)}
        return await made_of(sum(map(len, have.values())), incomplete_days, market, have, first, last)

    async def unconfirmed(self, market: Market, first: date, last: date) -> list[date]:
        """Days with a slot that only a file has given: a publisher is asked for them as well."""
        if last < first:
            return []
        start, end = day_bounds(first)[0], day_bounds(last)[1]
        found = set[date]()
        for minutes in resolutions(market, first, last):
            found |= {
                local_day(at)
                for at in await self._energy.imported(market, minutes, start, end)
                if expected_minutes(market, local_day(at)) == minutes
            }
        return sorted(found)

    async def confirm(self, market: Market, days: Iterable[date]) -> list[Attempt]:
        """Ask the source with the longest answers for imported days. Published values win; what it does not have stays imported."""
        source = max(self._sources[market], key=lambda source: source.longest_chunk)
        attempts: list[Attempt] = []
        for first, last in chunks_of_days(days, source.longest_chunk):
            async with self._turns[market]:
                attempts.append(await self._ask(source, market, first, last))
            if attempts[-1].outcome == "failed":
                break  # the source rests now
        return attempts

    async def _ask(self, source: PriceSource, market: Market, first: date, last: date) -> Attempt:
        start, end = day_bounds(first)[0], day_bounds(last)[1]
        try:
            slots = await self._energy.fetch(market, start, end, source)
        except NotPublishedError as absent:
            return Attempt(source.name, self._clock(), "zero_rows", f"{first} .. {last}: {absent}")
        except SourceError as failed:
            return Attempt(source.name, self._clock(), "failed", f"{first} .. {last}: {type(failed).__name__}: {failed}")
        return Attempt(source.name, self._clock(), "filled", f"{first} .. {last}: {slots} slots")


def _partly(attempt: Attempt, days: int) -> Attempt:
    return Attempt(attempt.source, attempt.at, "partly", f"{attempt.detail}, {days} days still lack a slot")
