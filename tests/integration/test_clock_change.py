"""A service left running over both clock changes and a late publication: no false gap, none missed, jobs once, prices right."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.timeline import HOUR, MADRID, day_bounds, day_slots, local_day
from simulator.publication import day_hours
from support.service import Service, running_service, settings_for
from support.simulator_server import SimulatorServer, running_simulator

STEP = timedelta(minutes=15)
FETCHING = frozenset({"prices_pvpc", "prices_spot", "prices_history", "prices_recheck", "gaps", "models_watch"})
AUTUMN, SPRING = date(2026, 10, 25), date(2027, 3, 28)


@asynccontextmanager
async def living(folder: Path, start: datetime) -> AsyncGenerator[tuple[SimulatorServer, Service]]:
    """Service and simulator on one clock that stands at ``start``, the history there."""
    async with running_simulator(start) as simulator:
        first = local_day(start) - timedelta(days=2)
        settings = settings_for(simulator, folder, HISTORY_START=first.isoformat(), SIM_SPEED="2000")
        async with running_service(settings, simulator.clock) as service:
            service.patience_s = 90
            await service.until("/ready", lambda state: state["ingestion"]["state"] == "done")
            yield simulator, service


async def quiet(simulator: SimulatorServer, service: Service) -> None:
    """Wait until the schedule has started all that is due, and nothing that fetches runs."""

    def settled(status: Any) -> bool:
        jobs = {job["id"]: job for job in status["jobs"] if job["id"] in FETCHING}
        return all(not job["running"] and datetime.fromisoformat(job["next_run"]) > simulator.clock() for job in jobs.values())

    await service.until("/scheduler/status", settled)


async def live(simulator: SimulatorServer, service: Service, until: datetime) -> list[dict[str, Any]]:
    """Let time pass; what was missing meanwhile, as the store is at each full hour."""
    seen = []
    while simulator.clock() < until:
        simulator.clock.advance(STEP)
        await quiet(simulator, service)
        if simulator.clock().minute == 0:
            found = await service.json("/gaps/detect?days_back=3")
            seen += [gap | {"seen": simulator.clock()} for gap in found["gaps"] if gap["measurement"] == "energy_prices"]
    return seen


async def runs_of(service: Service) -> dict[str, int]:
    return {job["id"]: job["runs"] for job in (await service.json("/scheduler/status"))["jobs"]}


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("day", "hours"), [(AUTUMN, 25), (SPRING, 23)])
async def test_a_day_of_another_length_passes_like_any_other(tmp_path: Path, day: date, hours: int) -> None:
    start, end = day_bounds(day)
    async with living(tmp_path, start - 6 * HOUR) as (simulator, service):
        before = await runs_of(service)
        seen = await live(simulator, service, end + HOUR)
        assert seen == []
        for market, resolution, steps in (("pvpc", 60, hours), ("spot", 60, hours), ("spot", 15, 4 * hours)):
            slots = (await service.json(f"/prices?date={day}&market={market}&resolution={resolution}"))["slots"]
            assert [datetime.fromisoformat(slot["start"]) for slot in slots] == day_slots(day, timedelta(minutes=resolution))
            assert len(slots) == steps
            prices = [slot["price_eur_kwh"] for slot in slots]
            assert prices == pytest.approx(made(simulator, market, resolution, day), abs=1e-9)
        summary = await service.json("/gaps/summary")
        assert [
            (series["missing"], series["gaps"]) for series in summary["series"] if series["measurement"] == "energy_prices"
        ] == [
            (0, []),
            (0, []),
        ]
        assert {gap["first_seen"] for gap in summary["filled_lately"]} <= {(start - 6 * HOUR).isoformat()}, "only the first import"
        after = await runs_of(service)
        real_hours = int((simulator.clock() - (start - 6 * HOUR)) / HOUR)
        assert after["state_upkeep"] - before["state_upkeep"] == 1, "a daily job runs once on a day of any length"
        assert after["prices_history"] - before["prices_history"] == real_hours, "an hourly job runs once in every real hour"
        assert after["models_watch"] - before["models_watch"] == 2, "at 22:15 of the eve and of the day"


def made(simulator: SimulatorServer, market: str, minutes: int, day: date) -> list[float]:
    """The prices [€/kWh] that the simulated market made for a day, in order."""
    first, end = day_hours(day)
    values = simulator.simulation.publisher.hours("PCB" if market == "pvpc" else "quarters", first, end) / 1000
    if market == "pvpc":
        return [float(value) for value in values]
    return [float(value) for value in (values.ravel() if minutes == 15 else values.mean(axis=1))]


@pytest.mark.timeout(400)
async def test_a_late_publication_is_a_gap_once_it_is_late_and_closed_when_it_comes(tmp_path: Path) -> None:
    day = date(2026, 3, 21)
    overdue = datetime(2026, 3, 20, 21, 30, tzinfo=MADRID).astimezone(UTC)
    async with living(tmp_path, overdue - 3 * HOUR) as (simulator, service):
        await simulator.control("delay", market="pvpc", minutes=170, day=day.isoformat())
        seen = await live(simulator, service, overdue + 4 * HOUR)
        assert {gap["tags"]["market"] for gap in seen} == {"pvpc"}
        assert min(gap["seen"] for gap in seen) == overdue + timedelta(minutes=30), (
            "not before it is late, and then at the next look"
        )
        assert {gap["missing"] for gap in seen} == {24}
        assert len((await service.json(f"/prices?date={day}"))["slots"]) == 24
        summary = await service.json("/gaps/summary")
        late = [gap for gap in summary["filled_lately"] if gap["start"] == day_bounds(day)[0].isoformat()]
        assert [(gap["series"], gap["state"], gap["cause"]) for gap in late] == [("energy_prices/pvpc", "filled", "not_published")]
        assert overdue <= datetime.fromisoformat(late[0]["first_seen"]) < overdue + HOUR
        assert {"zero_rows"} <= {attempt["outcome"] for attempt in late[0]["tried"]}
