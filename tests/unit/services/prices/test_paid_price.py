"""What the plant pays, by the basis of its contract: one price, whole paths, and what the page shows of now."""

import pickle
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from domain.bill.tariff import TariffTables, load_tariffs
from domain.bill.terms import PriceTerms
from domain.errors import NotKnownError
from domain.prices.slots import KnownPrice, PriceSlot
from domain.timeline import HOUR, day_slots, epoch, utc_from_epoch
from routers.answers.prices import PaidOut
from services.prices.board import CurrentPrice
from services.prices.paid_price import PaidNow, PaidPrice

ROOT = Path(__file__).resolve().parents[4]
DAY = date(2026, 9, 16)
"""A Wednesday of September: 9-14 and 18-22 are P3, 8-9, 14-18 and 22-24 P4, the night is P6."""
NOON = datetime(2026, 9, 16, 10, 7, tzinfo=UTC)
FIXED = PriceTerms("fixed", (0.20, 0.18, 0.16, 0.14, 0.12, 0.10))
INDEXED = PriceTerms("indexed", fee_eur_per_kwh=0.008)


@pytest.fixture(scope="module")
def tables() -> TariffTables:
    return load_tariffs((ROOT / "src/configs/tariffs.toml").read_text(encoding="utf-8"))


def starts_of(day: date) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([epoch(at) for at in day_slots(day)], dtype=np.int64)


@pytest.mark.parametrize("terms", [PriceTerms("pvpc"), FIXED, INDEXED])
def test_paths_are_paid_as_each_price_of_them(tables: TariffTables, terms: PriceTerms) -> None:
    paid, starts = PaidPrice("3.0TD", terms, tables), starts_of(DAY)
    prices = np.linspace(-0.4, 0.4, 3 * 24).reshape(3, 24)  # also so low that the electricity tax is at its floor
    one_by_one = [[paid.at(utc_from_epoch(int(at)))(price) for at, price in zip(starts, path, strict=True)] for path in prices]
    np.testing.assert_allclose(paid.hours(starts, prices), one_by_one, rtol=0, atol=1e-15)
    sent = pickle.loads(pickle.dumps(paid.hours))
    np.testing.assert_array_equal(sent(starts, prices), paid.hours(starts, prices))


def test_at_one_spot_price_the_periods_differ_by_their_tolls(tables: TariffTables) -> None:
    hours = PaidPrice("3.0TD", INDEXED, tables).hours(starts_of(DAY), np.full(24, 0.06))
    night, flat, peak = hours[3], hours[15], hours[10]
    assert night + 0.005 < flat < peak - 0.005
    assert peak == pytest.approx(0.133646737, abs=1e-8)  # as worked out in test_energy_price.py


@pytest.mark.parametrize("terms", [PriceTerms("pvpc"), FIXED, INDEXED])
def test_what_is_not_known_stays_so(tables: TariffTables, terms: PriceTerms) -> None:
    paid, starts = PaidPrice("3.0TD", terms, tables), starts_of(DAY)
    prices = np.where(np.arange(24) == 5, np.nan, 0.06)
    assert np.flatnonzero(np.isnan(paid.hours(starts, prices))).tolist() == [5]
    assert paid.hour(NOON)(None) is None


def test_before_the_first_row_of_a_term_nothing_is_made_up(tables: TariffTables) -> None:
    paid, early = PaidPrice("3.0TD", INDEXED, tables), date(2023, 12, 31)
    both = np.concatenate([starts_of(early), starts_of(early + timedelta(days=1))])
    assert np.isnan(paid.hours(both, np.full(48, 0.06))).tolist() == [True] * 24 + [False] * 24
    assert paid.hour(utc_from_epoch(int(both[0])))(0.06) is None
    with pytest.raises(NotKnownError, match="ancillary"):
        paid.at(utc_from_epoch(int(both[0])))


def test_the_price_of_now_has_its_slot_basis_and_source(tables: TariffTables) -> None:
    hour = NOON.replace(minute=0)
    known = KnownPrice(PriceSlot(hour, hour + HOUR, 0.06), "omie", datetime(2026, 9, 15, 11, tzinfo=UTC))
    spot = CurrentPrice("spot", known, None)
    assert PaidPrice("3.0TD", PriceTerms("pvpc"), tables).now(NOON, spot) is None
    indexed = PaidPrice("3.0TD", INDEXED, tables)
    assert indexed.now(NOON, None) is None
    found = indexed.now(NOON, spot)
    assert found is not None and found.price.slot.eur_per_kwh == pytest.approx(0.133647)
    assert (found.basis, found.tariff, found.price.provider, found.origin) == ("indexed", "3.0TD", "omie", "published")
    assert PaidOut.of(found).period == "P3"
    fixed = PaidPrice("3.0TD", FIXED, tables).now(NOON, None)
    assert fixed is not None
    assert (fixed.price.slot, fixed.origin) == (PriceSlot(hour, hour + HOUR, 0.16), "contract")


def now_of(paid: PaidPrice, at: datetime) -> PaidNow:
    known = KnownPrice(PriceSlot(at, at + HOUR, 0.06), "omie", at - HOUR)
    found = paid.now(at, CurrentPrice("spot", known, None))
    assert found is not None
    return found


def test_a_figure_beyond_its_end_is_told_and_a_condition_gives_two_readings(tables: TariffTables) -> None:
    paid = PaidPrice("3.0TD", INDEXED, tables)
    august = now_of(paid, datetime(2026, 8, 31, 10, tzinfo=UTC))
    assert (august.assumed, august.other_reading) == ((), None)
    told = PaidOut.of(now_of(paid, datetime(2026, 11, 16, 10, tzinfo=UTC)))
    assert [(one.figure, one.last) for one in told.assumed] == [("ancillary", date(2026, 8, 31))]
    before_tax = told.price_eur_kwh / 1.0511269632
    assert told.other_reading_eur_kwh == pytest.approx(before_tax + max(0.005 * before_tax, 0.0005), abs=2e-6)
    new_year = PaidOut.of(now_of(paid, datetime(2027, 1, 4, 10, tzinfo=UTC)))
    figures = {one.figure: one.last for one in new_year.assumed}
    assert figures.keys() >= {"toll_and_charge", "losses", "capacity", "ancillary", "electricity_tax"}
    assert figures["toll_and_charge"] == date(2026, 12, 31)


def test_the_contracts_own_ancillary_costs_are_no_assumption(tables: TariffTables) -> None:
    own = PaidPrice("3.0TD", PriceTerms("indexed", ancillary_eur_per_kwh=0.02), tables)
    assert now_of(own, datetime(2026, 10, 20, 10, tzinfo=UTC)).assumed == ()
    assert PaidPrice("3.0TD", FIXED, tables).certainty(date(2027, 1, 4)).assumed == ()
