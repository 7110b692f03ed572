"""What comes in by hand or on the wire and must not be shown as published, seen from outside the running service."""

import json
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.state.file import open_state
from adapters.state.issued import SqliteIssuedLog
from adapters.state.products import SqliteProductLog
from adapters.store.sqlite_series import SqliteStore
from domain.prices.slots import Market, PriceSlot
from domain.timeline import HOUR, day_slots, local_day
from services.energy_service import EnergyService
from services.prices.imports import ImportService
from support.clock import ManualClock
from support.plan_cases import reference_config
from support.service import running_service, settings_for
from support.simulator_server import running_simulator
from support.upstream import through

EVENING = datetime(2026, 3, 20, 20, 30, tzinfo=UTC)  # 21:30 in Madrid: tomorrow is out
TODAY, TOMORROW = local_day(EVENING), local_day(EVENING) + timedelta(days=1)
SHORT_HISTORY = (TODAY - timedelta(days=2)).isoformat()
WRONG_EUR_KWH = 0.5


async def imported_by_hand(folder: Path, market: Market, days: list[date]) -> None:
    """Hours of a wrong price, as `scripts/import` keeps them, in the files of a service that is not running."""
    data = folder / "data"
    data.mkdir()
    store, state = SqliteStore(data / "series.sqlite", "simulated"), open_state(data / "state.sqlite", "simulated")
    energy = EnergyService(store, SqliteIssuedLog(state), {}, ManualClock(EVENING - HOUR), SqliteProductLog(state))
    slots = [PriceSlot(start, start + HOUR, WRONG_EUR_KWH) for day in days for start in day_slots(day)]
    kept = [safe.written async for safe in ImportService(energy, ManualClock(EVENING - HOUR)).keep(market, slots)]
    assert kept == [len(slots)]
    await store.aclose()
    state.close()


async def test_days_imported_by_hand_are_asked_for_and_what_is_published_wins_and_the_difference_is_told(tmp_path: Path) -> None:
    await imported_by_hand(tmp_path, "pvpc", [TODAY - timedelta(days=2), TODAY, TOMORROW])
    async with running_simulator(EVENING) as simulator:
        settings = settings_for(simulator, tmp_path, HISTORY_START=SHORT_HISTORY)
        async with running_service(settings, simulator.clock) as service:
            for day in (TODAY - timedelta(days=2), TODAY, TOMORROW):
                answer = await service.until(
                    f"/prices?date={day}", lambda body: {slot["source"] for slot in body["slots"]} == {"redata"}
                )
                assert len(answer["slots"]) == 24
                assert WRONG_EUR_KWH not in {slot["price_eur_kwh"] for slot in answer["slots"]}
            ready = await service.until("/ready", lambda body: body["imported"] != [])
    (told,) = ready["imported"]
    assert (told["product"], set(told["remarks"])) == ("pvpc", {"differs_from_published"})
    assert "imported 0.50000 (valid: published 0." in told["notes"][0]


def zeros_from_ten(content: bytes) -> bytes:
    """Tomorrow's PVPC is 0 from 10:00 on, as a service may write what it does not know yet."""
    payload = json.loads(content)
    for series in payload["included"]:
        for value in series["attributes"]["values"]:
            if series["id"] == "1001" and value["datetime"][:10] == str(TOMORROW) and int(value["datetime"][11:13]) >= 10:
                value["value"] = 0.0
    return json.dumps(payload).encode()


