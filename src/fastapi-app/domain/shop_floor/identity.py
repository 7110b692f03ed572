"""A batch's identity: given once, never again. The name for people is day, quality and a number that only grows. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from domain.plan.production import Batch

NAME = re.compile(r"^(?P<day>\d{8}|free)-(?P<quality>.+)-(?P<number>\d+)$")
NO_DAY = "free"
"""In place of the day, for a batch that covers no demand."""


def prefix_of(day: date | None, quality: str) -> str:
    """What the names of a day and quality begin with."""
    return f"{NO_DAY if day is None else f'{day:%Y%m%d}'}-{quality}"


def highest(names: Iterable[str]) -> dict[str, int]:
    """The highest number that was ever given, by what the name begins with."""
    found: dict[str, int] = {}
    for name in names:
        parts = NAME.match(name)
        if parts is not None:
            prefix = f"{parts['day']}-{parts['quality']}"
            found[prefix] = max(found.get(prefix, 0), int(parts["number"]))
    return found


def identified(
    planned: Sequence[Batch], known: Iterable[Batch], begun: Iterable[str], given: Mapping[str, int]
) -> tuple[Batch, ...]:
    """The batches of a new plan with their identities.

    `known` are the batches of the plan before that have not begun, `begun` the identities of those that have: they keep theirs.
    A batch that covers the same day and quality, or else the same quality, as one of `known` is that one, first begun first;
    a batch that is left is a new one, with a number that nobody had.
    """
    begun_ids = set(begun)
    kept = [batch for batch in planned if batch.id in begun_ids]
    fresh = sorted((batch for batch in planned if batch.id not in begun_ids), key=lambda batch: (batch.start, batch.end, batch.id))
    names = _same_day(fresh, [batch for batch in known if batch.id not in begun_ids])
    numbers = dict(given)
    named = list(kept)
    for index, batch in enumerate(fresh):
        named.append(replace(batch, id=names.get(index) or _next(numbers, prefix_of(batch.due, batch.quality))))
    return tuple(sorted(named, key=lambda batch: (batch.start, batch.id)))


def _same_day(fresh: Sequence[Batch], known: Iterable[Batch]) -> dict[int, str]:
    """Names by place in `fresh`: first of the same day and quality, then of the quality."""
    names: dict[int, str] = {}
    left = sorted(known, key=lambda batch: (batch.start, batch.id))
    for closely in (True, False):
        queues: dict[tuple[date | None, str], list[Batch]] = defaultdict(list)
        for batch in left:
            queues[(batch.due if closely else None, batch.quality)].append(batch)
        for index, batch in enumerate(fresh):
            queue = queues[(batch.due if closely else None, batch.quality)]
            if index not in names and queue:
                names[index] = queue.pop(0).id
        left = [batch for batch in left if batch.id not in names.values()]
    return names


def _next(numbers: dict[str, int], prefix: str) -> str:
    numbers[prefix] = numbers.get(prefix, 0) + 1
    return f"{prefix}-{numbers[prefix]}"
