"""Whether the folders that the service writes to have room, and can be written now."""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

State = Literal["ok", "low", "full", "read_only", "gone"]
LEAST_FREE_BYTES = 200_000_000
"""Less is low: time to make room before the disk is full. A year of state, history and models takes less."""
PROBE_BYTES = 4096
KEPT_S = 5.0
"""Real seconds for which an answer serves: the page asks every second."""


class Room:
    """Looks at folders, by the name of what they hold; one that is not there from the first is nobody's."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = {name: folder for name, folder in folders.items() if folder.is_dir()}
        self._last: tuple[float, dict[str, State]] | None = None

    def states(self) -> dict[str, State]:
        """Folder -> state. Blocks."""
        if self._last is None or time.monotonic() - self._last[0] > KEPT_S:
            self._last = (time.monotonic(), {name: state_of(folder) for name, folder in self._folders.items()})
        return self._last[1]


def state_of(folder: Path) -> State:
    """State of one folder, by writing a little into it and taking it away again."""
    try:
        usage = shutil.disk_usage(folder)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0" * PROBE_BYTES)
            probe.flush()
            os.fsync(probe.fileno())
    except FileNotFoundError:
        return "gone"
    except PermissionError:
        return "read_only"
    except OSError as error:
        return "read_only" if error.errno == errno.EROFS else "full"
    return "low" if usage.free < LEAST_FREE_BYTES else "ok"
