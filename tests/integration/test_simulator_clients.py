"""The service's own clients against the simulator: what four sources say of a day agrees."""

from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime

import pytest

from adapters.sources.archive70 import Archive70Source
from adapters.sources.esios import EsiosSource
from adapters.sources.omie import OmieSource
from adapters.sources.redata import RedataSource
from domain.errors import NotPublishedError
from domain.prices.slots import hourly_means
from domain.timeline import day_bounds
from support.simulator_server import SimulatorServer, running_simulator
from support.upstream import fetching

DAYS = (date(2025, 10, 26), date(2025, 3, 30), date(2025, 9, 30), date(2025, 10, 1), date(2026, 3, 29), date(2024, 2, 29))


@pytest.fixture
async def simulator() -> AsyncGenerator[SimulatorServer]:
    async with running_simulator(datetime(2026, 3, 30, 12, tzinfo=UTC)) as server:
        yield server


@pytest.mark.parametrize("day", DAYS)
async def test_three_sources_of_pvpc_agree(simulator: SimulatorServer, day: date) -> None:
    start, end = day_bounds(day)
    async with fetching(simulator.base_url("redata")) as one, fetching(simulator.base_url("esios")) as two:
        redata = await RedataSource(one).prices("pvpc", start, end)
        esios = await EsiosSource(two, "token").prices("pvpc", start, end)
        archive = await Archive70Source(two).prices("pvpc", start, end)
    assert redata.slots == esios.slots == archive.slots
    assert len(redata.slots) == (end - start).total_seconds() / 3600
    assert redata.slots[0].start == start


@pytest.mark.parametrize("day", DAYS)
async def test_three_sources_of_spot_agree(simulator: SimulatorServer, day: date) -> None:
    start, end = day_bounds(day)
    async with fetching(simulator.base_url("redata")) as one, fetching(simulator.base_url("esios")) as two:
        redata = await RedataSource(one).prices("spot", start, end)
        esios = await EsiosSource(two, "token").prices("spot", start, end)
    async with fetching(simulator.base_url("omie")) as three:
        omie = await OmieSource(three).prices("spot", start, end)
    assert redata.slots == omie.slots
    assert [round(slot.eur_per_kwh, 9) for slot in hourly_means(esios.slots)] == [
        round(slot.eur_per_kwh, 9) for slot in hourly_means(redata.slots)
    ]


async def test_tomorrow_is_not_published_for_any_of_them(simulator: SimulatorServer) -> None:
    simulator.clock.set(datetime(2026, 3, 30, 9, tzinfo=UTC))
    start, end = day_bounds(date(2026, 3, 31))
    async with fetching(simulator.base_url("redata")) as one, fetching(simulator.base_url("esios")) as two:
        for source in (RedataSource(one), EsiosSource(two, "token"), Archive70Source(two)):
            with pytest.raises(NotPublishedError):
                await source.prices("pvpc", start, end)
