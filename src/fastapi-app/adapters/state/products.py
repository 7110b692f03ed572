"""The state of each product of a source, in the state file."""

import json
from collections.abc import Sequence
from typing import Any, Final

from adapters.state.instants import instant, instant_or_none, micros, micros_or_none
from adapters.store.sqlite import Database
from ports import ProductHealth

PRODUCT_TABLES: Final = (
    # Instants are microseconds since 1970, UTC; `told` is JSON: left_out, left_out_total, remarks, notes.
    """CREATE TABLE source_products (
        source TEXT, product TEXT, state TEXT NOT NULL, since INTEGER NOT NULL, last_success INTEGER, last_error_at INTEGER,
        last_error TEXT, last_error_class TEXT, told TEXT NOT NULL, PRIMARY KEY (source, product)) WITHOUT ROWID""",
)


class SqliteProductLog:
    """ProductLog on the state file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, health: ProductHealth) -> None:
        """Replace the state of a product."""
        told = {
            "left_out": dict(health.left_out),
            "left_out_total": dict(health.left_out_total),
            "remarks": dict(health.remarks),
            "notes": list(health.notes),
        }
        values = (
            health.source,
            health.product,
            health.state,
            micros(health.since),
            micros_or_none(health.last_success),
            micros_or_none(health.last_error_at),
            health.last_error,
            health.last_error_class,
            json.dumps(told),
        )
        query = "INSERT OR REPLACE INTO source_products VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        await self._database.change(query, *values)

    async def all(self) -> Sequence[ProductHealth]:
        """All states, by source and product."""
        query = """SELECT source, product, state, since, last_success, last_error_at, last_error, last_error_class, told
                   FROM source_products ORDER BY source, product"""
        found = await self._database.rows(query)
        return [_health(*row) for row in found]


def _health(source: str, product: str, state: Any, *rest: Any) -> ProductHealth:
    since, last_success, last_error_at, last_error, last_error_class, told = rest
    said = json.loads(told)
    return ProductHealth(
        source,
        product,
        state,
        instant(since),
        last_success=instant_or_none(last_success),
        last_error_at=instant_or_none(last_error_at),
        last_error=last_error,
        last_error_class=last_error_class,
        left_out=said["left_out"],
        left_out_total=said["left_out_total"],
        remarks=said["remarks"],
        notes=tuple(said["notes"]),
    )
