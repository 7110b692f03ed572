"""Health of one source: when to leave it alone (the circuit), and what to tell about it."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from domain.errors import (
    NotConfiguredError,
    NotPublishedError,
    RateLimitedError,
    SourceError,
    SourceUnavailableError,
    StoreError,
)
from domain.timeline import CLOCK_SLACK
from ports import HealthLog, ProductHealth, Severity, SourceHealth

logger = logging.getLogger(__name__)

Health = TypeVar("Health", SourceHealth, ProductHealth)

FIRST_REST = timedelta(minutes=5)
LONGEST_REST = timedelta(minutes=15)
SUCCESS_NOTED_EVERY = timedelta(minutes=1)
"""While all is well the time of the last success is written down this often, not at each of a thousand requests."""


class Circuit:
    """Counts failures in a row, rests after each (5, 10, then 15 minutes), and reports what changed.

    Given the health that was stored, it goes on where it was before a restart.
    """

    def __init__(self, source: str, log: HealthLog, stored: SourceHealth | None = None) -> None:
        self._source = source
        self._log = log
        self._health = stored
        self._noted: SourceHealth | None = stored
        self._failures = 0

    @property
    def health(self) -> SourceHealth | None:
        """The state now; None before the first call."""
        return self._health

    def check(self, now: datetime) -> None:
        """Raise at once while the source rests: RateLimitedError if it asked for that, else SourceUnavailableError."""
        health = self._health
        if health is None or health.open_until is None or now >= health.open_until:
            return
        if health.last_error_at is not None and now < health.last_error_at - CLOCK_SLACK:
            return  # the clock was set back: nobody knows how long the source has rested
        why = f"resting until {health.open_until:%Y-%m-%d %H:%M:%S} UTC after: {health.last_error}"
        if health.last_error_class == RateLimitedError.__name__:
            raise RateLimitedError(self._source, why, (health.open_until - now).total_seconds())
        raise SourceUnavailableError(self._source, why)

    async def succeeded(self, now: datetime) -> None:
        """Note an answer that was good."""
        self._failures = 0
        await self._note(replace(self._in_state("ok", now), last_success=now, open_until=None))

    async def failed(self, error: SourceError, now: datetime) -> None:
        """Note a failure that was not cured by trying again, and rest if that helps."""
        state = state_after(error)
        self._failures = self._failures + 1 if state == "degraded" else 0
        await self._note(
            replace(
                self._in_state(state, now),
                last_error_at=now,
                last_error=error.detail,
                last_error_class=public_class(error),
                open_until=self._rest_until(error, now),
            )
        )

    def _rest_until(self, error: SourceError, now: datetime) -> datetime | None:
        if isinstance(error, RateLimitedError):
            return now + timedelta(seconds=error.retry_after_s)
        if isinstance(error, SourceUnavailableError):
            return now + min(FIRST_REST * self._failures, LONGEST_REST)
        return None

    def _in_state(self, state: Severity, now: datetime) -> SourceHealth:
        if self._health is None:
            return SourceHealth(self._source, state, since=now)
        same = self._health.state == state and self._health.since <= now + CLOCK_SLACK
        return replace(self._health, state=state, since=self._health.since if same else now)

    async def _note(self, health: SourceHealth) -> None:
        """Keep a state, and write it down if it says something new."""
        self._health = health
        if not says_more(health, self._noted):
            return
        try:
            await self._log.record(health)
        except StoreError as error:  # what was fetched must not be lost because the log is away; it is tried again next time
            logger.warning("source_health_not_stored source=%s reason=%s", self._source, error)
            return
        self._noted = health


def state_after(error: SourceError) -> Severity:
    """How a source stands after an error: will it pass, is it normal, or must a person look?"""
    if isinstance(error, NotPublishedError):
        return "waiting"
    if isinstance(error, NotConfiguredError):
        return "not_configured"
    return "degraded" if isinstance(error, (SourceUnavailableError, RateLimitedError)) else "attention"


def public_class(error: SourceError) -> str:
    """Name of the error in the tree of domain/errors.py; finer classes are an affair of the adapters."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == SourceError.__module__)


def says_more(health: Health, noted: Health | None) -> bool:
    """Whether a state says more than the one that was written down: all but a success that followed soon after another."""
    if noted is None or health.last_success is None or noted.last_success is None:
        return health != noted
    if replace(health, last_success=noted.last_success) != noted:
        return True
    return abs(health.last_success - noted.last_success) >= SUCCESS_NOTED_EVERY
