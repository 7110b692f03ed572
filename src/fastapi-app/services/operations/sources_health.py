"""The state of each source and of its products, and what was left out of their answers.

A source stands as its worst product does: the readings of a station say nothing about its forecast.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from domain.errors import NotConfiguredError
from domain.operations import SourceState
from ports import Clock, HealthLog, ProductHealth, ProductLog, SourceHealth

IMPORT = "import"
TROUBLE = ("attention", "degraded")
"""States of a product that are those of its source, the worse first."""


class SourcesHealth:
    """Collects what the sources and their products say of themselves."""

    def __init__(self, sources: HealthLog, products: ProductLog, clock: Clock) -> None:
        self._sources = sources
        self._products = products
        self._clock = clock

    async def state(self) -> list[SourceState]:
        """Each source with its products."""
        now, sources, products = self._clock(), await self._sources.all(), await self._products.all()
        return [source_state(one, [product for product in products if product.source == one.source], now) for one in sources]

    async def imported(self) -> list[ProductHealth]:
        """What was told about imported values, by market."""
        return [product for product in await self._products.all() if product.source == IMPORT]


async def note_unconfigured(log: HealthLog, source: str, why: str, now: datetime) -> None:
    """Let the health of a source say that it is not set up, since when; whatever it was before."""
    states = {health.source: health.state for health in await log.all()}
    if states.get(source) != "not_configured":
        error = NotConfiguredError.__name__
        await log.record(SourceHealth(source, "not_configured", now, last_error_at=now, last_error=why, last_error_class=error))


def source_state(health: SourceHealth, products: Sequence[ProductHealth], now: datetime) -> SourceState:
    """State of one source: its own, or that of its worst product where it is worse. A rest that is over is none."""
    left_out: Counter[str] = Counter()
    for product in products:
        left_out.update(product.left_out)
    worst = min((one for one in products if one.state in TROUBLE), key=lambda one: TROUBLE.index(one.state), default=None)
    told: SourceHealth | ProductHealth = worst if worst is not None and health.state not in TROUBLE else health
    return SourceState(
        source=health.source,
        state=told.state,
        since=told.since,
        last_success=health.last_success,
        last_error_at=told.last_error_at,
        last_error=told.last_error,
        last_error_class=told.last_error_class,
        rests_until=health.rests_until(now),
        left_out=dict(sorted(left_out.items())),
        products=tuple(products),
    )
