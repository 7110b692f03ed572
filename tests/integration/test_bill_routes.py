"""From a meter's slots to a bill and its check, over real sockets, on an indexed contract."""

import shutil
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from domain.bill.invoice.projection import past_of
from domain.timeline import QUARTER, day_bounds, slot_starts
from support.service import Service, running_service, settings_for
from support.simulator_server import running_simulator

EVENING = datetime(2026, 9, 16, 20, 30, tzinfo=UTC)
FIRST = datetime(2026, 9, 8, 22, 0, tzinfo=UTC)
"""Midnight of 9 September in Madrid."""
HISTORY = (EVENING - timedelta(days=20)).date().isoformat()
CONFIGS = Path(__file__).resolve().parents[2] / "src/configs"
CUPS = "ES0031000000000001AB0F"
DAYS = "from=2026-09-09&to=2026-09-12"


@pytest.fixture
async def service(tmp_path: Path) -> AsyncGenerator[Service]:
    shutil.copytree(CONFIGS, tmp_path / "configs")
    plant = tmp_path / "configs/factory.toml"
    plant.write_text(plant.read_text(encoding="utf-8").replace('basis = "pvpc"', 'basis = "indexed"'), encoding="utf-8")
    async with running_simulator(EVENING) as simulator:
        settings = settings_for(simulator, tmp_path, HISTORY_START=HISTORY, CONFIG_DIR=str(tmp_path / "configs"))
        async with running_service(settings, simulator.clock) as running:
            await running.until("/ready", lambda state: state["ingestion"]["state"] == "done")
            yield running


def quarters(count: int, kwh: float = 10.325) -> dict[str, object]:
    readings = [{"start": (FIRST + n * QUARTER).isoformat(), "kwh_in": kwh} for n in range(count)]
    return {"cups": CUPS, "minutes": 15, "readings": readings}


async def test_from_the_meter_to_the_bill_and_its_check(service: Service) -> None:
    assert (await service.get(f"/bill?{DAYS}")).status_code == 404
    kept = await service.post("/consumption", quarters(384))
    assert kept.status_code == 200, kept.text
    assert (kept.json()["written"], kept.json()["differing"]) == (384, 0)
    assert (await service.post("/consumption", quarters(384))).json()["unchanged"] == 384
    for replace, written in ((False, 0), (True, 3), (True, 0)):
        told = (await service.post("/consumption", quarters(3, 11.0) | {"replace": replace})).json()
        assert (told["written"], told["differing"]) == (written, 0 if written == 0 and replace else 3)
    back = (await service.post("/consumption", quarters(3) | {"replace": True})).json()
    assert (back["written"], back["unchanged"]) == (3, 0)

    bill = await service.json(f"/bill?{DAYS}")
    assert bill["complete"], bill
    assert (bill["kwh"], bill["slots"], bill["missing"]["quarters"]) == (pytest.approx(384 * 10.325), 384, 0)
    assert bill["price_basis"] == "indexed"
    power = next(line for line in bill["lines"] if (line["code"], line["period"]) == ("power", 1))
    assert (power["amount_eur"], power["name"]) == (33.5, {"es": "Término de potencia P1", "en": "Power term P1"})
    """150 kW x 20.376927 x 4 / 365."""
    (owed,) = bill["readings"]
    total = sum(line["amount_eur"] for line in [*bill["lines"], *owed["lines"]])
    assert owed["total_eur"] == pytest.approx(total, abs=0.001)

    table = (await service.get(f"/bill?{DAYS}&format=csv")).text.splitlines()
    assert table[0].startswith("reading,code,period")
    assert len(table) == 1 + len(bill["lines"]) + len(owed["lines"])

    lines = [
        {"code": line["code"], "period": line["period"], "amount_eur": line["amount_eur"] + (5 if line["code"] == "vat" else 0)}
        for line in [*bill["lines"], *owed["lines"]]
    ]
    asked = {"from": "2026-09-09", "to": "2026-09-12", "lines": lines, "total_eur": round(total + 5, 2)}
    found = (await service.post("/bill/check", asked)).json()
    worst = found["lines"][0]
    assert (worst["code"], worst["difference_eur"], worst["verdict"]) == ("vat", 5.0, "over")
    assert worst["said"]["en"] == "€5.00 more than it should be"
    assert {line["verdict"] for line in found["lines"][1:]} == {"matches"}
    assert found["adds_up"]

    gap = await service.json("/bill?from=2026-09-09&to=2026-09-13")
    assert not gap["complete"]
    assert (gap["missing"]["quarters"], gap["missing"]["most_kwh"]) == (96, 150 * 24)


async def test_what_is_wrong_is_refused_and_a_supply_point_is_never_repeated(service: Service) -> None:
    late = quarters(1) | {"readings": [{"start": "2026-09-16T22:45:00+02:00", "kwh_in": 1}]}
    for body in (
        quarters(1) | {"cups": "ES003100000000000XAB"},
        quarters(1) | {"readings": [{"start": "2026-09-09T00:07:00+02:00", "kwh_in": 1}]},
        quarters(1) | {"readings": [{"start": FIRST.isoformat(), "kwh_in": 1}] * 2},
        late,
    ):
        answer = await service.post("/consumption", body)
        assert answer.status_code in (409, 422), answer.text
        assert "ES0031" not in answer.text
    assert (await service.post("/consumption", quarters(701))).status_code == 422
    assert (await service.get("/bill?from=2026-09-12&to=2026-09-09")).status_code in (409, 422)
    assert (await service.get("/bill?supply_point=0123456789abcdef")).status_code == 404
    logs = "".join(path.read_text(errors="replace") for path in service.settings.log_dir.rglob("*.log*"))
    assert "ES0031" not in logs


