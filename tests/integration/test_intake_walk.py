"""A running service whose every answer of REData bears a fault: what it shows as published was published."""

import json
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from adapters.sources.redata import SERIES
from domain.timeline import local_day
from support.service import Service, running_service, settings_for
from support.simulator_server import running_simulator
from support.upstream import listening
from support.wire_faults import FAULTS, FORMATS

EVENING = datetime(2026, 9, 16, 19, 30, tzinfo=UTC)  # 21:30 in Madrid: tomorrow is out
DAYS = [local_day(EVENING) + timedelta(days=ahead) for ahead in (-2, -1, 0, 1)]
MARKETS = {SERIES["pvpc"]: "pvpc", SERIES["spot"]: "spot"}
SHAPES = {"pvpc": FORMATS[0], "spot": FORMATS[1]}


@dataclass
class Spoiler:
    """Between the service and REData: notes the truth, and spoils each answer by a fault of the grammar while it is told to."""

    chance: random.Random
    on: bool = True
    true: dict[tuple[str, datetime], float] = field(default_factory=dict)
    spoilt: list[str] = field(default_factory=list)

    def body(self, content: bytes) -> bytes:
        """The bytes that the service is given for the bytes that REData gave."""
        payload = json.loads(content)
        found = [series for series in payload.get("included", []) if series["id"] in MARKETS]
        for series in found:
            rows, market = series["attributes"]["values"], MARKETS[series["id"]]
            self.true |= {(market, datetime.fromisoformat(row["datetime"])): row["value"] for row in rows}
        if not self.on or not found or min(len(series["attributes"]["values"]) for series in found) < 3:
            return content
        name = self.chance.choice([*FAULTS, "cut"])
        self.spoilt.append(name)
        if name == "cut":
            return content[: self.chance.randrange(len(content))]
        for series in found:
            FAULTS[name](self.chance, SHAPES[MARKETS[series["id"]]], {"included": [series]})
        return json.dumps(payload).encode()


@asynccontextmanager
async def spoiled(upstream: str, spoiler: Spoiler) -> AsyncGenerator[str]:
    """The address of a proxy that spoils what is good."""
    async with httpx2.AsyncClient(base_url=upstream, timeout=60) as client:

        async def app(scope: Any, _receive: Any, send: Any) -> None:
            answer = await client.get(f"{scope['path']}?{scope['query_string'].decode()}", headers={"User-Agent": "proxy"})
            body = spoiler.body(answer.content) if answer.status_code == 200 else answer.content
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
            await send({"type": "http.response.body", "body": body})

        async with listening(app) as url:
            yield url


async def shown(service: Service, market: str, day: date) -> dict[tuple[str, datetime], float]:
    """€/MWh by market and start, as /prices tells what was published."""
    slots = (await service.json(f"/prices?date={day}&market={market}&resolution={60 if market == 'pvpc' else 15}"))["slots"]
    return {(market, datetime.fromisoformat(slot["start"])): round(slot["price_eur_kwh"] * 1000, 6) for slot in slots}


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_what_is_shown_as_published_was_published_whatever_is_wrong_with_the_answers(tmp_path: Path, seed: int) -> None:
    spoiler = Spoiler(random.Random(seed))
    async with running_simulator(EVENING) as simulator, spoiled(simulator.url, spoiler) as proxy:
        for source in ("esios", "omie"):
            await simulator.fault(source, "status", status=503)
        settings = settings_for(simulator, tmp_path, HISTORY_START=str(DAYS[0]), REE_BASE_URL=f"{proxy}/redata")
        async with running_service(settings, simulator.clock) as service:
            seen = 0
            for _ in range(4):
                for job in ("prices_pvpc", "prices_spot"):
                    await service.run(job)
                for market in ("pvpc", "spot"):
                    for day in DAYS:
                        values = await shown(service, market, day)
                        assert {key: spoiler.true.get(key) for key in values} == values, (spoiler.spoilt, market, day)
                        seen += len(values)
                assert (await service.get("/dashboard")).status_code == 200
                simulator.clock.advance(timedelta(minutes=20))
            assert len(spoiler.spoilt) > 4 and seen > 0
            spoiler.on = False
            for _ in range(3):
                for job in ("prices_pvpc", "prices_spot"):
                    await service.run(job)
                simulator.clock.advance(timedelta(minutes=20))
            assert len(await shown(service, "pvpc", DAYS[-1])) == 24
