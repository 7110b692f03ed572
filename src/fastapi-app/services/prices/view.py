"""Prices as the page and the API show them: days with their state, the price now with its period and trend. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from domain.bill.tariff import Tariff, period
from domain.prices.expected import expected_starts
from domain.prices.slots import OVERDUE, PUBLICATION, KnownPrice, Market
from domain.timeline import day_bounds, local_instant

FLAT_BAND = 0.02
"""Relative change below which the next price counts as the same."""


def slot_json(price: KnownPrice, tariff: Tariff | None) -> dict[str, Any]:
    """One slot with its origin, source and age; `period` where a tariff applies."""
    slot = price.slot
    shown: dict[str, Any] = {
        "start": slot.start.isoformat(),
        "end": slot.end.isoformat(),
        "price_eur_kwh": slot.eur_per_kwh,
        "origin": "published",
        "source": price.provider,
        "as_of": price.as_of.isoformat(),
    }
    if tariff is not None:
        shown["period"] = f"P{period(slot.start, tariff)}"
    return shown


def day_json(market: Market, day: date, known: Sequence[KnownPrice], now: datetime, tariff: Tariff | None) -> dict[str, Any]:
    """A local day of a market: its slots, and what state it is in at ``now``."""
    expected = expected_starts(market, day)
    have = {price.slot.start for price in known}
    minutes = round(known[0].slot.resolution / timedelta(minutes=1)) if known else None
    newest = max(known, key=lambda price: price.as_of, default=None)
    return {
        "date": day.isoformat(),
        "market": market,
        "unit": "EUR/kWh",
        "resolution_minutes": minutes,
        "expected_slots": len(expected),
        "state": _state(market, day, have, expected, now),
        "published_expected_at": local_instant(day - timedelta(days=1), PUBLICATION[market]).isoformat(),
        "origin": "published",
        "source": newest.provider if newest else None,
        "as_of": newest.as_of.isoformat() if newest else None,
        "slots": [slot_json(price, tariff) for price in known],
    }


def _state(market: Market, day: date, have: set[datetime], expected: Sequence[datetime], now: datetime) -> str:
    """published | partial | not_published (normal) | late | missing (its day has begun)."""
    if have.issuperset(expected):
        return "published"
    if have:
        return "partial"
    if now >= day_bounds(day)[0]:
        return "missing"
    late_from = local_instant(day - timedelta(days=1), OVERDUE[market])
    return "late" if now >= late_from else "not_published"


def current_json(market: Market, known: Sequence[KnownPrice], now: datetime, tariff: Tariff | None) -> dict[str, Any] | None:
    """The price of the slot that holds ``now``, with the trend to the next one; None when it is not known."""
    current = next((price for price in known if price.slot.start <= now < price.slot.end), None)
    if current is None:
        return None
    following = next((price for price in known if price.slot.start == current.slot.end), None)
    shown = slot_json(current, tariff) | {"market": market, "trend": _trend(current, following)}
    if tariff is not None:
        shown["tariff"] = tariff
    return shown


def _trend(current: KnownPrice, following: KnownPrice | None) -> Mapping[str, Any] | None:
    if following is None:
        return None
    here, there = current.slot.eur_per_kwh, following.slot.eur_per_kwh
    band = FLAT_BAND * abs(here)
    direction = "flat" if abs(there - here) <= band else "up" if there > here else "down"
    return {"direction": direction, "next_price_eur_kwh": there, "next_start": following.slot.start.isoformat()}
