"""Alerts: what they are, how long they hold. The rules are in `alert_rules`."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from domain.messages import Message
from domain.timeline import CLOCK_SLACK

Level = Literal["critical", "warning", "info"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""The gravest first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says now. The same `id` is the same alert, whatever its figures are."""

    id: str
    rule: str
    level: Level
    text: Message
    action: Message
    figures: tuple[tuple[str, float | str | None], ...] = ()
    """What the rule compared, with the unit in the name."""
    holds: bool = True
    """False inside the band between setting in and going away: an alert that is there stays, none begins."""


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert with its time. `clear_since`: since when its rule has been silent; it ends a while after that."""

    finding: Finding
    since: datetime
    ended_at: datetime | None = None
    clear_since: datetime | None = field(default=None)


CLEAR_FOR = timedelta(minutes=10)
"""An alert ends when its rule was silent for this long: one that comes and goes within it is one alert."""


def following(kept: Sequence[KeptAlert], findings: Sequence[Finding], now: datetime) -> list[KeptAlert]:
    """What the active alerts become when the rules are looked at again: changed, new and ended ones; the others are left out."""
    found = {finding.id: finding for finding in findings}
    known = {alert.finding.id: alert for alert in kept}
    changed = [following_one(alert, found.get(id_), now) for id_, alert in known.items()]
    fresh = [KeptAlert(finding, now) for id_, finding in found.items() if id_ not in known and finding.holds]
    return [alert for alert in changed if alert != known[alert.finding.id]] + fresh


def following_one(alert: KeptAlert, finding: Finding | None, now: datetime) -> KeptAlert:
    """One active alert: it goes on, begins to clear, or ends."""
    if finding is not None:
        return replace(alert, finding=replace(finding, holds=True), clear_since=None)
    if alert.clear_since is None or alert.clear_since > now + CLOCK_SLACK:
        return replace(alert, clear_since=now)
    return replace(alert, ended_at=now) if now - alert.clear_since >= CLEAR_FOR else alert
