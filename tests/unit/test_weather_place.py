"""Whose air is asked for: that of the plant, unless settings name another station."""

from pathlib import Path
from typing import Any

import pytest

from bootstrap import sources
from bootstrap.sources import weather_sources
from domain.plan.plant_config import load_plant
from settings import read_settings

PLANTS = sorted((Path(__file__).resolve().parents[2] / "src/configs/examples").glob("*.toml"))


class NoFetchers:
    """Makes no connection."""

    clock = None

    async def make(self, *_: Any) -> None:
        """Nothing to fetch with."""

    async def note_unconfigured(self, *_: Any) -> None:
        """Nobody is told."""


async def asked(monkeypatch: pytest.MonkeyPatch, plant: Path, **more: str) -> tuple[Any, Any]:
    """The stations and the municipality that AEMET's client is made for."""
    made: dict[str, Any] = {}
    monkeypatch.setattr(sources, "Aemet", lambda *_, **named: made.update(named))
    await weather_sources(
        read_settings({"AEMET_API_KEY": "a-key-for-tests", **more}),
        NoFetchers(),  # type: ignore[arg-type]  # only what is used
        load_plant(plant.read_text(encoding="utf-8")),
    )
    return made["stations"], made["municipality"]


async def test_the_air_is_that_of_the_plant(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await asked(monkeypatch, PLANTS[0]) == (("3195",), "28079")
    assert await asked(monkeypatch, PLANTS[0], AEMET_STATION="", AEMET_MUNICIPALITY="") == (("3195",), "28079")


async def test_a_setting_names_others(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await asked(monkeypatch, PLANTS[0], AEMET_STATION="5279X,5270B", AEMET_MUNICIPALITY="23055")
    assert found == (("5279X", "5270B"), "23055")
