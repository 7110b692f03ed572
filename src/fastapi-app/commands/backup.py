"""Backs up a running service: series, state, models, settings and configuration in one archive. See docs/operations.md.

The service goes on meanwhile. The state is taken first and the series after it: what waits in the spool of the state may then be
in the series as well, where writing it again changes nothing; the other way round it could be in neither.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.files.archive import drop_old, pack, series_json, unpack
from adapters.files.proof import BackupProof, Deed
from adapters.files.seal import seal
from adapters.files.snapshot import copy_database, copy_files, copy_models, note_in
from adapters.state.notes import STORE_NOTE
from adapters.store.sqlite_series import SqliteStore
from bootstrap import open_series, read_build, read_version
from bootstrap.opening import machine_clock
from commands.console import EXIT_FAILED, EXIT_OK, EXIT_USAGE, say, settings_or_none
from domain.errors import FactoryError, StoreRefusedError
from services.operations.backup import take
from settings import ROOT, Settings

SERIES, STATE, MODELS, FILES = "series.sqlite", "state.sqlite", "models", "files"
PROJECT_FILES = (
    ".env",
    "docker-compose.yml",
    "docker-compose.override.yml",
    "src/configs",
    "docker/services/nginx/certs",
    "docker/services/nginx/auth",
)
KEEP_DAYS = 30
MAKING = ".making-"
LEFT_S = 24 * 3600


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="scripts/backup", description="Back up the service, also while it runs.")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="where archives are kept (BACKUP_DIR)")
    parser.add_argument(
        "--keep-days", type=float, default=KEEP_DAYS, help=f"older archives go ({KEEP_DAYS}); the newest always stays"
    )
    given = parser.parse_args(argv)
    if given.keep_days <= 0:
        parser.error("--keep-days must be positive")
    return given


def check_store(state: Path, settings: Settings) -> None:
    """StoreRefusedError when the service that keeps this state writes to another store than these settings name."""
    used = note_in(state, STORE_NOTE)
    if used is not None and used != settings.store:
        raise StoreRefusedError(
            f"the service writes to {used}, and STORE is {settings.store} here: set STORE={used} in .env, or start the service "
            "anew where that was changed on purpose"
        )


async def collect(settings: Settings, content: Path, aside: Path) -> dict[str, Any]:
    """Everything of a backup as files in `content`, made in `aside`; what the manifest says of it beside the files."""
    schema = await asyncio.to_thread(copy_database, settings.data_dir / STATE, content / STATE)
    check_store(content / STATE, settings)
    source, target = open_series(settings), SqliteStore(aside / SERIES, settings.kind)
    try:
        series = await take(source, target)
    finally:
        await source.aclose()
        await target.aclose()
    await asyncio.to_thread(copy_database, aside / SERIES, content / SERIES)
    models = await asyncio.to_thread(copy_models, settings.models_dir, content / MODELS)
    await asyncio.to_thread(copy_files, ROOT, PROJECT_FILES, content / FILES)
    points = sum(month.points for month in series)
    return {
        "version": read_version(),
        "revision": read_build().revision,
        "kind": settings.kind,
        "store": settings.store,
        "state_schema": schema,
        "models": models,
        "points": points,
        "series": series_json(series),
    }


def clear_away(folder: Path, now: datetime) -> None:
    """Remove what a backup that was killed more than a day ago left: it holds secrets."""
    for left in folder.glob(f"{MAKING}*"):
        if now.timestamp() - left.stat().st_mtime > LEFT_S:
            shutil.rmtree(left)


def back_up(settings: Settings, folder: Path, now: datetime) -> tuple[Path, dict[str, Any]]:
    """Make an archive and read it back; its path and manifest."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    clear_away(folder, now)
    with tempfile.TemporaryDirectory(dir=folder, prefix=MAKING) as scratch:
        content, aside, read_back = (Path(scratch, name) for name in ("content", "aside", "read-back"))
        content.mkdir()
        manifest = asyncio.run(collect(settings, content, aside))
        archive = pack(content, folder, now, manifest)
        seal(archive, settings.data_dir)
        read_back.mkdir()
        try:
            return archive, unpack(archive, read_back)
        except FactoryError:
            archive.rename(archive.with_suffix(".damaged"))
            raise


def note_failure(proof: BackupProof, deed: Deed, error: Exception, at: datetime) -> None:
    """Let the service know; where the folder of the data cannot be written, the exit code and this line have to do."""
    try:
        proof.failed(deed, f"{type(error).__name__}: {error}", at)
    except OSError as unwritable:
        say(f"the service does not learn of it: {unwritable}")


def main(argv: Sequence[str]) -> int:
    """The exit code: 0, 1 when something could not be read or written, 2 for a wrong command line or setting."""
    given = arguments(argv)
    started = machine_clock()
    settings = settings_or_none()
    if settings is None:
        return EXIT_USAGE
    proof = BackupProof(settings.data_dir)
    folder = given.to or settings.backup_dir
    try:
        archive, manifest = back_up(settings, folder, started)
        dropped = drop_old(folder, started, timedelta(days=given.keep_days))
    except (FactoryError, OSError, ValueError, KeyError) as error:
        say(f"no backup was made: {type(error).__name__}: {error}")
        note_failure(proof, "backup", error, started)
        return EXIT_FAILED
    proof.went_well("backup", started)
    seconds = (machine_clock() - started).total_seconds()
    months = len(manifest["series"])
    say(f"{archive}: {manifest['points']:,} points in {months} months, {manifest['models']} models, {len(manifest['files'])} files")
    if not manifest["points"]:
        say(f"NOTE: no point of the history is in it: {settings.store} holds none; a trial restore of it is not proven")
    say(f"{archive.stat().st_size / 1e6:.1f} MB in {seconds:.1f} s, read back and proven; {len(dropped)} old archives removed")
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
