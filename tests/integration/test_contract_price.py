"""The default plant, on its indexed contract, over real sockets: page and classes go by what it pays, tolls and taxes inside."""

import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.bill.energy_price import indexed_terms
from domain.bill.tariff import load_tariffs
from domain.bill.terms import PriceTerms
from support.service import Service, running_service, settings_for
from support.simulator_server import running_simulator

EVENING = datetime(2026, 9, 16, 20, 30, tzinfo=UTC)  # Wednesday, 22:30 in Madrid: tomorrow is out
HISTORY = (EVENING - timedelta(days=20)).date().isoformat()
CONFIGS = Path(__file__).resolve().parents[2] / "src/configs"
TERMS = PriceTerms("indexed", fee_eur_per_kwh=0.008)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncGenerator[Service]:
    async with running_simulator(EVENING) as simulator:
        settings = settings_for(simulator, tmp_path, HISTORY_START=HISTORY)
        async with running_service(settings, simulator.clock) as running:
            await running.until("/ready", lambda state: state["ingestion"]["state"] == "done")
            yield running


def paid(start: str, spot: float) -> float:
    tables = load_tariffs((CONFIGS / "tariffs.toml").read_text(encoding="utf-8"))
    return float(indexed_terms(tables, "3.0TD", TERMS, datetime.fromisoformat(start)).price(spot))


def hours_of(week: Any) -> list[Any]:
    return [hour for day in week["days"] for hour in day["hours"]]


async def test_the_page_goes_by_what_the_plant_pays(service: Service) -> None:
    document = await service.json("/dashboard/complete")
    spot, now = document["current"]["spot"], document["current"]["paid"]
    assert now["price_eur_kwh"] == pytest.approx(paid(spot["start"], spot["price_eur_kwh"]), abs=1e-6)
    assert (now["basis"], now["period"], now["tariff"], now["source"]) == ("indexed", "P4", "3.0TD", spot["source"])

    said = await service.json("/predict/prices/hourly?hours=168")
    assert (said["market"], said["ranked_by"]) == ("spot", "indexed")
    market = {hour["start"]: hour for hour in said["hours"]}
    week = hours_of(document["week"])
    assert document["week"]["legend"]["price_basis"] == "indexed"
    shared = [hour for hour in week if hour["start"] in market]
    assert len(shared) > 140
    for hour in shared:
        for name in ("price_eur_kwh", "p10", "p50", "p90"):
            asked = market[hour["start"]][name]
            assert hour[name] == (None if asked is None else pytest.approx(paid(hour["start"], asked), abs=1e-9))

    page = (await service.get("/dashboard?lang=es")).text
    assert "La planta paga ahora" in page and re.search(r">P4</span>\s*3\.0TD · [^·]* · indexado", page)


async def test_an_hour_of_dear_tolls_is_not_called_better_than_a_cheaper_one(service: Service) -> None:
    """Of two hours that are published, the cheaper for the plant has the better score, also where the market says otherwise."""
    document = await service.json("/dashboard/complete")
    market = {hour["start"]: hour["price_eur_kwh"] for hour in (await service.json("/predict/prices/hourly"))["hours"]}
    hours = [hour for hour in hours_of(document["week"]) if market.get(hour["start"]) is not None]
    pairs = [(one, other) for one in hours for other in hours if one["price_eur_kwh"] < other["price_eur_kwh"]]
    turned = [(one, other) for one, other in pairs if market[one["start"]] > market[other["start"]]]
    assert len(turned) >= 8
    better = [one["energy_score"] >= other["energy_score"] - 1 for one, other in turned]
    assert sum(better) / len(better) > 0.9


async def test_a_given_price_is_ranked_by_what_the_plant_would_pay(service: Service) -> None:
    hours = (await service.json("/predict/prices/hourly"))["hours"]
    for hour in (hours[3], hours[12]):  # in P6 and in P3
        asked = {"at": hour["start"], "price_eur_kwh": hour["price_eur_kwh"]}
        answer = (await service.post("/predict/energy-optimization", asked)).json()
        assert answer["energy_score"] == pytest.approx(hour["energy_score"], abs=8)  # the same hours but for some days past
