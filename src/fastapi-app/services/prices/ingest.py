"""Ingestion: what is due now, then the last weeks, then the rest of the history.

Resumable, because the store itself says what is missing.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.errors import NotPublishedError, SourceError, SourceUnavailableError
from domain.operations import Ingestion
from domain.prices.expected import chunks_of_days, last_published_day
from domain.prices.slots import Market
from domain.timeline import day_bounds, days_between, is_recent, local_day
from ports import Clock, Notes
from services.energy_service import EnergyService
from services.prices.fill import PriceFill

logger = logging.getLogger("data_ingestion")

RECENT_DAYS = 56
"""What the first start brings at once: the weighted day-type forecast needs 42 days, and two weeks to be scored on."""
DEFAULT_HISTORY_YEARS = 3
RETRY_NO_DATA = timedelta(days=7)
"""A day that every source says it does not have is asked for again after this."""
RECHECKED_DAYS, RECHECKED_AT_HOUR = 3, 5
"""The last days are asked for again once a day, in this hour of UTC."""
HISTORY_START_NOTE = "history.start"
NO_DATA_NOTE = "history.no_data"
IMPORTED_NOTE = "history.imported"


@dataclass(slots=True)
class Progress:
    """Local days of all markets: wanted, there, and how fast they came in this run."""

    total: int = 0
    done: int = 0
    fetched: int = 0
    state: str = "idle"
    started_at: datetime | None = None
    oldest: date | None = None
    last_error: str | None = None

    def told(self, now: datetime) -> Ingestion:
        """As it stands, with the rate of this run and the time that the rest takes at it."""
        elapsed = (now - self.started_at).total_seconds() if self.started_at else 0.0
        rate = self.fetched / elapsed if self.fetched and elapsed > 0 else None
        remaining = (self.total - self.done) / rate if rate else None
        return Ingestion(self.state, self.done, self.total, rate, remaining, self.oldest, self.last_error)


class IngestService:
    """Keeps the price history complete."""

    def __init__(
        self,
        energy: EnergyService,
        notes: Notes,
        clock: Clock,
        *,
        fill: PriceFill,
        history_start: date | None,
    ) -> None:
        self._energy = energy
        self._notes = notes
        self._clock = clock
        self._fill = fill
        self._configured_start = history_start
        self.progress = Progress()

    async def state(self) -> Ingestion:
        """How far the history is."""
        return self.progress.told(self._clock())

    async def due(self, market: Market) -> str:
        """Fetch what is published by now of today and tomorrow and not here yet. Idempotent; quiet when nothing is missing."""
        now = self._clock()
        today = local_day(now)
        last_day = last_published_day(market, now)
        missing = await self._fill.missing(market, today, last_day)
        asked = {*missing, *await self._fill.unconfirmed(market, today, last_day)}
        try:
            for first, last in chunks_of_days(asked, self._energy.longest_chunk(market)):
                await self._energy.fetch(market, day_bounds(first)[0], day_bounds(last)[1])
        except NotPublishedError as absent:
            return f"{market}: not published yet ({absent})"
        return f"{market}: {len(asked)} days fetched" if asked else f"{market}: nothing missing"

    async def recheck(self) -> str:
        """Ask again for what is published: sources restate values, and a changed one is kept as a revision.

        Every hour for today and tomorrow, which the plan stands on; once a day for the last three days too. A market that is out of
        order does not hold up the other; the failure is raised at the end.
        """
        now = self._clock()
        today = local_day(now)
        back = RECHECKED_DAYS if now.hour == RECHECKED_AT_HOUR else 0
        failures: list[SourceError] = []
        for market in self._fill.markets:
            days = days_between(today - timedelta(days=back), last_published_day(market, now))
            span = min(timedelta(days=RECHECKED_DAYS), self._energy.longest_chunk(market))
            for first, last in chunks_of_days(days, span):
                try:
                    await self._energy.fetch(market, day_bounds(first)[0], day_bounds(last)[1])
                except NotPublishedError as absent:
                    logger.info("recheck_absent market=%s first=%s last=%s reason=%s", market, first, last, absent)
                except SourceError as failed:
                    failures.append(failed)
        if failures:
            raise failures[0]
        return f"asked again from {back} days ago to the last published day"

    async def history(self) -> str:
        """Fetch every missing day, the last weeks first, then back to the start. Ends when nothing is left to ask.

        A market whose sources fail does not hold up the others; the failure is raised at the end.
        """
        now = self._clock()
        start, today = await self.history_start(), local_day(now)
        recent = max(start, today - timedelta(days=RECENT_DAYS))
        self.progress = await self._counted(start, today, now)
        failures: list[SourceUnavailableError] = []
        try:
            for first, last in ((recent, today), (start, recent - timedelta(days=1))):
                for market in self._fill.markets:
                    failures += await self._fill_span(market, first, last)
            self.progress.done = (await self._counted(start, today, now)).done  # other jobs have fetched days meanwhile
        finally:
            self.progress.state = "done" if self.progress.done >= self.progress.total else "idle"
        for market in self._fill.markets:
            await self._confirm(market, start, today)
        if failures:
            raise failures[0]
        await self._notes.put(IMPORTED_NOTE, self._clock().isoformat())
        return f"{self.progress.done} of {self.progress.total} days are there"

    async def was_imported(self) -> bool:
        """Whether the whole history has been asked for once, so that what is missing now is more than not there yet."""
        return await self._notes.get(IMPORTED_NOTE) is not None

    async def _counted(self, start: date, today: date, now: datetime) -> Progress:
        progress = Progress(state="running", started_at=now)
        for market in self._fill.markets:
            wanted = (today - start).days + 1
            progress.total += wanted
            progress.done += wanted - len(await self._fill.missing(market, start, today))
        return progress

    async def _fill_span(self, market: Market, first: date, last: date) -> list[SourceUnavailableError]:
        """Fill a span; a day that no source has is noted and left alone for a week. The failure, if days are left because of it."""
        no_data = await self._without_data()
        days = [day for day in await self._fill.missing(market, first, last) if f"{market} {day}" not in no_data]
        attempts = await self._fill.fill(market, days, self._report)
        missing = set(await self._fill.missing(market, first, last))
        left = [day for day in days if day in missing]
        failed = [attempt for attempt in attempts if attempt.outcome == "failed"]
        if failed and left:
            self.progress.last_error = failed[-1].detail
            return [SourceUnavailableError(failed[-1].source, failed[-1].detail)]
        if left:
            await self._note_no_data(market, left)
        return []

    async def _confirm(self, market: Market, first: date, last: date) -> None:
        """Ask a publisher for the days that were imported; one that it does not have is left alone for a week."""
        no_data = await self._without_data()
        days = [day for day in await self._fill.unconfirmed(market, first, last) if f"{market} {day}" not in no_data]
        if not days:
            return
        attempts = await self._fill.confirm(market, days)
        left = set(days) & set(await self._fill.unconfirmed(market, first, last))
        logger.info("imported_days_asked market=%s days=%d left=%d", market, len(days), len(left))
        if left and not any(attempt.outcome == "failed" for attempt in attempts):
            await self._note_no_data(market, sorted(left))

    async def _report(self, came: int, first: date) -> None:
        self.progress.done += came
        self.progress.fetched += came
        self.progress.oldest = min(first, self.progress.oldest or first)

    async def history_start(self) -> date:
        """First local day of the history; fixed at the first start."""
        if self._configured_start is not None:
            return self._configured_start
        noted = await self._notes.get(HISTORY_START_NOTE)
        if noted is None:
            today = local_day(self._clock())
            noted = (today - timedelta(days=round(365.25 * DEFAULT_HISTORY_YEARS))).isoformat()
            await self._notes.put(HISTORY_START_NOTE, noted)
        return date.fromisoformat(noted)

    async def _without_data(self) -> dict[str, str]:
        """ "market day" -> when all sources said last that they do not have it, for those that are not to be asked yet."""
        noted: dict[str, str] = json.loads(await self._notes.get(NO_DATA_NOTE) or "{}")
        now = self._clock()
        return {name: tried for name, tried in noted.items() if is_recent(datetime.fromisoformat(tried), now, RETRY_NO_DATA)}

    async def _note_no_data(self, market: Market, days: Sequence[date]) -> None:
        tried = self._clock().isoformat()
        noted = await self._without_data() | {f"{market} {day}": tried for day in days}
        await self._notes.put(NO_DATA_NOTE, json.dumps(noted))
        logger.warning("no_data market=%s days=%s", market, ",".join(map(str, days)))
