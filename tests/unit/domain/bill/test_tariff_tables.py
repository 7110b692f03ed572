"""Dated tariff tables: figures that can be checked against bills and BOE, and refusal of what is not known."""

import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from domain.bill.tariff import (
    TARIFFS,
    Tariff,
    load_tariffs,
    loss_per_unit,
    power_eur_per_kw_day,
    tax_rate,
    toll_and_charge_eur_per_kwh,
)
from domain.errors import NotKnownError
from domain.timeline import local_instant

ROOT = Path(__file__).parents[4]
TABLES = load_tariffs((ROOT / "src/configs/tariffs.toml").read_text(encoding="utf-8"))
PEAK, FLAT, VALLEY = (time(11), time(15), time(3))
ROW = '[[published_sum]]\nname = "2.0TD"\nvalid_from = 2025-01-01\neur_kwh = [0.1, 0.2, 0.3]\n'


def cost(day: str, at: time, tariff: Tariff) -> float:
    """Toll and charge at a Madrid time."""
    return toll_and_charge_eur_per_kwh(TABLES, tariff, local_instant(date.fromisoformat(day), at))


def test_figures_of_2026_are_those_of_the_boe() -> None:
    assert [cost("2026-01-07", at, "2.0TD") for at in (PEAK, FLAT, VALLEY)] == [0.09755, 0.02927, 0.00329]
    assert cost("2026-01-07", PEAK, "3.0TD") == 0.063352
    assert cost("2026-01-07", VALLEY, "3.0TD") == 0.002898
    assert cost("2026-01-07", PEAK, "6.1TD") == 0.046274
    assert cost("2026-01-07", VALLEY, "6.1TD") == 0.001588


def test_the_published_sum_of_2_0td_reaches_back_to_the_start_of_the_periods() -> None:
    assert cost("2021-06-01", PEAK, "2.0TD") == 0.13312
    assert cost("2021-09-15", PEAK, "2.0TD") == 0.13312
    assert cost("2021-09-16", PEAK, "2.0TD") == 0.03151
    assert cost("2025-01-02", VALLEY, "2.0TD") == 0.00227
    assert cost("2025-01-03", VALLEY, "2.0TD") == 0.00299


def test_the_published_sums_equal_the_rounded_figures_of_toll_and_charge() -> None:
    """Two publications of the same: BOE with six decimals, PVPC with five. (2025-01-01 and 02 had an older P3.)"""
    for day, toll, charge in [
        (date(2025, 1, 3), (0.034234, 0.016540, 0.000079), (0.058305, 0.011661, 0.002915)),
        (date(2026, 1, 1), (0.033261, 0.016409, 0.000077), (0.064292, 0.012858, 0.003215)),
    ]:
        sums = tuple(round(a + b, 5) for a, b in zip(toll, charge, strict=True))
        assert TABLES.toll_and_charge.at("2.0TD", day) == sums


def test_a_row_begins_at_madrid_midnight() -> None:
    assert toll_and_charge_eur_per_kwh(TABLES, "2.0TD", datetime(2025, 1, 2, 22, tzinfo=UTC)) == 0.02820
    last, first = datetime(2021, 9, 15, 21, 59, tzinfo=UTC), datetime(2021, 9, 15, 22, tzinfo=UTC)
    assert toll_and_charge_eur_per_kwh(TABLES, "2.0TD", last) == 0.04177
    assert toll_and_charge_eur_per_kwh(TABLES, "2.0TD", first) == 0.00092


def test_before_the_first_row_nothing_is_guessed() -> None:
    with pytest.raises(NotKnownError, match=r"2\.0TD on 2021-05-31 is not known: the table begins on 2021-06-01"):
        cost("2021-05-31", PEAK, "2.0TD")
    with pytest.raises(NotKnownError, match="begins on 2024-01-01"):
        cost("2023-12-31", PEAK, "3.0TD")
    with pytest.raises(NotKnownError, match="no row for it"):
        TABLES.reactive.at("capacitive", date(2026, 1, 1))


