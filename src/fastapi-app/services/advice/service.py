"""Alerts and recommendations: the rules applied to the facts; alerts are kept with since and until when they hold."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from domain.alerts.alert import LEVELS, Finding, KeptAlert, following
from domain.alerts.plan_rules import ambient_limit, contracted_power, plan_impossible, plan_late
from domain.alerts.price_rules import cheap_window, negative_spot, price_spike, pvpc_missing, tables_end
from domain.alerts.recommendations import (
    Coming,
    Recommendation,
    drop_wishes,
    mend_clash,
    next_starts,
)
from domain.alerts.system_rules import (
    backup_stale,
    band_failing,
    data_gap,
    disk_full,
    door_open,
    forecast_biased,
    job_failing,
    model_degraded,
    model_refused,
    no_room,
    plan_failing,
    savings_differ,
    source_stale,
    store_away,
)
from domain.errors import StoreUnavailableError
from domain.messages import message_of
from domain.shop_floor.identity import name_of
from domain.timeline import floor_to, local_day
from domain.watched import Watched
from ports import AlertLog, Clock, StoredPlan
from services.advice.facts import PlanFacts, PriceFacts, ServiceFacts
from services.forecast.record import ForecastRecord
from services.operations.fence import Fence
from services.operations.health import System

logger = logging.getLogger("application")

FACT_S = 20.0
"""Real seconds that a look waits for a fact: longer than any takes that comes."""
UNKNOWN: Final = object()


@dataclass(frozen=True, slots=True)
class Watch:
    """When the rules are looked at, and who is told of what fails. `news` counts what changed of prices, plans and models; `looks`
    is whether this process may look by itself, not only when its job comes.
    """

    clock: Clock
    fence: Fence
    news: Callable[[], int]
    looks: bool


@dataclass(frozen=True, slots=True)
class Alerts:
    """The alerts that hold, the gravest first; those that ended lately, the newest first, where they were asked for."""

    active: tuple[KeptAlert, ...]
    ended: tuple[KeptAlert, ...] | None
    as_of: datetime


class AdviceService:
    """The job looks at the rules; the page reads what was found."""

    def __init__(self, prices: PriceFacts, plan: PlanFacts, service: ServiceFacts, alerts: AlertLog, watch: Watch) -> None:
        self._prices = prices
        self._plan = plan
        self._service = service
        self._alerts = alerts
        self._clock, self._fence, self._news, self._looks = watch.clock, watch.fence, watch.news, watch.looks
        self._looked: tuple[int, datetime] | None = None
        self.changes = 0
        self._turn = asyncio.Lock()

    async def look(self) -> str:
        """The job: apply every rule; what is found begins, goes on or ends. Safe to run twice."""
        async with self._turn:  # a slower look that began earlier would put back what a later one ended
            now = self._clock()
            mark = self._mark(now)
            found, not_judged = await self.findings(now)
            kept = [alert for alert in await self._alerts.active() if alert.finding.id.partition(":")[0] not in not_judged]
            changed = following(kept, found, now)
            await self._alerts.put(changed)
            self.changes += bool(changed)
            self._looked = mark
            blind = f"; not judged: {', '.join(sorted(not_judged))}" if not_judged else ""
            return f"{len(await self._alerts.active())} active, {len(changed)} changed{blind}"

    def _mark(self, now: datetime) -> tuple[int, datetime]:
        """What the alerts rest on: another mark, another look."""
        return self._news(), floor_to(now, timedelta(minutes=1))

    async def findings(self, now: datetime) -> tuple[list[Finding], frozenset[str]]:
        """(what the rules say now, the rules that cannot be judged now: what they look at is not to be had).

        Each fact is asked for by itself, so that no rule about a part needs another part, or the part itself.
        """
        prices, plan, service = self._prices, self._plan, self._service
        asked: dict[str, Awaitable[Any]] = {
            "past": prices.past(now),
            "ahead": prices.ahead(now),
            "spot": prices.spot(now),
            "tomorrow": prices.tomorrow_is_there(now),
            "tables": prices.certainty(now),
            "loads": plan.loads(now),
            "broken": plan.broken(now),
            "late": plan.late(now),
            "clash": self._clash_of_now(),
            "system": service.system(),
            "record": service.record(),
            "imported": service.imported(),
        }
        told = await asyncio.gather(*(self._asked(name, fact) for name, fact in asked.items()))
        known = {name: value for name, value in zip(asked, told, strict=True) if value is not UNKNOWN}
        if (system := known.pop("system", None)) is not None:
            known |= _parts_of(system)
        found: list[Finding] = []
        not_judged: set[str] = set()
        for rule, needs, judge in _rules(now):
            if known.keys() >= set(needs):
                found += judge(*(known[name] for name in needs))
            else:
                not_judged.add(rule)
        return found, frozenset(not_judged)

    async def _asked(self, name: str, fact: Awaitable[Any]) -> Any:
        """A fact, or UNKNOWN where it cannot be told in time."""

        async def told() -> Any:
            try:
                async with asyncio.timeout(FACT_S):
                    return await fact
            except (StoreUnavailableError, TimeoutError) as away:
                logger.warning("fact_not_known fact=%s error=%s: %s", name, type(away).__name__, away)
                return UNKNOWN

        return await self._fence.value(f"alerts.{name}", told, UNKNOWN)

    async def _clash_of_now(self) -> Mapping[str, Any] | None:
        return self._clash()

    async def alerts(self, history: timedelta | None = None) -> Alerts:
        """Alerts that hold, the gravest first; with a length of time those that ended within it too. When something changed since
        the last look they are looked at first: none speaks against what every other door shows.
        """
        now = self._clock()
        await self._renewed(now)
        return await self._told(now, history)

    async def standing(self) -> Alerts:
        """Those of the last look, at once: for whoever asks while a part hangs."""
        return await self._told(self._clock(), None)

    async def _renewed(self, now: datetime) -> None:
        if self._looks and self._looked != self._mark(now):
            await self.look()

    async def _told(self, now: datetime, history: timedelta | None) -> Alerts:
        standing = [alert for alert in await self._alerts.active() if alert.clear_since is None]
        active = sorted(standing, key=lambda alert: (LEVELS.index(alert.finding.level), alert.since))
        ended = None if history is None else tuple(await self._alerts.ended_since(now - history))
        return Alerts(tuple(active), ended, now)

    async def alerts_block(self, now: datetime) -> Sequence[KeptAlert]:
        """Active alerts for the page, judged on what the page shows."""
        await self._renewed(now)
        return (await self._told(now, None)).active

    async def recommendations(self, now: datetime) -> list[Recommendation]:
        """What to do, the nearest first."""
        stored, no_plan = await self._plan.plan(), self._plan.no_plan()
        document: dict[str, Any] = {} if stored is None else json.loads(stored.document)
        clash, about = (document.get("clash"), stored) if no_plan is None else (self._clash(), no_plan)
        return [*(mend_clash(clash, about.start) if about else ()), *_of_plan(document, now)]

    async def held_at(self, at: datetime) -> Sequence[KeptAlert]:
        """Alerts that were told at a past instant, the gravest first; as they were told last."""
        held = [alert for alert in await self._alerts.held_at(at) if alert.clear_since is None or alert.clear_since > at]
        return sorted(held, key=lambda alert: (LEVELS.index(alert.finding.level), alert.since))

    async def kept_since(self) -> datetime | None:
        """Since when the oldest alert that is kept held; None while there was none."""
        return await self._alerts.first()

    def _clash(self) -> Mapping[str, Any] | None:
        no_plan = self._plan.no_plan()
        clash: Mapping[str, Any] | None = None if no_plan is None else json.loads(no_plan.document)["clash"]
        return clash


def _rules(now: datetime) -> Sequence[tuple[str, tuple[str, ...], Callable[..., Sequence[Finding]]]]:
    """(how the identity of its alerts begins, the facts that it judges, how) of every rule."""
    return (
        ("price_spike", ("ahead", "past"), price_spike),
        ("cheap_window", ("ahead", "past"), cheap_window),
        ("negative_spot", ("spot",), negative_spot),
        ("contracted_power", ("loads",), contracted_power),
        ("ambient_limit", ("broken",), ambient_limit),
        ("pvpc_missing", ("tomorrow",), lambda there: pvpc_missing(now, tomorrow_is_there=there)),
        ("tables_end", ("tables",), lambda tables: tables_end(tables, local_day(now))),
        ("source_stale", ("system.sources",), partial(source_stale, now=now)),
        (
            "data_gap",
            ("system.gaps", "imported"),
            lambda gaps, imported: data_gap(gaps.series if gaps and imported else []),
        ),
        ("job_failing", ("system.jobs",), job_failing),
        ("plan_failing", ("system.jobs",), plan_failing),
        ("savings_differ", ("system.jobs",), savings_differ),
        ("disk_full", ("system.disk",), disk_full),
        ("no_room", ("system.folders",), no_room),
        ("door_open", ("system.doors",), lambda is_open: door_open(is_open=is_open)),
        ("backup_stale", ("system.backup",), partial(backup_stale, now=now)),
        ("model_degraded", ("record",), _model_degraded),
        ("band_failing", ("record",), lambda record: band_failing(_watch(record))),
        ("forecast_biased", ("record",), lambda record: forecast_biased(_watch(record))),
        ("model_refused", ("system.models",), lambda models: model_refused(models.troubles if models else ())),
        ("store_away", ("system.store",), store_away),
        ("plan_impossible", ("clash",), plan_impossible),
        ("plan_late", ("late",), plan_late),
    )


def _watch(record: ForecastRecord | None) -> Sequence[Watched]:
    scores = record.scores if record else None
    return () if scores is None else scores.watch


def _model_degraded(record: ForecastRecord | None) -> list[Finding]:
    scores = record.scores if record else None
    return [] if scores is None else model_degraded(scores.mae_eur_kwh, scores.baseline_mae_eur_kwh)


def _parts_of(system: System) -> dict[str, object]:
    """The parts of the service's state that could be told, by name."""
    parts = {
        "system.sources": system.sources,
        "system.jobs": system.jobs,
        "system.store": system.store,
        "system.models": system.models,
        "system.gaps": system.gaps,
        "system.backup": system.backup,
        "system.doors": system.is_open,
        "system.disk": system.disk,
        "system.folders": system.folders,
    }
    failed = {part.part for part in system.failed}
    return {name: part for name, part in parts.items() if name not in failed}


def recommended(stored: StoredPlan, at: datetime) -> list[Recommendation]:
    """What a plan said at an instant that was to be done, the nearest first."""
    document: dict[str, Any] = json.loads(stored.document)
    return [*mend_clash(document.get("clash"), stored.start), *_of_plan(document, at)]


def _of_plan(document: Mapping[str, Any], now: datetime) -> list[Recommendation]:
    return [*next_starts(_coming(document), now), *drop_wishes(document.get("wishes", []))]


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
