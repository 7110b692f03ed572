"""Takes slots of history into the price series, batch by batch, so that an import that is cut short goes on where it was."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from domain.prices.merge import IMPORTED, Difference
from domain.prices.slots import Market, PriceBatch, PriceSlot
from domain.timeline import HOUR, QUARTER
from ports import Clock
from services.energy_service import EnergyService

BATCH = 10_000
"""Slots that are acknowledged together: about 0.3 s of work."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What is safe in the history: `done` of `total` slots of a series, up to `newest`; `written` of them were new or changed.

    `differences`: imported values of this batch that are not what is published; the published ones are kept.
    """

    market: Market
    minutes: int
    done: int
    total: int
    written: int
    newest: datetime
    differences: tuple[Difference, ...] = ()


class ImportService:
    """Imports published prices. A value that is already there is not written again; a changed one leaves a revision."""

    def __init__(self, energy: EnergyService, clock: Clock) -> None:
        self._energy = energy
        self._clock = clock

    async def keep(self, market: Market, slots: Sequence[PriceSlot]) -> AsyncGenerator[Acknowledged]:
        """Store slots in order; yields after each batch, once it is durable."""
        for minutes, step in ((60, HOUR), (15, QUARTER)):
            of_length = [slot for slot in slots if slot.resolution == step]
            remaining, done, written = iter(of_length), 0, 0
            while batch := tuple(islice(remaining, BATCH)):
                stored = await self._energy.keep_told(PriceBatch(market, batch, IMPORTED, self._clock()))
                written += stored.written
                done += len(batch)
                yield Acknowledged(market, minutes, done, len(of_length), written, batch[-1].start, stored.differences)
