"""Filling one gap: ask the sources that may have it, note in the ledger what was tried, say what came of it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from domain.errors import SourceError
from domain.gaps import WEATHER_REACH, WEATHER_SERIES, Attempt, Gap, IntervalOutcome, market_of
from domain.timeline import days_between, is_recent, local_day
from ports import Clock
from services.gaps.history import GapHistory
from services.gaps.service import GapService
from services.prices.fill import PriceFill

WEATHER_ASKED_EVERY = timedelta(minutes=10)
"""The stations give all of their hours at once, so that one answer serves every gap of a round."""
TOO_OLD = "observations older than 24 h are not published by the hour"


class GapFill:
    """Fills gaps of every series. `observe` asks the weather sources for what they observed."""

    def __init__(
        self, gaps: GapService, history: GapHistory, fill: PriceFill, observe: Callable[[], Awaitable[str]], clock: Clock
    ) -> None:
        self._gaps = gaps
        self._history = history
        self._fill = fill
        self._clock = clock
        self._observe = observe
        self._weather: tuple[datetime, bool, str] | None = None

    async def fill(self, gap: Gap) -> IntervalOutcome:
        """Ask for a gap; the outcome is filled, partly, failed (nothing came) or unavailable. Store errors are the caller's."""
        if gap.series != WEATHER_SERIES:
            days = days_between(local_day(gap.start), local_day(gap.end - timedelta(seconds=1)))
            return await self._outcome(gap, await self._fill.fill(market_of(gap.series), days))
        if gap.end <= self._clock() - WEATHER_REACH:
            await self._history.give_up(gap)
            return outcome_of(gap, "unavailable", TOO_OLD)
        answered, detail = await self._ask_weather()
        came = answered and await self._gaps.left(gap) < gap.missing
        tried = Attempt("weather", self._clock(), "filled" if came else "zero_rows" if answered else "failed", detail)
        await self._history.note(gap, tried)
        return await self._outcome(gap, [tried])

    async def _outcome(self, gap: Gap, attempts: Sequence[Attempt]) -> IntervalOutcome:
        left = await self._gaps.left(gap)
        detail = "; ".join(f"{attempt.source}: {attempt.outcome} ({attempt.detail})" for attempt in attempts)
        outcome = "filled" if not left else "partly" if left < gap.missing else "failed"
        return outcome_of(gap, outcome, detail or "filled in the meantime", attempts)

    async def _ask_weather(self) -> tuple[bool, str]:
        """(answered, detail) of the weather sources, asked at most every ten minutes."""
        now = self._clock()
        if self._weather is None or not is_recent(self._weather[0], now, WEATHER_ASKED_EVERY):
            try:
                self._weather = (now, True, await self._observe())
            except SourceError as error:
                self._weather = (now, False, f"{type(error).__name__}: {error}")
        return self._weather[1:]


def outcome_of(gap: Gap, outcome: str, detail: str = "", attempts: Sequence[Attempt] = ()) -> IntervalOutcome:
    """What came of an interval, or `waiting`."""
    return IntervalOutcome(outcome, detail, gap.series, gap.start, gap.end, tuple(attempt.source for attempt in attempts))
