"""What is told about imported values: where they differ from the published ones."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.notes import Note
from domain.prices.merge import Difference
from domain.prices.slots import Market
from ports import ProductHealth, ProductLog

logger = logging.getLogger("data_ingestion")
SOURCE = "import"
SHOWN = 5


def note_of(difference: Difference) -> Note:
    """A difference as it is told [€/kWh]."""
    place = difference.start.strftime("%Y-%m-%dT%H:%MZ")
    value = f"imported {difference.imported:.5f}"
    return Note("remark", "differs_from_published", place, value, f"published {difference.published:.5f}, which is kept")


class ImportedValues:
    """Keeps the differences that were met last, as the product of a source named `import`."""

    def __init__(self, log: ProductLog | None) -> None:
        self._log = log

    async def tell(self, market: Market, differences: Sequence[Difference], now: datetime) -> None:
        """Say which imported values are not the published ones; nothing when there is none."""
        if not differences:
            return
        notes = [note_of(difference) for difference in differences]
        logger.warning("import_differs market=%s slots=%d such_as=%s", market, len(notes), notes[0])
        if self._log is None:
            return
        before = next((one for one in await self._log.all() if (one.source, one.product) == (SOURCE, market)), None)
        health = before or ProductHealth(SOURCE, market, "ok", since=now)
        told = replace(
            health,
            last_success=now,
            remarks={"differs_from_published": len(notes)},
            notes=tuple(str(note) for note in notes[:SHOWN]),
        )
        await self._log.record(told)
