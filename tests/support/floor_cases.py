"""Logs of a small shop floor: a plan of three batches, and what is said of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from domain.plan.production import Batch, StageRun
from domain.shop_floor.events import Event, Recorded
from domain.timeline import QUARTER, local_instant
from support.plan_cases import WEDNESDAY

NINE = local_instant(WEDNESDAY, time(9))
"""First begin of the plan: 08:00 UTC."""


def minutes(count: float) -> datetime:
    """An instant so many minutes after nine."""
    return NINE + timedelta(minutes=count)


def planned(number: int, start: datetime, unit: int = 1) -> Batch:
    """A batch of the small plant as a plan has it: mix, kettle, fill, one after the other."""
    at = [start, start + QUARTER, start + 3 * QUARTER, start + 4 * QUARTER]
    runs = tuple(
        StageRun(stage, machine, begin, end, end)
        for stage, machine, begin, end in zip(("mix", "kettle", "fill"), (1, unit, 1), at[:-1], at[1:], strict=True)
    )
    return Batch(f"20260311-plain-{number}", "plain", WEDNESDAY, runs)


ONE, TWO, THREE = planned(1, NINE), planned(2, minutes(30), 2), planned(3, minutes(120))


def of_plan(*batches: Batch, learnt_at: datetime = NINE - timedelta(hours=3)) -> list[Recorded]:
    """The log after a plan came into force."""
    return [
        Recorded(number, learnt_at, Event(f"plan-{number}", "planned", learnt_at, "clock", planned=batch))
        for number, batch in enumerate(batches, start=1)
    ]


def said(log: Sequence[Recorded], kind: Any, at: datetime, batch: Batch | None = None, **more: Any) -> list[Recorded]:
    """The log with one event more, learnt when it happened unless `learnt_at` says otherwise."""
    learnt_at, number = more.pop("learnt_at", at), len(log) + 1
    at_said = more.pop("at_said", True)
    event = Event(f"e{number}", kind, at, batch=None if batch is None else batch.id, **more)
    return [*log, Recorded(number, learnt_at, event, at_said)]


def renumbered(log: Sequence[Recorded]) -> list[Recorded]:
    """The log in the order that it has, numbered anew."""
    return [replace(item, sequence=number) for number, item in enumerate(log, start=1)]


def event_of(told: dict[str, Any]) -> Event:
    """What the simulated factory tells, as the door makes an event of it."""
    stage, _, number = told.get("unit", "").partition("-")
    return Event(
        told["id"],
        told["kind"],
        told["at"],
        batch=told.get("batch"),
        stage=told.get("stage") or stage or None,
        unit=int(number) if number else None,
        of=told.get("of"),
    )
