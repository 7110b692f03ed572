"""Alerts and recommendations."""

from typing import Literal

from routers.answers.base import Instant, Out, Span
from routers.answers.messages import MessageOut


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


class AlertsOut(Out):
    """Active alerts, the gravest first; `history` where it was asked for."""

    alerts: list[AlertOut]
    as_of: Instant
    source: Literal["rules"]
    history: list[AlertOut] | None = None
    simulated: bool


class RecommendationOut(Out):
    """What to do, when, why, and what it is worth [€]."""

    id: str
    text: MessageOut
    when: Span
    value_eur: float | None
    reason: MessageOut


class RecommendationsOut(Out):
    """What to do, the nearest first."""

    recommendations: list[RecommendationOut]
    unit: Literal["EUR"]
    as_of: Instant
    simulated: bool
