"""What is wrong with the models' files is told at every moment, also while they are looked at anew."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.files.models import ModelFiles
from domain.bill.tariff import load_tariffs
from domain.bill.terms import PriceTerms
from ports import LoadedModel
from services.forecast.serving import MODEL, Served, ServingModels
from services.prices.paid_price import PaidPrice
from support.clock import ManualClock

NOW = datetime(2026, 3, 20, 20, 30, tzinfo=UTC)
TARIFFS = Path(__file__).resolve().parents[4] / "src/configs/tariffs.toml"


class Held(ModelFiles):
    """Model files that are read when a test lets them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "simulated")
        self.open = threading.Event()
        self.open.set()

    def load(self, name: str) -> LoadedModel:
        assert self.open.wait(30)
        return super().load(name)


@pytest.fixture
def files(tmp_path: Path) -> Held:
    """A version that is let serve and whose file is gone."""
    files = Held(tmp_path)
    entry = files.save(MODEL, {"weights": 1.0}, trained_at=NOW, facts={})
    files.promote(entry, NOW, "it leads")
    (tmp_path / f"{entry.version}.pkl").unlink()
    return files


def serving_of(files: Held) -> ServingModels:
    paid = PaidPrice("3.0TD", PriceTerms("pvpc"), load_tariffs(TARIFFS.read_text(encoding="utf-8")))
    return ServingModels(files, paid, ManualClock(NOW))


AGAIN: Mapping[str, Callable[[ServingModels], None]] = {"retry": ServingModels.retry, "reload": ServingModels.reload}


@pytest.mark.parametrize("again", list(AGAIN))
async def test_a_trouble_is_told_until_the_file_was_read_anew(files: Held, again: str) -> None:
    serving = serving_of(files)
    await serving.of(MODEL)
    assert any("gone" in trouble for trouble in serving.troubles)
    told, changes = serving.troubles, serving.changes
    files.open.clear()
    AGAIN[again](serving)
    reading = asyncio.create_task(serving.of(MODEL))
    await asyncio.sleep(0)
    assert serving.troubles == told
    files.open.set()
    assert (await reading).troubles and serving.changes > changes


async def test_what_is_swapped_while_it_is_read_is_read_once_more(files: Held) -> None:
    serving = serving_of(files)
    files.open.clear()
    reading = asyncio.create_task(serving.of(MODEL))
    await asyncio.sleep(0)
    serving.reload()
    files.open.set()
    first: Served = await reading
    assert await serving.of(MODEL) is not first
    assert await serving.of(MODEL) is await serving.of(MODEL)
