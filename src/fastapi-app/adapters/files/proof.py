"""What became of the last backup and the last drill: a small file beside the data; the commands write it, the service reads it."""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from adapters.files.placing import give_to_owner_of_folder

PROOF = "backup-proof.json"
Deed = Literal["backup", "drill"]


class BackupProof:
    """The file of one installation. Of each deed it keeps when it last went well, and the failure since, if there is one."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / PROOF

    def went_well(self, deed: Deed, at: datetime) -> None:
        """A backup was made and read back; a drill restored one."""
        self._write(deed, {"at": at.isoformat(), "failed_at": None, "error": None})

    def failed(self, deed: Deed, error: str, at: datetime) -> None:
        """A backup or a drill was not what it should be."""
        self._write(deed, {"at": self._read().get(deed, {}).get("at"), "failed_at": at.isoformat(), "error": error})

    def read(self) -> dict[str, Any]:
        """`made_at`, `proven_at` (of the last drill); `failed_at` and `error` of what failed since; None where nothing is."""
        backup, drill = (self._read().get(deed, {}) for deed in ("backup", "drill"))
        failure = backup if backup.get("failed_at") else drill
        return {
            "made_at": backup.get("at"),
            "proven_at": drill.get("at"),
            "failed_at": failure.get("failed_at"),
            "error": failure.get("error"),
        }

    async def block(self) -> dict[str, Any]:
        """The same, for the state of the system."""
        return await asyncio.to_thread(self.read)

    def _read(self) -> dict[str, Any]:
        try:
            kept: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return kept

    def _write(self, deed: Deed, news: dict[str, Any]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        making = self._path.with_suffix(".making")
        making.write_text(json.dumps(self._read() | {deed: news}) + "\n", encoding="utf-8")
        give_to_owner_of_folder(making)
        making.rename(self._path)