async def test_a_part_day_of_zeros_is_shown_as_not_published_and_counted(tmp_path: Path) -> None:
    async with running_simulator(EVENING) as simulator, through(simulator.url, zeros_from_ten) as proxy:
        for source in ("esios", "omie"):
            await simulator.fault(source, "status", status=503)
        settings = settings_for(simulator, tmp_path, HISTORY_START=SHORT_HISTORY, REE_BASE_URL=f"{proxy}/redata")
        async with running_service(settings, simulator.clock) as service:
            answer = await service.until(f"/prices?date={TOMORROW}", lambda body: len(body["slots"]) > 0)
            assert [datetime.fromisoformat(slot["start"]) for slot in answer["slots"]] == day_slots(TOMORROW)[:10]
            document = await service.json("/dashboard/complete")
            ready = await service.json("/ready")
            metrics = (await service.get("/metrics")).text
    shown = document["prices"]["tomorrow"]["slots"]
    published = [slot for slot in shown if slot.get("origin", "published") == "published"]
    assert len(published) <= 10
    assert all(slot["price_eur_kwh"] != 0 for slot in shown)
    (redata,) = [source for source in ready["sources"] if source["source"] == "redata"]
    (pvpc,) = [product for product in redata["products"] if product["product"] == "pvpc"]
    assert pvpc["left_out_total"]["unpublished"] % 14 == 0 < pvpc["left_out_total"]["unpublished"]  # each answer about that day
    (line,) = [line for line in metrics.splitlines() if line.startswith("chocolate_intake_left_out_sum{") and '"pvpc"' in line]
    assert ('source="redata"' in line, 'reason="unpublished"' in line, float(line.split()[-1]) >= 14) == (True, True, True)


NOON = EVENING - timedelta(hours=8, minutes=30)  # 13:00 in Madrid: nothing of tomorrow is out


async def test_prices_of_the_day_after_tomorrow_without_tomorrows_are_a_gap_that_is_forecast_over(tmp_path: Path) -> None:
    """Kept by an older version, or by a clock that was ahead: no door lets them in today."""
    after = TODAY + timedelta(days=2)
    await imported_by_hand(tmp_path, "pvpc", [after])
    async with running_simulator(NOON) as simulator:
        settings = settings_for(simulator, tmp_path, HISTORY_START=SHORT_HISTORY, CONFIG_DIR=reference_config(tmp_path))
        async with running_service(settings, simulator.clock) as service:
            plan = await service.until("/optimize/production/current", lambda body: "batches" in body)
            assert (await service.json(f"/prices?date={TOMORROW}"))["slots"] == []
            week = await service.json("/predict/prices/weekly")
            for job in ("plan", "advice"):
                await service.run(job)
            jobs = {job["id"]: job for job in (await service.json("/scheduler/status"))["jobs"]}
    hours = {day["date"]: day["hours"] for day in week["days"]}
    assert [hour["origin"] for hour in hours[str(TOMORROW)]] == ["forecast"] * 24
    assert all(0 < hour["p50"] < WRONG_EUR_KWH + 1 for hour in hours[str(TOMORROW)])
    assert {(hour["origin"], hour["price_eur_kwh"]) for hour in hours[str(after)]} == {("published", WRONG_EUR_KWH)}
    assert {batch["due"] for batch in plan["batches"]} >= {str(TOMORROW)}
    assert [jobs[name]["failures"] for name in ("plan", "advice")] == [0, 0]


def renamed(state: Path, table: str, other: str) -> None:
    """A table of the local state under another name: whoever needs it fails."""
    connection = sqlite3.connect(state, timeout=30)
    connection.execute(f"ALTER TABLE {table} RENAME TO {other}")
    connection.close()


async def test_a_plan_that_fails_three_times_in_a_row_is_an_alert_until_it_is_made_again(tmp_path: Path) -> None:
    async with running_simulator(EVENING) as simulator:
        settings = settings_for(simulator, tmp_path, HISTORY_START=SHORT_HISTORY)
        async with running_service(settings, simulator.clock) as service:
            await service.until("/optimize/production/current", lambda body: "batches" in body)
            renamed(tmp_path / "data" / "state.sqlite", "wishes", "lost")
            for _ in range(3):
                await service.run("plan")
            simulator.clock.advance(timedelta(minutes=1))  # alerts are judged once a minute
            page = await service.until("/dashboard/complete", lambda body: "plan_failing" in rules(body))
            (alert,) = [alert for alert in page["alerts"] if alert["rule"] == "plan_failing"]
            assert (alert["level"], alert["figures"]["failures"] >= 3) == ("critical", True)
            assert "no such table: wishes" in alert["figures"]["error"]
            renamed(tmp_path / "data" / "state.sqlite", "lost", "wishes")
            await service.run("plan")
            simulator.clock.advance(timedelta(minutes=1))
            await service.until("/dashboard/complete", lambda body: "plan_failing" not in rules(body))


def rules(page: Any) -> list[str]:
    """The rules of the alerts that a page shows."""
    return [alert["rule"] for alert in page["alerts"]]
