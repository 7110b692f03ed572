"""Alerts that could not be kept are told all the same: that the disk is full is told while the disk is full."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.alerts.alert import KeptAlert
from domain.errors import StoreUnavailableError
from ports import AlertLog

logger = logging.getLogger("application")


class HeldAlerts:
    """AlertLog over another one. What that one does not take is held here, and offered with whatever comes next."""

    def __init__(self, inner: AlertLog) -> None:
        self._inner = inner
        self._held: dict[tuple[str, datetime], KeptAlert] = {}

    async def put(self, alerts: Sequence[KeptAlert]) -> None:
        """Add and replace by (id, since)."""
        offered = self._held | _by_key(alerts)
        try:
            await self._inner.put(list(offered.values()))
        except StoreUnavailableError as error:
            if not self._held:
                logger.warning("alerts_not_kept count=%d error=%s", len(offered), error)
            self._held = offered
        else:
            self._held = {}

    async def active(self) -> Sequence[KeptAlert]:
        """Alerts that have not ended, by since and id."""
        known = _by_key(await self._inner.active()) | self._held
        return sorted(
            (alert for alert in known.values() if alert.ended_at is None), key=lambda alert: (alert.since, alert.finding.id)
        )

    async def ended_since(self, at: datetime) -> Sequence[KeptAlert]:
        """Alerts that ended at or after an instant, the newest first."""
        ended = {key: alert for key, alert in self._held.items() if alert.ended_at is not None and alert.ended_at >= at}
        known = _by_key(await self._inner.ended_since(at)) | ended
        return sorted(known.values(), key=_newest_first)

    async def held_at(self, at: datetime) -> Sequence[KeptAlert]:
        """Alerts that had begun by an instant and ended after it, or not at all, by since and id."""
        held = {key: one for key, one in self._held.items() if one.since <= at and (one.ended_at is None or one.ended_at > at)}
        kept = {key: one for key, one in _by_key(await self._inner.held_at(at)).items() if key not in self._held}
        return sorted((kept | held).values(), key=lambda alert: (alert.since, alert.finding.id))

    async def first(self) -> datetime | None:
        """Since when the oldest alert that is kept held; None while there was none."""
        kept = await self._inner.first()
        return min([*([kept] if kept else []), *(one.since for one in self._held.values())], default=None)


def _by_key(alerts: Iterable[KeptAlert]) -> dict[tuple[str, datetime], KeptAlert]:
    return {(alert.finding.id, alert.since): alert for alert in alerts}


def _newest_first(alert: KeptAlert) -> tuple[float, str, datetime]:
    ended = alert.ended_at.timestamp() if alert.ended_at else float("inf")
    return -ended, alert.finding.id, alert.since
