"""The state of each source and of its products, and what was left out of their answers.

A source stands as its worst product does: the readings of a station say nothing about its forecast.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.errors import NotConfiguredError
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

    async def state(self) -> list[dict[str, Any]]:
        """Each source with its products."""
        now, sources, products = self._clock(), await self._sources.all(), await self._products.all()
        return [source_json(one, [product for product in products if product.source == one.source], now) for one in sources]

    async def imported(self) -> list[dict[str, Any]]:
        """What was told about imported values, by market."""
        return [product_json(product) for product in await self._products.all() if product.source == IMPORT]


async def note_unconfigured(log: HealthLog, source: str, why: str, now: datetime) -> None:
    """Let the health of a source say that it is not set up, since when; whatever it was before."""
    states = {health.source: health.state for health in await log.all()}
    if states.get(source) != "not_configured":
        error = NotConfiguredError.__name__
        await log.record(SourceHealth(source, "not_configured", now, last_error_at=now, last_error=why, last_error_class=error))


def source_json(health: SourceHealth, products: Sequence[ProductHealth], now: datetime) -> dict[str, Any]:
    """State of one source: its own, or that of its worst product where it is worse. A rest that is over is none."""
    left_out: Counter[str] = Counter()
    for product in products:
        left_out.update(product.left_out)
    worst = min((one for one in products if one.state in TROUBLE), key=lambda one: TROUBLE.index(one.state), default=None)
    rests_until = health.rests_until(now)
    told: SourceHealth | ProductHealth = worst if worst is not None and health.state not in TROUBLE else health
    return {
        "source": health.source,
        "state": told.state,
        "since": told.since.isoformat(),
        "last_success": health.last_success.isoformat() if health.last_success else None,
        "last_error_at": told.last_error_at.isoformat() if told.last_error_at else None,
        "last_error": told.last_error,
        "last_error_class": told.last_error_class,
        "open_until": rests_until.isoformat() if rests_until else None,
        "left_out": dict(sorted(left_out.items())),
        "products": [product_json(product) for product in products],
    }


def product_json(health: ProductHealth) -> dict[str, Any]:
    """State of one product, and what its last answer left out, by reason, with the first places and values."""
    return {
        "source": health.source,
        "product": health.product,
        "state": health.state,
        "since": health.since.isoformat(),
        "last_success": health.last_success.isoformat() if health.last_success else None,
        "last_error_at": health.last_error_at.isoformat() if health.last_error_at else None,
        "last_error": health.last_error,
        "last_error_class": health.last_error_class,
        "left_out": dict(health.left_out),
        "left_out_total": dict(health.left_out_total),
        "remarks": dict(health.remarks),
        "notes": list(health.notes),
    }
