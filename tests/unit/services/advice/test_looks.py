"""Alerts while what they look at is away: the others are judged, what cannot be stays as it was."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from domain.alerts.alert import Finding, KeptAlert
from domain.bill.certainty import Certainty
from domain.errors import StoreUnavailableError
from domain.messages import message
from domain.operations import StoreState
from services.advice import service
from services.advice.facts import PlanFacts, PriceFacts, ServiceFacts
from services.advice.service import AdviceService, Watch
from services.operations.fence import FailedPart, Fence
from services.operations.health import System
from support.clock import ManualClock
from support.system import system

NOW = datetime(2026, 3, 20, 22, 0, tzinfo=UTC)  # 23:00 in Madrid: tomorrow's PVPC is overdue
AWAY = StoreState("sqlite", "away", NOW, detail="no answer")
FACTS = (
    "past",
    "ahead",
    "spot",
    "tomorrow_is_there",
    "certainty",
    "loads",
    "broken",
    "late",
    "no_plan",
    "system",
    "record",
    "imported",
)
NEEDED = {
    "past": {"price_spike", "cheap_window"},
    "ahead": {"price_spike", "cheap_window"},
    "spot": {"negative_spot"},
    "tomorrow_is_there": {"pvpc_missing"},
    "certainty": {"tables_end"},
    "loads": {"contracted_power"},
    "broken": {"ambient_limit"},
    "no_plan": {"plan_impossible"},
    "late": {"plan_late"},
    "record": {"model_degraded"},
    "imported": {"data_gap"},
    "system": {
        "source_stale",
        "data_gap",
        "job_failing",
        "model_refused",
        "store_away",
        "plan_failing",
        "savings_differ",
        "backup_stale",
        "door_open",
    },
}


CERTAIN = Certainty((), (), (), ())


class Facts:
    """Prices, plan and service in one; a fact in `faults` raises."""

    plant = None

    def __init__(self) -> None:
        self.faults: dict[str, Exception | None] = {}
        self.store = AWAY

    def __getattr__(self, name: str) -> Any:
        answers = {"tomorrow_is_there": False, "imported": True, "record": None, "no_plan": None, "certainty": CERTAIN}

        async def told(*_: object) -> Any:
            if name in self.faults:
                fault = self.faults[name]
                if fault is None:
                    await asyncio.sleep(600)
                raise cast("Exception", fault)
            if name == "system":
                return system(store=self.store)
            return answers.get(name, [])

        def at_once() -> Any:
            if name in self.faults:
                raise self.faults[name] or StoreUnavailableError("silent")

        return at_once if name == "no_plan" else told


class Log:
    def __init__(self, *kept: KeptAlert) -> None:
        self.alerts = {alert.finding.id: alert for alert in kept}

    async def put(self, alerts: Sequence[KeptAlert]) -> None:
        self.alerts |= {alert.finding.id: alert for alert in alerts}

    async def active(self) -> list[KeptAlert]:
        return [alert for alert in self.alerts.values() if alert.ended_at is None]

    async def ended_since(self, _at: datetime) -> list[KeptAlert]:
        return []

    async def held_at(self, _at: datetime) -> list[KeptAlert]:
        return []

    async def first(self) -> None:
        return None


def advice(facts: Facts, log: Log, clock: ManualClock, news: list[int]) -> AdviceService:
    watch = Watch(clock, Fence(clock), lambda: news[0], looks=True)
    return AdviceService(cast("PriceFacts", facts), cast("PlanFacts", facts), cast("ServiceFacts", facts), log, watch)


def kept(id_: str) -> KeptAlert:
    return KeptAlert(Finding(id_, id_, "warning", message("a"), message("b")), NOW - timedelta(days=1))


@pytest.mark.parametrize("fault", [StoreUnavailableError("away"), KeyError("x"), None], ids=["away", "raises", "silent"])
@pytest.mark.parametrize("fact", FACTS)
async def test_no_rule_needs_another_part(fact: str, fault: Exception | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "FACT_S", 0.05)
    facts, clock = Facts(), ManualClock(NOW)
    rules = {rule for rules in NEEDED.values() for rule in rules}
    log = Log(*(kept(rule) for rule in sorted(rules - {"pvpc_missing", "store_away"})))
    facts.faults = {fact: fault}
    await advice(facts, log, clock, [0]).look()
    told = {id_ for id_, alert in log.alerts.items() if alert.since == NOW}
    assert told == {"pvpc_missing", "store_away"} - NEEDED[fact], "what is wrong is told, whatever else is away"
    clearing = {id_ for id_, alert in log.alerts.items() if alert.clear_since == NOW}
    assert clearing == rules - {"pvpc_missing", "store_away"} - NEEDED[fact], "what could not be judged neither begins nor ends"


async def test_the_page_never_shows_an_alert_that_its_own_prices_contradict() -> None:
    facts, clock, news = Facts(), ManualClock(NOW), [0]
    one = advice(facts, Log(), clock, news)
    assert {alert.finding.rule for alert in await one.alerts_block(NOW)} == {"pvpc_missing", "store_away"}
    facts.store = replace(AWAY, state="ok")
    assert {alert.finding.rule for alert in await one.alerts_block(NOW)} == {"pvpc_missing", "store_away"}, (
        "nothing changed, no new look"
    )
    news[0] += 1
    assert {alert.finding.rule for alert in await one.alerts_block(NOW)} == {"pvpc_missing"}


async def test_a_part_of_the_system_that_could_not_be_told_is_not_judged() -> None:
    facts, log = Facts(), Log(kept("source_stale:redata"))
    one = advice(facts, log, ManualClock(NOW), [0])

    async def told() -> System:
        return system(store=AWAY, failed=(FailedPart("system.sources", NOW, "KeyError: 'x'"),))

    facts.system = told  # type: ignore[attr-defined]
    await one.look()
    assert log.alerts["source_stale:redata"].clear_since is None
    assert "store_away" in log.alerts
