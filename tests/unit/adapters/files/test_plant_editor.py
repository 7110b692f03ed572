"""Changes of the plant's text: what is changed is changed, everything else is as somebody wrote it."""

from datetime import time

import pytest

from adapters.files.plant_editor import edited
from domain.errors import InvalidRequestError
from domain.plan.plant_changes import Place, PlantChanges, ShiftText, Value, checked, difference
from domain.plan.plant_config import load_plant
from support.plan_cases import ROOT

TEXT = (ROOT / "src/configs/factory.toml").read_text(encoding="utf-8")


def changed_lines(old: str, new: str) -> list[str]:
    return [line for line in difference(old, new).splitlines()[2:] if line[:1] in "+-"]


def test_nothing_changed_is_the_same_text() -> None:
    as_it_is: dict[Place, Value] = {
        ("stage", "conching", "power_kw"): 48,
        ("demand", "weekday", "monday", "standard"): 1.0,
        ("price", "basis"): "indexed",
    }
    written = TEXT.replace("power_kw = 48.0", "power_kw = 4_8.00")  # as somebody likes it
    assert edited(TEXT, PlantChanges(as_it_is)) == TEXT
    assert edited(written, PlantChanges(as_it_is)) == written


def test_a_value_changes_its_line_alone_and_its_comment_stays() -> None:
    new = edited(TEXT, PlantChanges({("stage", "conching", "power_kw"): 55, ("price", "fee_eur_per_kwh"): 0.009}))
    assert changed_lines(TEXT, new) == [
        "-power_kw = 48.0",
        "+power_kw = 55.0",
        "-fee_eur_per_kwh = 0.008 # the retailer's fee, an example: 0.007 to 0.010 is usual, your contract names yours",
        "+fee_eur_per_kwh = 0.009 # the retailer's fee, an example: 0.007 to 0.010 is usual, your contract names yours",
    ]
    assert load_plant(new).stage("conching").power_kw == 55.0


def test_a_value_in_a_table_on_one_line_leaves_its_neighbours() -> None:
    changes = {("contract", "power_kw", "P6"): 180, ("stage", "conching", "minutes", "premium"): 285}
    assert changed_lines(TEXT, edited(TEXT, PlantChanges(changes))) == [
        "-minutes = { standard = 150, premium = 300 }",
        "+minutes = { standard = 150, premium = 285 }",
        "-power_kw = { P1 = 150.0, P2 = 150.0, P3 = 150.0, P4 = 150.0, P5 = 150.0, P6 = 150.0 } # must not fall from P1 to P6",
        "+power_kw = { P1 = 150.0, P2 = 150.0, P3 = 150.0, P4 = 150.0, P5 = 150.0, P6 = 180.0 } # must not fall from P1 to P6",
    ]


def test_demand_of_a_day_that_had_none_is_added_and_none_stays_unwritten() -> None:
    changes = PlantChanges({("demand", "weekday", "sunday", "standard"): 2.0, ("demand", "weekday", "saturday", "premium"): 0.0})
    new = edited(TEXT, changes)
    assert changed_lines(TEXT, new) == ["+sunday = {standard = 2}"]
    assert load_plant(new).weekday_batches[6] == {"standard": 2.0}


def test_a_price_table_that_was_not_there_is_made() -> None:
    fixed: dict[Place, Value] = {("price", "fixed_eur_per_kwh", f"P{number}"): 0.1 for number in range(1, 7)}
    plant = load_plant(edited(TEXT, PlantChanges({**fixed, ("price", "basis"): "fixed"})))
    assert (plant.price.basis, plant.price.fixed_eur_per_kwh) == ("fixed", (0.1,) * 6)


MORNING = ShiftText(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday"), time(6), time(14))
EVENING = ShiftText(("monday", "tuesday", "wednesday", "thursday", "friday"), time(14), time(22))
NIGHT = ShiftText(("friday",), time(22), time(6))


def test_a_shift_that_moves_changes_its_line_alone() -> None:
    new = edited(TEXT, PlantChanges({}, [MORNING, ShiftText(EVENING.days, time(14), time(21, 30))]))
    assert changed_lines(TEXT, new) == ["-end = 22:00:00", "+end = 21:30:00"]


def test_a_shift_is_added_behind_the_last_and_taken_away() -> None:
    three = edited(TEXT, PlantChanges({}, [MORNING, EVENING, NIGHT]))
    assert len(load_plant(three).shifts) == 3
    assert [line for line in changed_lines(TEXT, three) if line[0] == "-"] == []
    two = edited(three, PlantChanges({}, [MORNING, EVENING]))
    assert load_plant(two) == load_plant(TEXT)
    for comment in ("# Attended stages run only inside shifts.", "# Closed days have no shift"):
        assert comment in three and comment in two


def test_windows_line_ends_stay() -> None:
    dos = TEXT.replace("\n", "\r\n")
    new = edited(dos, PlantChanges({("stage", "conching", "power_kw"): 55}))
    assert new == dos.replace("power_kw = 48.0", "power_kw = 55.0")


def test_a_stage_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(InvalidRequestError) as refused:
        edited(TEXT, PlantChanges({("stage", "conchng", "power_kw"): 1}))
    assert (refused.value.name, "conching" in refused.value.valid) == ("stages.conchng", True)


@pytest.mark.parametrize(
    ("place", "value", "name", "given", "valid"),
    [
        (("stage", "conching", "power_kw"), 48000, "stages.conching.power_kw", "48000.0", "must be 0 to 10000 kW (W for kW?)"),
        (("contract", "power_kw", "P1"), 160, "contract.power_kw", "", "must not fall"),
        (("demand", "weekday", "monday", "standard"), -1, "demand.monday", "", "must be 0 to 1000 batches"),
        (("price", "basis"), "fixed", "price.basis", "", "needs fixed_eur_per_kwh"),
    ],
)
def test_a_fault_is_told_by_the_reader_of_the_start_in_the_words_of_the_request(
    place: tuple[str, ...], value: float | str, name: str, given: str, valid: str
) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        checked(edited(TEXT, PlantChanges({place: value})))
    assert refused.value.name == name
    assert given in str(refused.value.value)
    assert valid in refused.value.valid
