"""A run with its interruptions: when the machine worked, what is left, when it ends. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.plan.plant import AfterInterruption
from domain.shop_floor.facts import Span

Why = Literal["machine_down", "nobody", "interrupted"]
FAR = timedelta(days=365)
"""A stop without an end lasts longer than anything that is asked about."""


@dataclass(frozen=True, slots=True)
class Needs:
    """The length of a stage, and its rule after an interruption."""

    length: timedelta
    after: AfterInterruption


@dataclass(frozen=True, slots=True)
class Stops:
    """Spans in which a machine stood under a batch."""

    pauses: tuple[Span, ...] = ()
    """Said of the batch: it had not ended then."""
    down: tuple[Span, ...] = ()
    absent: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """When a machine works on a batch, from the begin of the stage on."""

    start: datetime
    spans: tuple[tuple[datetime, datetime], ...]
    stops: tuple[tuple[datetime, datetime, bool, Why], ...]
    """(start, end, whether the end is known, why)."""
    end: datetime
    needs: Needs
    lost_at: datetime | None = None

    def stands_at(self, now: datetime) -> bool:
        """Whether the machine stands at an instant, with the stage not done."""
        return any(start <= now < end for start, end, _, _ in self.stops)

    def known_stops(self) -> tuple[tuple[datetime, datetime], ...]:
        """The stops whose end is known; none where any is not."""
        if any(not known for _, _, known, _ in self.stops):
            return ()
        return tuple((start, end) for start, end, _, _ in self.stops)

    def why_at(self, now: datetime) -> Why | None:
        """Why it stands."""
        return next((why for start, end, _, why in self.stops if start <= now < end), None)

    def until(self, instant: datetime) -> tuple[tuple[datetime, datetime], ...]:
        """The spans of work up to an instant; the last one reaches it where the stage runs on beyond its length."""
        cut = [(start, min(end, instant)) for start, end in self.spans if start < instant]
        if cut and instant > self.end and not self.stands_at(instant):
            cut[-1] = (cut[-1][0], instant)
        return tuple(cut)

    def left_at(self, now: datetime) -> timedelta:
        """Work that is left at an instant; never none, for a stage that has not ended."""
        spans = self.spans
        if self.needs.after == "restart":
            resumed = max((end for _, end, _, _ in self.stops if end <= now), default=self.start)
            spans = () if self.stands_at(now) else tuple(span for span in self.spans if span[0] >= resumed)
        done = sum((min(end, now) - start for start, end in spans if start < now), timedelta(0))
        return max(self.needs.length - done, timedelta(minutes=1))


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans that overlap or touch as one, in order."""
    found: list[Span] = []
    for start, end in sorted(spans, key=lambda span: span[0]):
        last = found[-1] if found else None
        if last is not None and (last[1] is None or start <= last[1]):
            found[-1] = (last[0], None if last[1] is None or end is None else max(last[1], end))
        else:
            found.append((start, end))
    return tuple(found)


def worked(start: datetime, needs: Needs, stops: Stops) -> Work:
    """The work of a stage that began at `start`. A pause that was said is one even after the usual end: it had not ended."""
    told: list[tuple[Span, Why]] = [(span, "interrupted") for span in stops.pauses]
    told += [(span, "machine_down") for span in stops.down]
    told += [(span, "nobody") for span in stops.absent]
    spans: list[tuple[datetime, datetime]] = []
    kept: list[tuple[datetime, datetime, bool, Why]] = []
    at, left, lost_at = start, needs.length, None
    for (first, last), why in sorted(told, key=lambda item: item[0][0]):
        if last is not None and last <= at:
            continue
        if first >= at + left and why != "interrupted":
            break
        if first > at:
            spans.append((at, first))
            left = max(left - (first - at), timedelta(minutes=1))
        kept.append((max(first, at), last or first + FAR, last is not None, why))
        if needs.after == "lost":
            lost_at = max(first, at)
            break
        left = needs.length if needs.after == "restart" else left
        at = last or first + FAR
    if lost_at is None:
        spans.append((at, at + left))
        return Work(start, tuple(spans), tuple(kept), at + left, needs)
    return Work(start, tuple(spans), tuple(kept), lost_at, needs, lost_at)
