"""Stores what waits in the spool as soon as the store is back."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from adapters.store.spooled import SpooledStore
from domain.errors import StoreError

logger = logging.getLogger("data_ingestion")

TRY_EVERY_S = 5.0
"""Real seconds between two tries: a database that was restarted is back within that, and a try costs one query of the spool."""


@asynccontextmanager
async def replaying(spooled: SpooledStore, every_s: float = TRY_EVERY_S) -> AsyncGenerator[None]:
    """Replay in the background until the context ends."""
    task = asyncio.create_task(_keep_replaying(spooled, every_s), name="spool")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep_replaying(spooled: SpooledStore, every_s: float) -> None:
    while True:
        try:
            replayed = await spooled.replay()
        except StoreError as error:
            logger.warning("replay_failed error=%s: %s", type(error).__name__, error)
        except Exception:  # the spool must be looked at again, whatever it met
            logger.exception("replay_failed")
        else:
            if replayed.records or replayed.set_aside:
                logger.info("replayed records=%d points=%d refused=%d", replayed.records, replayed.points, replayed.set_aside)
        await asyncio.sleep(every_s)
