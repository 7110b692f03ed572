"""Recommendations: what to do, when, why, and what it is worth in euros. Each rule is a pure function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.alerts.price_rules import HourPrice, quantile
from domain.phrases import between, number, stage_es, when
from domain.plan.plan import Said
from domain.timeline import HOUR

SOON = timedelta(hours=24)
"""How far ahead batches are spoken of."""
MOST_STARTS = 3
LEAST_EUR = 0.5
"""Less than this is not worth a sentence."""
DEAREST_HOURS = 3


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One thing to do. `value_eur`: what it saves; None where it is not about money."""

    id: str
    text: Said
    start: datetime
    end: datetime
    value_eur: float | None
    reason: Said


@dataclass(frozen=True, slots=True)
class Coming:
    """A planned batch, with what it costs as planned and as working as usual would have made it [€]."""

    id: str
    stage: str
    start: datetime
    end: datetime
    cost_eur: float
    usual_eur: float | None
    usual_start: datetime | None
    why: Said | None


def next_starts(coming: Sequence[Coming], now: datetime, tz: ZoneInfo) -> list[Recommendation]:
    """Start the next batches when the plan says so; worth what that saves against working as usual."""
    found = []
    for batch in sorted((one for one in coming if now <= one.start < now + SOON), key=lambda one: one.start)[:MOST_STARTS]:
        es, en = when(batch.start, tz)
        text = Said(
            f"Empieza el {stage_es(batch.stage)} del lote {batch.id} el {es}.", f"Start {batch.stage} of batch {batch.id} on {en}."
        )
        value = None if batch.usual_eur is None else batch.usual_eur - batch.cost_eur
        found.append(Recommendation(f"start:{batch.id}", text, batch.start, batch.end, value, _start_reason(batch, value, tz)))
    return found


def _start_reason(batch: Coming, value: float | None, tz: ZoneInfo) -> Said:
    why = batch.why or Said("Es la hora que fija el plan.", "It is the time that the plan sets.")
    if value is None or batch.usual_start is None or value < LEAST_EUR:
        return why
    euros, (es, en) = number(value, 2), when(batch.usual_start, tz)
    return Said(
        f"Como siempre (el {es}) costaría {euros[0]} € más. {why.es}",
        f"As usual ({en}) it would cost {euros[1]} € more. {why.en}",
    )


def avoid_dearest(prices: Sequence[HourPrice], batch_kwh: float, tz: ZoneInfo) -> list[Recommendation]:
    """Keep the dearest hours free: what a batch costs more there than at the median of the known hours."""
    run = _run(prices, dearest=True)
    if run is None:
        return []
    mean, median = _mean(run), quantile([hour.eur_per_kwh for hour in prices], 0.5)
    value = batch_kwh * (mean - median)
    if value < LEAST_EUR:
        return []
    start, end = run[0].start, run[-1].start + HOUR
    es, en = between(start, end, tz)
    high, middle, euros = number(mean, 4), number(median, 4), number(value, 2)
    return [
        Recommendation(
            "avoid_dearest",
            Said(f"El {es}, mejor no cargar máquinas.", f"On {en}, better load no machines."),
            start,
            end,
            value,
            Said(
                f"{high[0]} €/kWh de media, frente a {middle[0]} en la hora mediana: un lote cuesta ahí {euros[0]} € más.",
                f"{high[1]} €/kWh on average against {middle[1]} in the median hour: a batch costs {euros[1]} € more there.",
            ),
        )
    ]


def use_cheapest(prices: Sequence[HourPrice], batch_kwh: float, tz: ZoneInfo) -> list[Recommendation]:
    """Put what can be moved into the cheapest hours: what a batch costs less there than at the median of the known hours."""
    run = _run(prices, dearest=False)
    if run is None:
        return []
    mean, median = _mean(run), quantile([hour.eur_per_kwh for hour in prices], 0.5)
    value = batch_kwh * (median - mean)
    if value < LEAST_EUR:
        return []
    start, end = run[0].start, run[-1].start + HOUR
    es, en = between(start, end, tz)
    low, euros = number(mean, 4), number(value, 2)
    return [
        Recommendation(
            "use_cheapest",
            Said(f"Lo que puedas mover, al {es}.", f"Move what you can to {en}."),
            start,
            end,
            value,
            Said(
                f"{low[0]} €/kWh de media: un lote cuesta ahí {euros[0]} € menos que en la hora mediana.",
                f"{low[1]} €/kWh on average: a batch costs {euros[1]} € less there than in the median hour.",
            ),
        )
    ]


def drop_wishes(wishes: Sequence[Mapping[str, Any]]) -> list[Recommendation]:
    """Withdraw a wish that costs money."""
    found = []
    for wish in wishes:
        cost, doubt = wish["cost_eur"], wish["uncertainty_eur"] or 0.0
        if cost is None or cost - doubt < LEAST_EUR:
            continue
        euros, margin = number(cost, 2), number(doubt, 2)
        start = datetime.fromisoformat(wish["start"])
        found.append(
            Recommendation(
                f"drop_wish:{wish['id']}",
                Said(f"Retira la petición {wish['id']} si puedes.", f"Withdraw the wish {wish['id']} if you can."),
                start,
                datetime.fromisoformat(wish["end"]) if wish.get("end") else start + HOUR,
                cost,
                Said(f"Cuesta {euros[0]} € (± {margin[0]} €).", f"It costs {euros[1]} € (± {margin[1]} €)."),
            )
        )
    return found


def mend_clash(clash: Mapping[str, Any] | None, start: datetime) -> list[Recommendation]:
    """Where there is no plan from `start` on: the smallest reliefs."""
    return [
        Recommendation(
            f"mend:{relief['limit']}",
            Said(relief["text"]["es"], relief["text"]["en"]),
            start,
            start + SOON,
            None,
            Said(clash["text"]["es"], clash["text"]["en"]),
        )
        for relief in (clash["reliefs"] if clash else [])
        if clash is not None
    ]


def _run(prices: Sequence[HourPrice], *, dearest: bool) -> list[HourPrice] | None:
    """The dearest or cheapest three hours that follow each other; the first of equals."""
    runs = [
        list(prices[place : place + DEAREST_HOURS])
        for place in range(len(prices) - DEAREST_HOURS + 1)
        if prices[place + DEAREST_HOURS - 1].start - prices[place].start == (DEAREST_HOURS - 1) * HOUR
    ]
    if not runs:
        return None
    return max(runs, key=_mean) if dearest else min(runs, key=_mean)


def _mean(run: Sequence[HourPrice]) -> float:
    return sum(hour.eur_per_kwh for hour in run) / len(run)
