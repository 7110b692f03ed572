"""One process a folder: an exclusive lock that the kernel gives up when its holder ends, however it ends."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from adapters.files.placing import give_to_owner_of_folder
from domain.errors import StoreRefusedError

LOCK = "service.lock"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """The folder to ourselves. StoreRefusedError naming the process that has it, and since when."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a+", encoding="utf-8") as file:
        give_to_owner_of_folder(folder / LOCK)  # root restores for the user that the service runs as
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            since = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC).isoformat(timespec="seconds")
            raise StoreRefusedError(
                f"{folder} is in use by {file.read().strip() or 'another process'} since {since}: stop the service first "
                "(Ctrl-C, systemctl stop chocolate-factory, or docker compose stop fastapi-app)"
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        yield
