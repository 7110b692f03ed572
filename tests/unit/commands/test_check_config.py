"""`scripts/check-config`: what is wrong with its line, or what the plant can make."""

import re
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from commands.check_config import in_order, main, most_by_season, report
from domain.plan.plant import Shift
from domain.plan.plant_config import load_plant
from domain.plan.seasons import seasons
from planning.milp.engine import SearchLimits
from planning.search.capacity import Most, most_in_horizon
from planning.search.one_after_another import batches_one_after_another
from planning.search.week import ordinary_week
from support.plan_cases import ROOT, evening, small_plant

TEXT = (ROOT / "src/configs/factory.toml").read_text(encoding="utf-8")


def test_a_fault_is_told_with_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plant.toml"
    file.write_text("[plant]\nname = 3\n")
    assert main([str(file)]) == 1
    assert capsys.readouterr().err == f"{file}:1: plant.qualities: is missing\n"
    assert main([str(tmp_path / "absent.toml")]) == 2


def test_a_contract_below_the_base_load_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plant.toml"
    file.write_text(TEXT.replace("P1 = 150.0, P2", "P1 = 15.0, P2").replace("= 150.0", "= 15.0"))
    assert main([str(file)]) == 1
    out = capsys.readouterr().out
    assert "WRONG: the contracted 15 kW of P1 cannot hold the base load of 18 kW" in out
    assert "standard: at most 0 batches a week" in out


def test_more_due_than_can_be_made_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plant.toml"
    file.write_text(TEXT.replace("monday = { standard = 1, ", "monday = { standard = 100, "), encoding="utf-8")
    assert main([str(file)]) == 1
    out = capsys.readouterr().out
    assert "WRONG: 10800 kg of standard are due in an ordinary week" in out
    assert "of premium are due" not in out


def test_a_reserve_that_no_year_makes_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plant.toml"
    for kg, says in (("10000000.0", "WRONG: the reserve of 10000000 kg of standard is more than a year makes"), ("500.0", "")):
        file.write_text(TEXT.replace("# min_kg = {", f"min_kg = {{ standard = {kg} }}\n# min_kg = {{"), encoding="utf-8")
        assert main([str(file)]) == (1 if says else 0)
        out = capsys.readouterr().out
        assert says in out and ("WRONG" in out) == bool(says)


