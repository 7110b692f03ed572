"""What `scripts/check-tables` says of days past, open and to come."""

import pytest

from commands.check_tables import main

CONDITION = "consumer prices of electricity (INE 04.5.1.0) of September 2026 more than 15 % above those of a year before"


@pytest.mark.parametrize(
    ("day", "code", "says", "is_silent_of"),
    [
        (
            "2026-08-20",
            0,
            ["ends: ancillary: on 2026-08-31, and no row follows"],
            ["assumed", "open", "missing"],
        ),
        ("2024-03-03", 1, ["missing: excess_power_of_quarters of 3.0TD"], ["assumed", "open", "ends", "toll"]),
        (
            "2026-11-15",
            1,
            [
                "assumed: ancillary: the last row ended on 2026-08-31",
                f"open: electricity_tax until 2026-11-30: 0.051127, or 0.005 if {CONDITION}"
                " (decided on 2026-10-14; RDL 25/2026 (BOE-A-2026-20265))",
            ],
            ["toll"],
        ),
        ("2026-12-01", 1, ["ends: toll_and_charge of 3.0TD: on 2026-12-31, and no row follows"], []),
        (
            "2027-01-02",
            1,
            [
                "assumed: toll_and_charge of 3.0TD: the last row ended on 2026-12-31",
                "assumed: capacity of 3.0TD",
                "assumed: power of 6.1TD",
            ],
            ["open"],
        ),
        ("2023-12-31", 1, ["missing: toll_and_charge of 3.0TD: toll and charge of 3.0TD on 2023-12-31 is not known"], []),
    ],
)
def test_each_figure_that_is_not_in_force_is_told(
    day: str, code: int, says: list[str], is_silent_of: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([day]) == code
    out = capsys.readouterr().out
    assert [line for line in says if line not in out] == []
    assert [word for word in is_silent_of if f"\n{word}" in out or (word == "toll" and "toll" in out)] == []
