"""Prices step far out of the band: the doors of a running service say that it fails, and how wide it is meanwhile; then no more."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from support.forecast_world import EVENING, forecast_world
from support.plan_cases import reference_config
from support.service import Service, running_service, settings_for

FIRST, BEFORE, MEANWHILE, AFTER = 8, 15, 22, 27
"""Evenings from the start: the first issue; a day before the step; a week into it; when the band holds again."""
STEP_EUR_KWH = 0.08
RULE = 'chocolate_alerts_active{level="warning",rule="band_failing"} 1.0'


def bent(at: datetime, price: float) -> float:
    """A step up for good."""
    return price + (STEP_EUR_KWH if at >= EVENING + timedelta(days=BEFORE + 1) else 0.0)


@asynccontextmanager
async def lived(folder: Path, first: int, last: int) -> AsyncGenerator[Service]:
    """Evenings with an issue each, made with the prices of then; and a service that starts in the last of them."""
    async with forecast_world(folder / "data", days=60, ahead=last, bend=bent) as world:
        for day in range(first, last + 1):
            await world.evening(day)
    now = EVENING + timedelta(days=last, minutes=5)
    begins = (EVENING - timedelta(days=58)).date().isoformat()
    settings = settings_for(
        None,
        folder,
        SIM_NOW=f"{EVENING.isoformat()}@2026-01-01T00:00:00Z",
        HISTORY_START=begins,
        CONFIG_DIR=reference_config(folder),
    )
    async with running_service(settings, lambda: now) as running:
        yield running


def of_the_band(told: Any) -> dict[str, Any] | None:
    """Its alert among those of an answer."""
    return next((one for one in told["alerts"] if one["rule"] == "band_failing"), None)


async def told(service: Service) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The alert, and the watch of the last 7 days; all doors have told the same of both."""
    week: dict[str, Any] = (await service.json("/models/energy_optimization/metrics"))["live"]["watch"][0]
    fails = week["state"] == "failing"
    told = await service.until("/dashboard/alerts", lambda found: (of_the_band(found) is not None) == fails)
    alert = of_the_band(told)

    def page_agrees(page: Any) -> bool:
        return of_the_band(page) == alert and page["forecast"]["record"]["watch"][0] == week

    await service.until("/dashboard/complete", page_agrees)
    assert (RULE in (await service.get("/metrics")).text) == (alert is not None)
    assert (await service.get("/ready")).json()["models"]["troubles"] == [], "a band that fails is nothing that a restart mends"
    for language, said in (("en", "In the last 7 days the band held"), ("es", "En los últimos 7 días")):
        page = unescape((await service.get(f"/dashboard?lang={language}")).text)
        assert (said in page) == (alert is not None), said
        assert alert is None or alert["text"][language] in page
    return alert, week


@pytest.mark.timeout(300)
async def test_a_band_that_fails_is_told_at_every_door_until_it_holds_again(tmp_path: Path) -> None:
    async with lived(tmp_path, FIRST, BEFORE) as service:
        alert, week = await told(service)
        assert alert is None and week["state"] == "held"
    async with lived(tmp_path, BEFORE + 1, MEANWHILE) as service:
        alert, week = await told(service)
        assert alert is not None and week["coverage_80"] < week["coverage_from"]
        assert alert["figures"]["coverage_80"] == week["coverage_80"]
        assert re.search(f"Of the last 7 days, {100 * week['coverage_80']:.0f}.?% of the hours", alert["text"]["en"])
        assert (await service.json("/predict/prices/hourly?hours=168"))["band"]["above"] > 1.5
    async with lived(tmp_path, MEANWHILE + 1, AFTER) as service:
        alert, week = await told(service)
        assert alert is None and week["coverage_80"] > 0.6
