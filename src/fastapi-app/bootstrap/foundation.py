"""What every part of one running application is built on."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

from adapters.files.model_links import clear_leftovers
from adapters.files.plant_file import PlantFileOnDisk
from adapters.state.jobs import SqliteJobLog
from adapters.state.notes import STORE_NOTE, SqliteNotes
from adapters.store.cached import CachedStore
from adapters.store.replay import replaying
from adapters.store.spool import Spool
from adapters.store.spooled import SpooledStore
from adapters.store.sqlite import Database
from bootstrap.opening import open_series, open_state, read_build, read_plant_file, read_tariffs, read_version
from domain.bill.tariff import TariffTables
from domain.operations import Build
from domain.plan.plant import Plant
from ports import Clock
from ports.plant import PlantFile
from settings import Settings


@dataclass(frozen=True, slots=True)
class Storage:
    """The history and the local state, open."""

    series: CachedStore
    spooled: SpooledStore
    """The same without its cache: it knows what waits."""
    state: Database


@dataclass(frozen=True, slots=True)
class Foundation:
    """Settings, plant, storage, the one clock, and the version that runs."""

    settings: Settings
    plant: Plant
    plant_text: str
    """The text of the file that it was read from."""
    plant_file: PlantFile
    tariffs: TariffTables
    storage: Storage
    clock: Clock
    version: str
    build: Build


def lay_foundation(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Foundation:
    """Read the plant and open the storage; the stack closes it."""
    (plant, text), tariffs = read_plant_file(settings), read_tariffs(settings)
    return Foundation(
        settings,
        plant,
        text,
        PlantFileOnDisk(settings.config_dir / "factory.toml"),
        tariffs,
        _open_storage(settings, clock, stack),
        clock,
        read_version(),
        read_build(),
    )


async def take_over(base: Foundation, stack: AsyncExitStack) -> None:
    """What the one process does that keeps the folders: the runs that the process before left under way are marked, what it was
    writing when it was killed goes, and what waits for the store is replayed until the stack closes.
    """
    await stack.enter_async_context(replaying(base.storage.spooled))
    await SqliteNotes(base.storage.state).put(STORE_NOTE, base.settings.store)
    await SqliteJobLog(base.storage.state).mark_interrupted(base.clock())
    await asyncio.to_thread(clear_leftovers, base.settings.models_dir)


def _open_storage(settings: Settings, clock: Clock, stack: AsyncExitStack) -> Storage:
    """Store, spool and state."""
    state = open_state(settings)
    stack.callback(state.close)
    spool = Spool(state)
    spooled = SpooledStore(open_series(settings), spool, clock)
    series = CachedStore(spooled, spool.waiting)
    stack.push_async_callback(series.aclose)
    return Storage(series, spooled, state)