def test_figures_of_another_contract_are_said_to_have_no_effect(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plant.toml"
    file.write_text(TEXT.replace("# fixed_eur_per_kwh", "fixed_eur_per_kwh"), encoding="utf-8")
    assert main([str(file)]) == 0
    assert "price.fixed_eur_per_kwh has no effect: the basis is indexed" in capsys.readouterr().out
    fixed = file.read_text(encoding="utf-8").replace('basis = "indexed"', 'basis = "fixed"')
    file.write_text(fixed.replace("fee_eur_per_kwh", "reference = true\nfee_eur_per_kwh", 1), encoding="utf-8")
    assert main([str(file)]) == 0
    out = capsys.readouterr().out
    assert "price.fee_eur_per_kwh has no effect: the basis is fixed" in out
    assert "price.reference has no effect: the basis is fixed" in out
    file.write_text(re.sub(r"fee_eur_per_kwh.*", "", fixed, count=1), encoding="utf-8")
    assert main([str(file)]) == 0
    assert "no effect" not in capsys.readouterr().out


def test_the_most_that_a_small_plant_makes_in_an_hour_and_a_half() -> None:
    """Six quarter-hours: a batch takes four, two kettles take one each at a time: starts at 0, 1 and 2."""
    most = most_in_horizon(evening(small_plant(), [0.1] * 6, 0), "plain")
    assert (most.found, most.proven) == (3, True)


def test_an_ordinary_week_has_no_closed_day() -> None:
    week = ordinary_week(small_plant())
    assert week.slots == 7 * 96


def test_a_stronger_plant_is_never_said_to_make_less() -> None:
    """A shift of the whole day holds the two of eight hours, in which 26 standard batches a week are made."""
    whole_day = TEXT.replace("start = 06:00:00", "start = 00:00:00").replace("end = 14:00:00", "end = 00:00:00")
    weaker, stronger = (ordinary_week(load_plant(text)) for text in (TEXT, whole_day))
    assert batches_one_after_another(stronger, "standard") >= 26
    assert batches_one_after_another(stronger, "standard") >= batches_one_after_another(weaker, "standard") > 0


def test_batches_one_after_another_leave_no_quarter_unused() -> None:
    """Six quarter-hours of two kettles, a batch of four: starts at 0, 1 and 2 as the search finds them."""
    assert batches_one_after_another(evening(small_plant(), [0.1] * 6, 0), "plain") == 3


def test_a_stage_that_fits_in_no_shift_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plant.toml"
    file.write_text(TEXT.replace("standard = 120, premium = 120", "standard = 120, premium = 1200"))
    assert main([str(file)]) == 1
    out = capsys.readouterr().out
    assert "WRONG: refining of premium needs 20 h with people, who are there for 16 h at most" in out
    assert "premium: at most 0 batches a week" in out


def test_a_machine_that_fits_in_no_contract_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plant.toml"
    file.write_text(TEXT.replace("= 150.0", "= 60.0"))
    assert main([str(file)]) == 1
    out = capsys.readouterr().out
    assert "WRONG: conching of standard needs 48 kW, and the contract leaves 47 kW" in out
    assert "refining" not in out


def test_a_day_of_shifts_makes_no_less_than_eight_hours() -> None:
    short = small_plant(shifts=(replace(small_plant().shifts[0], end=time(8)),))
    least = [most_in_horizon(ordinary_week(plant), "plain", SearchLimits(clock_s=1.0)).found for plant in (short, small_plant())]
    assert least[0] <= least[1]


def test_a_contract_that_has_room_in_some_months_only_is_not_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kettle of 20 kW with people beside 1 kW: P5 alone has the room, which no hour of a working day but those of April is in."""
    monkeypatch.setattr("commands.check_config.SEARCH_S", 2.0)
    plain = small_plant(weekday_batches={0: {"plain": 2.0}}, shifts=(Shift(frozenset(range(5)), time(8), time(22)),))
    stages = tuple(replace(stage, attended=True) for stage in plain.stages)
    lines = report(replace(plain, stages=stages, contracted_kw=(20.0, 20.0, 20.0, 20.0, 60.0, 60.0)))
    months = "January, February, March, June, July, August, September, November, December"
    assert f"plain: at most 0 batches a week in {months}, 0 kg, if nothing else is made" in lines
    assert any(re.match(r"plain: at (most|least) [1-9]\d* batches a week in April, May, October, ", line) for line in lines)
    assert [line for line in lines if "too much in some months" in line] == [
        "too much in some months: 200 kg of plain are due in an ordinary week, and the contract lets no more than 0 kg be made in"
        f" {months}"
    ]
    assert not any(line.startswith("WRONG") for line in lines)
    lines = report(replace(plain, stages=stages, contracted_kw=(20.0,) * 6))
    assert "WRONG: 200 kg of plain are due in an ordinary week, and no more than 0 kg can be made" in lines
    assert not any("January" in line for line in lines)


def test_what_a_season_makes_a_season_with_more_power_makes_too() -> None:
    """Three is found in the first, and no more than six can be in the last."""
    assert in_order([Most(3, 9), Most(2, 7), Most(5, 6)]) == [Most(3, 6), Most(3, 6), Most(5, 6)]
    assert in_order([Most(3, 4)]) == [Most(3, 4)]


def test_seasons_of_a_contract_differ_where_the_machines_see_it() -> None:
    """A kettle of 20 kW beside 1 kW has room at night alone in March, 352 batches of the hours of P6, and all day in April."""
    plant = small_plant(contracted_kw=(20.0, 20.0, 20.0, 60.0, 60.0, 60.0))
    weeks = [ordinary_week(plant, season.monday) for season in seasons(plant)]
    made = [most.found for most in most_by_season(weeks, "plain", clock_s=0.1)]
    assert made[0] <= 352 < made[-1]
