"""Alerts and recommendations."""

from collections.abc import Callable
from typing import Literal, Self

from domain.alerts.alert import KeptAlert
from domain.alerts.recommendations import Recommendation
from domain.bill.terms import PriceBasis
from domain.messages import Message
from routers.answers.base import Instant, Out, Span, rounded
from routers.answers.messages import MessageOut
from services.advice.service import Alerts

Told = Callable[[Message], MessageOut]


class AlertOut(Out):
    """An alert with its time, its rule and the figures that the rule compared."""

    id: str
    level: Literal["critical", "warning", "info"]
    since: Instant
    until: Instant | None
    rule: str
    figures: dict[str, float | str | None]
    text: MessageOut
    action: MessageOut

    @classmethod
    def of(cls, alert: KeptAlert, text: Told = MessageOut.of) -> Self:
        """As JSON; `text` makes that of a message."""
        finding = alert.finding
        return cls(
            id=finding.id.replace(":", "-").replace("/", "-"),
            level=finding.level,
            since=alert.since,
            until=alert.ended_at,
            rule=finding.rule,
            figures=dict(finding.figures),
            text=text(finding.text),
            action=text(finding.action),
        )


class AlertsOut(Out):
    """Active alerts, the gravest first; `history` where it was asked for."""

    alerts: list[AlertOut]
    as_of: Instant
    source: Literal["rules"]
    history: list[AlertOut] | None = None
    simulated: bool

    @classmethod
    def of(cls, alerts: Alerts, text: Told, *, simulated: bool) -> Self:
        """As JSON."""
        ended = {} if alerts.ended is None else {"history": [AlertOut.of(alert, text) for alert in alerts.ended]}
        active = [AlertOut.of(alert, text) for alert in alerts.active]
        return cls(alerts=active, as_of=alerts.as_of, source="rules", simulated=simulated, **ended)


class RecommendationOut(Out):
    """What to do, when, why, and what it is worth [€]."""

    id: str
    text: MessageOut
    when: Span
    value_eur: float | None
    reason: MessageOut

    @classmethod
    def of(cls, one: Recommendation, text: Told = MessageOut.of) -> Self:
        """As JSON; `text` makes that of a message."""
        return cls(
            id=one.id.replace(":", "-"),
            text=text(one.text),
            when=Span(start=one.start, end=one.end),
            value_eur=rounded(one.value_eur, 2),
            reason=text(one.reason),
        )


class RecommendationsOut(Out):
    """What to do, the nearest first."""

    recommendations: list[RecommendationOut]
    unit: Literal["EUR"]
    price_basis: PriceBasis
    as_of: Instant
    simulated: bool
