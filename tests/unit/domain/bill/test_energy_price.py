"""The price of energy by basis: worked examples, computed by hand."""

from datetime import date, datetime
from pathlib import Path

import pytest

from domain.bill.energy_price import IndexedTerms, fixed_power_eur, fixed_price, indexed_terms, social_bonus_eur
from domain.bill.tariff import TARIFFS, Tariff, TariffTables, load_tariffs
from domain.bill.terms import PriceTerms
from domain.errors import NotKnownError
from domain.timeline import MADRID, days_between

CONFIG = Path(__file__).resolve().parents[4] / "src" / "configs" / "tariffs.toml"


@pytest.fixture(scope="module")
def tables() -> TariffTables:
    return load_tariffs(CONFIG.read_text(encoding="utf-8"))


def madrid(*parts: int) -> datetime:
    year, month, day, hour, minute = (*parts, 0)[:5]
    return datetime(year, month, day, hour, minute, tzinfo=MADRID)


def test_an_indexed_price_on_a_september_morning_in_p3(tables: TariffTables) -> None:
    """60 €/MWh: (60 + 21.74 + 0.333) x 1.165 = 95.615045; + 2.658 + 8 = 106.273045; x 1.015 = 107.8671407 €/MWh;
    + 0.004943 + 0.014336 = 0.127146141 €/kWh; x 1.0511269632 = 0.133646737."""
    terms = indexed_terms(tables, "3.0TD", PriceTerms("indexed", fee_eur_per_kwh=0.008), madrid(2026, 9, 16, 10, 15))
    assert terms.price(0.060) == pytest.approx(0.133646737, abs=1e-9)


def test_an_indexed_price_of_6_1td_at_night(tables: TariffTables) -> None:
    """25 €/MWh in P6 of August: (25 + 21.74) x 1.077 = 50.33898; + 2.658 + 7.5 = 60.49698; x 1.015 = 61.4044347 €/MWh;
    + 0.000029 + 0.001559 = 0.062992435 €/kWh; x 1.0511269632 = 0.066213047."""
    terms = indexed_terms(tables, "6.1TD", PriceTerms("indexed", fee_eur_per_kwh=0.0075), madrid(2026, 8, 12, 3))
    assert terms.price(0.025) == pytest.approx(0.066213047, abs=1e-9)


def test_the_electricity_tax_never_falls_below_its_floor(tables: TariffTables) -> None:
    """-30 €/MWh in P6: (-30 + 21.74) x 1.18 = -9.7468; + 2.658 + 8 = 0.9112; x 1.015 = 0.924868 €/MWh; + 0.000031 + 0.002867
    = 0.003822868 €/kWh; 5.11 % of that is 0.0002, so the tax is 0.0005: 0.004322868."""
    terms = indexed_terms(tables, "3.0TD", PriceTerms("indexed", fee_eur_per_kwh=0.008), madrid(2026, 9, 20, 14))
    assert terms.price(-0.030) == pytest.approx(0.004322868, abs=1e-9)


def test_a_contract_that_states_its_ancillary_costs_is_believed(tables: TariffTables) -> None:
    """10 instead of 21.74 €/MWh lowers the first example by 11.74 x 1.165 x 1.015 x 1.0511269632 = 14.592... €/MWh."""
    given = PriceTerms("indexed", fee_eur_per_kwh=0.008, ancillary_eur_per_kwh=0.010)
    terms = indexed_terms(tables, "3.0TD", given, madrid(2026, 9, 16, 10, 15))
    assert terms.price(0.060) == pytest.approx(0.133646737 - 0.01174 * 1.165 * 1.015 * 1.0511269632, abs=1e-9)


def test_the_tax_that_was_lowered_for_a_time_is_lower_in_that_time() -> None:
    terms = {"ancillary": 0.0, "capacity": 0.0, "loss": 0.0, "efficiency_fund": 0.0, "fee": 0.0, "municipal_tax": 0.0}
    low = IndexedTerms(**terms, toll_and_charge=0.0, electricity_tax=0.005, electricity_tax_floor=0.0005)
    assert low.price(0.2) == pytest.approx(0.2 + 0.001)
    assert low.price(0.05) == pytest.approx(0.05 + 0.0005)  # 0.5 % of it would be 0.00025


