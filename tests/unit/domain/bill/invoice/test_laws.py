"""Laws of a bill, whatever the curve."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.bill.energy_price import indexed_terms
from domain.bill.invoice.bill import Bill, bill_of
from domain.bill.invoice.lines import ZERO, Line, total_of
from domain.bill.invoice.metered import MarketPrices, Reading
from domain.bill.supply import Contract, ContractedFrom, MeterType, Supply, meter_type_of
from domain.bill.tariff import load_tariffs, period
from domain.bill.terms import PriceTerms
from domain.timeline import QUARTER, day_bounds, local_day
from support.curves import flat, quarters_of

TABLES = load_tariffs((Path(__file__).parents[5] / "src/configs/tariffs.toml").read_text(encoding="utf-8"))
MARCH, DUE = (date(2026, 3, 1), date(2026, 3, 31)), date(2026, 8, 3)
ADDITIVE = ("power", "energy", "social_bonus")
"""Lines of which the norm makes the whole the sum of its parts. Excess and reactive energy are of a cycle, taxes of a bill."""


def contract(basis: str = "fixed", meter_type: MeterType | None = None, *, kw: int = 50) -> Contract:
    return Contract(
        "3.0TD",
        (ContractedFrom(date(2020, 1, 1), (Decimal(kw),) * 6),),
        PriceTerms("indexed" if basis == "indexed" else "fixed"),
        Supply(meter_type=meter_type, meter_rental_eur_month=0.0, billed_eur_per_kwh=(0.16, 0.14, 0.13, 0.12, 0.11, 0.09)),
    )


def bill(curve: list[Reading], days: tuple[date, date] = MARCH, made: Contract | None = None, spot: str = "0.05") -> Bill:
    market = MarketPrices({one.start: Decimal(spot) for one in curve})
    return bill_of(TABLES, made or contract(), curve, market, days, DUE)


def of(lines: tuple[Line, ...], code: str) -> Decimal:
    return total_of(line for line in lines if line.code == code)


@settings(max_examples=25, deadline=None)
@given(
    cut=st.integers(1, 30),
    level=st.lists(st.integers(0, 60_000), min_size=5, max_size=40),
    basis=st.sampled_from(["fixed", "indexed"]),
)
def test_two_halves_add_up_to_the_whole(cut: int, level: list[int], basis: str) -> None:
    slots = quarters_of(*MARCH)
    curve = [Reading(start, 15, Decimal(level[i % len(level)]) / 4000) for i, start in enumerate(slots)]
    middle = MARCH[0] + timedelta(days=cut)
    halves = [
        bill(curve, (MARCH[0], middle - timedelta(days=1)), contract(basis)),
        bill(curve, (middle, MARCH[1]), contract(basis)),
    ]
    whole = bill(curve, made=contract(basis))
    assert sum(half.kwh for half in halves) == whole.kwh
    for code in ADDITIVE:
        parts = sum(of(half.lines, code) for half in halves)
        assert abs(parts - of(whole.lines, code)) <= Decimal("0.01") * 9, "a cent at most for each line that was rounded twice"


@settings(max_examples=20, deadline=None)
@given(kw=st.integers(0, 50), kind=st.sampled_from([3, 4]))
def test_a_flat_curve_within_the_contract_has_no_excess(kw: int, kind: MeterType) -> None:
    found = bill(flat(*MARCH, str(kw)), made=contract(meter_type=kind))
    assert [line for line in found.lines if line.code == "excess_power"] == []
    assert found.kwh == kw * Decimal(len(quarters_of(*MARCH))) / 4


def test_a_flat_curve_above_the_contract_costs_by_the_root_of_its_quarters() -> None:
    """10 kW over in all of March: P2 of n quarters 10 x sqrt(n); meter type 4: 10 kW x 31 days, however many quarters."""
    curve = flat(*MARCH, "60")
    quarters = {line.period: line for line in bill(curve, made=contract(meter_type=3)).lines if line.code == "excess_power"}
    assert quarters[2].quantity == (Decimal(quarters_in(2, curve)).sqrt() * 10).quantize(Decimal("0.000001"))
    highest = {line.period: line.amount for line in bill(curve, made=contract(meter_type=4)).lines if line.code == "excess_power"}
    assert highest[2] == Decimal("28.08")
    """10 x 0.090584 x 31."""


def quarters_in(number: int, curve: list[Reading]) -> int:
    return sum(period(one.start, "3.0TD") == number for one in curve)


def test_zero_consumption_pays_the_power_and_the_bonus() -> None:
    found = bill(flat(*MARCH, "0"))
    assert {line.code for line in found.lines} == {"power", "social_bonus"}
    assert found.complete


def test_negative_hours_lower_the_energy_and_the_tax_never_falls_below_its_floor() -> None:
    curve = flat(*MARCH, "50")
    cheap = bill(curve, made=contract("indexed"), spot="-0.200")
    assert of(cheap.lines, "energy") < 0
    assert cheap.base < 0
    tax = cheap.readings[0].lines[0]
    assert tax.amount == (cheap.kwh * Decimal("0.0005")).quantize(Decimal("0.01"))
    assert tax.norm == "Ley 38/1992, art. 99"


def test_an_indexed_bill_is_the_sum_of_the_price_of_each_quarter() -> None:
    curve = flat(*MARCH, "40")
    energy = of(bill(curve, made=contract("indexed")).lines, "energy")
    each = ZERO
    for one in curve:
        terms = indexed_terms(TABLES, "3.0TD", PriceTerms("indexed"), one.start)
        bought = (0.05 + terms.ancillary + terms.capacity) * (1 + terms.loss) + terms.efficiency_fund
        each += one.kwh_in * Decimal(bought * (1 + terms.municipal_tax) + terms.toll_and_charge)
    assert float(energy) == pytest.approx(float(each), abs=0.03)


@settings(max_examples=20, deadline=None)
@given(gone=st.sets(st.integers(0, 2971), max_size=50))
def test_what_is_missing_is_counted_and_bounded_and_never_filled_in(gone: set[int]) -> None:
    whole = flat(*MARCH, "40")
    curve = [one for index, one in enumerate(whole) if index not in gone]
    found = bill(curve)
    assert found.missing.count == len(gone)
    assert found.missing.most_kwh == Decimal(len(gone)) * 50 / 4
    assert found.kwh == sum((one.kwh_in for one in curve), ZERO)
    assert found.complete == (not gone)


def test_a_meter_of_hours_has_the_power_of_the_hour_in_its_four_quarters() -> None:
    start = day_bounds(date(2026, 3, 3))[0]
    hours = [Reading(start + 4 * QUARTER * i, 60, Decimal(60)) for i in range(24)]
    quarters = [Reading(start + QUARTER * i, 15, Decimal(15)) for i in range(96)]
    days = (local_day(start), local_day(start))
    by_hours, by_quarters = (bill(curve, days, contract(meter_type=3)) for curve in (hours, quarters))
    assert of(by_hours.lines, "excess_power") == of(by_quarters.lines, "excess_power") > 0
    assert (by_hours.by_the_hour, by_quarters.by_the_hour) == (24, 0)


@pytest.mark.parametrize(("kw", "kind"), [(15, 5), (15.1, 4), (50, 4), (50.1, 3), (450, 3), (451, 2), (9_999, 2), (10_000, 1)])
def test_the_meter_follows_the_highest_power(kw: float, kind: int) -> None:
    assert meter_type_of([1.0, kw]) == kind
