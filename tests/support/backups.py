"""A service's files with something in each, and the command lines that back them up and restore them."""

import importlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from adapters.files.archive import archives_in
from adapters.files.models import ModelFiles
from adapters.state.file import open_state
from adapters.state.notes import SqliteNotes
from adapters.store.sqlite_series import SqliteStore
from domain.operations import BackedUpMonth
from domain.series import Rows, price_key, series_key
from ports import SeriesStore
from services.operations.backup import inventory
from support.process_service import environment_for

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
SPOT = price_key("spot", 15)
WEATHER = series_key("weather_data", source="AEMET", kind="observed")
PREDICTED = series_key("predictions", model_version="naive", confidence="low")
FIRST = int(datetime(2025, 12, 30, tzinfo=UTC).timestamp())
POINTS = 4000
PLANTED = "planted-token-1234567890"


async def fill(store: SeriesStore) -> None:
    """Two months of quarter-hours over a turn of the year, weather with holes, classes."""
    times = [FIRST + place * 900 for place in range(POINTS)]
    prices = [(place * 7919 % 100_003 - 20_000) / 1e5 for place in range(POINTS)]
    await store.write(SPOT, Rows(times, {"price_eur_kwh": prices, "provider": ["omie"] * POINTS, "as_of": times}))
    humid = [None if place % 3 else 50.0 for place in range(100)]
    await store.write(WEATHER, Rows(times[:100], {"temperature": [float(place) for place in range(100)], "humidity": humid}))
    await store.write(PREDICTED, Rows(times[:3], {"production_class": ["optimal", "moderate", "halt"]}))


async def live(folder: Path) -> dict[str, str]:
    """A service's files with something in each, and the environment that names them."""
    environment = environment_for(folder, API_TOKEN=PLANTED, SCHEDULER_ENABLED="false")
    store = SqliteStore(folder / "data" / "series.sqlite", "real")
    await fill(store)
    await store.aclose()
    state = open_state(folder / "data" / "state.sqlite", "real")
    await SqliteNotes(state).put("where", "madrid")
    state.close()
    models = ModelFiles(folder / "models", "real")
    for day in (1, 2):
        entry = models.save("energy_optimization", {"weights": day}, trained_at=NOW + timedelta(days=day), facts={})
        models.promote(entry, NOW, "better")
    return environment


@dataclass(frozen=True)
class Ended:
    """How a command line ended."""

    returncode: int
    stdout: str


def command(name: str, environment: dict[str, str], *words: str) -> Ended:
    """One of the command lines with an environment of its own, in this process (starting one takes seconds). Faults surface."""
    said = io.StringIO()
    with patch.dict(os.environ, environment, clear=True), redirect_stdout(said), ThreadPoolExecutor(1) as thread:
        code = thread.submit(importlib.import_module(f"commands.{name}").main, list(words)).result()
    return Ended(code, said.getvalue())


def backed_up(environment: dict[str, str], folder: Path) -> Path:
    """The archive of a backup that must succeed."""
    ended = command("backup", environment, "--to", str(folder))
    assert ended.returncode == 0, ended.stdout
    return archives_in(folder)[-1]


def restored(archive: Path, environment: dict[str, str], *words: str) -> Ended:
    """Into a place that did not make it, as a rule."""
    return command("restore", environment, "--part", "data", "--trust", str(archive), *words)


async def points_of(store: SeriesStore) -> list[BackedUpMonth]:
    try:
        return await inventory(store)
    finally:
        await store.aclose()