def test_an_indexed_price_before_the_first_row_is_refused(tables: TariffTables) -> None:
    with pytest.raises(NotKnownError, match="2023-12-31 is not known: the table begins on 2024-01-01"):
        indexed_terms(tables, "3.0TD", PriceTerms("indexed"), madrid(2023, 12, 31, 12))


@pytest.mark.parametrize("tariff", TARIFFS)
def test_an_indexed_price_is_told_for_every_day_since_2024(tables: TariffTables, tariff: Tariff) -> None:
    for day in days_between(date(2024, 1, 1), date(2026, 12, 31)):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=MADRID)
        assert 0.02 < indexed_terms(tables, tariff, PriceTerms("indexed"), noon).price(0.060) < 0.25, day


def test_an_indexed_price_of_march_2024(tables: TariffTables) -> None:
    """Sunday 3 March, P6, 50 €/MWh: (50 + 18.36 + 0) x 1.18 = 80.6648; + 0.498 + 8 = 89.1628; x 1.015 = 90.500242 €/MWh;
    + 0.000234 + 0.001958 = 0.092692242 €/kWh; x 1.025 = 0.095009548."""
    terms = indexed_terms(tables, "3.0TD", PriceTerms("indexed", fee_eur_per_kwh=0.008), madrid(2024, 3, 3, 12))
    assert terms.price(0.050) == pytest.approx(0.095009548, abs=1e-9)


@pytest.mark.parametrize(
    ("when", "price"),
    [
        ((2026, 1, 14, 10), 0.20),  # high season, peak: P1
        ((2026, 1, 14, 16), 0.18),  # high season, flat: P2
        ((2026, 9, 16, 10), 0.15),  # medium season, peak: P3
        ((2026, 9, 16, 16), 0.14),  # medium season, flat: P4
        ((2026, 4, 15, 16), 0.12),  # low season, flat: P5
        ((2026, 4, 15, 4), 0.10),  # night: P6
        ((2026, 1, 17, 10), 0.10),  # Saturday: P6
    ],
)
def test_a_fixed_contract_has_a_price_for_each_of_six_periods(when: tuple[int, ...], price: float) -> None:
    terms = PriceTerms("fixed", fixed_eur_per_kwh=(0.20, 0.18, 0.15, 0.14, 0.12, 0.10))
    assert fixed_price(terms, "3.0TD", madrid(*when)) == price


def test_the_fixed_power_term_of_a_day(tables: TariffTables) -> None:
    """3.0TD 2026, 150 kW: 0.055827 + 0.029089 + 0.012278 + 0.010647 + 0.006887 + 0.003951 = 0.118679 €/kW and day, 17.80 €."""
    found = fixed_power_eur(tables, "3.0TD", (150.0,) * 6, date(2026, 11, 18))
    assert found[0] == pytest.approx(150 * 0.055827, abs=1e-4)
    assert sum(found) == pytest.approx(150 * 0.118679, abs=1e-3)


def test_the_social_bonus_changed_in_the_middle_of_2026(tables: TariffTables) -> None:
    """6.979247 and 9.011295 € a year."""
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 25), date(2026, 6, 26), date(2026, 11, 18))
    assert [social_bonus_eur(tables, day) for day in days] == [0.012742, 0.019121, 0.019121, 0.024688, 0.024688]
    with pytest.raises(NotKnownError):
        social_bonus_eur(tables, date(2023, 12, 31))


def test_the_least_electricity_tax_is_twice_as_high_for_other_uses(tables: TariffTables) -> None:
    """In April 2026 the tax is 0.5 %: of a price of under 0.2 EUR/kWh it is less than 1 EUR/MWh, of one under 0.1 less than 0.5."""
    prices = [
        indexed_terms(tables, "3.0TD", PriceTerms("indexed", use=use), madrid(2026, 4, 15, 4)).price(0.0)
        for use in ("industrial", "high_voltage", "irrigation", "other")
    ]
    assert [price - prices[0] for price in prices] == pytest.approx([0, 0, 0, 0.0005], abs=1e-12)