def test_the_power_term_of_3_0td_equals_that_of_bills() -> None:
    billed = (0.055827, 0.029089, 0.012278, 0.010647, 0.006887, 0.003951)
    assert tuple(round(daily, 6) for daily in power_eur_per_kw_day(TABLES, "3.0TD", date(2026, 5, 1))) == billed
    assert TABLES.power.at("2.0TD", date(2026, 5, 1)) == (27.704413, 0.725423)


def test_the_electricity_tax_fell_for_ten_weeks_of_2026() -> None:
    def on(day: date) -> float:
        return tax_rate(TABLES, "electricity_tax", local_instant(day, time(12)))

    assert [on(date(2026, 3, 21)), on(date(2026, 3, 22)), on(date(2026, 5, 31)), on(date(2026, 6, 1))] == [
        0.0511269632,
        0.005,
        0.005,
        0.0511269632,
    ]


def test_losses_follow_the_period() -> None:
    assert loss_per_unit(TABLES, "3.0TD", local_instant(date(2026, 1, 7), PEAK)) == 0.166
    assert loss_per_unit(TABLES, "6.1TD", local_instant(date(2026, 1, 7), VALLEY)) == 0.077


@pytest.mark.parametrize("tariff", TARIFFS)
def test_every_tariff_has_its_years(tariff: Tariff) -> None:
    for day in (date(2024, 1, 1), date(2025, 6, 1), date(2026, 6, 1)):
        assert min(TABLES.toll_and_charge.at(tariff, day)) > 0
        assert min(TABLES.power.at(tariff, day)) > 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tariffs", "not TOML"),
        ("[[toll]]\nx = 1\n", r"unknown tables \['toll'\]"),
        (ROW.replace("2.0TD", "2.1DHA"), "name '2.1DHA' is none of"),
        (ROW.replace("2025-01-01", '"2025-01-01"'), "valid_from must be a day"),
        (ROW.replace("2025-01-01", "2025-01-01T00:00:00Z"), "valid_from must be a day"),
        (ROW.replace(", 0.3", ""), "needs 3 figures"),
        (ROW.replace("0.3", "nan"), "nan is not a figure"),
        (ROW.replace("0.3", "-0.3"), "-0.3 is not a figure"),
        (ROW.replace("0.3", "true"), "True is not a figure"),
        (ROW + ROW, "two rows for 2025-01-01"),
        (ROW + "valid_to = 2024-12-31\n", "2.0TD of 2025-01-01: valid_to must be a day, not before valid_from"),
        (ROW + 'valid_to = "2025-12-31"\n', "valid_to must be a day"),
        (ROW + "norm = 3\n", "norm must be a text"),
        (ROW + 'status = "estimate"\n', "status 'estimate' is none of in force, conditional, superseded"),
        (ROW + 'status = "superseded"\n', "and it is superseded by no row"),
        (ROW + 'status = "in force"\n' + ROW.replace("2025", "2026"), "and it is superseded on 2026-01-01"),
        (ROW + 'status = "conditional"\n', "needs condition, a text, and decided_on, a day"),
        (ROW + 'status = "conditional"\ncondition = "if"\ndecided_on = 2025-02-01\nif_met = [0.1]\n', "needs 3 figures"),
        (ROW + "if_met = [0.1, 0.2, 0.3]\n", "only a conditional row has if_met"),
    ],
)
def test_a_table_that_is_not_as_described_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_tariffs(text)


def test_rows_may_stand_in_any_order() -> None:
    text = ROW + ROW.replace("2025", "2024").replace("0.1", "0.9")
    assert load_tariffs(text).toll_and_charge.at("2.0TD", date(2024, 12, 31))[0] == 0.9


