"""The price of energy by basis: worked examples, computed by hand."""

from datetime import date, datetime
from pathlib import Path

import pytest

from domain.bill.energy_price import IndexedTerms, fixed_power_eur, fixed_price, indexed_terms, social_bonus_eur
from domain.bill.tariff import TariffTables, load_tariffs
from domain.bill.terms import PriceTerms
from domain.errors import NotKnownError
from domain.timeline import MADRID

CONFIG = Path(__file__).resolve().parents[4] / "src" / "configs" / "tariffs.toml"


@pytest.fixture(scope="module")
def tables() -> TariffTables:
    return load_tariffs(CONFIG.read_text(encoding="utf-8"))


def madrid(*parts: int) -> datetime:
    year, month, day, hour, minute = (*parts, 0)[:5]
    return datetime(year, month, day, hour, minute, tzinfo=MADRID)


def test_an_indexed_price_on_a_september_morning_in_p3(tables: TariffTables) -> None:
    """60 €/MWh: (60 + 21.74 + 0.26) x 1.165 = 95.53; + 2.658 + 8 = 106.188; x 1.015 = 107.78082 €/MWh;
    + 0.004943 + 0.014336 = 0.12705982 €/kWh; x 1.0511269632 = 0.133556003."""
    terms = indexed_terms(tables, "3.0TD", PriceTerms("indexed", fee_eur_per_kwh=0.008), madrid(2026, 9, 16, 10, 15))
    assert terms.price(0.060) == pytest.approx(0.133556003, abs=1e-9)


def test_an_indexed_price_of_6_1td_at_night(tables: TariffTables) -> None:
    """25 €/MWh in P6 of August: (25 + 21.74 + 0.26) x 1.077 = 50.619; + 2.658 + 7.5 = 60.777; x 1.015 = 61.688655 €/MWh;
    + 0.000029 + 0.001559 = 0.063276655 €/kWh; x 1.0511269632 = 0.066511798."""
    terms = indexed_terms(tables, "6.1TD", PriceTerms("indexed", fee_eur_per_kwh=0.0075), madrid(2026, 8, 12, 3))
    assert terms.price(0.025) == pytest.approx(0.066511798, abs=1e-9)


def test_the_electricity_tax_never_falls_below_its_floor(tables: TariffTables) -> None:
    """-30 €/MWh in P6: (-30 + 21.74 + 0.26) x 1.18 = -9.44; + 2.658 + 8 = 1.218; x 1.015 = 1.23627 €/MWh; + 0.000031 + 0.002867
    = 0.00413427 €/kWh; 5.11 % of that is 0.0002, so the tax is 0.0005: 0.00463427."""
    terms = indexed_terms(tables, "3.0TD", PriceTerms("indexed", fee_eur_per_kwh=0.008), madrid(2026, 9, 20, 14))
    assert terms.price(-0.030) == pytest.approx(0.00463427, abs=1e-9)


def test_a_contract_that_states_its_ancillary_costs_is_believed(tables: TariffTables) -> None:
    """10 instead of 21.74 €/MWh lowers the first example by 11.74 x 1.165 x 1.015 x 1.0511269632 = 14.592... €/MWh."""
    given = PriceTerms("indexed", fee_eur_per_kwh=0.008, ancillary_eur_per_kwh=0.010)
    terms = indexed_terms(tables, "3.0TD", given, madrid(2026, 9, 16, 10, 15))
    assert terms.price(0.060) == pytest.approx(0.133556003 - 0.01174 * 1.165 * 1.015 * 1.0511269632, abs=1e-9)


def test_the_tax_that_was_lowered_for_a_time_is_lower_in_that_time() -> None:
    terms = {"ancillary": 0.0, "capacity": 0.0, "loss": 0.0, "efficiency_fund": 0.0, "fee": 0.0, "municipal_tax": 0.0}
    low = IndexedTerms(**terms, toll_and_charge=0.0, electricity_tax=0.005, electricity_tax_floor=0.0005)
    assert low.price(0.2) == pytest.approx(0.2 + 0.001)
    assert low.price(0.05) == pytest.approx(0.05 + 0.0005)  # 0.5 % of it would be 0.00025


def test_an_indexed_price_before_the_first_row_is_refused(tables: TariffTables) -> None:
    with pytest.raises(NotKnownError, match="efficiency_fund on 2026-06-30"):
        indexed_terms(tables, "3.0TD", PriceTerms("indexed"), madrid(2026, 6, 30, 12))


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


def test_the_social_bonus_is_known_since_july_2026(tables: TariffTables) -> None:
    assert social_bonus_eur(tables, date(2026, 11, 18)) == 0.0247
    with pytest.raises(NotKnownError):
        social_bonus_eur(tables, date(2026, 6, 30))
