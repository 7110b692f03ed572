"""The products of a source: its readings apart from its forecast, each indicator by itself. Each has its own state and its own
count of what was left out, so that trouble with one is not hidden by the next answer of another.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from adapters.sources.circuit import public_class, says_more, state_after
from domain.errors import NotPublishedError, SourceError, StoreError
from domain.intake.verdict import Tray
from ports import ProductHealth, ProductLog, Severity

logger = logging.getLogger(__name__)

SHOWN_NOTES = 5


@dataclass(frozen=True, slots=True)
class Told:
    """What an operation says about the product that it asks for."""

    product: str
    tray: Tray = field(default_factory=Tray)


class Products:
    """The states of the products of one source. Without a log they are known while this process runs."""

    def __init__(self, source: str, log: ProductLog | None = None, stored: Sequence[ProductHealth] = ()) -> None:
        self._source = source
        self._log = log
        self._states = {state.product: state for state in stored}
        self._noted = dict(self._states)

    def state(self, product: str) -> ProductHealth | None:
        """The state now; None before its first answer."""
        return self._states.get(product)

    async def succeeded(self, told: Told | None, now: datetime) -> None:
        """An answer was taken, whole or in part."""
        if told is not None:
            await self._note(replace(self._counted(told, "ok", now), last_success=now, last_error=None, last_error_class=None))

    async def failed(self, told: Told | None, error: SourceError, now: datetime) -> None:
        """No answer was taken. An absence is normal and changes no state but that of a product never seen."""
        if told is None:
            return
        state = state_after(error)
        if isinstance(error, NotPublishedError) and told.product in self._states:
            state = "waiting"
        counted = self._counted(told, state, now)
        await self._note(replace(counted, last_error_at=now, last_error=error.detail, last_error_class=public_class(error)))

    def _counted(self, told: Told, state: Severity, now: datetime) -> ProductHealth:
        left_out = told.tray.counts()
        old = self._states.get(told.product) or ProductHealth(self._source, told.product, state, since=now)
        for note in told.tray.notes[:SHOWN_NOTES]:
            logger.warning("%s source=%s product=%s %s", note.verdict, self._source, told.product, note)
        return replace(
            old,
            state=state,
            since=old.since if old.state == state else now,
            left_out=left_out,
            left_out_total=_sum(old.left_out_total, left_out),
            remarks=told.tray.counts("remark"),
            notes=tuple(str(note) for note in told.tray.notes[:SHOWN_NOTES]),
        )

    async def _note(self, health: ProductHealth) -> None:
        self._states[health.product] = health
        if self._log is None or not says_more(health, self._noted.get(health.product)):
            return
        try:
            await self._log.record(health)
        except StoreError as error:  # what was fetched must not be lost because the log is away; it is tried again next time
            logger.warning("product_health_not_stored source=%s product=%s reason=%s", self._source, health.product, error)
            return
        self._noted[health.product] = health


def _sum(old: Mapping[str, int], new: Mapping[str, int]) -> Mapping[str, int]:
    return dict(sorted((Counter(old) + Counter(new)).items()))
