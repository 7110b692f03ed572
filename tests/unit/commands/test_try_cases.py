"""`scripts/try-cases`: each file of a folder gets its verdicts, and none of it is stored."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from commands.try_cases import main
from domain.timeline import MADRID, QUARTER, day_slots
from support.plan_cases import ROOT
from support.source_fixtures import omie_text

DAY = date(2026, 3, 28)


def redata(spot_from_hour: int) -> str:
    """Tomorrow with a PVPC of zero from 10:00 on, and spot by the hour until an hour, then by the quarter."""
    hours = [start.astimezone(MADRID) for start in day_slots(DAY)]
    quarters = [start.astimezone(MADRID) for start in day_slots(DAY, QUARTER)]
    pvpc = [{"value": 70.01 if at.hour < 10 else 0.0, "datetime": at.isoformat()} for at in hours]
    spot = [{"value": 40.01, "datetime": at.isoformat()} for at in hours if at.hour < spot_from_hour]
    spot += [{"value": 40.01, "datetime": at.isoformat()} for at in quarters if at.hour >= spot_from_hour]
    series = [{"id": name, "attributes": {"values": values}} for name, values in (("1001", pvpc), ("600", spot))]
    return json.dumps({"included": series})


def verdicts(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    assert main([str(folder)]) == 0
    return [(line.split("\t")[0], line.split("\t")[1]) for line in capsys.readouterr().out.splitlines()]


def test_each_case_has_its_verdicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant = (ROOT / "src/configs/factory.toml").read_text(encoding="utf-8")
    header = "id;name;geoid;geoname;value;datetime\n"
    files = {
        "csv/year-1.csv": header + "600;x;3;x;10;2024-01-09T00:00:00+01:00\n600;x;3;x;12;0001-01-01T00:00:00+01:00\n",
        "csv/zeros.csv": header + "".join(f"1001;x;8741;x;0;2024-01-09T{hour:02}:00:00+01:00\n" for hour in range(24)),
        "plant/freeze.toml": plant.replace("freeze_hours = 2", "freeze_hours = 1e9"),
        "wire/omie-24-rows.txt": omie_text(DAY, [1.0] * 24),
        "wire/redata-zero-from-10.json": redata(0),
        "wire/redata-hours-then-quarters.json": redata(12),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert verdicts(tmp_path, capsys) == [
        ("csv/year-1.csv", "refused"),
        ("csv/zeros.csv", "refused"),
        ("csv/zeros.csv", "left out"),
        ("plant/freeze.toml", "refused"),
        ("wire/omie-24-rows.txt", "refused"),
        ("wire/redata-hours-then-quarters.json", "taken"),
        ("wire/redata-hours-then-quarters.json", "left out"),
        ("wire/redata-hours-then-quarters.json", "refused"),
        ("wire/redata-zero-from-10.json", "taken"),
        ("wire/redata-zero-from-10.json", "left out"),
        ("wire/redata-zero-from-10.json", "taken"),
    ]


def test_readings_are_judged_by_the_time_at_which_they_came(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "wire").mkdir()
    newest = day_slots(DAY)[0] - timedelta(hours=2)
    rows = [
        {"idema": "5279X", "fint": f"{newest - timedelta(hours=i):%Y-%m-%dT%H:%M:%S+0000}", "ta": 10.0 + i / 10, "hr": 60.0}
        for i in range(24)
    ]
    rows[3]["hr"] = "Ip"
    (tmp_path / "wire" / "aemet-readings.json").write_text(json.dumps(rows), encoding="utf-8")
    for hours, expected in ((1, ["taken", "left out"]), (-6, ["refused"])):
        assert main([str(tmp_path), "--now", (newest + timedelta(hours=hours)).isoformat()]) == 0
        assert [line.split("\t")[1] for line in capsys.readouterr().out.splitlines()] == expected