@pytest.mark.parametrize(
    ("since", "eur_mwh"),
    [
        ("2021-06-01", (133.12, 41.77, 6.00)),
        ("2021-09-16", (31.51, 21.45, 0.92)),
        ("2022-01-01", (100.76, 33.74, 4.35)),
        ("2022-03-31", (74.41, 28.47, 3.03)),
        ("2023-01-01", (72.99, 28.57, 3.18)),
        ("2024-01-01", (76.97, 27.96, 2.75)),
        ("2025-01-01", (92.54, 28.20, 2.27)),
        ("2025-01-03", (92.54, 28.20, 2.99)),
        ("2026-01-01", (97.55, 29.27, 3.29)),
    ],
)
def test_the_table_holds_every_published_sum(since: str, eur_mwh: tuple[float, ...]) -> None:
    """Toll and charge of 2.0TD in peak, flat and valley, as the PVPC of the day publishes them (its term TEU)."""
    assert TABLES.toll_and_charge.at("2.0TD", date.fromisoformat(since)) == tuple(round(price / 1000, 5) for price in eur_mwh)


def test_every_row_of_the_tables_has_its_norm_and_status() -> None:
    document = tomllib.loads((ROOT / "src/configs/tariffs.toml").read_text(encoding="utf-8"))
    rows = [row for table in document.values() for row in table]
    assert len(rows) > 100
    assert [row for row in rows if not row.get("norm") or not row.get("status")] == []


@pytest.mark.parametrize("tariff", TARIFFS)
@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_tolls_charges_and_capacity_end_with_their_year(tariff: Tariff, year: int) -> None:
    for table in (TABLES.toll_and_charge, TABLES.power, TABLES.capacity):
        for day in (date(year, 1, 1), date(year, 12, 31)):
            assert table.row_at(tariff, day).valid_to == date(year, 12, 31)
            assert table.assumed_since(tariff, day) is None
        assert table.assumed_since(tariff, date(2027, 1, 1)) == date(2026, 12, 31), "carried, and known to be"


@pytest.mark.parametrize("tariff", TARIFFS)
@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2026, 12, 31)])
@pytest.mark.parametrize("table", ["excess_power", "excess_power_of_quarters"])
def test_excess_power_is_one_constant_times_the_power_toll(table: str, day: date, tariff: Tariff) -> None:
    """A slipped cell, row or tariff breaks the law of the figures."""
    rows = getattr(TABLES, table)
    document = tomllib.loads((ROOT / "src/configs/tariffs.toml").read_text(encoding="utf-8"))
    in_year = [row for row in document["tariff"] if row["name"] == tariff and row["valid_from"].year == day.year]
    tolls = in_year[0]["power_toll_eur_kw_year"]
    shares = [excess / toll for excess, toll in zip(rows.at(tariff, day), tolls, strict=True)]
    assert all(abs(share / shares[0] - 1) < 0.001 for share in shares), shares


def test_2_0td_of_2024_is_what_pvpc_published() -> None:
    """Toll and charge of copies of the BOE against the field TEUPCB, to its rounding."""
    document = tomllib.loads((ROOT / "src/configs/tariffs.toml").read_text(encoding="utf-8"))
    for row in (row for row in document["tariff"] if row["name"] == "2.0TD"):
        sums = [sum(pair) for pair in zip(row["energy_toll_eur_kwh"], row["energy_charge_eur_kwh"], strict=True)]
        published = TABLES.toll_and_charge.at("2.0TD", row["valid_from"].replace(month=6))
        assert sums == pytest.approx(published, abs=5.1e-6)


def test_a_conditional_row_has_two_readings() -> None:
    row = TABLES.taxes.row_at("electricity_tax", date(2026, 11, 15))
    assert row.condition is not None
    assert (row.values, row.condition.if_met, row.condition.decided_on) == ((0.0511269632,), (0.005,), date(2026, 10, 14))
    assert TABLES.taxes.row_at("electricity_tax", date(2026, 10, 31)).condition is None