async def test_contracted_powers_are_studied_over_twelve_whole_months(service: Service) -> None:
    """A year of hours with a peak in P1 each month, and one of fewer months first."""
    assert (await service.get("/contract/power")).status_code == 404
    await service.post("/consumption", quarters(3))
    short = await service.get("/contract/power")
    assert short.status_code == 409, short.text
    assert "12 whole months" in short.text

    start, end = day_bounds(date(2025, 9, 1))[0], day_bounds(date(2026, 9, 1))[0]
    hours = list(slot_starts(start, end))
    for begin in range(0, len(hours), 700):
        readings = [
            {"start": at.isoformat(), "kwh_in": 90.0 if at.day == 15 and at.hour == 10 else 30.0}
            for at in hours[begin : begin + 700]
        ]
        sent = {"cups": CUPS, "minutes": 60, "readings": readings}
        assert (await service.post("/consumption", sent)).status_code == 200
    found = await service.json("/contract/power")
    assert (found["months"][0], found["months"][-1], len(found["months"])) == ("2025-09", "2026-08", 12)
    assert (found["missing_quarters"], found["hours_without_quarters"]) == (0, len(hours))
    assert found["present"]["kw"] == [150.0] * 6
    assert found["excess_by_quarters"]
    free = next(choice for choice in found["choices"] if choice["name"] == "free")
    assert free["saving_eur"] == pytest.approx(found["present"]["total_eur"] - free["powers"]["total_eur"], abs=0.02)
    assert free["saving_eur"] > 0
    assert max(free["powers"]["kw"]) <= 90
    assert found["present"]["fixed_eur"] == pytest.approx(150 * sum(found["power_figures"]["values"]), abs=0.01)
    assert (await service.get("/contract/power?supply_point=0123456789abcdef")).status_code == 404
    assert (await service.get("/contract/power?of=x")).status_code == 422

    document = await service.until("/dashboard/complete", lambda told: told["bill"] and told["power"])
    shown = document["power"]["study"]
    assert shown["choices"] == found["choices"] and shown["present"] == found["present"]
    newest = document["power"]["periods"]  # of the three quarter-hours of September that were sent first
    assert [one["most_kw"] for one in newest] == [None] * 5 + [pytest.approx(41.3)]
    whole = await service.json("/bill?from=2026-08-01&to=2026-08-31")
    (august,) = (one for one in document["bill"]["months"] if one["first"] == "2026-08-01")
    assert august["readings"][0]["total_eur"] == whole["readings"][0]["total_eur"]
    assert (august["kwh"], august["complete"]) == (whole["kwh"], whole["complete"])
    assert len(document["bill"]["months"]) == 12


async def test_the_page_shows_the_bill_of_the_curve_and_makes_it_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await service.until("/dashboard/complete", lambda told: told["bill"] and told["power"])
    assert (before["bill"]["supply_point"], before["power"]["supply_point"]) == (None, None)
    assert "scripts/import ARCHIVO" in (await service.get("/dashboard?lang=es")).text

    await service.post("/consumption", quarters(384))
    document = (await service.until("/dashboard/complete", lambda told: told["bill"] and told["bill"]["month"]))["bill"]
    told = await service.json("/bill?from=2026-09-01&to=2026-09-12")
    month = document["month"]
    assert (month["first"], month["last"], month["base_eur"]) == ("2026-09-01", "2026-09-12", told["base_eur"])
    assert month["missing_quarters"] == told["missing"]["quarters"] == 8 * 96
    assert [line["amount_eur"] for line in month["lines"]] == [line["amount_eur"] for line in told["lines"]]
    assert (document["projection"], document["no_projection"]) == (None, "days_missing")

    for level in (1, 2, 3):  # the page tells nobody what the route would not
        open_to_it = (await service.get("/bill?from=2026-09-01&to=2026-09-12", level)).status_code == 200
        shown = (await service.get("/dashboard/complete", level)).json()
        assert (shown["bill"] is not None, shown["power"] is not None) == (open_to_it, open_to_it) == (level < 3, level < 3)
        assert ('id="bill"' in (await service.get("/dashboard", level)).text) == open_to_it

    made = Mock(wraps=past_of)
    monkeypatch.setattr("services.bill.board.past_of", made)
    for _ in range(3):
        await service.run("prices_spot")  # a write, so that the document is composed anew
        await service.json("/dashboard/complete")
    assert made.call_count == 0
    await service.post("/consumption", quarters(3, 11.0) | {"replace": True})
    await service.until("/dashboard/complete", lambda answer: answer["bill"]["month"]["kwh"] > month["kwh"])
    assert made.call_count == 1


async def test_the_bill_to_print_says_what_the_bill_says(service: Service) -> None:
    await service.post("/consumption", quarters(384))
    bill = await service.json(f"/bill?{DAYS}")
    answer = await service.get(f"/bill?{DAYS}&format=html&lang=es")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    text = answer.text
    for line in bill["lines"]:
        assert f"<td>{line['name']['es']}</td>" in text
    total = f"{bill['readings'][0]['total_eur']:,.2f}".translate({ord(","): ".", ord("."): ","})
    assert total in text
    assert "Power term P1" in (await service.get(f"/bill?{DAYS}&format=html&lang=en")).text
