"""What the service takes of its machine's disk."""

import shutil
from collections.abc import Mapping
from pathlib import Path

DATABASES = ("state", "series")


class DiskUsage:
    """Sizes on disk, read when asked for [bytes]."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def __call__(self) -> Mapping[str, float]:
        """`free` and `size` of the file system of the data, and each database with its log."""
        disk = shutil.disk_usage(self._data_dir)
        sizes = {name: sum(path.stat().st_size for path in self._data_dir.glob(f"{name}.sqlite*")) for name in DATABASES}
        return {"free": disk.free, "size": disk.total, **{name: size for name, size in sizes.items() if size}}
