"""Bills that were reckoned by hand, to the cent."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from domain.bill.invoice.bill import Bill, bill_of
from domain.bill.invoice.lines import Line
from domain.bill.invoice.metered import MarketPrices, Reading
from domain.bill.supply import Contract, ContractedFrom, Supply
from domain.bill.tariff import load_tariffs, period
from domain.bill.terms import PriceTerms
from support.curves import by_period, flat, quarters_of

TABLES = load_tariffs((Path(__file__).parents[5] / "src/configs/tariffs.toml").read_text(encoding="utf-8"))
JULY, NOVEMBER = (date(2026, 7, 1), date(2026, 7, 31)), (date(2026, 11, 1), date(2026, 11, 30))


def kw(*figures: int) -> tuple[ContractedFrom, ...]:
    return (ContractedFrom(date(2020, 1, 1), tuple(map(Decimal, figures))),)


def euros(lines: tuple[Line, ...], code: str) -> list[str]:
    return [str(line.amount) for line in lines if line.code == code]


def example_a() -> Bill:
    """3.0TD, meter type 4, a fixed price: P1 1800, P2 1500, P6 2400 kWh; maxima of 34 and 33 kW."""
    contract = Contract(
        "3.0TD",
        kw(30, 30, 30, 30, 30, 40),
        PriceTerms("fixed"),
        Supply(meter_rental_eur_month=1.36, billed_eur_per_kwh=(0.165, 0.14, 0.13, 0.12, 0.11, 0.098)),
    )
    curve = by_period(
        "3.0TD",
        *JULY,
        {1: "1800", 2: "1500", 6: "2400"},
        peaks_kw={1: ("34",), 2: ("33",)},
        kvarh={1: "900", 2: "450"},
    )
    return bill_of(TABLES, contract, curve, MarketPrices(), JULY, date(2026, 8, 3))


def test_example_a_a_fixed_price_with_the_highest_quarter_hour() -> None:
    bill = example_a()
    assert euros(bill.lines, "power") == ["51.92", "27.05", "11.42", "9.90", "6.41", "4.90"]
    assert euros(bill.lines, "energy") == ["297.00", "210.00", "235.20"]
    assert euros(bill.lines, "excess_power") == ["21.25", "8.42"]
    assert euros(bill.lines, "reactive") == ["12.72"]
    assert euros(bill.lines, "social_bonus") == ["0.77"]
    assert str(bill.base) == "896.96"
    (owed,) = bill.readings
    assert [(line.code, str(line.amount)) for line in owed.lines] == [
        ("electricity_tax", "45.86"),
        ("meter_rental", "1.39"),
        ("vat", "198.28"),
    ]
    assert str(owed.total) == "1142.49"
    assert bill.meter_type == 4
    assert bill.complete


def test_example_b_an_indexed_price_with_quarter_hours_and_two_readings() -> None:
    """6.1TD, meter type 3; P2 quarters at 430, 440, 420 and 400 kW of 400: 53.851648 kW."""
    contract = Contract(
        "6.1TD",
        kw(400, 400, 400, 400, 400, 450),
        PriceTerms("indexed", fee_eur_per_kwh=0.008, ancillary_eur_per_kwh=0.022),
        Supply(meter_rental_eur_month=0.0),
    )
    curve = by_period(
        "6.1TD",
        *NOVEMBER,
        {2: "30000", 3: "32000", 6: "58000"},
        peaks_kw={2: ("430", "440", "420", "400")},
        kvarh={2: "12000"},
    )
    spot = {2: Decimal("0.090"), 3: Decimal("0.070"), 6: Decimal("0.045")}
    market = {start: spot[period(start, "6.1TD")] for start in quarters_of(*NOVEMBER)}
    bill = bill_of(TABLES, contract, curve, MarketPrices(market), NOVEMBER, date(2026, 11, 30))
    assert euros(bill.lines, "power") == ["973.00", "510.07", "223.62", "177.33", "69.87", "37.14"]
    assert euros(bill.lines, "energy") == ["4775.28", "3947.17", "4967.54"]
    assert [(line.quantity, str(line.amount)) for line in bill.lines if line.code == "excess_power"] == [
        (Decimal("53.851648"), "97.92")
    ]
    assert euros(bill.lines, "reactive") == ["87.26"]
    assert euros(bill.lines, "social_bonus") == ["0.74"]
    assert str(bill.base) == "15866.94"
    general, met = bill.readings
    assert [str(line.amount) for line in general.lines] == ["811.23", "3502.42"]
    assert str(general.total) == "20180.59"
    assert [str(line.amount) for line in met.lines] == ["79.33", "3348.72"]
    assert str(met.total) == "19294.99"
    assert general.condition is None
    assert met.condition is not None
    assert "September 2026" in met.condition


def test_example_c_a_surplus_takes_off_the_energy_term_and_no_more() -> None:
    """Energy 120.00 in July, 3000 kWh fed in at 0.05 EUR: 120.00 of 150.00 are taken off; the power term stays."""
    prices = Supply(billed_eur_per_kwh=(0.1,) * 6, surplus_eur_per_kwh=0.05)
    contract = Contract("3.0TD", kw(30, 30, 30, 30, 30, 40), PriceTerms("fixed"), prices)
    slots = quarters_of(*JULY)
    taken = [Reading(start, 15, Decimal("1.5")) for start in slots[:800]]
    given = [Reading(start, 15, Decimal(0), Decimal("3000") / 800) for start in slots[800:1600]]
    bill = bill_of(TABLES, contract, [*taken, *given], MarketPrices(), JULY, date(2026, 8, 3))
    surplus = next(line for line in bill.lines if line.code == "surplus")
    assert (surplus.quantity, str(surplus.amount)) == (Decimal(3000), "-120.00")
    assert sum(Decimal(eur) for eur in euros(bill.lines, "energy")) == Decimal("120.00")
    assert bill.base == sum(Decimal(eur) for eur in [*euros(bill.lines, "power"), *euros(bill.lines, "social_bonus")])


def test_what_is_taken_and_fed_in_within_an_hour_is_one_net_figure() -> None:
    prices = Supply(billed_eur_per_kwh=(0.1,) * 6, surplus_eur_per_kwh=0.05)
    contract = Contract("3.0TD", kw(30, 30, 30, 30, 30, 40), PriceTerms("fixed"), prices)
    first, second = quarters_of(*JULY)[:2]
    curve = [Reading(first, 15, Decimal(7)), Reading(second, 15, Decimal(0), Decimal(3))]
    bill = bill_of(TABLES, contract, curve, MarketPrices(), JULY, date(2026, 8, 3))
    assert bill.kwh == 4
    assert euros(bill.lines, "surplus") == []


def test_a_bill_across_the_year_has_two_parts_and_says_which_is_assumed() -> None:
    days = (date(2026, 12, 16), date(2027, 1, 15))
    contract = Contract("3.0TD", kw(30, 30, 30, 30, 30, 30), PriceTerms("fixed"), Supply(billed_eur_per_kwh=(0.1,) * 6))
    bill = bill_of(TABLES, contract, flat(*days, "20"), MarketPrices(), days, date(2027, 1, 20))
    power = [(line.first, line.last, line.standing) for line in bill.lines if line.code == "power" and line.period == 1]
    assert power == [
        (date(2026, 12, 16), date(2026, 12, 31), "in_force"),
        (date(2027, 1, 1), date(2027, 1, 15), "assumed"),
    ]


def test_the_days_of_a_power_term_are_split_where_the_contract_changes() -> None:
    powers = (*kw(30, 30, 30, 30, 30, 30), ContractedFrom(date(2026, 7, 11), (Decimal(40),) * 6))
    contract = Contract("3.0TD", powers, PriceTerms("fixed"), Supply(billed_eur_per_kwh=(0.1,) * 6))
    bill = bill_of(TABLES, contract, flat(*JULY, "20"), MarketPrices(), JULY, date(2026, 8, 3))
    first = [(line.quantity, line.days, str(line.amount)) for line in bill.lines if line.code == "power" and line.period == 1]
    assert first == [(30, 10, "16.75"), (40, 21, "46.89")]
    """30 x 20.376927 x 10 / 365 = 16.748; 40 x 20.376927 x 21 / 365 = 46.8948."""


def test_a_price_of_the_market_that_is_not_known_leaves_its_line_open() -> None:
    contract = Contract("3.0TD", kw(30, 30, 30, 30, 30, 30), PriceTerms("indexed"), Supply())
    market = dict.fromkeys((start for start in quarters_of(*JULY) if start.minute == 0), Decimal("0.06"))
    curve = flat(*JULY, "20")
    whole = bill_of(TABLES, contract, curve, MarketPrices(hours=market), JULY, date(2026, 8, 3))
    assert all(line.amount is not None for line in whole.lines)
    dearest = next(one.start for one in curve if period(one.start, "3.0TD") == 1)
    del market[dearest.replace(minute=0)]
    open_ = bill_of(TABLES, contract, curve, MarketPrices(hours=market), JULY, date(2026, 8, 3))
    assert [(line.code, line.period, line.standing) for line in open_.lines if line.amount is None] == [("energy", 1, "missing")]
    assert not open_.complete


def test_a_rental_that_was_not_told_is_not_a_rental_of_nothing() -> None:
    contract = Contract("3.0TD", kw(30, 30, 30, 30, 30, 30), PriceTerms("fixed"), Supply(billed_eur_per_kwh=(0.1,) * 6))
    assert not bill_of(TABLES, contract, [], MarketPrices(), JULY, date(2026, 8, 3)).rental_told
