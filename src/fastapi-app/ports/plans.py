"""The roles of plans, wishes, work, savings and alerts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from domain.alerts.alert import KeptAlert


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan as it was answered: `document` is the JSON text, byte for byte; `inputs` what it was made from, for comparison."""

    id: str
    made_at: datetime
    start: datetime
    end: datetime
    in_force_from: datetime | None
    """None for an answer to a question: never carried out."""
    document: str
    inputs: Mapping[str, Any]


class PlanLog(Protocol):
    """Keeps plans under the hash of their inputs."""

    async def save(self, plan: StoredPlan) -> None:
        """Add or replace; a plan that was in force stays marked so."""
        ...

    async def plan(self, plan_id: str) -> StoredPlan | None:
        """One plan."""
        ...

    async def in_force(self) -> StoredPlan | None:
        """The plan that was put in force last."""
        ...

    async def in_force_at(self, at: datetime) -> StoredPlan | None:
        """The plan that was put in force last at or before an instant, as far as it is kept."""
        ...

    async def first_in_force(self) -> datetime | None:
        """Since when plans are kept; None while none was in force."""
        ...


@dataclass(frozen=True, slots=True)
class StoredWish:
    """A wish of the operator, as it was given."""

    id: int
    made_at: datetime
    removed_at: datetime | None
    body: Mapping[str, Any]


class WishLog(Protocol):
    """Keeps wishes, the withdrawn ones too."""

    async def add(self, body: Mapping[str, Any], at: datetime, key: str | None = None) -> int:
        """Keep a wish; its number. Under a key that has one already, that one: they are noted together or not at all."""
        ...

    async def remove(self, number: int, at: datetime) -> bool:
        """Withdraw a wish; False when there is none that stands."""
        ...

    async def standing_since(self, at: datetime) -> Sequence[StoredWish]:
        """Wishes that stood at an instant or later, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent under a key: the digest of it, and the answer, once it was answered."""

    digest: str
    answer: str | None


class SentLog(Protocol):
    """Keeps what was sent under a key of the sender's."""

    async def note(self, key: str, digest: str, at: datetime) -> Sent:
        """What was sent under a key first: this, or what was there before."""
        ...

    async def keep_answer(self, key: str, answer: str) -> None:
        """What it was answered with. The first answer stays."""
        ...


class LedgerLog(Protocol):
    """Keeps the score of each day and week, as JSON."""

    async def put(self, span: str, first: date, entry: Mapping[str, Any]) -> None:
        """Add or replace."""
        ...

    async def entries(self, span: str, first: date, last: date) -> Sequence[Mapping[str, Any]]:
        """Entries whose first day lies from first to last, in order."""
        ...


@dataclass(frozen=True, slots=True)
class KeptPlant:
    """A plant's file as it was."""

    digest: str
    text: str
    assumed: bool
    """Whether the day lies before anything was recorded: the first plant that was is taken for it."""


class PlantLog(Protocol):
    """Keeps which plant was in force on which day."""

    async def keep(self, day: date, digest: str, text: str) -> None:
        """A plant is in force from a day on. A day that is past already keeps its plant, whatever the clock says now."""
        ...

    async def on(self, day: date) -> KeptPlant | None:
        """The plant of a day; None where nothing was kept yet."""
        ...


class AlertLog(Protocol):
    """Keeps alerts with since when they hold, and until when they did."""

    async def put(self, alerts: Sequence[KeptAlert]) -> None:
        """Add and replace by (id, since)."""
        ...

    async def active(self) -> Sequence[KeptAlert]:
        """Alerts that have not ended, by since and id."""
        ...

    async def ended_since(self, at: datetime) -> Sequence[KeptAlert]:
        """Alerts that ended at or after an instant, the newest first."""
        ...

    async def held_at(self, at: datetime) -> Sequence[KeptAlert]:
        """Alerts that had begun by an instant and ended after it, or not at all, by since and id."""
        ...

    async def first(self) -> datetime | None:
        """Since when the oldest alert that is kept held; None while there was none."""
        ...
