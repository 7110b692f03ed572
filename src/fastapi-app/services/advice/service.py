"""Alerts and recommendations: the rules applied to the facts; alerts are kept with since and until when they hold."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.alerts.alert import Finding, KeptAlert, following
from domain.alerts.plan_rules import ambient_limit, contracted_power, plan_impossible
from domain.alerts.price_rules import cheap_window, negative_spot, price_spike, pvpc_missing
from domain.alerts.recommendations import (
    Coming,
    Recommendation,
    avoid_dearest,
    drop_wishes,
    mend_clash,
    next_starts,
    use_cheapest,
)
from domain.alerts.system_rules import (
    backup_stale,
    data_gap,
    disk_full,
    door_open,
    job_failing,
    model_degraded,
    plan_failing,
    source_stale,
    store_away,
)
from domain.messages import message_json, message_of
from domain.shop_floor.identity import name_of
from ports import AlertLog, Clock
from services.advice.facts import PlanFacts, PriceFacts, ServiceFacts

LOOK_AHEAD = timedelta(hours=48)
LEVELS = ("critical", "warning", "info")


class AdviceService:
    """The job looks at the rules; the page reads what was found."""

    def __init__(self, prices: PriceFacts, plan: PlanFacts, service: ServiceFacts, alerts: AlertLog, clock: Clock) -> None:
        self._prices = prices
        self._plan = plan
        self._service = service
        self._alerts = alerts
        self._clock = clock
        self.changes = 0
        self._turn = asyncio.Lock()

    async def look(self) -> str:
        """The job: apply every rule; what is found begins, goes on or ends. Safe to run twice."""
        async with self._turn:  # a slower look that began earlier would put back what a later one ended
            now = self._clock()
            changed = following(await self._alerts.active(), await self.findings(now), now)
            await self._alerts.put(changed)
            self.changes += bool(changed)
            return f"{len(await self._alerts.active())} active, {len(changed)} changed"

    async def findings(self, now: datetime) -> list[Finding]:
        """What every rule says now."""
        prices, plan, service = self._prices, self._plan, self._service
        past, ahead, system = await prices.past(now), await prices.ahead(now), await service.system()
        troubles = (system.get("models") or {}).get("troubles") or []
        return [
            *price_spike(ahead, past),
            *cheap_window(ahead, past),
            *negative_spot(await prices.spot(now)),
            *contracted_power(await plan.loads(now)),
            *ambient_limit(await plan.broken(now)),
            *pvpc_missing(now, tomorrow_is_there=await prices.tomorrow_is_there(now)),
            *source_stale(system["sources"], now),
            *data_gap(await service.gaps(system)),
            *job_failing(system["jobs"]),
            *plan_failing(system["jobs"]),
            *model_degraded(await service.record(), troubles),
            *store_away(system["store"]),
            *disk_full(system.get("disk")),
            *door_open(system.get("doors")),
            *backup_stale(system.get("backup"), now),
            *plan_impossible(self._clash()),
        ]

    async def alerts(self, history: timedelta | None = None) -> dict[str, Any]:
        """Active alerts, the gravest first; with a length of time those that ended within it too."""
        now = self._clock()
        active = sorted(await self._alerts.active(), key=lambda alert: (LEVELS.index(alert.finding.level), alert.since))
        ended = [] if history is None else await self._alerts.ended_since(now - history)
        body: dict[str, Any] = {"alerts": [alert_json(alert) for alert in active], "as_of": now.isoformat(), "source": "rules"}
        return body if history is None else body | {"history": [alert_json(alert) for alert in ended]}

    async def alerts_block(self, _now: datetime) -> list[dict[str, Any]]:
        """Active alerts for the page."""
        alerts: list[dict[str, Any]] = (await self.alerts())["alerts"]
        return alerts

    async def recommendations(self, now: datetime) -> list[dict[str, Any]]:
        """What to do, the nearest first."""
        plant = self._plan.plant
        stored = await self._plan.plan()
        document: dict[str, Any] = {} if stored is None else json.loads(stored.document)
        prices, no_plan = await self._prices.ahead(now, LOOK_AHEAD), self._plan.no_plan()
        batch_kwh = plant.batch_kwh(plant.qualities[0])
        found = [
            *mend_clash(self._clash(), no_plan.start if no_plan else now),
            *next_starts(_coming(document), now),
            *avoid_dearest(prices, batch_kwh),
            *use_cheapest(prices, batch_kwh),
            *drop_wishes(document.get("wishes", [])),
        ]
        return [recommendation_json(one) for one in found]

    def _clash(self) -> Mapping[str, Any] | None:
        no_plan = self._plan.no_plan()
        clash: Mapping[str, Any] | None = None if no_plan is None else json.loads(no_plan.document)["clash"]
        return clash


def _coming(document: Mapping[str, Any]) -> list[Coming]:
    """Planned batches beside what working as usual makes of them."""
    usual = {batch["id"]: batch for batch in (document.get("baseline") or {}).get("batches") or []}
    coming = []
    for batch in document.get("batches", []):
        other = usual.get(batch["id"])
        coming.append(
            Coming(
                name_of(batch["id"]),
                batch["stages"][0]["stage"],
                datetime.fromisoformat(batch["start"]),
                datetime.fromisoformat(batch["end"]),
                _cost(batch),
                None if other is None else _cost(other),
                None if other is None else datetime.fromisoformat(other["start"]),
                None if batch["why"] is None else message_of(batch["why"]),
            )
        )
    return coming


def _cost(batch: Mapping[str, Any]) -> float:
    return float(sum(stage["cost_eur"] for stage in batch["stages"]))


def alert_json(alert: KeptAlert) -> dict[str, Any]:
    """An alert with its time, its rule and the figures that the rule compared."""
    finding = alert.finding
    return {
        "id": finding.id.replace(":", "-").replace("/", "-"),
        "level": finding.level,
        "since": alert.since.isoformat(),
        "until": None if alert.ended_at is None else alert.ended_at.isoformat(),
        "rule": finding.rule,
        "figures": dict(finding.figures),
        "text": message_json(finding.text),
        "action": message_json(finding.action),
    }


def recommendation_json(one: Recommendation) -> dict[str, Any]:
    """A recommendation."""
    return {
        "id": one.id.replace(":", "-"),
        "text": message_json(one.text),
        "when": {"start": one.start.isoformat(), "end": one.end.isoformat()},
        "value_eur": None if one.value_eur is None else round(one.value_eur, 2),
        "reason": message_json(one.reason),
    }
