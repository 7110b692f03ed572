"""What a price is made of: the parts sum to the price, of an hour and of a mean, to the last digit that is told."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bill.energy_price import fixed_price, indexed_terms
from domain.bill.price_parts import PartCode, PricePart, mean_parts, parts_of, rounded, status_of
from domain.bill.tariff import TARIFFS, Tariff, TariffTables, load_tariffs
from domain.bill.terms import PriceTerms
from domain.errors import NotKnownError

ROOT = Path(__file__).resolve().parents[4]
TABLES = load_tariffs((ROOT / "src/configs/tariffs.toml").read_text(encoding="utf-8"))
INDEXED = PriceTerms("indexed", fee_eur_per_kwh=0.008)
NOON = datetime(2026, 9, 16, 10, tzinfo=UTC)
INSTANTS = st.integers(0, 3 * 8760 - 1).map(lambda hour: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hour))
SPOTS = st.floats(-0.5, 4.0)
TERMS = st.builds(
    PriceTerms,
    basis=st.just("indexed"),
    fee_eur_per_kwh=st.floats(0, 0.05),
    ancillary_eur_per_kwh=st.none() | st.floats(0, 0.05),
    use=st.sampled_from(["industrial", "other"]),
)


def units(eur: float) -> int:
    """Millionths of a euro; nothing but a whole number of them."""
    assert abs(eur * 1e6 - round(eur * 1e6)) < 1e-6
    return round(eur * 1e6)


@given(INSTANTS, SPOTS, TERMS, st.sampled_from(TARIFFS))
def test_the_parts_of_an_indexed_price_sum_to_it_to_the_last_digit(
    instant: datetime, spot: float, terms: PriceTerms, tariff: Tariff
) -> None:
    price = indexed_terms(TABLES, tariff, terms, instant).price(spot)
    parts = parts_of(TABLES, tariff, terms, instant, spot)
    assert sum(part.eur_per_kwh for part in parts) == pytest.approx(price, abs=1e-12)
    told = rounded(parts, price, 6)
    assert sum(units(part.eur_per_kwh) for part in told) == units(round(price, 6))
    assert all(abs(part.eur_per_kwh - exact.eur_per_kwh) < 1e-6 for part, exact in zip(told, parts, strict=True))


@given(st.lists(st.tuples(INSTANTS, SPOTS), min_size=1, max_size=40), TERMS)
def test_the_mean_parts_sum_to_the_mean_price_to_the_last_digit(hours: list[tuple[datetime, float]], terms: PriceTerms) -> None:
    prices = [indexed_terms(TABLES, "3.0TD", terms, instant).price(spot) for instant, spot in hours]
    means = mean_parts([parts_of(TABLES, "3.0TD", terms, instant, spot) for instant, spot in hours])
    mean = sum(prices) / len(prices)
    assert sum(part.eur_per_kwh for part in means) == pytest.approx(mean, abs=1e-12)
    told = rounded(means, mean, 6)
    assert sum(units(part.eur_per_kwh) for part in told) == units(round(mean, 6))


@given(INSTANTS, SPOTS)
def test_pvpc_is_its_energy_with_the_tolls_and_charges_of_its_tariff(instant: datetime, price: float) -> None:
    parts = parts_of(TABLES, "3.0TD", PriceTerms("pvpc", reference=True), instant, price)
    assert parts[0].code == "pvpc_energy" and parts[-1].code in ("charge", "toll_and_charge")
    assert sum(units(part.eur_per_kwh) for part in rounded(parts, price, 6)) == units(round(price, 6))
    both = sum(part.eur_per_kwh for part in parts[1:])
    assert both == pytest.approx(indexed_terms(TABLES, "2.0TD", INDEXED, instant).toll_and_charge, abs=1e-12)


def test_a_price_by_hand() -> None:
    """Spot 0.06 at 12:00 of a Wednesday of September 2026, 3.0TD: P3, as worked out in test_energy_price.py."""
    parts = {part.code: part.eur_per_kwh for part in parts_of(TABLES, "3.0TD", INDEXED, NOON, 0.06)}
    terms = indexed_terms(TABLES, "3.0TD", INDEXED, NOON)
    assert parts["energy"] == 0.06 and parts["fee"] == 0.008
    assert parts["losses"] == pytest.approx((0.06 + terms.ancillary + terms.capacity) * terms.loss)
    assert sum(parts.values()) == pytest.approx(0.133646737, abs=1e-8)


def test_where_only_the_sum_was_published_toll_and_charge_are_one_part() -> None:
    early = datetime(2022, 5, 4, 10, tzinfo=UTC)
    parts = parts_of(TABLES, "2.0TD", PriceTerms("pvpc"), early, 0.25)
    assert [part.code for part in parts] == ["pvpc_energy", "toll_and_charge"]
    assert parts[1].eur_per_kwh == 0.07441
    with pytest.raises(NotKnownError):
        parts_of(TABLES, "2.0TD", PriceTerms("pvpc"), datetime(2019, 5, 4, tzinfo=UTC), 0.05)


def test_a_fixed_price_is_one_part() -> None:
    terms = PriceTerms("fixed", (0.20, 0.18, 0.16, 0.14, 0.12, 0.10))
    assert parts_of(TABLES, "3.0TD", terms, NOON, 9.9) == (PricePart("contract", fixed_price(terms, "3.0TD", NOON)),)


def test_the_units_that_rounding_cuts_go_to_what_was_cut_the_most() -> None:
    thirds = [PricePart("energy", 1 / 3), PricePart("fee", 1 / 3), PricePart("toll", 1 / 3 + 1e-9)]
    assert [part.eur_per_kwh for part in rounded(thirds, 1.0, 2)] == [0.33, 0.33, 0.34]
    below = [PricePart("energy", -0.055), PricePart("fee", 0.004)]
    assert [part.eur_per_kwh for part in rounded(below, -0.051, 2)] == [-0.05, 0.0]


def test_a_part_says_how_certain_its_table_is() -> None:
    day = date(2026, 9, 16)
    state = {code: status_of(TABLES, "3.0TD", INDEXED, code, day) for code in get_args(PartCode) if code != "toll_and_charge"}
    assert state["energy"].state == "published" and state["fee"].state == state["contract"].state == "contract"
    assert state["toll"].state == "in_force" and state["toll"].since == date(2026, 1, 1) and "BOE" in state["toll"].norm
    own = replace(INDEXED, ancillary_eur_per_kwh=0.02)
    assert status_of(TABLES, "3.0TD", own, "ancillary", day).state == "contract"
    late = status_of(TABLES, "3.0TD", INDEXED, "toll", date(2031, 1, 1))
    assert late.state == "assumed" and late.last is not None and late.last < date(2031, 1, 1)


def test_every_status_is_of_the_table_that_makes_the_price() -> None:
    """Without its table a part has neither a figure nor a status."""
    empty: TariffTables = replace(TABLES, capacity=replace(TABLES.capacity, rows={}))
    with pytest.raises(NotKnownError):
        status_of(empty, "3.0TD", INDEXED, "capacity", date(2026, 9, 16))
    with pytest.raises(NotKnownError):
        parts_of(empty, "3.0TD", INDEXED, NOON, 0.06)
