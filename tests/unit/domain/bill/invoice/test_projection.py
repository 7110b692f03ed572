"""How a month will end, against what months of the same making did."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from domain.bill.invoice.bill import bill_of
from domain.bill.invoice.metered import MarketPrices, Reading
from domain.bill.invoice.projection import Projection, past_of, projection_of
from domain.bill.supply import Contract, ContractedFrom, Supply
from domain.bill.tariff import load_tariffs
from domain.bill.terms import PriceTerms
from domain.timeline import MADRID, day_bounds, slot_starts

TABLES = load_tariffs((Path(__file__).parents[5] / "src/configs/tariffs.toml").read_text(encoding="utf-8"))
CONTRACT = Contract(
    "3.0TD",
    (ContractedFrom(date(2020, 1, 1), (Decimal(50),) * 6),),
    PriceTerms("fixed"),
    Supply(meter_rental_eur_month=2.0, billed_eur_per_kwh=(0.16, 0.14, 0.13, 0.12, 0.11, 0.09)),
)
MONTH = date(2026, 9, 1), date(2026, 9, 30)
KNOWN_TO = date(2026, 9, 14)


def curve(first: date, last: date, kwh: Callable[[datetime], float]) -> list[Reading]:
    """Hours of the days from one to another."""
    starts = slot_starts(day_bounds(first)[0], day_bounds(last)[1])
    return [Reading(at, 60, Decimal(f"{kwh(at.astimezone(MADRID)):.3f}")) for at in starts]


def by_weekday(at: datetime) -> float:
    return 2.0 if at.weekday() >= 5 else 20.0


def ended(readings: list[Reading]) -> Projection | str:
    past = past_of(TABLES, CONTRACT, readings, MarketPrices())
    assert past is not None
    return projection_of(past, *MONTH)


def test_a_plant_that_works_alike_all_months_ends_within_its_own_record() -> None:
    told = ended(curve(date(2025, 11, 1), KNOWN_TO, by_weekday))
    assert isinstance(told, Projection)
    whole = bill_of(TABLES, CONTRACT, curve(*MONTH, by_weekday), MarketPrices(), MONTH, MONTH[1])
    assert told.known_to == KNOWN_TO
    assert told.months == 9  # December to August: November has no days before it
    assert told.low_eur <= whole.readings[0].total <= told.high_eur
    assert told.low_eur < told.high_eur  # prices of the periods change with the season


def test_a_month_unlike_the_others_widens_the_band() -> None:
    calm = ended(curve(date(2025, 11, 1), KNOWN_TO, by_weekday))

    def stopped(at: datetime) -> float:
        return 0.5 if (at.month, at.day > 14) == (5, True) else by_weekday(at)

    wide = ended(curve(date(2025, 11, 1), KNOWN_TO, stopped))
    assert isinstance(calm, Projection) and isinstance(wide, Projection)
    assert wide.least_ratio < calm.least_ratio
    assert wide.low_eur < calm.low_eur


@pytest.mark.parametrize(("begin", "why"), [(date(2026, 3, 10), "months_missing"), (date(2026, 9, 10), "days_missing")])
def test_a_short_curve_has_no_band(begin: date, why: str) -> None:
    assert ended(curve(begin, KNOWN_TO, by_weekday)) == why


def test_a_day_of_the_month_that_is_missing_is_no_zero() -> None:
    readings = curve(date(2025, 11, 1), KNOWN_TO, by_weekday)
    lacking = [one for one in readings if one.start.astimezone(MADRID).date() != date(2026, 9, 3)]
    assert ended(lacking) == "days_missing"


def test_what_is_not_priced_has_no_end() -> None:
    market = Contract(CONTRACT.tariff, CONTRACT.powers, PriceTerms("indexed"), CONTRACT.supply)
    past = past_of(TABLES, market, curve(KNOWN_TO - timedelta(days=80), KNOWN_TO, by_weekday), MarketPrices())
    assert past is not None and projection_of(past, *MONTH) == "days_missing"
