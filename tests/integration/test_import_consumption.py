"""`scripts/import` with files of a meter: stored, told, refused whole; beside prices, into a real store."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from commands.import_history import main
from domain.timeline import MADRID, QUARTER, day_bounds, slot_starts

CUPS = "ES0031000000000001AB0F"


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("SIM_SEED", "SIM_NOW", "SIM_SPEED", "STORE", "ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def p2(first: date, days: int) -> str:
    """A message of quarter-hours."""
    start, end = day_bounds(first)[0], day_bounds(first + timedelta(days=days - 1))[1]
    ends = [(at + QUARTER).astimezone(MADRID) for at in slot_starts(start, end, QUARTER)]
    rest = ";0;0;0;1;0;0;0;0;0;0;0;0;0;0;0;1;\n"
    return "".join(f"{CUPS};11;{local:%Y/%m/%d %H:%M:%S};{int(bool(local.dst()))};12{rest}" for local in ends)


def test_a_file_of_a_meter_is_stored_and_again_changes_nothing(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "P2D.0"
    file.write_text(p2(date(2025, 10, 26), 1))
    assert main([str(file)]) == 0
    assert "100 slots of 15 min" in (first := capsys.readouterr().out)
    assert "100 stored, 0 unchanged" in first
    file.write_text(p2(date(2025, 10, 26), 1).replace(";12;0;0;0;1;", ";13;0;0;0;1;", 1))
    assert main([str(file)]) == 0
    again = capsys.readouterr().out
    assert "0 stored, 99 unchanged" in again
    assert "2025-10-25T22:00Z: 12 kWh kept, 13 kWh in the file" in again
    assert "stays (a correction: --replace)" in again
    assert main(["--replace", str(file)]) == 0
    assert "1 stored, 99 unchanged" in (corrected := capsys.readouterr().out)
    assert "1 slots differ from what is kept, which was replaced" in corrected
    assert main([str(file)]) == 0
    assert "0 stored, 100 unchanged" in capsys.readouterr().out
    assert "ES0031" not in first + again


def test_a_file_with_a_bad_line_is_refused_whole(data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "P2D.0"
    file.write_text(p2(date(2025, 10, 26), 1) + f"{CUPS};11;2025/10/27 00:07:00;0;12;0;0;0;1;0;0;0;0;0;0;0;0;0;0;0;1;\n")
    assert main([str(file)]) == 1
    said = capsys.readouterr().out
    assert "refused: line 101: no time of a slot" in said
    assert "nothing of it was stored" in said
    assert "ES0031" not in said
    file.write_text(p2(date(2025, 10, 26), 1))
    assert main([str(file)]) == 0
    assert "100 stored, 0 unchanged" in capsys.readouterr().out


def test_a_year_of_quarter_hours_is_imported(data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "P2D.0"
    file.write_text(p2(date(2025, 1, 1), 365))
    assert main([str(file)]) == 0
    assert "35,040 stored" in capsys.readouterr().out
