"""A running service whose every answer of REData bears a fault: what it shows as published was published."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from adapters.sources.aemet import readers
from adapters.sources.redata import SERIES
from adapters.sources.responses import Answer
from domain.intake.verdict import Tray
from domain.timeline import local_day
from support.plan_cases import reference_config
from support.published import check_all, rounds, shown
from support.service import running_service, settings_for
from support.simulator_server import running_simulator
from support.upstream import through
from support.wire_faults import FAULTS, FORMATS, Format

EVENING = datetime(2026, 9, 16, 19, 30, tzinfo=UTC)  # 21:30 in Madrid: tomorrow is out
DAYS = [local_day(EVENING) + timedelta(days=ahead) for ahead in (-2, -1, 0, 1)]
MARKETS = {SERIES["pvpc"]: "pvpc", SERIES["spot"]: "spot"}
SHAPES = {"pvpc": FORMATS[0], "spot": FORMATS[1], "readings": FORMATS[6]}
STATION = "5279X"


def mixed_steps(chance: random.Random, shape: Format, document: Any) -> Any:
    """Hours until some row, quarters after: what was a quarter's looks like an hour's."""
    rows = shape.rows(document)
    until = chance.randrange(4, len(rows))
    rows[:until] = [row for row in rows[:until] if row["datetime"][14:16] == "00"]
    return document


PRICE_FAULTS = {**FAULTS, "mixed_steps": mixed_steps}


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
        name = self.chance.choice([*PRICE_FAULTS, "cut"])
        self.spoilt.append(name)
        if name == "cut":
            return content[: self.chance.randrange(len(content))]
        for series in found:
            PRICE_FAULTS[name](self.chance, SHAPES[MARKETS[series["id"]]], {"included": [series]})
        return json.dumps(payload).encode()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_what_is_shown_as_published_was_published_whatever_is_wrong_with_the_answers(tmp_path: Path, seed: int) -> None:
    spoiler = Spoiler(random.Random(seed))
    async with running_simulator(EVENING) as simulator, through(simulator.url, spoiler.body) as proxy:
        for source in ("esios", "omie"):
            await simulator.fault(source, "status", status=503)
        settings = settings_for(
            simulator, tmp_path, HISTORY_START=str(DAYS[0]), REE_BASE_URL=f"{proxy}/redata", CONFIG_DIR=reference_config(tmp_path)
        )
        async with running_service(settings, simulator.clock) as service:
            look = partial(check_all, service, spoiler.true, DAYS, spoiler.spoilt)
            seen = await rounds(service, simulator.clock, 4, look)
            assert len(spoiler.spoilt) > 4 and seen > 0
            spoiler.on = False
            for _ in range(3):
                for job in ("prices_pvpc", "prices_spot"):
                    await service.run(job)
                simulator.clock.advance(timedelta(minutes=20))
            assert len(await shown(service, "pvpc", DAYS[-1], 60)) == 24


@dataclass
class WeatherSpoiler:
    """Between the service and AEMET: notes what stations really read, and spoils each answer with readings while it is told to."""

    chance: random.Random
    now: Callable[[], datetime]
    on: bool = True
    true: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    spoilt: list[str] = field(default_factory=list)

    def body(self, content: bytes) -> bytes:
        """The bytes that the service is given for the bytes that AEMET gave."""
        if b'"fint"' not in content:
            return content
        hours = readers.observed_hours(Answer("aemet", 200, {}, content, self.now()), STATION, Tray())
        self.true |= {hour.start.isoformat(): (hour.value("temperature"), hour.value("humidity")) for hour in hours}
        if not self.on:
            return content
        name, rows = self.chance.choice([*FAULTS, "cut", "other_station"]), json.loads(content.decode("iso-8859-15"))
        self.spoilt.append(name)
        if name == "cut":
            return content[: self.chance.randrange(len(content))]
        if name == "other_station":
            for row in self.chance.sample(rows, len(rows) // 2):
                row |= {"idema": "1234X", "ta": 11.1, "tamin": 11.1, "tamax": 11.1}
        else:
            FAULTS[name](self.chance, SHAPES["readings"], rows)
        return json.dumps(rows).encode()


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_is_shown_as_observed_was_read_whatever_is_wrong_with_the_answers(tmp_path: Path, seed: int) -> None:
    async with running_simulator(EVENING) as simulator:
        spoiler = WeatherSpoiler(random.Random(seed), simulator.clock)
        async with through(simulator.url, spoiler.body) as proxy:
            more = {"AEMET_API_KEY": "a-key-for-tests", "AEMET_BASE_URL": f"{proxy}/aemet/opendata", "AEMET_STATION": STATION}
            settings = settings_for(simulator, tmp_path, HISTORY_START=str(DAYS[0]), CONFIG_DIR=reference_config(tmp_path), **more)
            async with running_service(settings, simulator.clock) as service:
                seen = 0
                for _ in range(6):
                    await service.run("weather_observed")
                    hours = (await service.json("/weather?kind=observed&source=AEMET"))["hours"]
                    for hour in hours:
                        told = (hour["temperature_c"], hour["humidity_percent"])
                        for value, read in zip(told, spoiler.true[hour["start"]], strict=True):
                            assert value in (None, read), (spoiler.spoilt, hour)
                    seen += len(hours)
                    simulator.clock.advance(timedelta(minutes=61))
                assert len(spoiler.spoilt) > 4 and seen > 0
                spoiler.on = False
                await service.run("weather_observed")
                whole = (await service.json("/weather?kind=observed&source=AEMET"))["hours"]
    assert [hour["temperature_c"] for hour in whole[-10:]] == [spoiler.true[hour["start"]][0] for hour in whole[-10:]]
