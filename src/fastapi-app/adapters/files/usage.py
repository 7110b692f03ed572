"""What the service takes of its machine's disk, and whether the disk takes more."""

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from domain.operations import DiskState

DATABASES = ("state", "series")
LEAST_BYTES = 20_000_000
"""Room below which writes are about to be refused: a log of SQLite grows to some megabytes between two checkpoints."""
PROBE_BYTES = 65_536


class DiskUsage:
    """Sizes on disk, read when asked for [bytes]."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def __call__(self) -> Mapping[str, float]:
        """`free` and `size` of the file system of the data, and each database with its log."""
        disk = shutil.disk_usage(self._data_dir)
        sizes = {name: sum(path.stat().st_size for path in self._data_dir.glob(f"{name}.sqlite*")) for name in DATABASES}
        return {"free": disk.free, "size": disk.total, **{name: size for name, size in sizes.items() if size}}

    async def state(self) -> DiskState:
        """Whether it takes more; found by writing, since quotas and read-only mounts show in no number."""
        return await asyncio.to_thread(self._state)

    def _state(self) -> DiskState:
        sizes = self()
        try:
            with tempfile.TemporaryFile(dir=self._data_dir) as probe:
                probe.write(bytes(PROBE_BYTES))
                probe.flush()
        except OSError as error:
            return DiskState("full", f"{self._data_dir}: {error.strerror}", sizes)
        if sizes["free"] < LEAST_BYTES:
            return DiskState("full", f"{self._data_dir}: less than {LEAST_BYTES // 1_000_000} MB are left", sizes)
        return DiskState("ok", None, sizes)
