"""The rules of the alerts about the plan: power, air, and that there is none. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.alerts.alert import Finding
from domain.phrases import number, stage_es, when
from domain.plan.plan import Said

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


def contracted_power(loads: Sequence[Load], tz: ZoneInfo) -> list[Finding]:
    """Planned power near the contracted one."""
    near = [load for load in loads if load.kw >= POWER_CLEAR * load.contracted_kw]
    if not near:
        return []
    top = max(near, key=lambda load: load.kw / load.contracted_kw)
    es, en = when(top.start, tz)
    share = 100 * top.kw / top.contracted_kw
    kw, most = number(top.kw, 0), number(top.contracted_kw, 0)
    return [
        Finding(
            "contracted_power",
            "contracted_power",
            "critical" if top.kw > top.contracted_kw else "warning",
            Said(
                f"El plan llega a {kw[0]} kW el {es}, el {share:.0f} % de la potencia contratada ({most[0]} kW).",
                f"The plan reaches {kw[1]} kW on {en}, {share:.0f} % of the contracted power ({most[1]} kW).",
            ),
            Said("No conectes nada más a esa hora.", "Connect nothing else at that time."),
            (("kw", top.kw), ("contracted_kw", top.contracted_kw), ("start", top.start.isoformat())),
            holds=top.kw >= POWER_NEAR * top.contracted_kw,
        )
    ]


def ambient_limit(broken: Sequence[Broken], tz: ZoneInfo) -> list[Finding]:
    """Air beyond a limit in hours in which the stage is planned; one alert a stage."""
    findings = []
    for stage in dict.fromkeys(hour.stage for hour in broken):
        hours = [hour for hour in broken if hour.stage == stage]
        worst = max(hours, key=lambda hour: hour.value - hour.limit)
        cost = sum(hour.eur for hour in hours if hour.eur is not None)
        unit = "°C" if worst.quantity == "temperature" else "%"
        es, en = when(worst.start, tz)
        value, limit, euros = number(worst.value, 1), number(worst.limit, 0), number(cost, 2)
        findings.append(
            Finding(
                f"ambient_limit:{stage}",
                "ambient_limit",
                "critical" if worst.hard else "warning",
                Said(
                    f"Aire fuera de límite para el {stage_es(stage)} el {es}: {value[0]} {unit} (límite {limit[0]}).",
                    f"Air beyond the limit of {stage} on {en}: {value[1]} {unit} (limit {limit[1]}).",
                ),
                Said(
                    f"Prepara la climatización: unos {euros[0]} € más en {len(hours)} h.",
                    f"Prepare the air conditioning: about {euros[1]} € more in {len(hours)} h.",
                ),
                (("value", worst.value), ("limit", worst.limit), ("hours", float(len(hours))), ("cost_eur", cost)),
            )
        )
    return findings


def plan_impossible(clash: Mapping[str, Any] | None) -> list[Finding]:
    """What is due and wished has no plan."""
    if clash is None:
        return []
    reliefs = [relief["text"] for relief in clash["reliefs"]]
    return [
        Finding(
            "plan_impossible",
            "plan_impossible",
            "critical",
            Said(clash["text"]["es"], clash["text"]["en"]),
            Said(
                reliefs[0]["es"] if reliefs else "Revisa la demanda, los turnos y las peticiones.",
                reliefs[0]["en"] if reliefs else "Look at demand, shifts and wishes.",
            ),
            (("limits", ", ".join(clash["limits"])),),
        )
    ]
