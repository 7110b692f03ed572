"""The rules of the alerts about the plan: power, air, and that there is none. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.alerts.alert import Finding
from domain.messages import Amount, Message, Moment, Term, count, euros, message, message_of

POWER_NEAR, POWER_CLEAR = 0.95, 0.93
"""Shares of the contracted power at which the plan is near it, and no longer."""


@dataclass(frozen=True, slots=True)
class Load:
    """Planned power of a quarter-hour against the contract [kW]."""

    start: datetime
    kw: float
    contracted_kw: float


@dataclass(frozen=True, slots=True)
class Broken:
    """An hour in which a stage is planned and the air is beyond its limit. `eur`: what more cooling or drying costs."""

    start: datetime
    stage: str
    quantity: str
    value: float
    limit: float
    eur: float | None
    hard: bool


def contracted_power(loads: Sequence[Load]) -> list[Finding]:
    """Planned power near the contracted one."""
    near = [load for load in loads if load.kw >= POWER_CLEAR * load.contracted_kw]
    if not near:
        return []
    top = max(near, key=lambda load: load.kw / load.contracted_kw)
    return [
        Finding(
            "contracted_power",
            "contracted_power",
            "critical" if top.kw > top.contracted_kw else "warning",
            message(
                "alert.contracted_power",
                power=Amount(top.kw, "kw", 0),
                at=Moment(top.start),
                share=Amount(100 * top.kw / top.contracted_kw, "percent", 0),
                contracted=Amount(top.contracted_kw, "kw", 0),
            ),
            message("alert.contracted_power.action"),
            (("kw", top.kw), ("contracted_kw", top.contracted_kw), ("start", top.start.isoformat())),
            holds=top.kw >= POWER_NEAR * top.contracted_kw,
        )
    ]


@dataclass(frozen=True, slots=True)
class LatePlan:
    """What the plan in force cannot make in time [kg], by delivery; and the texts of what would be enough."""

    kg: tuple[float, ...]
    reliefs: tuple[Mapping[str, Any], ...]


def plan_late(late: LatePlan | None) -> list[Finding]:
    """Deliveries come late by the plan in force."""
    if not late:
        return []
    total = Amount(round(sum(late.kg), 3), "kg", None)
    action = message("relief.enough", relief=message_of(late.reliefs[0])) if late.reliefs else message("alert.plan_late.action")
    text = message("alert.plan_late", count=count(len(late.kg)), amount=total)
    return [Finding("plan_late", "plan_late", "warning", text, action, (("kg", total.value), ("deliveries", float(len(late.kg)))))]


def ambient_limit(broken: Sequence[Broken]) -> list[Finding]:
    """Air beyond a limit in hours in which the stage is planned; one alert a stage."""
    findings = []
    for stage in dict.fromkeys(hour.stage for hour in broken):
        hours = [hour for hour in broken if hour.stage == stage]
        worst = max(hours, key=lambda hour: hour.value - hour.limit)
        cost = sum(hour.eur for hour in hours if hour.eur is not None)
        findings.append(
            Finding(
                f"ambient_limit:{stage}",
                "ambient_limit",
                "critical" if worst.hard else "warning",
                _beyond(worst),
                message("alert.ambient_limit.action", cost=euros(cost), count=count(len(hours))),
                (("value", worst.value), ("limit", worst.limit), ("hours", float(len(hours))), ("cost_eur", cost)),
            )
        )
    return findings


def _beyond(hour: Broken) -> Message:
    stage, at = Term("stage", hour.stage), Moment(hour.start)
    if hour.quantity == "temperature":
        value, limit = Amount(hour.value, "celsius", 1), Amount(hour.limit, "celsius", 0)
    else:
        value, limit = Amount(hour.value, "percent", 1), Amount(hour.limit, "percent", 0)
    return message("alert.ambient_limit", stage=stage, at=at, value=value, limit=limit)


def plan_impossible(clash: Mapping[str, Any] | None) -> list[Finding]:
    """What is due and wished has no plan."""
    if clash is None:
        return []
    reliefs = [message_of(relief["text"]) for relief in clash["reliefs"]]
    return [
        Finding(
            "plan_impossible",
            "plan_impossible",
            "critical",
            message_of(clash["text"]),
            message("relief.enough", relief=reliefs[0]) if reliefs else message("alert.plan_impossible.action"),
            (("limits", ", ".join(clash["limits"])),),
        )
    ]
