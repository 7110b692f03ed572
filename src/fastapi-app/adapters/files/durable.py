"""What is written is on the disk, and not in the machine's memory alone."""

import os
from pathlib import Path

from domain.errors import StoreUnavailableError


def sync(path: Path) -> None:
    """Return once a file, or the names in a folder, would survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, content: bytes) -> None:
    """Whole and durable under its name, or not there. StoreUnavailableError says why not."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync(path.parent)
    except OSError as error:
        raise StoreUnavailableError(f"{path.name}: {error.strerror or error}") from error
