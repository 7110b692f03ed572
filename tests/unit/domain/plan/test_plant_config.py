"""The plant's file: the default is what the domain says, and every fault names its line."""

from datetime import UTC, date, datetime, time

import pytest

from domain.plan.plant import Shift
from domain.plan.plant_config import ConfigError, load_plant
from domain.timeline import day_bounds
from support.plan_cases import ROOT, by_pvpc, default_plant, small_plant

TEXT = (ROOT / "src/configs/factory.toml").read_text(encoding="utf-8")
BY_PVPC = by_pvpc(TEXT)


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
        ("units = 2", "units = 0", "units = 0", "stage.3.units: must be 1 to 100 machines, got 0"),
        ("hold_kw = 4.0", "hold_kv = 4.0", "hold_kv", "stage.3.hold_kv: is not a setting here"),
        ("power_kw = 42.0", 'power_kw = "42"', '"42"', "stage.2.power_kw: must be a number, got '42'"),
        ("standard = 150, premium = 300", "standard = 150", "standard = 150 }", "must be a table by quality"),
        ("standard = 150, premium", "standard = 155, premium", "155", "must be positive multiples of 15"),
        ("P1 = 150.0, P2", "P1 = 160.0, P2", "P1 = 160.0", "contract.power_kw: must not fall from P1 on"),
        ("start = 14:00:00", "start = 14:10:00", "14:10", "shift.2.start: must be a local time on the quarter-hour"),
        ('stage = "tempering"', 'stage = "temper"', '"temper"', "must be one of mixing, refining"),
        ('basis = "indexed"', 'basis = "fixed"', 'basis = "fixed"', "needs fixed_eur_per_kwh"),
        ('basis = "indexed"', 'basis = "pvpc"', 'basis = "pvpc"', "is for supplies of up to 10 kW in every period (RD 216/2014"),
        ('basis = "indexed"', 'basis = "pvpc"\nreference = false', 'basis = "pvpc"', "and 150 kW are contracted"),
        ('basis = "indexed"', 'basis = "pvpc"\nreference = 1', "reference = 1", "price.reference: must be"),
        ('"peninsula"', '"canary islands"', '"canary islands"', "of the canary islands are not in the tables"),
        ('"peninsula"', '"portugal"', '"portugal"', "contract.territory: must be one of peninsula, balearic islands"),
        ('"industrial"', '"home"', '"home"', "contract.use: must be one of industrial, high_voltage, irrigation, other"),
        ("batch_kg = 100.0", "", "[plant]", "plant.batch_kg: is missing"),
        ("tuesday = { standard = 2 }", "tuesday = { dark = 2 }", "dark", "demand.weekday.tuesday: must be a table by quality"),
        ('[demand.date]', '[demand.date]\n"2026-13-01" = { standard = 1 }', "2026-13-01", "is not a day"),
        ('[demand.date]', '[demand.date]\n"0026-12-01" = { standard = 1 }', "0026-12-01", "must be of a year of 2000 to 2099"),
        ("name = \"hvac\"", "name = ", "name = \n", "not TOML"),
        ("latitude = 38.151107", "latitude = 381.51107", "381.5", "plant.latitude: must be 27 to 44.5 degrees north"),
        ("latitude = 38.151107", "latitude = 38,151107", "38,15", "a decimal comma? write 38.151107"),
        ("latitude = 38.151107", "latitude = -3.629453", "-3.629453\nlongitude", "exchanged?"),
        ("longitude = -3.629453", "longitude = -3629453", "-3629453", "a point that is missing?"),
        ("batch_kg = 100.0", "batch_kg = 1e-300", "1e-300", "plant.batch_kg: must be 0.1 to 100000 kg"),
        ("batch_kg = 100.0", "batch_kg = nan", "nan", "must be a number of ordinary size"),
        ("units = 2", "units = 1000000", "1000000", "stage.3.units: must be 1 to 100 machines"),
        ("power_kw = 42.0", "power_kw = 42000.0", "42000", "must be 0 to 10000 kW (W for kW?)"),
        ("hold_minutes = 180", "hold_minutes = 108000", "108000", "must be 0 to 10080 min (seconds for minutes?)"),
        ("max_temperature_c = 28.0", "max_temperature_c = -300.0", "-300", "must be -30 to 60 °C"),
        ("max_temperature_c = 28.0", "max_temperature_c = 82.4", "82.4", "degrees Fahrenheit"),
        ("max_humidity_percent = 75.0", "max_humidity_percent = 0.75", "0.75", "a fraction for per cent?"),
        ("freeze_hours = 2", "freeze_hours = 1e9", "1e9", "plan.freeze_hours: must be 0 to 168 h (minutes for hours?)"),
        ("# fixed_eur_per_kwh = { P1 = 0.2", "fixed_eur_per_kwh = { P1 = 20.0", "P1 = 20", "(cents, or €/MWh, for €/kWh?)"),
        ("# min_kg = {", "max_kg = { standard = 10.0 }\nmin_kg = {", "min_kg", "must not be above max_kg, 10"),
        ("# min_kg = {", "max_kg = { standard = 99.0 } #", "max_kg = { standard = 99", "must hold a batch, 100 kg"),
        ("hold_kw = 4.0", "hold_kw = 1e-9", "1e-9", "must be 0, or a number of ordinary size: 0.000001 or more"),
        ('name = "mixing"', 'name = "mix\u202eing"', "mix", "must be one line of text, without U+202E (character 4)"),
        ("monday = { standard = 1,", "monday = { standard = 5000,", "5000", "standard must be 0 to 1000 batches"),
        ("closed = []", "closed = [0001-01-01]", "0001", "must be of a year of 2000 to 2099"),
        ('name = "mixing"', 'name = "mix\\ning"', "mix", "must be one line of text, without U+000A (character 4)"),
        ("hold_kw = 4.0", "hold_kws = 4.0", "hold_kws", "hold_kw?"),
        ("hold_kw = 4.0", "hold_kw = 4000.0", "hold_kw", "stage.3.hold_kw: must not be above power_kw, 48 kW (W for kW?)"),
        ("cooling_kw_per_c = 0.4", "cooling_kw_per_c = 400.0", "400.0", "must not be above 48 kW, what the strongest stage takes"),
        ("drying_kw_per_percent = 0.05", "drying_kw_per_percent = 50.0", "= 50.0", "ambient_limit.1.drying_kw_per_percent"),
        ('name = "refining"', 'name = "mixing"\n#', "mixing\"\n#", "stage.2.name: must be another than those of the stages before"),
        ('"5279X"', '"Linares"', '"Linares"\nmuni', "plant.aemet_station: must be AEMET's code of a station, such as 5279X"),
        ('"23055"', '"2305"', '"2305"', "plant.municipality: must be the five digits of INE's code"),
        ('"23055"', '"٢٣٠٥٥"', '"٢٣٠٥٥"', "plant.municipality: must be the five digits of INE's code"),
        ("# fixed_eur_per_kwh = { P1 = 0.2", "fixed_eur_per_kwh = { P1 = -0.2", "P1 = -0.2", "P1 must be 0 to 3 €/kWh"),
        ("end = 14:00:00", "end = 24:00:00", "24:00", "midnight? write 00:00:00"),
        ('tariff = "3.0TD"', 'tariff = "3.0DT"', "3.0DT", "3.0TD?"),
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


