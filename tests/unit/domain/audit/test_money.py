"""The audit's own price of a kWh and calendar, against the service's."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from domain.audit.goods import demand_of
from domain.audit.money import base_kw, paid, period_of, somebody_is_here
from domain.bill.energy_price import indexed_terms
from domain.bill.tariff import Tariff, load_tariffs, period
from domain.bill.terms import PriceTerms
from domain.plan.plant_config import load_plant

CONFIGS = Path(__file__).resolve().parents[4] / "src/configs"
PLANT = load_plant((CONFIGS / "factory.toml").read_text(encoding="utf-8"))
TABLES = load_tariffs((CONFIGS / "tariffs.toml").read_text(encoding="utf-8"))
YEAR = [datetime(2026, 1, 1, 0, 30, tzinfo=UTC) + timedelta(hours=hour) for hour in range(365 * 24)]


@pytest.mark.parametrize("tariff", get_args(Tariff))
def test_periods_of_a_year_are_those_of_the_service(tariff: Tariff) -> None:
    plant = replace(PLANT, tariff=tariff)
    assert [period_of(plant, at) for at in YEAR] == [period(at, tariff) for at in YEAR]


@pytest.mark.parametrize("spot", [-0.05, 0.0, 0.12])
def test_an_indexed_price_is_that_of_the_service(spot: float) -> None:
    plant = replace(PLANT, tariff="3.0TD", price=PriceTerms("indexed", fee_eur_per_kwh=0.003))
    for at in (at for at in YEAR[::5] if at >= datetime(2026, 8, 1, tzinfo=UTC)):
        terms = indexed_terms(TABLES, plant.tariff, plant.price, at)
        assert paid(plant, TABLES, at, spot) == pytest.approx(terms.price(spot), abs=1e-12)


def test_shifts_loads_and_demand_are_those_of_the_file() -> None:
    for at in YEAR:
        assert somebody_is_here(PLANT, at) == PLANT.is_staffed(at), at
        assert base_kw(PLANT, at) == pytest.approx(PLANT.base_kw(staffed=PLANT.is_staffed(at)))
    for number in range(365):
        day = date(2026, 1, 1) + timedelta(days=number)
        assert demand_of(PLANT, day) == PLANT.demand_kg(day), day
