"""Whether the folders that the service writes to can be written, and what to do when not."""

import errno
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def check_writable(folders: Iterable[Path]) -> None:
    """Make each folder that is missing. PermissionError naming those that cannot be written and the command that mends it."""
    refused = [folder for folder in folders if not _is_writable(folder)]
    if refused:
        user, names = os.getuid(), " ".join(map(str, refused))
        raise PermissionError(
            f"user {user} cannot write {names}: on the server, in the project's folder, run `sudo scripts/init-env`; "
            f"without Docker, `sudo chown -R {user}:{os.getgid()} {names}`, or others by DATA_DIR, LOG_DIR, MODELS_DIR"
        )


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return False
        raise