def test_a_mark_before_the_first_letter_is_skipped() -> None:
    assert load_plant("\ufeff" + TEXT) == load_plant(TEXT)


@pytest.mark.parametrize("text", ["a = " + "[" * 5000 + "]" * 5000, "b = " + "{a = " * 3000 + "1" + "}" * 3000])
def test_what_is_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="line 1"):
        load_plant(text)


@pytest.mark.parametrize("number", ["9" * 400, "9" * 5000, "-1e400", "inf"])
def test_a_number_of_no_ordinary_size_is_refused(number: str) -> None:
    with pytest.raises(ConfigError):
        load_plant(TEXT.replace("batch_kg = 100.0", f"batch_kg = {number}"))


def test_the_small_tariff_ends_at_15_kw() -> None:
    small = TEXT.replace('tariff = "3.0TD"', 'tariff = "2.0TD"')
    old = "{ P1 = 150.0, P2 = 150.0, P3 = 150.0, P4 = 150.0, P5 = 150.0, P6 = 150.0 }"
    assert old in small
    with pytest.raises(ConfigError, match=r"tariff 2\.0TD ends"):
        load_plant(small.replace(old, "{ P1 = 150.0, P2 = 150.0 }"))
    assert load_plant(small.replace(old, "{ P1 = 15.0, P2 = 15.0 }")).contracted_kw == (15.0, 15.0)
    assert load_plant(small.replace(old, "{ P1 = 15.0, P2 = 3.45 }")).contracted_kw == (15.0, 3.45), "its two powers are free"


def test_a_file_cut_short_anywhere_is_read_or_refused_with_its_line() -> None:
    """Cut after every 7th letter, and with an end that TOML finds only at the end of the document."""
    whole = (ROOT / "src/configs/factory.toml").read_text(encoding="utf-8")
    for text in (*(whole[:at] for at in range(0, len(whole), 7)), f"{whole}\nx = [\n", "x = [", "x = [\n\n", 'x = """'):
        try:
            load_plant(text)
        except ConfigError as fault:
            assert 1 <= fault.line <= text.count("\n") + 1


@pytest.mark.parametrize(("kw", "reference", "told"), [(10.0, "", "pvpc"), (10.0, "reference = true", "pvpc_reference")])
def test_a_supply_of_10_kw_may_have_pvpc(kw: float, reference: str, told: str) -> None:
    old = BY_PVPC[BY_PVPC.index("power_kw = { P1 = 150") :].partition("\n")[0]
    text = BY_PVPC.replace(old, f"power_kw = {{ P1 = {kw}, P2 = {kw} }}").replace('"3.0TD"', '"2.0TD"')
    assert load_plant(text.replace("reference = true", reference)).price.told == told
    with pytest.raises(ConfigError, match="RD 216/2014"):
        load_plant(text.replace(f"P2 = {kw}", "P2 = 10.1").replace("reference = true", ""))


def test_pvpc_of_a_plant_that_was_recorded_before_is_the_reference_that_it_was() -> None:
    assert load_plant(BY_PVPC.replace("reference = true", ""), recorded=True) == load_plant(BY_PVPC)
    assert load_plant(BY_PVPC).price.told == "pvpc_reference"


def test_the_default_plant_has_a_contract_that_the_law_allows_it() -> None:
    """3.0TD with 150 kW: indexed on the spot, with a fee that is there to be changed."""
    plant = default_plant()
    assert (plant.tariff, plant.price.told, plant.price.fee_eur_per_kwh) == ("3.0TD", "indexed", 0.008)
