"""What was tried for gaps, written into their ledger."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

from domain.gaps import Attempt, Gap, cause_after, price_series
from domain.prices.slots import Market
from domain.timeline import day_bounds
from ports import Clock, GapLedger

ROUND = timedelta(minutes=30)
"""Attempts of the same half hour are one round: together they say why a gap is still there."""


class GapHistory:
    """Writes attempts down. Whatever reads the ledger and writes it back takes its turn: two at once would enter a gap twice."""

    def __init__(self, ledger: GapLedger, clock: Clock) -> None:
        self.ledger = ledger
        self.turn = asyncio.Lock()
        self._clock = clock

    async def attempted(self, market: Market, first: date, last: date, attempt: Attempt) -> None:
        """Add an attempt for some days of a market to the gaps that lie in them; to one that was seen to be filled since, too."""
        series, start, end = price_series(market), day_bounds(first)[0], day_bounds(last)[1]
        async with self.turn:
            gaps = [*await self.ledger.open_gaps(series), *await self.ledger.filled_since(attempt.at)]
            touched = [gap for gap in gaps if gap.series == series and gap.start < end and gap.end > start]
            await self.ledger.apply([], [self._with(gap, attempt) for gap in touched])

    async def note(self, gap: Gap, attempt: Attempt) -> None:
        """Add an attempt to a gap of the ledger."""
        async with self.turn:
            whole = await self.ledger.gap(gap.id) if gap.id is not None else None
            if whole is not None:
                await self.ledger.apply([], [self._with(whole, attempt)])

    def _with(self, gap: Gap, attempt: Attempt) -> Gap:
        tried = (*gap.tried, attempt)
        if gap.state != "open":
            return replace(gap, tried=tried)
        round_ = [each for each in tried if attempt.at - each.at < ROUND]
        return replace(gap, tried=tried, cause=cause_after(round_, gap, self._clock()))

    async def give_up(self, gap: Gap) -> None:
        """Mark a gap as unavailable."""
        async with self.turn:
            whole = await self.ledger.gap(gap.id) if gap.id is not None else None
            if whole is not None and whole.state == "open":
                await self.ledger.apply([], [replace(whole, state="unavailable", cause="unavailable")])
