"""What the plant pays in each quarter-hour: by basis, published first, holes left open."""

from collections.abc import AsyncGenerator
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from domain.bill.terms import PriceTerms
from domain.errors import NotKnownError
from domain.prices.slots import Market, PriceBatch, PriceSlot
from domain.timeline import HOUR, QUARTER, day_bounds, local_instant
from services.plan.prices import PlanPrices
from support.plan_world import PlanWorld, made_plant, plan_world

DAY = date(2026, 9, 16)
"""A Wednesday of September: 9-14 and 18-22 are P3, 8-9, 14-18 and 22-24 P4, the night is P6."""
START, END = day_bounds(DAY)


def prices_of(world: PlanWorld) -> PlanPrices:
    return world.plans._prices  # the one that the service uses


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[PlanWorld]:
    async with plan_world(tmp_path, made_plant("pvpc"), START) as made:
        yield made


async def keep(world: PlanWorld, market: Market, *slots: PriceSlot) -> None:
    await world.energy.keep(PriceBatch(market, slots, "csv", fetched_at=START - 3 * HOUR))


def hours(price: float, skip: int | None = None) -> list[PriceSlot]:
    starts = [START + n * HOUR for n in range(24) if n != skip]
    return [PriceSlot(at, at + HOUR, price) for at in starts]


async def test_an_hour_is_the_price_of_its_four_quarters(world: PlanWorld) -> None:
    await keep(world, "pvpc", *hours(0.1))
    outlook = await prices_of(world).outlook(START + QUARTER, START)
    assert outlook.expected[:95] == (0.1,) * 95
    assert set(outlook.origins[:95]) == {"published"}
    assert outlook.as_of == START - 3 * HOUR or outlook.source.startswith("baseline:")


async def test_an_hour_that_is_not_there_is_not_made_up_when_it_is_realised(world: PlanWorld) -> None:
    await keep(world, "pvpc", *hours(0.1, skip=5))
    realised = await prices_of(world).realised(START, END)
    assert realised.count(None) == 4 and realised[20:24] == (None,) * 4


async def test_an_indexed_price_follows_each_quarter_of_the_spot(tmp_path: Path) -> None:
    """60 and 61 €/MWh in two quarters of an hour of P3, fee 8: 0.133646737, and 1.165 x 1.015 x 1.0511269632 = 1.242932 more."""
    terms = PriceTerms("indexed", fee_eur_per_kwh=0.008)
    async with plan_world(tmp_path, made_plant(price=terms), START) as world:
        ten = local_instant(DAY, time(10))
        quarters = [PriceSlot(ten + n * QUARTER, ten + (n + 1) * QUARTER, 0.060 + n / 1000) for n in range(4)]
        await keep(world, "spot", *quarters)
        prices = prices_of(world)
        assert prices.market == "spot"
        found = await prices.realised(ten, ten + 2 * QUARTER)
    first, second = found
    assert first == pytest.approx(0.133646737, abs=1e-8)
    assert second is not None and first is not None
    assert second - first == pytest.approx(0.001242932, abs=1e-8)


async def test_an_indexed_price_is_refused_before_its_first_row(tmp_path: Path) -> None:
    terms = PriceTerms("indexed", fee_eur_per_kwh=0.008)
    early = day_bounds(date(2023, 12, 13))[0]
    async with plan_world(tmp_path, made_plant(price=terms), early) as world:
        day = [PriceSlot(early + n * HOUR, early + (n + 1) * HOUR, 0.05) for n in range(24)]
        await world.energy.keep(PriceBatch("spot", tuple(day), "csv", fetched_at=early - 3 * HOUR))
        with pytest.raises(NotKnownError, match="ancillary"):
            await prices_of(world).realised(early, early + HOUR)
        assert (await world.plans.replan()).startswith("no plan: market cost of ancillary")


async def test_a_contract_with_a_fixed_price_is_known_for_seven_local_days(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant(), START) as world:
        outlook = await prices_of(world).outlook(START, START)
    assert len(outlook.expected) == 7 * 96
    at = {clock: outlook.expected[clock * 4] for clock in (3, 8, 10)}
    assert at == {3: 0.10, 8: 0.14, 10: 0.16}
    assert (set(outlook.origins), outlook.scenarios) == ({"contract"}, ())


async def test_a_forecast_is_the_mean_of_paths_that_agree_where_prices_are_published(world: PlanWorld) -> None:
    for back in range(1, 30):
        shifted = [
            PriceSlot(at - back * timedelta(days=1), at + HOUR - back * timedelta(days=1), 0.10 + 0.01 * (back % 3))
            for at in (START + n * HOUR for n in range(24))
        ]
        await keep(world, "pvpc", *shifted)
    await keep(world, "pvpc", *hours(0.12))
    outlook = await prices_of(world).outlook(START, START)
    assert set(outlook.origins[:96]) == {"published"} and set(outlook.origins[96:]) == {"forecast"}
    assert all(path[:96] == (0.12,) * 96 for path in outlook.scenarios)
    for slot in (96, 200, len(outlook.expected) - 1):
        mean = sum(path[slot] for path in outlook.scenarios) / len(outlook.scenarios)
        assert outlook.expected[slot] == pytest.approx(mean, abs=2e-6)
