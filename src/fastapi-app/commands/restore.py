"""Restores a backup: settings and configuration, then series, state and models, into whichever store the settings name.

Nothing that is there is replaced without `--overwrite`; what is replaced then stays beside as NAME.before-restore. What is there
and equal is no obstacle, so an interrupted restore is simply run again. See docs/operations.md.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from adapters.files.archive import MANIFEST, archives_in, digest_of, series_of, unpack
from adapters.files.lock import LOCK, held
from adapters.files.placing import BESIDE, give_to_owner_of_folder, place_files, put_whole
from adapters.files.seal import check_seal
from adapters.files.snapshot import REGISTRY
from adapters.state.file import open_state
from adapters.store.sqlite_series import SqliteStore
from bootstrap import open_series
from bootstrap.opening import machine_clock
from commands.backup import FILES, MODELS, SERIES, STATE
from commands.console import EXIT_FAILED, EXIT_OK, EXIT_USAGE, say
from domain.errors import FactoryError, StoreRefusedError
from ports import Kind
from services.operations.backup import RestoreResult, give, would_change
from settings import ROOT, Settings, read_settings


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="scripts/restore", description="Restore a backup.")
    parser.add_argument("archive", nargs="?", type=Path, help="the newest of the folder backups, if none is named")
    parser.add_argument("--overwrite", action="store_true", help="replace what is there; it stays beside as NAME.before-restore")
    parser.add_argument("--trust", action="store_true", help="take an archive that another installation made: you know who made it")
    parser.add_argument("--part", choices=("settings", "data"), required=True, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def newest(archive: Path | None, folder: Path) -> Path:
    """The archive that is meant."""
    if archive is not None:
        return archive
    found = archives_in(folder)
    if not found:
        raise StoreRefusedError(f"{folder} holds no backup")
    return found[-1]


def check_not_in_use(settings: Settings) -> None:
    """StoreRefusedError while a service has the folder of the data: it would go on with what is replaced under it."""
    if (settings.data_dir / LOCK).exists():
        with held(settings.data_dir):
            return


def is_new(settings: Settings) -> bool:
    """Whether nothing of an owner is here: what the checkout brings along then gives way, and stays beside."""
    return not (ROOT / ".env").exists() and not (settings.data_dir / STATE).exists()


def check_free(content: Path, settings: Settings) -> None:
    """StoreRefusedError naming the state and the registry that are there and differ."""
    places = {content / STATE: settings.data_dir / STATE, content / MODELS / REGISTRY: settings.models_dir / REGISTRY}
    taken = [there for here, there in places.items() if here.exists() and there.exists() and digest_of(here) != digest_of(there)]
    if taken:
        raise StoreRefusedError(f"{', '.join(map(str, taken))} would be replaced; --overwrite does, and keeps the old beside")


def put_state(content: Path, settings: Settings) -> None:
    """The state in place of none or of the old one."""
    target = settings.data_dir / STATE
    if target.exists():
        if digest_of(target) == digest_of(content / STATE):
            return
        for path in (target, *(target.with_name(target.name + end) for end in ("-wal", "-shm"))):
            if path.exists():
                path.rename(path.with_name(path.name + BESIDE))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    put_whole(content / STATE, target)
    give_to_owner_of_folder(target)


def put_models(content: Path, settings: Settings) -> None:
    """The registry and its versions; the registry last, so that it never names what is not there."""
    source = content / MODELS
    if not (source / REGISTRY).exists():
        return
    folder = settings.models_dir
    folder.mkdir(parents=True, exist_ok=True)
    registry = Path(tempfile.mkdtemp(dir=content)) / REGISTRY
    (source / REGISTRY).rename(registry)
    place_files(source, folder, overwrite=True)
    for link in (source / "latest").glob("*.pkl"):
        place = folder / "latest" / link.name
        place.parent.mkdir(exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(link.readlink())
        give_to_owner_of_folder(place)
    place_files(registry.parent, folder, overwrite=True)


async def put_series(content: Path, settings: Settings, manifest: dict[str, Any], *, overwrite: bool) -> RestoreResult:
    """The series, through the store's own door."""
    async with AsyncExitStack() as stack:
        source = SqliteStore(content / SERIES, settings.kind)
        stack.push_async_callback(source.aclose)
        target = open_series(settings)
        stack.push_async_callback(target.aclose)
        await target.ping()
        changed = [] if overwrite else await would_change(source, target)
        if changed:
            raise StoreRefusedError(
                f"the store holds points that are not those of the backup ({'; '.join(changed)}); --overwrite writes over them, "
                "and leaves those that only the store has"
            )
        restored = await give(source, target, series_of(manifest))
    for path in settings.data_dir.glob(f"{SERIES}*"):
        give_to_owner_of_folder(path)
    return restored


def check_kind(manifest: dict[str, Any], kind: Kind) -> None:
    """StoreRefusedError when a simulated world meets the real one."""
    if manifest["kind"] != kind:
        raise StoreRefusedError(f"this is a backup of {manifest['kind']} data; this service is {kind}")


def restore_data(content: Path, manifest: dict[str, Any], settings: Settings, *, overwrite: bool) -> RestoreResult:
    """Series, state, models, once nothing stands against any of them. The series first: another machine may fail to take them."""
    check_kind(manifest, settings.kind)
    open_state(content / STATE, settings.kind).close()  # brought to our schema; a newer one is refused
    if not overwrite:
        check_free(content, settings)
    restored = asyncio.run(put_series(content, settings, manifest, overwrite=overwrite))
    put_state(content, settings)
    put_models(content, settings)
    return restored


def restore(given: argparse.Namespace, content: Path) -> None:
    """One of the two parts, from an archive that is unpacked into `content` and proven."""
    started = machine_clock()
    archive = newest(given.archive, read_settings().backup_dir)
    if not given.trust:
        check_seal(archive, read_settings().data_dir)
    manifest = unpack(archive, content)
    (content / MANIFEST).unlink()
    if given.part == "settings":
        check_not_in_use(read_settings())
        written = place_files(content / FILES, ROOT, overwrite=given.overwrite or is_new(read_settings()))
        say(f"{archive}, made {manifest['created_at']}: {', '.join(written) or 'settings and configuration are there already'}")
        return
    settings = read_settings()
    with held(settings.data_dir):  # by a service, it is not ours to change
        restored = restore_data(content, manifest, settings, overwrite=given.overwrite)
    seconds = (machine_clock() - started).total_seconds()
    say(
        f"{restored.points:,} points in {len(manifest['series'])} months, {restored.written:,} of them written to "
        f"{settings.store}, state, {manifest['models']} models: all as in the manifest, in {seconds:.1f} s"
    )
    if restored.extra:
        say(f"note: {restored.extra:,} points of the same months are in the store alone, and stay")


def main(argv: Sequence[str]) -> int:
    """The exit code: 0, 1 when the backup or what is there forbids it, 2 for a wrong command line or setting."""
    given = arguments(argv)
    scratch = Path(tempfile.mkdtemp(prefix="factory-restore-"))  # for its owner only
    try:
        restore(given, scratch)
    except FactoryError as error:
        say(f"not restored: {error}")
        return EXIT_FAILED
    except (ValueError, OSError) as error:
        say(f"not restored: {type(error).__name__}: {error}")
        return EXIT_USAGE
    finally:
        shutil.rmtree(scratch)
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
