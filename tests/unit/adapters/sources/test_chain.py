"""The chain: the first that answers, and the most useful error when none does."""

import itertools
from datetime import datetime, timedelta

import pytest

from adapters.sources.chain import FirstThatAnswers, most_useful
from domain.errors import (
    BadPayloadError,
    NotConfiguredError,
    NotPublishedError,
    RateLimitedError,
    SourceError,
    SourceRejectedError,
    SourceUnavailableError,
)
from domain.prices.slots import Market, PriceBatch, PriceSlot, Provider
from domain.timeline import HOUR
from support.source_fixtures import utc

START = utc("2026-05-10T10:00")


class Scripted:
    """A source that answers or fails."""

    def __init__(self, name: Provider, outcome: SourceError | None, *markets: Market, days: int = 7) -> None:
        self.name = name
        self.markets = frozenset[Market](markets or ("pvpc", "spot"))
        self.longest_chunk = timedelta(days=days)
        self.asked = 0
        self._outcome = outcome

    async def prices(self, market: Market, start: datetime, end: datetime) -> PriceBatch:
        self.asked += 1
        if self._outcome:
            raise self._outcome
        return PriceBatch(market, (PriceSlot(start, start + HOUR, 0.1),), self.name, start)


ERRORS: list[SourceError] = [
    NotPublishedError("redata", "not yet"),
    RateLimitedError("redata", "slowly", 60),
    SourceUnavailableError("redata", "down"),
    BadPayloadError("redata", "odd"),
    SourceRejectedError("redata", "key"),
    NotConfiguredError("redata", "no key"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_any_failure_lets_the_next_source_answer(error: SourceError) -> None:
    first, second, third = Scripted("redata", error), Scripted("esios", None), Scripted("omie", None)
    batch = await FirstThatAnswers([first, second, third]).prices("spot", START, START + HOUR)
    assert batch.provider == "esios"
    assert (first.asked, second.asked, third.asked) == (1, 1, 0)


async def test_a_source_that_does_not_publish_the_market_is_passed_over() -> None:
    archive, omie = Scripted("archive70", None, "pvpc"), Scripted("omie", None, "spot")
    chain = FirstThatAnswers([archive, omie])
    assert (await chain.prices("spot", START, START + HOUR)).provider == "omie"
    assert archive.asked == 0
    with pytest.raises(ValueError, match="pvpc"):
        await FirstThatAnswers([omie]).prices("pvpc", START, START + HOUR)


@pytest.mark.parametrize(("better", "worse"), list(itertools.combinations(ERRORS, 2)), ids=lambda error: type(error).__name__)
async def test_the_most_useful_error_is_raised_whatever_the_order(better: SourceError, worse: SourceError) -> None:
    for pair in ((better, worse), (worse, better)):
        chain = FirstThatAnswers([Scripted("redata", pair[0]), Scripted("esios", pair[1])])
        with pytest.raises(type(better)) as caught:
            await chain.prices("spot", START, START + HOUR)
        assert caught.value is better
        assert isinstance(caught.value.__cause__, ExceptionGroup)
        assert caught.value.__cause__.exceptions == pair


def test_of_equals_the_first_source_speaks() -> None:
    first, second = SourceUnavailableError("redata", "down"), SourceUnavailableError("esios", "down")
    assert most_useful([first, second]) is first


def test_what_a_chain_says_of_itself() -> None:
    chain = FirstThatAnswers([Scripted("redata", None, days=26), Scripted("archive70", None, "pvpc", days=14)])
    assert chain.name == "redata then archive70"
    assert chain.markets == {"pvpc", "spot"}
    assert chain.longest_chunk == timedelta(days=14)
    with pytest.raises(ValueError, match="needs a source"):
        FirstThatAnswers([])


async def test_other_exceptions_are_bugs_and_pass_through() -> None:
    class Broken(Scripted):
        async def prices(self, market: Market, start: datetime, end: datetime) -> PriceBatch:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await FirstThatAnswers([Broken("redata", None), Scripted("esios", None)]).prices("spot", START, START + HOUR)
