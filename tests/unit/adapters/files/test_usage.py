"""What the data take of the disk."""

import shutil
from pathlib import Path

from adapters.files.usage import DiskUsage


async def test_the_sizes_are_those_of_each_database_with_its_log_and_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_bytes(bytes(5_000))
    (tmp_path / "state.sqlite-wal").write_bytes(bytes(700))
    told = await DiskUsage(tmp_path).state()
    assert (told.state, told.detail) == ("ok", None)
    assert told.sizes == {"state": 5_700, "size": shutil.disk_usage(tmp_path).total, "free": told.sizes["free"]}
    (tmp_path / "series.sqlite").write_bytes(bytes(40))
    assert (await DiskUsage(tmp_path).state()).sizes["series"] == 40
