"""A batch's identity: given once, never again. The name for people is day, quality and a number that only grows. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from domain.messages import BatchName
from domain.plan.production import Batch

NAME = re.compile(r"^(?P<day>\d{8}|free)-(?P<quality>.+)-(?P<number>\d+)$")
NO_DAY = "free"
"""In place of the day, for a batch that covers no demand."""


def prefix_of(day: date | None, quality: str) -> str:
    """What the names of a day and quality begin with."""
    return f"{NO_DAY if day is None else f'{day:%Y%m%d}'}-{quality}"


def name_of(id_: str) -> BatchName:
    """What people call a batch: its quality and number, and the day of its name; of an id of another form that alone."""
    parts = NAME.match(id_)
    if parts is None:
        return BatchName(id_, None, None, None)
    day = None if parts["day"] == NO_DAY else date.fromisoformat(parts["day"])
    return BatchName(id_, parts["quality"], day, int(parts["number"]))


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
    A batch that stands where one of `known` stood is that one; else one of the same day and quality, else of the same quality,
    first begun first. A batch that is left is a new one, with a number that nobody had.
    """
    begun_ids = set(begun)
    kept = [batch for batch in planned if batch.id in begun_ids]
    fresh = sorted((batch for batch in planned if batch.id not in begun_ids), key=lambda batch: (batch.start, batch.end, batch.id))
    names = _known_names(fresh, [batch for batch in known if batch.id not in begun_ids])
    numbers = dict(given)
    named = list(kept)
    for index, batch in enumerate(fresh):
        named.append(replace(batch, id=names.get(index) or _next(numbers, prefix_of(batch.due, batch.quality))))
    return tuple(sorted(named, key=lambda batch: (batch.start, batch.id)))


def _known_names(fresh: Sequence[Batch], known: Iterable[Batch]) -> dict[int, str]:
    """Names by place in `fresh`: those that stand where they stood, then those of the same day and quality, then of the quality."""
    names: dict[int, str] = {}
    left = sorted(known, key=lambda batch: (batch.start, batch.id))
    for likeness in (_same_place, _same_day, _same_quality):
        queues: dict[object, list[Batch]] = defaultdict(list)
        for batch in left:
            queues[likeness(batch)].append(batch)
        for index, batch in enumerate(fresh):
            queue = queues[likeness(batch)]
            if index not in names and queue:
                names[index] = queue.pop(0).id
        taken = set(names.values())
        left = [batch for batch in left if batch.id not in taken]
    return names


def _same_place(batch: Batch) -> object:
    return batch.due, batch.quality, tuple(run.start for run in batch.runs)


def _same_day(batch: Batch) -> object:
    return batch.due, batch.quality


def _same_quality(batch: Batch) -> object:
    return batch.quality


def _next(numbers: dict[str, int], prefix: str) -> str:
    numbers[prefix] = numbers.get(prefix, 0) + 1
    return f"{prefix}-{numbers[prefix]}"
