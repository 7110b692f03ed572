"""The price in its parts, of the slot of now and of the month: the same price that the page says, and nothing made up."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from domain.bill.tariff import load_tariffs
from domain.bill.terms import PriceTerms
from domain.prices.slots import KnownPrice, Market, PriceSlot
from domain.timeline import HOUR, slot_starts
from routers.answers.price_parts import PricePartsOut
from services.prices.board import CurrentPrice
from services.prices.paid_price import PaidPrice
from services.prices.price_parts import PricePartsBoard, is_of, month_of

ROOT = Path(__file__).resolve().parents[4]
TABLES = load_tariffs((ROOT / "src/configs/tariffs.toml").read_text(encoding="utf-8"))
NOW = datetime(2026, 9, 3, 10, 20, tzinfo=UTC)
MONTH = datetime(2026, 8, 31, 22, tzinfo=UTC)
"""Midnight of 1 September in Madrid."""
INDEXED = PriceTerms("indexed", fee_eur_per_kwh=0.008)


class History:
    """Hours of the month whose price is known: the spot is 0.05 €/kWh, and 0.08 in the quarter of now."""

    def __init__(self, known: int) -> None:
        self.starts = list(slot_starts(MONTH, MONTH + known * HOUR, HOUR))
        self.asked = 0

    async def known(
        self, market: Market, minutes: int, start: datetime, end: datetime, at: datetime | None = None
    ) -> list[KnownPrice]:
        self.asked += 1
        assert (market, minutes) == ("spot", 60)
        return [known_price(hour, HOUR, 0.05) for hour in self.starts if start <= hour < end and (at is None or hour < at)]

    async def current(self, market: Market, now: datetime, at: datetime | None = None) -> CurrentPrice | None:
        quarter = timedelta(minutes=15)
        return CurrentPrice(market, known_price(now.replace(minute=15), quarter, 0.08), None) if self.starts else None


def known_price(start: datetime, length: timedelta, eur: float) -> KnownPrice:
    return KnownPrice(PriceSlot(start, start + length, eur), "omie", MONTH)


def board(history: History, terms: PriceTerms = INDEXED, writes: list[int] | None = None) -> PricePartsBoard:
    paid = PaidPrice("3.0TD", terms, TABLES)
    return PricePartsBoard(history, history, paid, lambda: len(writes or ()))  # type: ignore[arg-type]


def test_the_parts_of_now_are_those_of_the_price_that_is_paid() -> None:
    history = History(61)
    told = asyncio.run(board(history).block(NOW))
    paid = PaidPrice("3.0TD", INDEXED, TABLES)
    spot = asyncio.run(history.current("spot", NOW))
    now = paid.now(NOW, spot)
    assert told is not None and now is not None
    assert told.slot == now.price.slot
    assert round(sum(part.eur_per_kwh for part in told.parts), 6) == told.slot.eur_per_kwh
    assert {code for code, _ in told.statuses} == {part.code for part in told.parts}
    assert is_of(told, NOW) and not is_of(told, NOW + HOUR)


def test_the_month_is_the_mean_of_its_hours_and_says_how_many_are_missing() -> None:
    told = asyncio.run(board(History(50)).block(NOW))
    assert told is not None and told.month is not None
    month, paid = told.month, PaidPrice("3.0TD", INDEXED, TABLES)
    assert (month.first, month.last, month.hours, month.missing_hours) == (date(2026, 9, 1), date(2026, 9, 3), 50, 11)
    by_hand = sum(paid.at(MONTH + i * HOUR)(0.05) for i in range(50)) / 50
    assert month.eur_per_kwh == pytest.approx(by_hand, abs=1e-6)
    assert round(sum(part.eur_per_kwh for part in month.parts), 6) == month.eur_per_kwh


def test_a_view_of_the_past_knows_what_was_known_then() -> None:
    told = asyncio.run(board(History(61)).past(MONTH + 20 * HOUR))
    assert told is not None and told.month is not None
    assert (told.month.hours, told.month.missing_hours) == (20, 1)


def test_the_month_is_read_once_between_two_writes() -> None:
    history, writes = History(61), [1]
    parts = board(history, writes=writes)
    for _ in range(3):
        asyncio.run(parts.block(NOW))
    assert history.asked == 1
    writes.append(2)
    asyncio.run(parts.block(NOW))
    asyncio.run(parts.block(NOW + HOUR))
    assert history.asked == 3


def test_without_a_price_of_now_nothing_is_told() -> None:
    assert asyncio.run(board(History(0)).block(NOW)) is None


def test_hours_before_the_tables_are_left_out_of_the_mean() -> None:
    paid, early = PaidPrice("3.0TD", INDEXED, TABLES), datetime(2023, 12, 31, 22, tzinfo=UTC)
    slots = [PriceSlot(early + i * HOUR, early + (i + 1) * HOUR, 0.05) for i in range(3)]
    month = month_of(paid, slots, (date(2024, 1, 1), date(2024, 1, 1)), 3)
    assert month is not None and (month.hours, month.missing_hours) == (2, 1)
    assert month_of(paid, slots[:1], (date(2023, 12, 1), date(2023, 12, 31)), 1) is None


def test_a_fixed_price_is_the_contracts_own() -> None:
    fixed = PriceTerms("fixed", (0.20, 0.18, 0.16, 0.14, 0.12, 0.10))
    told = asyncio.run(board(History(0), fixed).block(NOW))
    assert told is not None and [part.code for part in told.parts] == ["contract"]
    assert told.slot.eur_per_kwh == 0.16 and told.month is not None and told.month.missing_hours == 0
    sent = PricePartsOut.of(told).plain()
    assert sent["statuses"] == [{"code": "contract", "state": "contract", "since": None, "last": None, "norm": ""}]
