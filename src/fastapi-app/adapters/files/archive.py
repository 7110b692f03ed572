"""Backup archives: a folder as one packed file with its checksum beside it, readable by its owner only, whole or not there.

chocolate-factory-20261122T203000Z.tar.gz
chocolate-factory-20261122T203000Z.tar.gz.sha256      as `sha256sum -c` reads it
"""

import gzip
import hashlib
import json
import os
import posixpath
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from adapters.files.durable import sync
from domain.errors import StoreRefusedError, StoreUnavailableError
from domain.operations import BackedUpMonth
from domain.series import series_key

PREFIX, SUFFIX = "chocolate-factory-", ".tar.gz"
STAMP = "%Y%m%dT%H%M%SZ"
MANIFEST = "manifest.json"
FORMAT = 1
"""Raised when an older program could not restore what a newer one packs."""
PACKING_LEVEL = 6
READ_BYTES = 1 << 20
SEALED = ".hmac"
"""What the seal beside an archive is called (adapters/files/seal.py)."""


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sums_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Path -> size and SHA-256 of every file in a folder; a link has its target instead."""
    return {
        str(path.relative_to(folder)): {"link": str(path.readlink())}
        if path.is_symlink()
        else {"bytes": path.stat().st_size, "sha256": digest_of(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def pack(content: Path, folder: Path, made_at: datetime, manifest: Mapping[str, Any]) -> Path:
    """The archive of what lies in `content`, with a manifest that names every file. Durable under its name when this returns."""
    document = {"format": FORMAT, "created_at": made_at.isoformat(), **manifest, "files": sums_of(content)}
    (content / MANIFEST).write_text(json.dumps(document, indent=1, sort_keys=True), encoding="utf-8")
    archive = folder / f"{PREFIX}{made_at.astimezone(UTC):{STAMP}}{SUFFIX}"
    with whole_file(archive) as partial, tarfile.open(partial, "w:gz", compresslevel=PACKING_LEVEL) as tar:
        for path in sorted(content.rglob("*")):
            tar.add(path, str(path.relative_to(content)), recursive=False)
    with whole_file(archive.with_name(archive.name + ".sha256")) as partial:
        partial.write_text(f"{digest_of(archive)}  {archive.name}\n", encoding="utf-8")
    return archive


def unpack(archive: Path, folder: Path) -> dict[str, Any]:
    """The manifest, with everything that it names in `folder` as it was packed. StoreRefusedError for a damaged or newer one."""
    checksum = archive.with_name(archive.name + ".sha256")
    try:
        if not checksum.exists():
            _read_through(archive)
        elif checksum.read_text(encoding="utf-8").split()[:1] != [digest_of(archive)]:
            raise StoreRefusedError(f"{archive} is not what {checksum.name} says: it was changed or damaged")
        with tarfile.open(archive, "r:gz") as tar:
            tar.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12's Python 3.11.2 has none
            tar.extractall(folder, members=_checked(tar))  # noqa: S202 - each is checked
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (gzip.BadGzipFile, zlib.error, tarfile.TarError, EOFError, ValueError, FileNotFoundError) as error:
        raise StoreRefusedError(f"{archive} is no whole backup: {error}") from error
    except OSError as error:
        raise StoreUnavailableError(f"{archive}: {error}") from error
    if not isinstance(manifest, dict) or not {"format", "files"} <= manifest.keys():
        raise StoreRefusedError(f"{archive} is no backup of this program: its manifest names no files")
    if manifest["format"] > FORMAT:
        raise StoreRefusedError(f"{archive} has format {manifest['format']} of a newer program; this one knows up to {FORMAT}")
    found = sums_of(folder)
    del found[MANIFEST]
    wrong = sorted(name for name in found.keys() | manifest["files"].keys() if found.get(name) != manifest["files"].get(name))
    if wrong:
        raise StoreRefusedError(f"{archive} does not hold what its manifest says: {', '.join(wrong)}")
    return manifest


def series_json(months: Iterable[BackedUpMonth]) -> list[dict[str, Any]]:
    """The months of a backup as its manifest names them."""
    return [
        {
            "measurement": month.key.measurement,
            "tags": dict(month.key.tags),
            "month": month.month,
            "points": month.points,
            "sha256": month.sha256,
        }
        for month in months
    ]


def series_of(manifest: Mapping[str, Any]) -> list[BackedUpMonth]:
    """The months that a manifest names."""
    return [
        BackedUpMonth(series_key(each["measurement"], **each["tags"]), each["month"], each["points"], each["sha256"])
        for each in manifest["series"]
    ]


def archives_in(folder: Path) -> list[Path]:
    """The archives of a folder, oldest first."""
    return sorted(folder.glob(f"{PREFIX}*{SUFFIX}"))


def drop_old(folder: Path, now: datetime, keep: timedelta) -> list[Path]:
    """Remove archives that are older; the newest stays however old it is. Returns what went."""
    dropped = []
    for archive in archives_in(folder)[:-1]:
        made_at = datetime.strptime(archive.name, f"{PREFIX}{STAMP}{SUFFIX}").replace(tzinfo=UTC)
        if now - made_at > keep:
            archive.unlink()
            for beside in (".sha256", SEALED):
                archive.with_name(archive.name + beside).unlink(missing_ok=True)
            dropped.append(archive)
    return dropped


def _checked(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members, as this user's own; tarfile.TarError for one that is no file, folder or link, or that would leave the folder."""
    links: set[PurePosixPath] = set()
    for member in tar:
        path = PurePosixPath(member.name)
        leads_to = posixpath.normpath(path.parent / member.linkname) if member.issym() else str(path)
        if not (member.isfile() or member.isdir() or member.issym()):
            raise tarfile.TarError(f"{member.name} is no file, folder or link")
        if any(one.startswith("/") or ".." in one.split("/") for one in (str(path), leads_to)) or links & {path, *path.parents}:
            raise tarfile.TarError(f"{member.name} would lie outside of its folder")
        if member.issym():
            links.add(path)
        member.uid, member.gid, member.uname, member.gname = os.geteuid(), os.getegid(), "", ""
        member.mode &= 0o755
        yield member


def _read_through(archive: Path) -> None:
    """Nothing, if every byte is as it was packed: gzip keeps a length and a checksum at the end, where tarfile does not look."""
    with gzip.open(archive) as packed:
        while packed.read(READ_BYTES):
            pass


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file to write that takes its name when it is whole and on disk; for its owner only from the first byte."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield partial
        for each in (partial, path.parent):
            sync(each)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
