"""Proves a backup by a drill (commands/drill.py), and writes a dated record of it."""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.files.proof import BackupProof
from adapters.files.seal import check_seal
from bootstrap.opening import machine_clock
from commands.backup import note_failure
from commands.console import EXIT_FAILED, EXIT_OK, say
from commands.drill import FAULTS, drilled
from commands.restore import newest
from settings import read_settings


def record(folder: Path, now: datetime, outcome: Mapping[str, Any]) -> Path:
    """A dated record of a drill."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{now:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(outcome, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path


def main(argv: Sequence[str]) -> int:
    """The exit code: 0 when the backup was proven, else 1; the record is written either way."""
    parser = argparse.ArgumentParser(
        prog="scripts/restore-drill", description="Prove a backup by restoring it into a scratch folder."
    )
    parser.add_argument("archive", nargs="?", type=Path, help="the newest of the folder backups, if none is named")
    parser.add_argument("--trust", action="store_true", help="take an archive that another installation made: you know who made it")
    given = parser.parse_args(argv)
    started = machine_clock()
    outcome: dict[str, Any] = {"started_at": started.isoformat()}
    settings = read_settings()
    archives, proof = given.archive.parent if given.archive else settings.backup_dir, BackupProof(settings.data_dir)
    try:
        archive = newest(given.archive, settings.backup_dir)
        outcome["archive"] = archive.name
        if not given.trust:
            check_seal(archive, settings.data_dir)
        with tempfile.TemporaryDirectory(prefix="factory-drill-") as scratch:
            outcome |= {"proven": True, **drilled(archive, Path(scratch))}
        proof.went_well("drill", started)
    except FAULTS as error:
        outcome |= {"proven": False, "error": f"{type(error).__name__}: {error}"}
        note_failure(proof, "drill", error, started)
    outcome["seconds"] = round((machine_clock() - started).total_seconds(), 1)
    say(json.dumps(outcome, indent=1, sort_keys=True))
    say(f"{'proven' if outcome['proven'] else 'NOT PROVEN'}: {record(archives / 'drills', started, outcome)}")
    return EXIT_OK if outcome["proven"] else EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
