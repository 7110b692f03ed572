"""Puts files back to where they were: whole or not at all, owned like their folder; the old one stays beside."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from adapters.files.archive import digest_of
from adapters.files.durable import sync
from domain.errors import StoreRefusedError

BESIDE = ".before-restore"


def place_files(content: Path, root: Path, *, overwrite: bool) -> list[str]:
    """Put files to where they were; those that were written. StoreRefusedError names what differs; nothing is touched then."""
    named_last = sorted(content.rglob("*"), key=lambda path: (path.name == ".env", path))  # with it an installation is there
    files = {path.relative_to(content): path for path in named_last if path.is_file()}
    there = [name for name in files if (root / name).exists()]
    differing = [name for name in there if digest_of(root / name) != digest_of(files[name])]
    if differing and not overwrite:
        raise StoreRefusedError(f"{', '.join(map(str, differing))} would be replaced; --overwrite does, and keeps the old beside")
    for name in differing:
        (root / name).rename(root / f"{name}{BESIDE}")
    written = [name for name in files if not (root / name).exists()]
    for name in written:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        put_whole(files[name], root / name)
        give_to_owner_of_folder(root / name)
    return [str(name) for name in written]


def put_whole(source: Path, target: Path) -> None:
    """Copy with the mode, under the name only when whole."""
    partial = target.with_name(f".{target.name}.partial")
    shutil.copy2(source, partial)
    sync(partial)
    partial.replace(target)


def give_to_owner_of_folder(path: Path, chown: Callable[..., None] = os.chown) -> None:
    """Root restores for the user that the service runs as, to whom the folder belongs."""
    if os.geteuid() == 0:
        folder = path.parent.stat()
        chown(path, folder.st_uid, folder.st_gid, follow_symlinks=False)
