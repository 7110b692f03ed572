"""Random holes in a long history: all are found, what can be had is filled while the sources fail, and the ledger explains each.

HEAL_DAYS sets the length of the history (400 for the full proof).
"""

import os
import random
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.store.sqlite_series import SqliteStore
from domain.series import Rows, SeriesKey, price_key, series_key
from domain.timeline import HOUR, QUARTER, day_bounds, epoch, local_day
from support.service import Service, running_service, settings_for
from support.simulator_server import SimulatorServer, running_simulator

NOW = datetime(2026, 3, 20, 20, 40, tzinfo=UTC)  # 21:40 in Madrid: tomorrow is out
DAYS = int(os.environ.get("HEAL_DAYS", "45"))
HOLES = 20
"""In each of the three series."""
START = local_day(NOW) - timedelta(days=DAYS - 1)
OBSERVED = series_key("weather_data", source="AEMET", kind="observed")
TO_BE_HAD = timedelta(hours=11)
"""The simulated station gives its last 12 hours."""


@dataclass(frozen=True)
class Hole:
    """Slots of a series that are taken out."""

    key: SeriesKey
    start: datetime
    end: datetime

    @property
    def slots(self) -> int:
        """How many they are."""
        return int((self.end - self.start) / (QUARTER if ("resolution", "15") in self.key.tags else HOUR))

    @property
    def name(self) -> str:
        """The series as the ledger calls it."""
        return f"energy_prices/{self.key.tag('market')}" if self.key.measurement == "energy_prices" else "weather_data/observed"


def holes_in(key: SeriesKey, first: datetime, last: datetime, step: timedelta, chance: random.Random) -> list[Hole]:
    """Holes of one to eight slots in ``[first, last)`` that do not touch."""
    slots = int((last - first) / step)
    width = slots // HOLES
    found = []
    for number in range(HOLES):
        length = chance.randint(1, min(8, width - 2))
        begin = number * width + chance.randint(1, width - length - 1)
        found.append(Hole(key, first + begin * step, first + (begin + length) * step))
    return found


def punch(data_dir: Path, holes: Sequence[Hole]) -> int:
    """Delete the rows of the holes straight in the file; returns how many there were."""
    connection = sqlite3.connect(data_dir / "series.sqlite")
    deleted = 0
    with connection:
        for hole in holes:
            (series,) = [
                number
                for number, measurement, text in connection.execute("SELECT id, measurement, tags FROM series")
                if measurement == hole.key.measurement and all(f'"{name}":"{value}"' in text for name, value in hole.key.tags)
            ]
            bounds = (series, epoch(hole.start), epoch(hole.end))
            query = f"DELETE FROM {hole.key.measurement} WHERE series_id = ? AND time >= ? AND time < ?"
            deleted += connection.execute(query, bounds).rowcount
    connection.close()
    return deleted


async def seed_weather(data_dir: Path) -> None:
    """Hourly observations up to an hour ago, as a station would have given them."""
    store = SqliteStore(data_dir / "series.sqlite", "simulated")
    times = list(range(epoch(day_bounds(START)[0]), epoch(NOW - 2 * HOUR), 3600))
    columns: dict[str, Sequence[float]] = {"temperature": [15.0] * len(times), "humidity": [60.0] * len(times), "as_of": times}
    await store.write(OBSERVED, Rows(times, columns))
    await store.aclose()


def settings(simulator: SimulatorServer, folder: Path) -> Any:
    return settings_for(
        simulator, folder, HISTORY_START=START.isoformat(), SIM_SPEED="2000", AEMET_API_KEY="a-key", REE_API_TOKEN="a-token"
    )


def by_interval(gaps: Sequence[dict[str, Any]]) -> dict[tuple[str, str, str], dict[str, Any]]:
    return {(gap["series"], gap["start"], gap["end"]): gap for gap in gaps}


@pytest.mark.timeout(900)
async def test_random_holes_are_found_filled_and_explained(tmp_path: Path, record_property: Any) -> None:
    chance = random.Random(20260320)
    begin, today = day_bounds(START)[0], day_bounds(local_day(NOW))[0]
    quarters_from = max(begin, datetime(2025, 9, 30, 22, tzinfo=UTC))
    old_weather = holes_in(OBSERVED, begin + 5 * HOUR, NOW.replace(minute=0) - timedelta(hours=30), HOUR, chance)[:-2]
    late_weather = [Hole(OBSERVED, at, at + HOUR) for at in (NOW.replace(minute=0) - TO_BE_HAD + i * 3 * HOUR for i in (1, 2))]
    prices = holes_in(price_key("pvpc", 60), begin, today, HOUR, chance) + holes_in(
        price_key("spot", 15), quarters_from, today, QUARTER, chance
    )
    holes = prices + old_weather + late_weather
    assert len(holes) == 3 * HOLES
    async with running_simulator(NOW) as simulator:
        told = await first_import(simulator, tmp_path)
        assert punch(tmp_path / "data", holes) == sum(hole.slots for hole in holes)
        await simulator.fault("*", "status", status=503, probability=0.1)
        await simulator.fault("*", "rate_limit", probability=0.05, retry_after=1)
        async with running_service(settings(simulator, tmp_path), simulator.clock) as service:
            started = time.monotonic()
            found = await heal(service, simulator)
            seconds = time.monotonic() - started
    print(f"{DAYS} days imported in {told:.1f} s; {len(holes)} holes healed in {seconds:.1f} s")
    record_property("healed_in_s", round(seconds, 1))
    check(found, prices + late_weather, old_weather)


async def first_import(simulator: SimulatorServer, folder: Path) -> float:
    """Seconds of the first start, until the history is whole."""
    await seed_weather(folder / "data")
    started = time.monotonic()
    async with running_service(settings(simulator, folder), simulator.clock) as service:
        service.patience_s = 600
        await service.until("/ready", lambda state: state["ingestion"]["state"] == "done")
        await service.json("/gaps/summary")  # what was written last is in the ledger before the service ends
    return time.monotonic() - started


async def heal(service: Service, simulator: SimulatorServer) -> dict[str, Any]:
    """Let the jobs work until nothing is left that can be had; the summary then. The clock goes on: resting sources wake."""
    service.patience_s = 600
    for _ in range(60):
        await service.until("/scheduler/status", idle)
        summary: dict[str, Any] = await service.json("/gaps/summary")
        if not any(gap["state"] == "open" for series in summary["series"] for gap in series["gaps"]):
            return summary
        simulator.clock.advance(timedelta(minutes=5))
        await service.post("/scheduler/jobs/gaps/run")
    raise AssertionError(f"gaps are left: {summary}")


def idle(status: Any) -> bool:
    """Whether none of the jobs that fill gaps runs."""
    return not any(job["running"] for job in status["jobs"] if job["id"] in ("prices_history", "gaps", "weather_observed"))


def check(summary: dict[str, Any], to_be_had: Sequence[Hole], gone: Sequence[Hole]) -> None:
    """Each hole has its entry, with what it took."""
    filled = by_interval(summary["filled_lately"])
    for hole in to_be_had:
        gap = filled[hole.name, hole.start.isoformat(), hole.end.isoformat()]
        assert gap["filled_by"] and gap["filled_at"] >= gap["first_seen"] and gap["missing"] == 0
        assert gap["tried"] or hole.name == "weather_data/observed"
    left = by_interval([gap for series in summary["series"] for gap in series["gaps"]])
    for hole in gone:
        gap = left[hole.name, hole.start.isoformat(), hole.end.isoformat()]
        assert (gap["state"], gap["cause"]) == ("unavailable", "unavailable")
    assert len(left) == len(gone)
