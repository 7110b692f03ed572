"""`factory.toml` on the disk: written whole, the old one kept beside it under the time of the change."""

import asyncio
import errno
import hashlib
import os
import re
import shutil
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.files.archive import whole_file
from adapters.files.durable import sync
from adapters.files.placing import give_to_owner_of_folder
from domain.errors import ChangedMeanwhileError, NotFoundError, NotWritableError
from ports.plant import PlantText

MOST_KEPT = 10
"""Old files beside the one in force; the oldest goes when one more comes."""
STAMP = "%Y%m%dT%H%M%SZ"
STAMPED = re.compile(r"\.[0-9]{8}T[0-9]{6}Z")


class PlantFileOnDisk:
    """One process writes it; whoever edits it by hand meanwhile is noticed by the digest."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()  # a link stays one
        self._writing = threading.Lock()

    async def read(self) -> PlantText:
        """The file as it is."""
        return await asyncio.to_thread(self._read)

    async def old(self, name: str) -> str:
        """The text of one that is kept beside; NotFoundError where it is not there."""
        if name not in (path.name for path in self._kept()):
            raise NotFoundError(name)
        return await asyncio.to_thread(lambda: _text(self._path.with_name(name).read_bytes()))

    async def replace(self, text: str, digest: str, now: datetime) -> str:
        """Put another text in its place; the name under which the old one is kept."""
        return await asyncio.to_thread(self._replace, text, digest, now)

    def _read(self) -> PlantText:
        try:
            content = self._path.read_bytes()
            return PlantText(_text(content), _digest(content), self._closed(), [path.name for path in self._kept()])
        except (OSError, UnicodeDecodeError) as error:
            raise NotWritableError(f"{self._path.name} cannot be read as UTF-8: {error}") from error

    def _closed(self) -> str | None:
        """Why nothing can be written here; None where it can."""
        folder = self._path.parent
        if os.access(folder, os.W_OK):
            return None
        is_mounted_so = bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
        return f"{folder} is {'mounted read-only' if is_mounted_so else 'not writable for the service'}"

    def _kept(self) -> list[Path]:
        """The newest first."""
        name = self._path.name
        beside = (path for path in self._path.parent.glob(f"{name}.*") if STAMPED.fullmatch(path.name.removeprefix(name)))
        return sorted(beside, reverse=True)

    def _replace(self, text: str, digest: str, now: datetime) -> str:
        with self._writing:
            if (closed := self._closed()) is not None:
                raise NotWritableError(closed)
            content = self._path.read_bytes()
            if _digest(content) != digest:
                raise ChangedMeanwhileError(self._path.name)
            kept = self._free_name(now)
            try:
                self._put(kept, content)
                self._put(self._path, text.encode())
            except OSError as error:
                with suppress(OSError):
                    kept.unlink(missing_ok=True)
                raise NotWritableError(_why(error)) from error
            for old in self._kept()[MOST_KEPT:]:
                old.unlink(missing_ok=True)
            return kept.name

    def _free_name(self, now: datetime) -> Path:
        """Two changes of one second have two names."""
        while True:
            path = self._path.with_name(f"{self._path.name}.{now.astimezone(UTC).strftime(STAMP)}")
            if not path.exists():
                return path
            now += timedelta(seconds=1)

    def _put(self, target: Path, content: bytes) -> None:
        """Whole and durable under its name, or not there; with the mode and the owner that the file has."""
        with whole_file(target) as partial:
            partial.write_bytes(content)
            shutil.copymode(self._path, partial)
            give_to_owner_of_folder(partial)
        sync(target.parent)


def _text(content: bytes) -> str:
    return content.decode("utf-8")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _why(error: OSError) -> str:
    """What stands against it."""
    if error.errno == errno.EBUSY:
        return "the file is mounted by itself, so that none can take its place: mount its folder"
    return error.strerror or str(error)
