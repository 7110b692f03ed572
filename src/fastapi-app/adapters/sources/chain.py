"""Several sources of the same fact, asked in order until one answers. Itself a source."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.errors import (
    BadPayloadError,
    NotConfiguredError,
    NotPublishedError,
    RateLimitedError,
    SourceError,
    SourceRejectedError,
    SourceUnavailableError,
)
from domain.prices.slots import Market, PriceBatch
from ports import PriceSource

logger = logging.getLogger(__name__)

MOST_USEFUL = (
    NotPublishedError,
    RateLimitedError,
    SourceUnavailableError,
    BadPayloadError,
    SourceRejectedError,
    NotConfiguredError,
)
"""Which error to raise when all sources fail.

One that was reached and says "not out yet" is an answer, and waiting is right, whatever ails the others (their health tells).
Without that answer: what passes by itself before what needs a person, and among those what says when to come back first.
"""


class FirstThatAnswers:
    """The batch of the first source that has one; its `provider` says which."""

    def __init__(self, sources: Sequence[PriceSource]) -> None:
        if not sources:
            raise ValueError("a chain needs a source")
        self._sources = tuple(sources)

    @property
    def name(self) -> str:
        """The names in their order."""
        return " then ".join(source.name for source in self._sources)

    @property
    def markets(self) -> frozenset[Market]:
        """What at least one publishes."""
        return frozenset[Market]().union(*(source.markets for source in self._sources))

    @property
    def longest_chunk(self) -> timedelta:
        """The shortest of the longest: every source must be able to answer the same question."""
        return min(source.longest_chunk for source in self._sources)

    async def prices(self, market: Market, start: datetime, end: datetime) -> PriceBatch:
        """The first answer. When all fail: the error that is of most use, with all of them as its cause."""
        errors: list[SourceError] = []
        for source in self._sources:
            if market not in source.markets:
                continue
            try:
                return await source.prices(market, start, end)
            except SourceError as error:
                logger.info("source_failed market=%s reason=%s %s", market, type(error).__name__, error)
                errors.append(error)
        if not errors:
            raise ValueError(f"no source of the chain publishes {market}")
        raise most_useful(errors) from ExceptionGroup(f"no source gave {market}", errors)


def most_useful(errors: Sequence[SourceError]) -> SourceError:
    """The first error of the first class of MOST_USEFUL that occurs."""
    ranks = {kind: rank for rank, kind in enumerate(MOST_USEFUL)}
    return min(errors, key=lambda error: next((rank for kind, rank in ranks.items() if isinstance(error, kind)), len(ranks)))
