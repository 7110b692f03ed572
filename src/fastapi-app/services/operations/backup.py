"""The series of a backup: taken from a store and given to one, whichever it is, and proven by count and checksum both ways."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import StoreRefusedError
from domain.operations import BackedUpMonth
from ports import SeriesStore
from services.operations.copy_store import CopiedMonth, CopyService


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """What became of the points of a backup. `extra` counts points of the same months that only the store had."""

    points: int
    written: int
    extra: int


async def take(source: SeriesStore, target: SeriesStore) -> list[BackedUpMonth]:
    """Copy everything into an empty store; each month with its count and checksum, for the manifest."""
    copying = CopyService(source, target)
    months = [month async for month in copying.copy(await copying.months())]
    _check_kept(months)
    return [proof_of(month) for month in months]


async def give(source: SeriesStore, target: SeriesStore, manifest: Sequence[BackedUpMonth]) -> RestoreResult:
    """Copy a backup's series into a store, and prove that they are the months of its manifest."""
    copying = CopyService(source, target)
    months = [month async for month in copying.copy(await copying.months())]
    _check_kept(months)
    check_same([proof_of(month) for month in months], manifest)
    written = sum(month.points for month in months if month.outcome == "copied")
    return RestoreResult(sum(month.points for month in months), written, sum(month.extra for month in months))


async def inventory(store: SeriesStore) -> list[BackedUpMonth]:
    """What a store holds, as a manifest would have it."""
    copying = CopyService(store, store)
    return [proof_of(month) async for month in copying.copy(await copying.months(), only_compare=True)]


async def would_change(source: SeriesStore, target: SeriesStore) -> list[str]:
    """Series of which the target holds points that are not those of the source."""
    ours = set(await inventory(source))
    changed = {each.key for each in await inventory(target) if each not in ours}
    return sorted(f"{key.measurement} {','.join(f'{name}={value}' for name, value in key.tags)}" for key in changed)


def check_same(found: Sequence[BackedUpMonth], manifest: Sequence[BackedUpMonth]) -> None:
    """StoreRefusedError, naming the months, unless the two are equal."""
    wrong = sorted({str(month) for month in set(found) ^ set(manifest)})
    if wrong:
        raise StoreRefusedError(f"{len(wrong)} months are not those of the backup, the first: {wrong[0]}")


def proof_of(month: CopiedMonth) -> BackedUpMonth:
    """A month for the manifest."""
    return BackedUpMonth(month.month.key, f"{month.month.start:%Y-%m}", month.points, month.checksum)


def _check_kept(months: Sequence[CopiedMonth]) -> None:
    lost = [month for month in months if month.outcome == "differs"]
    if lost:
        raise StoreRefusedError(f"{len(lost)} months were not kept as they were written, the first: {proof_of(lost[0])}")
