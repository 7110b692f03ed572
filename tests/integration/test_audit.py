"""The audit finds nothing in an honest ledger, and every figure that somebody changed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.state.file import open_state
from adapters.state.jobs import SqliteJobLog
from adapters.store.spool import Spool
from commands.audit import arguments, audit
from domain.series import Rows, price_key
from domain.shop_floor import facts, fold, orders
from domain.shop_floor.events import Event, Recorded
from domain.timeline import epoch
from services.plan.prices import PlanPrices
from services.savings.audit import AuditError, AuditService, Sources
from support.here import Here
from support.plan_cases import WEDNESDAY
from support.plan_world import PlanWorld, made_plant, plan_world

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)
FIGURES = ("kg", "kwh", "plan_eur", "base_load_kwh", "base_load_eur", "spoiled_kwh")


def audit_of(world: PlanWorld) -> AuditService:
    return AuditService(
        Sources(world.logs.floor, world.ledger_log, world.prices, world.weather, world.plants), world.plans.plant, world.clock
    )


async def lived(world: PlanWorld) -> None:
    """Three days: one batch late and interrupted, one spoiled, one that nobody reported."""
    await world.plans.replan()
    start = datetime.fromisoformat("2026-03-11T01:07:00+00:00")
    await world.clock.move(start - world.clock())
    one = "20260311-plain-1"
    await world.desk.take(Event("1", "began", start, batch=one, stage="mix"), at_said=True)
    await world.clock.move(timedelta(minutes=30))
    told = next(item.sequence for item in await world.logs.floor.events() if item.event.id == "1")
    for minutes in (3, 5):  # the second holds, until it is taken back and the first does
        corrected = Event(f"1-{minutes}", "correction", start + timedelta(minutes=minutes), of=told)
        taken, _ = await world.logs.floor.tell(corrected, at_said=True)
    await world.logs.floor.tell(Event("1-back", "correction", world.clock(), of=taken.sequence), at_said=False)
    await world.desk.take(Event("1b", "ended", start + timedelta(minutes=14), batch=one, stage="mix"), at_said=True)
    await world.desk.take(Event("1c", "began", start + timedelta(minutes=15), batch=one, stage="kettle"), at_said=True)
    await world.desk.take(Event("2", "interrupted", start + timedelta(minutes=22), batch=one), at_said=True)
    await world.desk.take(Event("3", "resumed", start + timedelta(minutes=29), batch=one), at_said=True)
    await world.plans.replan()
    await world.clock.move(DAY)
    await world.plans.replan()
    await world.desk.take(Event("4", "spoiled", world.clock(), batch="20260312-plain-1"), at_said=False)
    await world.plans.replan()
    await world.clock.move(2 * DAY)
    await world.plans.replan()
    await world.ledger.close()


async def test_an_honest_ledger_has_no_differences_and_a_changed_one_has_each(tmp_path: Path) -> None:
    async with plan_world(tmp_path, made_plant(max_stock_kg={})) as world:
        await lived(world)
        audit = audit_of(world)
        assert (await audit.report(WEDNESDAY, WEDNESDAY + 3 * DAY)).differences == ()
        assert (await audit.look()).endswith("differences 0")
        (entry,) = await world.ledger_log.entries("day", WEDNESDAY, WEDNESDAY)
        assert entry["reported_share_kwh"] > 0
        changed = dict(entry) | {name: entry[name] + 0.01 for name in FIGURES}
        await world.ledger_log.put("day", WEDNESDAY, changed)
        found = (await audit.report(WEDNESDAY, WEDNESDAY)).differences
        assert {one.figure for one in found} == set(FIGURES)
        with pytest.raises(AuditError, match="6 differences"):
            await audit.look()


def _late(walk: Any, track: Any, stage: str, work: Any) -> Any:
    end, over = DUE(walk, track, stage, work)
    return end + timedelta(minutes=10), over


def _unheard(log: tuple[Recorded, ...]) -> tuple[Recorded, ...]:
    return tuple(item for item in log if item.event.of is None)


async def _dearer(prices: PlanPrices, start: datetime, end: datetime) -> tuple[float | None, ...]:
    return tuple(None if price is None else 1.01 * price for price in await REALISED(prices, start, end))


DUE, REALISED, MADE = fold._Walk._due, PlanPrices.realised, orders._made
FAULTS: dict[str, tuple[Any, str, Any, str]] = {
    "a stage ends later": (fold._Walk, "_due", _late, "kwh"),
    "corrections are not heard": (facts, "effective", _unheard, "plan_eur"),
    "prices": (PlanPrices, "realised", _dearer, "plan_eur"),
    "goods that nobody made": (
        orders,
        "_made",
        lambda *rest: {"plain": MADE(*rest).get("plain", 0.0) + 50.0},
        "stock less owed kg",
    ),
    "a spoiled batch counts as made": (fold._Walk, "_spoiled_at", lambda *_: None, "spoiled_kwh"),
}


@pytest.mark.timeout(400)  # nine ledgers are scored in earnest, on a machine that may be busy
async def test_a_fault_in_what_the_service_folds_or_prices_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with plan_world(tmp_path, made_plant(max_stock_kg={}), child=Here()) as world:
        await lived(world)
        for fault, (where, name, instead, figure) in FAULTS.items():
            with monkeypatch.context() as planted:
                planted.setattr(where, name, instead)
                world.logs.floor._events = ()  # what it had folded is thrown away
                await world.ledger.close()
                found = (await audit_of(world).report(WEDNESDAY, WEDNESDAY + 3 * DAY)).differences
            assert figure in {one.figure for one in found}, f"{fault}: {found}"
        world.logs.floor._events = ()
        await world.ledger.close()
        assert (await audit_of(world).report(WEDNESDAY, WEDNESDAY + 3 * DAY)).differences == ()


async def test_a_day_whose_batch_still_runs_is_not_audited_before_it_is_over(tmp_path: Path) -> None:
    """What such a batch will have used is an expectation, another one every minute."""
    plant = made_plant(max_stock_kg={}, weekday_batches={WEDNESDAY.weekday(): {"plain": 1.0}})
    async with plan_world(tmp_path, plant) as world:
        await world.plans.replan()
        await world.clock.move(24 * HOUR - timedelta(minutes=20))
        await world.desk.take(Event("1", "began", world.clock(), batch="20260311-plain-1", stage="mix"), at_said=True)
        await world.plans.replan()
        await world.clock.move(timedelta(minutes=30))
        await world.ledger.close()
        report = await audit_of(world).report(WEDNESDAY, WEDNESDAY)
        assert (report.days, report.going_on, report.differences) == (0, 1, ())
        assert "1 days still going on" in report.lines()[-1]


async def test_the_command_changes_nothing_of_a_service_that_is_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("SIM_SEED", "SIM_NOW", "SIM_SPEED", "STORE", "ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    for name in ("DATA_DIR", "MODELS_DIR", "LOG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("ENV_FILE", "")
    half_written = tmp_path / "MODELS_DIR/.model_registry.json.77.tmp"
    half_written.parent.mkdir()
    half_written.touch()
    state = open_state(tmp_path / "DATA_DIR/state.sqlite", "real")
    jobs, spool, key = SqliteJobLog(state), Spool(state), price_key("pvpc", 60)
    run = await jobs.started("ingest", NOW)
    await spool.put(key, Rows([epoch(NOW)], {"price_eur_kwh": [0.1]}), NOW)
    assert await audit(arguments([])) == 0
    assert "differences 0" in capsys.readouterr().out
    assert await spool.waiting() and half_written.exists()
    await jobs.ended(run, NOW, "ok", None, None)
    assert [one.outcome for one in await jobs.last_runs()] == ["ok"]
    state.close()
