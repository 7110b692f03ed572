"""What became of the last backup and the last drill: a small file beside the data; the commands write it, the service reads it."""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from adapters.files.placing import give_to_owner_of_folder
from domain.operations import BackupState

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

    def read(self) -> BackupState:
        """What is known of backup and drill, and of what failed since."""
        kept = self._read()
        backup, drill = (kept.get(deed, {}) for deed in ("backup", "drill"))
        failure = backup if backup.get("failed_at") else drill
        return BackupState(
            made_at=_instant(backup.get("at")),
            proven_at=_instant(drill.get("at")),
            failed_at=_instant(failure.get("failed_at")),
            error=failure.get("error"),
        )

    async def state(self) -> BackupState:
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


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
