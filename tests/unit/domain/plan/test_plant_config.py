"""The plant's file: the default is what the domain says, and every fault names its line."""

from datetime import UTC, date, datetime, time

import pytest

from domain.plan.plant import Shift
from domain.plan.plant_config import ConfigError, load_plant
from domain.timeline import day_bounds
from support.plan_cases import ROOT, default_plant, small_plant

TEXT = (ROOT / "src/configs/factory.toml").read_text(encoding="utf-8")


def test_the_default_plant_uses_267_and_387_kwh_a_batch() -> None:
    plant = default_plant()
    assert (plant.batch_kwh("standard"), plant.batch_kwh("premium")) == (267.0, 387.0)
    assert (plant.base_kw(staffed=True), plant.base_kw(staffed=False)) == (18.0, 13.0)
    assert plant.contracted_kw == (150.0,) * 6


def test_an_ordinary_week_is_due_twelve_batches_three_of_them_premium() -> None:
    days = [date(2026, 3, 9 + n) for n in range(7)]
    kilograms = [default_plant().demand_kg(day) for day in days]
    assert sum(kg.get("standard", 0) for kg in kilograms) == 900
    assert sum(kg.get("premium", 0) for kg in kilograms) == 300


def test_a_holiday_has_no_shift_and_no_demand() -> None:
    plant, epiphany = default_plant(), date(2026, 1, 6)
    assert plant.demand_kg(epiphany) == {}
    assert plant.first_shift_start(epiphany) is None
    assert not any(plant.is_staffed(instant) for instant in day_bounds(epiphany))


@pytest.mark.parametrize(
    ("old", "new", "line_of", "says"),
    [
        ("units = 2", "units = 0", "units = 0", "stage.3.units: must be 1 or more, got 0"),
        ("hold_kw = 4.0", "hold_kv = 4.0", "hold_kv", "stage.3.hold_kv: is not a setting here"),
        ("power_kw = 42.0", 'power_kw = "42"', '"42"', "stage.2.power_kw: must be a number, got '42'"),
        ("standard = 150, premium = 300", "standard = 150", "standard = 150 }", "must be a table by quality"),
        ("standard = 150, premium", "standard = 155, premium", "155", "must be positive multiples of 15"),
        ("P1 = 150.0, P2", "P1 = 160.0, P2", "P1 = 160.0", "contract.power_kw: must not fall from P1 on"),
        ("start = 14:00:00", "start = 14:10:00", "14:10", "shift.2.start: must be a local time on the quarter-hour"),
        ('stage = "tempering"', 'stage = "temper"', '"temper"', "must be one of mixing, refining"),
        ('basis = "pvpc"', 'basis = "fixed"', 'basis = "fixed"', "needs fixed_eur_per_kwh"),
        ("batch_kg = 100.0", "", "[plant]", "plant.batch_kg: is missing"),
        ("tuesday = { standard = 2 }", "tuesday = { dark = 2 }", "dark", "demand.weekday.tuesday: must be a table by quality"),
        ('[demand.date]', '[demand.date]\n"2026-13-01" = { standard = 1 }', "2026-13-01", "is not a day"),
        ("name = \"hvac\"", "name = ", "name = \n", "not TOML"),
    ],
)  # fmt: skip
def test_a_fault_names_its_line(old: str, new: str, line_of: str, says: str) -> None:
    text = TEXT.replace(old, new, 1)
    assert text != TEXT
    with pytest.raises(ConfigError) as caught:
        load_plant(text)
    assert says in str(caught.value)
    expected = text[: text.index(line_of)].count("\n") + 1
    assert caught.value.line == expected


def test_a_contract_below_the_base_load_loads_because_the_plan_explains_it() -> None:
    text = TEXT.replace(
        "P1 = 150.0, P2 = 150.0, P3 = 150.0, P4 = 150.0, P5 = 150.0, P6 = 150.0", ", ".join(f"P{n} = 10.0" for n in range(1, 7))
    )
    assert load_plant(text).contracted_kw == (10.0,) * 6


def test_a_night_shift_belongs_to_the_day_it_starts() -> None:
    night = Shift(frozenset({0}), time(22), time(6))
    monday, tuesday = date(2026, 3, 9), date(2026, 3, 10)
    assert night.bounds(monday) == (datetime(2026, 3, 9, 22), datetime(2026, 3, 10, 6))  # clock time
    assert night.bounds(tuesday) is None


def test_a_night_shift_may_belong_to_the_day_it_ends() -> None:
    plant = small_plant(shifts=(Shift(frozenset({1}), time(22), time(6), "ends"),))
    tuesday = date(2026, 3, 10)
    assert plant.shifts_of(tuesday) == [(datetime(2026, 3, 9, 21, tzinfo=UTC), datetime(2026, 3, 10, 5, tzinfo=UTC))]
    assert plant.is_staffed(datetime(2026, 3, 9, 21, tzinfo=UTC))
    assert plant.is_staffed(datetime(2026, 3, 10, 4, 45, tzinfo=UTC))
    assert not plant.is_staffed(datetime(2026, 3, 10, 21, tzinfo=UTC))


def test_a_soft_limit_of_the_air_costs_and_a_hard_one_forbids() -> None:
    soft = default_plant()
    assert soft.extra_kw("tempering", 31.0, 85.0) == pytest.approx(5 * 0.4 + 10 * 0.05)
    assert soft.extra_kw("tempering", None, None) == 0.0
    assert soft.extra_kw("mixing", 45.0, 99.0) == 0.0
    hard = load_plant(TEXT.replace("hard = false", "hard = true"))
    assert hard.extra_kw("tempering", 26.1, 50.0) is None
    assert hard.extra_kw("tempering", 26.0, 75.0) == 0.0
