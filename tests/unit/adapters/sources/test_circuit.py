"""The rest of a source that failed, on a clock that was ahead."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.sources.circuit import Circuit
from adapters.sources.products import Products, Told
from domain.errors import SourceUnavailableError
from ports import ProductHealth, SourceHealth

NOW = datetime(2026, 3, 20, 11, 0, tzinfo=UTC)


class Log:
    def __init__(self) -> None:
        self.kept: list[SourceHealth] = []

    async def record(self, health: SourceHealth) -> None:
        self.kept.append(health)

    async def all(self) -> list[SourceHealth]:
        return self.kept


async def test_a_rest_that_began_on_a_clock_that_was_ahead_is_over_once_the_clock_is_right() -> None:
    circuit = Circuit("redata", Log())
    ahead = NOW + timedelta(days=400)
    await circuit.failed(SourceUnavailableError("redata", "no answer"), ahead)
    with pytest.raises(SourceUnavailableError, match="resting"):
        circuit.check(ahead + timedelta(minutes=1))
    circuit.check(NOW)


async def test_the_state_and_its_since_are_written_down_again_once_the_clock_is_right() -> None:
    log = Log()
    circuit = Circuit("redata", log)
    await circuit.succeeded(NOW + timedelta(days=400))
    await circuit.succeeded(NOW)
    assert (log.kept[-1].since, log.kept[-1].last_success) == (NOW, NOW)


class ProductLog:
    def __init__(self) -> None:
        self.kept: list[ProductHealth] = []

    async def record(self, health: ProductHealth) -> None:
        self.kept.append(health)

    async def all(self) -> list[ProductHealth]:
        return self.kept


async def test_the_success_of_a_product_is_written_down_again_once_the_clock_is_right() -> None:
    log = ProductLog()
    products = Products("redata", log)
    await products.succeeded(Told("pvpc"), NOW + timedelta(days=400))
    await products.succeeded(Told("pvpc"), NOW)
    assert log.kept[-1].last_success == NOW


async def test_a_clock_that_is_adjusted_by_seconds_ends_no_rest() -> None:
    circuit = Circuit("redata", Log())
    await circuit.failed(SourceUnavailableError("redata", "no answer"), NOW)
    with pytest.raises(SourceUnavailableError, match="resting"):
        circuit.check(NOW - timedelta(seconds=20))
