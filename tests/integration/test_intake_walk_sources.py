"""A running service whose every answer of ESIOS, OMIE or OpenWeatherMap bears a fault: what it shows as told was told."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from adapters.sources import esios, omie, openweather
from adapters.sources.responses import Answer
from domain.timeline import QUARTER, day_slots, local_day
from domain.weather.steps import hours_of
from support.plan_cases import reference_config
from support.published import check_all, rounds, shown
from support.service import running_service, settings_for
from support.simulator_server import SimulatorServer, running_simulator
from support.upstream import through
from support.wire_faults import FAULTS, FORMATS, Format, read_archive

EVENING = datetime(2026, 9, 16, 19, 30, tzinfo=UTC)  # 21:30 in Madrid: tomorrow is out
DAYS = [local_day(EVENING) + timedelta(days=ahead) for ahead in (-1, 0, 1)]
PLANT_NORTH = 38.1511
SHOWN_TO = {"temperature": 0.051, "humidity": 0.51}
"""Half of the last digit that is shown."""
SHAPES = {shape.name: shape for shape in FORMATS}
Truth = dict[tuple[str, datetime], float]


@dataclass
class Spoiler:
    """Between the service and a source: notes the truth, and spoils each answer by a fault of the grammar while it is told to.

    `read` finds in an answer the shape of its document, the document, and its true values; None where it is about something else.
    """

    chance: random.Random
    read: Callable[[bytes], tuple[Format, Any, Mapping[tuple[str, datetime], float]] | None]
    on: bool = True
    true: Truth = field(default_factory=dict)
    newest: Mapping[tuple[str, datetime], float] = field(default_factory=dict)
    spoilt: list[str] = field(default_factory=list)

    def body(self, content: bytes) -> bytes:
        """The bytes that the service is given for the bytes that the source gave."""
        found = self.read(content)
        if found is None:
            return content
        shape, document, self.newest = found
        self.true |= self.newest
        if not self.on or len(shape.rows(document)) < 3:
            return content
        name = self.chance.choice([*FAULTS, "cut"])
        self.spoilt.append(f"{shape.name} {name}")
        if name == "cut":
            return content[: self.chance.randrange(len(content))]
        return shape.write(FAULTS[name](self.chance, shape, document))


def of_esios(content: bytes) -> tuple[Format, Any, Truth] | None:
    """The prices of an answer of ESIOS, of its archive too."""
    document = json.loads(content)
    if "PVPC" in document:
        day = datetime.strptime(document["PVPC"][0]["Dia"], "%d/%m/%Y").date()  # noqa: DTZ007 - a day
        true = {("pvpc", start): price for (_, start), price in read_archive(content, day).items()}
        return SHAPES["archive 70"], document, in_mwh(true)
    number = document.get("indicator", {}).get("id")
    for market, (indicator, geo) in esios.PRICES.items():
        if indicator == number:
            rows = [row for row in document["indicator"]["values"] if row["geo_id"] == geo]
            true = {(market, datetime.fromisoformat(row["datetime"])): row["value"] for row in rows}
            return SHAPES[f"esios {number}"], document, true
    return None


def in_mwh(prices: Mapping[tuple[str, datetime], float]) -> Truth:
    """€/kWh as €/MWh."""
    return {key: round(price * 1000, 6) for key, price in prices.items()}


def of_omie(content: bytes) -> tuple[Format, Any, Truth] | None:
    """The prices of a day file."""
    text = content.decode("latin-1").strip()
    if not text.startswith(omie.HEADER) or not text.endswith(omie.TRAILER):
        return None
    lines = [line.strip().split(";") for line in text.splitlines()[1:-1]]
    year, month, day = map(int, lines[0][:3])
    starts = day_slots(date(year, month, day), QUARTER)
    rows = [{"day": ";".join(line[:3]), "period": int(line[3]), "pt": line[4], "es": line[5]} for line in lines]
    return SHAPES["omie"], rows, {("spot", starts[int(line[3]) - 1]): float(line[5]) for line in lines}


def of_openweather(content: bytes) -> tuple[Format, Any, Truth] | None:
    """Temperature and humidity of the hours of a forecast."""
    document = json.loads(content)
    if "list" not in document or abs(document["city"]["coord"]["lat"] - PLANT_NORTH) > 0.01:
        return None  # of a point of the country
    first = datetime.fromtimestamp(document["list"][0]["dt"], UTC)
    hours = hours_of(openweather.forecast_of(Answer("owm", 200, {}, content, first)))
    values = {(name, hour.start): hour.value(name) for hour in hours for name in ("temperature", "humidity")}
    return SHAPES["owm forecast"], document, {key: value for key, value in values.items() if value is not None}


PRICES_OF: Mapping[str, tuple[Callable[[bytes], Any], str, Mapping[str, str], tuple[str, ...]]] = {
    "esios": (of_esios, "ESIOS_BASE_URL", {"REE_API_TOKEN": "a-token-for-tests"}, ("redata", "omie")),
    "omie": (of_omie, "OMIE_BASE_URL", {}, ("redata", "esios")),
}


async def fail(simulator: SimulatorServer, sources: tuple[str, ...]) -> None:
    """Sources that answer 503 to everything."""
    for source in sources:
        await simulator.fault(source, "status", status=503)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("source", list(PRICES_OF))
async def test_what_is_shown_as_published_was_published(tmp_path: Path, source: str, seed: int) -> None:
    read, setting, more, others = PRICES_OF[source]
    spoiler = Spoiler(random.Random(seed), read)
    async with running_simulator(EVENING) as simulator, through(simulator.url, spoiler.body) as proxy:
        await fail(simulator, others)
        settings = settings_for(
            simulator,
            tmp_path,
            HISTORY_START=str(DAYS[0]),
            CONFIG_DIR=reference_config(tmp_path),
            **{setting: f"{proxy}/{source}"},
            **more,
        )
        async with running_service(settings, simulator.clock) as service:
            look = partial(check_all, service, spoiler.true, DAYS, spoiler.spoilt)
            seen = await rounds(service, simulator.clock, 5, look)
            assert len(spoiler.spoilt) > 4 and seen > 0
            spoiler.on = False
            for _ in range(3):
                await service.run("prices_spot")
                simulator.clock.advance(timedelta(minutes=20))
            assert len(await shown(service, "spot", DAYS[-1], 15)) == 96


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_is_shown_as_forecast_was_forecast(tmp_path: Path, seed: int) -> None:
    spoiler = Spoiler(random.Random(seed), of_openweather)
    async with running_simulator(EVENING) as simulator, through(simulator.url, spoiler.body) as proxy:
        more = {"OPENWEATHERMAP_API_KEY": "a-key-for-tests", "OPENWEATHERMAP_BASE_URL": f"{proxy}/owm"}
        settings = settings_for(simulator, tmp_path, HISTORY_START=str(DAYS[0]), CONFIG_DIR=reference_config(tmp_path), **more)
        async with running_service(settings, simulator.clock) as service:
            seen, told_at = 0, dict[str, Mapping[tuple[str, datetime], float]]()
            for _ in range(6):
                await service.run("weather_forecast")
                told_at[simulator.clock().isoformat()] = spoiler.newest
                hours = (await service.json("/weather?kind=forecast&source=OpenWeatherMap"))["hours"]
                for hour in hours:
                    start = datetime.fromisoformat(hour["start"])
                    for name, told in (("temperature", hour["temperature_c"]), ("humidity", hour["humidity_percent"])):
                        true = pytest.approx(told_at[hour["as_of"]][name, start], abs=SHOWN_TO[name])
                        assert told is None or told == true, (spoiler.spoilt, hour)
                seen += len(hours)
                simulator.clock.advance(timedelta(hours=3))
            assert len(spoiler.spoilt) > 3 and seen > 0
