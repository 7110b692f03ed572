"""A retailer's bill beside ours: each kind of slip is found and named, and rounding is none."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from domain.bill.invoice.bill import Bill, bill_of
from domain.bill.invoice.check import Asked, Checked, checked
from domain.bill.invoice.lines import ZERO, Line
from domain.bill.invoice.metered import MarketPrices
from domain.bill.supply import Contract, ContractedFrom, Supply
from domain.bill.tariff import load_tariffs
from domain.bill.terms import PriceTerms
from support.curves import by_period

TABLES = load_tariffs((Path(__file__).parents[5] / "src/configs/tariffs.toml").read_text(encoding="utf-8"))
JULY, DUE = (date(2026, 7, 1), date(2026, 7, 31)), date(2026, 8, 3)
CONTRACT = Contract(
    "3.0TD",
    (ContractedFrom(date(2020, 1, 1), tuple(map(Decimal, (30, 30, 30, 30, 30, 40)))),),
    PriceTerms("fixed"),
    Supply(meter_rental_eur_month=1.36, billed_eur_per_kwh=(0.165, 0.14, 0.13, 0.12, 0.11, 0.098)),
)
CURVE = by_period(
    "3.0TD",
    date(2026, 6, 30),
    JULY[1],
    {1: "1800", 2: "1500", 3: "60", 4: "50", 6: "2400"},
    peaks_kw={1: ("34", "33", "33"), 2: ("33",)},
    kvarh={1: "900"},
)


def rebill(contract: Contract, first: timedelta, last: timedelta) -> Bill:
    return bill_of(TABLES, contract, CURVE, MarketPrices(), (JULY[0] + first, JULY[1] + last), DUE)


def right(contract: Contract = CONTRACT, first: int = 0, last: int = 0) -> list[Line]:
    bill = rebill(contract, timedelta(days=first), timedelta(days=last))
    return [*bill.lines, *bill.readings[0].lines]


def asked(lines: Sequence[Line]) -> list[Asked]:
    return [Asked(line.code, line.period, line.amount or ZERO) for line in lines]


def against(lines: list[Asked], total: Decimal | None = None) -> Checked:
    return checked(TABLES, CONTRACT, rebill(CONTRACT, timedelta(0), timedelta(0)), lines, total, rebill)


def swapped(code: str, others: Sequence[Line]) -> list[Asked]:
    """A right bill with the lines of a code as another bill has them."""
    return [*asked([line for line in right() if line.code != code]), *asked([line for line in others if line.code == code])]


def test_a_right_bill_has_nothing_to_say() -> None:
    lines = asked(right())
    found = against(lines, sum((line.amount for line in lines), ZERO))
    assert {line.verdict for line in found.lines} == {"matches"}
    assert found.adds_up is True


def test_rounding_of_printed_prices_is_no_difference() -> None:
    lines = [replace(line, amount=line.amount + Decimal("0.02")) for line in asked(right())]
    assert {line.verdict for line in against(lines).lines} == {"matches"}


def worst(lines: list[Asked]) -> tuple[str, str, str | None]:
    first = against(lines).lines[0]
    return first.code, first.verdict, first.slip


def test_the_tolls_of_another_year_are_named() -> None:
    """P1 of 2025 is 14.723431 + 4.935064 = 19.658495, of 2026 20.376927: 30 x 19.658495 x 31 / 365 = 50.09, not 51.92."""
    lines = [
        replace(line, amount=Decimal("50.09")) if (line.code, line.period) == ("power", 1) else line for line in asked(right())
    ]
    assert worst(lines) == ("power", "under", "other_year")
    assert str(against(lines).lines[0].difference) == "-1.83"


def test_a_day_too_few_or_too_many_is_named() -> None:
    assert worst(swapped("power", right(last=-1))) == ("power", "under", "day_less")
    assert worst(swapped("power", right(first=-1))) == ("power", "over", "day_more")


def test_excess_by_the_other_meter_kind_is_named() -> None:
    other = replace(CONTRACT, supply=replace(CONTRACT.supply, meter_type=3))
    assert worst(swapped("excess_power", right(other))) == ("excess_power", "under", "other_meter")


def test_a_tax_on_the_wrong_base_is_named() -> None:
    """With the rental of 1.39 EUR in its base the tax is 0.07 EUR more."""
    bill = rebill(CONTRACT, timedelta(0), timedelta(0))
    wrong = ((bill.base + Decimal("1.39")) * Decimal("0.0511269632")).quantize(Decimal("0.01"))
    lines = [replace(line, amount=wrong) if line.code == "electricity_tax" else line for line in asked(right())]
    found = next(line for line in against(lines).lines if line.code == "electricity_tax")
    assert (str(found.difference), found.verdict, found.slip) in {("0.07", "matches", None), ("0.07", "over", "other_base")}
    assert found.slip == "other_base"


def test_the_worst_line_comes_first_and_what_is_not_due_or_absent_is_told() -> None:
    lines = [line for line in asked(right()) if line.code != "social_bonus"]
    lines.append(Asked("efficiency_fund", None, Decimal("15.00")))
    lines = [replace(line, amount=line.amount + 7) if (line.code, line.period) == ("energy", 6) else line for line in lines]
    found = against(lines).lines
    assert [(line.code, line.verdict, str(line.difference)) for line in found[:3]] == [
        ("efficiency_fund", "not_due", "15.00"),
        ("energy", "over", "7.00"),
        ("social_bonus", "absent", "-0.77"),
    ]


def test_lines_without_periods_are_compared_with_the_sum() -> None:
    total = sum((line.amount or ZERO for line in right() if line.code == "power"), ZERO)
    lines = [*asked([line for line in right() if line.code != "power"]), Asked("power", None, total)]
    assert {line.verdict for line in against(lines).lines} == {"matches"}


def test_lines_that_do_not_add_up_to_the_total_are_told() -> None:
    lines = asked(right())
    total = sum((line.amount for line in lines), ZERO)
    assert [against(lines, total + cents).adds_up for cents in (Decimal("0.05"), Decimal("0.06"))] == [True, False]


@pytest.mark.parametrize(("rate", "condition"), [("0.0511269632", False), ("0.005", True)])
def test_of_two_readings_the_nearer_one_is_compared_with(rate: str, condition: bool) -> None:
    def later(contract: Contract, first: timedelta, last: timedelta) -> Bill:
        return bill_of(TABLES, contract, CURVE, MarketPrices(), (JULY[0] + first, JULY[1] + last), date(2026, 11, 20))

    bill = later(CONTRACT, timedelta(0), timedelta(0))
    tax = (bill.base * Decimal(rate)).quantize(Decimal("0.01"))
    found = checked(TABLES, CONTRACT, bill, [Asked("electricity_tax", None, tax)], None, later)
    assert (bill.readings[found.reading].condition is not None) == condition
