"""Prices: fetch what is published, keep it, and say what is known, since when and from whom."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from domain.errors import NotConfiguredError, NotPublishedError
from domain.intake.prices import stands_for_unknown
from domain.prices.merge import IMPORTED, Difference, WritePlan, as_known, plan_write, price_log_name
from domain.prices.slots import KnownPrice, Market, PriceBatch, PriceSlot, hourly_means, published_by
from domain.series import EMPTY, Rows, price_key
from domain.timeline import HOUR, QUARTER, day_bounds, floor_to, local_day, utc_from_epoch
from ports import Clock, Issue, IssuedLog, PriceSource, ProductLog, SeriesStore
from services.beside import made_of
from services.imported_values import ImportedValues

logger = logging.getLogger("data_ingestion")

SAME_MEAN_WITHIN_EUR_PER_KWH = 1e-5
"""An hour is published to the cent a MWh, its quarters too: their mean may lie half a cent away, and as much by rounding."""


@dataclass(frozen=True, slots=True)
class PriceUpdate:
    """What storing a batch did: rows written, and imported values that differ from published ones."""

    written: int
    differences: tuple[Difference, ...]


class EnergyService:
    """The price history. `sources` gives for each market where to ask, which may be a chain."""

    def __init__(
        self,
        store: SeriesStore,
        revisions: IssuedLog,
        sources: Mapping[Market, PriceSource],
        clock: Clock,
        products: ProductLog | None = None,
    ) -> None:
        """`products` keeps what is told about imported values; without it a difference is a line of the log."""
        self._imported = ImportedValues(products)
        self._store = store
        self._revisions = revisions
        self._sources = sources
        self._clock = clock

    def longest_chunk(self, market: Market) -> timedelta:
        """The longest range that one `fetch` of a market may ask for."""
        return self._sources[market].longest_chunk

    async def fetch(self, market: Market, start: datetime, end: datetime, source: PriceSource | None = None) -> int:
        """Ask a source (the market's own unless one is named) for ``[start, end)`` and keep what is new or changed.

        Returns the slots that were given. Zero slots never count as success: NotPublishedError then.
        """
        asked = source or self._sources.get(market)
        if asked is None:
            raise NotConfiguredError(market, "no source is configured for this market")
        batch = await asked.prices(market, start, end)
        if not batch.slots:
            raise NotPublishedError(batch.provider, f"no {market} values in {start.isoformat()} .. {end.isoformat()}")
        written = await self.keep(batch)
        logger.info(
            "prices_fetched market=%s start=%s end=%s provider=%s slots=%d written=%d",
            market, start.isoformat(), end.isoformat(), batch.provider, len(batch.slots), written,
        )  # fmt: skip
        return len(batch.slots)

    async def keep(self, batch: PriceBatch) -> int:
        """Store a batch: new values, and changed ones with the old kept as a revision. Returns how many were written."""
        return (await self.keep_told(batch)).written

    async def keep_told(self, batch: PriceBatch) -> PriceUpdate:
        """Store a batch as `keep` does. What was imported and what is published are compared, and their differences told."""
        written, differences = 0, list[Difference]()
        for minutes, step in ((60, HOUR), (15, QUARTER)):
            slots = [slot for slot in batch.slots if slot.resolution == step]
            if slots:
                plan = await self._keep_resolution(batch, minutes, slots)
                written += len(plan.rows)
                differences += plan.differences
                differences += await self._beside_quarters(batch, minutes, slots)
        await self._imported.tell(batch.market, differences, self._clock())
        return PriceUpdate(written, tuple(differences))

    async def _beside_quarters(self, batch: PriceBatch, minutes: int, slots: Sequence[PriceSlot]) -> list[Difference]:
        """Imported hours of the range of some slots that are not the mean of their published quarters."""
        if batch.market != "spot":
            return []
        start, end = floor_to(slots[0].start, HOUR), slots[-1].end
        hours = await self._stored("spot", 60, start, end, None)
        imported = {at: price for at, price in hours.items() if price.provider == IMPORTED}
        if not imported or (minutes == 60 and batch.provider != IMPORTED):
            return []
        means = _from_quarters(await self._stored("spot", 15, start, end, None))
        return [
            Difference(at, price.slot.eur_per_kwh, means[at].slot.eur_per_kwh)
            for at, price in sorted(imported.items())
            if at in means
            and means[at].provider != IMPORTED
            and abs(price.slot.eur_per_kwh - means[at].slot.eur_per_kwh) > SAME_MEAN_WITHIN_EUR_PER_KWH
        ]

    async def _keep_resolution(self, batch: PriceBatch, minutes: int, slots: Sequence[PriceSlot]) -> WritePlan:
        key = price_key(batch.market, minutes)
        existing = await self._store.read(key, slots[0].start, slots[-1].end)
        plan = await made_of(
            len(existing) + len(slots),
            plan_write,
            existing,
            slots,
            provider=batch.provider,
            known_since=KnownSince(batch),
            revised_at=batch.fetched_at,
        )
        for revision in plan.revisions:
            await self._revisions.append(Issue(price_log_name(batch.market, minutes), revision.known_at, revision.rows))
        if len(plan.rows):
            await self._store.write(key, plan.rows)
        return plan

    async def known(
        self, market: Market, minutes: int, start: datetime, end: datetime, at: datetime | None = None
    ) -> list[KnownPrice]:
        """Slots of 60 or 15 minutes that start in ``[start, end)``; with ``at``, as they were known then.

        An hour is the mean of its four quarters when all four are known, whatever else is stored for it: one hour has one answer.
        A quarter is never made up.
        """
        found = await self._stored(market, minutes, start, end, at)
        if minutes == 60:
            quarters = await self._stored(market, 15, start, end, at)
            found |= await made_of(len(quarters), _from_quarters, quarters)
        return [found[instant] for instant in sorted(found)]

    async def starts(self, market: Market, minutes: int, start: datetime, end: datetime) -> frozenset[datetime]:
        """Starts of the slots that `known` would give, for less: nothing is made of the values."""
        rows = await self._store.read(price_key(market, minutes), start, end)
        quarters = await self._store.read(price_key(market, 15), start, end) if minutes == 60 else EMPTY
        return await asyncio.to_thread(_starts, market, rows, quarters)

    async def imported(self, market: Market, minutes: int, start: datetime, end: datetime) -> frozenset[datetime]:
        """Starts of the stored slots that nobody but a file has given."""
        rows = await self._store.read(price_key(market, minutes), start, end)
        providers = rows.columns.get("provider", ())
        return frozenset(utc_from_epoch(time) for time, by in zip(rows.times, providers, strict=False) if by == IMPORTED)

    async def providers(self, market: Market, minutes: int, start: datetime, end: datetime) -> list[str]:
        """Who gave the stored slots of a range, sorted."""
        rows = await self._store.read(price_key(market, minutes), start, end)
        return sorted({str(provider) for provider in rows.columns.get("provider", ()) if provider is not None})

    async def _stored(
        self, market: Market, minutes: int, start: datetime, end: datetime, at: datetime | None
    ) -> dict[datetime, KnownPrice]:
        rows = await self._store.read(price_key(market, minutes), start, end)
        if at is not None:
            rows = as_known(rows, await self._revisions.as_of(price_log_name(market, minutes), at, start, end), at)
        return await made_of(len(rows), _by_start, market, rows, timedelta(minutes=minutes))


class KnownSince:
    """Since when the slots of a batch are public, by local day.

    For a day that is yet to come: the publication that the source states, else the fetch. For others the nominal publication: what
    is fetched today about last month was public last month.
    """

    def __init__(self, batch: PriceBatch) -> None:
        self._batch = batch
        self._fetch_day = local_day(batch.fetched_at)
        self._by_day: dict[date, datetime] = {}

    def __call__(self, slot: PriceSlot) -> datetime:
        day = local_day(slot.start)
        if day not in self._by_day:
            self._by_day[day] = self._of(day, slot.start)
        return self._by_day[day]

    def _of(self, day: date, start: datetime) -> datetime:
        batch = self._batch
        public = batch.published_at or batch.fetched_at if day > self._fetch_day else published_by(batch.market, start)
        earliest = day_bounds(day - timedelta(days=1))[0]  # whatever a stamp says: nobody knows a day before the day before
        return min(batch.fetched_at, max(public, earliest)).astimezone(UTC)


def _by_start(market: Market, rows: Rows, step: timedelta) -> dict[datetime, KnownPrice]:
    return {price.slot.start: price for price in _known_prices(market, rows, step)}


def _known_prices(market: Market, rows: Rows, step: timedelta) -> list[KnownPrice]:
    """The whole rows; a zero that an older version stored for an hour of PVPC that was not out yet is none."""
    if not len(rows):
        return []
    known = []
    columns = (rows.columns["price_eur_kwh"], rows.columns["provider"], rows.columns["as_of"])
    for time, value, provider, as_of in zip(rows.times, *columns, strict=True):
        if isinstance(value, int | float) and isinstance(as_of, int | float) and not stands_for_unknown(market, float(value)):
            start = utc_from_epoch(time)
            known.append(KnownPrice(PriceSlot(start, start + step, float(value)), str(provider), utc_from_epoch(int(as_of))))
    return known


def _complete_times(market: Market, rows: Rows) -> set[int]:
    """Times of the rows that hold a price and say since when it is known."""
    if not len(rows):
        return set()
    columns = zip(rows.times, rows.columns["price_eur_kwh"], rows.columns["as_of"], strict=True)
    return {
        time
        for time, value, as_of in columns
        if isinstance(value, int | float) and as_of is not None and not stands_for_unknown(market, float(value))
    }


def _starts(market: Market, rows: Rows, quarters: Rows) -> frozenset[datetime]:
    """Starts of the rows, and of the hours whose four quarters are there."""
    times, parts = _complete_times(market, rows), _complete_times(market, quarters)
    times |= {time for time in parts if time % 3600 == 0 and parts.issuperset(range(time, time + 3600, 900))}
    return frozenset(utc_from_epoch(time) for time in times)


def _from_quarters(quarters: Mapping[datetime, KnownPrice]) -> dict[datetime, KnownPrice]:
    hours = {}
    for slot in hourly_means(price.slot for price in quarters.values()):
        parts = [quarters[slot.start + i * QUARTER] for i in range(4)]
        hours[slot.start] = KnownPrice(slot, parts[0].provider, max(part.as_of for part in parts))
    return hours
