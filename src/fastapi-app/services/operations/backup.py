"""The series of a backup: taken from a store and given to one, whichever it is, and proven by count and checksum both ways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import StoreRefusedError
from ports import SeriesStore
from services.operations.copy_store import CopiedMonth, CopyService


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """What became of the points of a backup. `extra` counts points of the same months that only the store had."""

    points: int
    written: int
    extra: int


async def take(source: SeriesStore, target: SeriesStore) -> list[dict[str, Any]]:
    """Copy everything into an empty store; each month with its count and checksum, for the manifest."""
    copying = CopyService(source, target)
    months = [month async for month in copying.copy(await copying.months())]
    _check_kept(months)
    return [described(month) for month in months]


async def give(source: SeriesStore, target: SeriesStore, manifest: Sequence[Mapping[str, Any]]) -> RestoreResult:
    """Copy a backup's series into a store, and prove that they are the months of its manifest."""
    copying = CopyService(source, target)
    months = [month async for month in copying.copy(await copying.months())]
    _check_kept(months)
    check_same([described(month) for month in months], manifest)
    written = sum(month.points for month in months if month.outcome == "copied")
    return RestoreResult(sum(month.points for month in months), written, sum(month.extra for month in months))


async def inventory(store: SeriesStore) -> list[dict[str, Any]]:
    """What a store holds, described as in a manifest."""
    copying = CopyService(store, store)
    return [described(month) async for month in copying.copy(await copying.months(), only_compare=True)]


async def would_change(source: SeriesStore, target: SeriesStore) -> list[str]:
    """Series of which the target holds points that are not those of the source."""
    theirs = {_identity(each): each for each in await inventory(target)}
    ours = {_identity(each): each for each in await inventory(source)}
    return sorted({f"{name} {tags}" for (name, tags, month), each in theirs.items() if ours.get((name, tags, month)) != each})


def check_same(found: Sequence[Mapping[str, Any]], manifest: Sequence[Mapping[str, Any]]) -> None:
    """StoreRefusedError, naming the months, unless the two are equal."""
    here, there = ({_identity(each): each for each in months} for months in (found, manifest))
    wrong = sorted(identity for identity in here.keys() | there.keys() if here.get(identity) != there.get(identity))
    if wrong:
        raise StoreRefusedError(f"{len(wrong)} months are not those of the backup, the first: {' '.join(wrong[0])}")


def described(month: CopiedMonth) -> dict[str, Any]:
    """A month for the manifest."""
    key = month.month.key
    return {
        "measurement": key.measurement,
        "tags": dict(key.tags),
        "month": f"{month.month.start:%Y-%m}",
        "points": month.points,
        "sha256": month.checksum,
    }


def _check_kept(months: Sequence[CopiedMonth]) -> None:
    lost = [month for month in months if month.outcome == "differs"]
    if lost:
        raise StoreRefusedError(f"{len(lost)} months were not kept as they were written, the first: {described(lost[0])}")


def _identity(each: Mapping[str, Any]) -> tuple[str, str, str]:
    return each["measurement"], ",".join(f"{name}={value}" for name, value in sorted(each["tags"].items())), each["month"]
