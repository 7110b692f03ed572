"""Copies of what the service keeps on disk, taken while it runs and whole in themselves."""

import json
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from adapters.files.archive import digest_of
from adapters.store.sqlite import translated
from domain.errors import StoreRefusedError, StoreUnavailableError

REGISTRY = "model_registry.json"
DECISIONS = "model_decisions.jsonl"
TRIES = 5
"""A training may drop an old version while the files are copied; the registry is then read anew."""
BUSY_S = 30.0


def copy_database(source: Path, target: Path) -> int:
    """A SQLite file as it is at one instant, with what its log holds; returns its schema number."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        address = f"{source.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=BUSY_S)) as there, closing(sqlite3.connect(target)) as here:
            there.backup(here)
            here.execute("PRAGMA journal_mode=DELETE")
            faults = here.execute("PRAGMA quick_check").fetchall()
            if faults != [("ok",)]:
                raise StoreRefusedError(f"{source} is damaged: {faults[:3]}")
            return int(here.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error as error:
        full = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
        raise translated(error, target if full else source) from error


def note_in(state: Path, name: str) -> str | None:
    """A note of a copied state, which is left as it is; None where there is none, or no notes yet."""
    with closing(sqlite3.connect(f"{state.absolute().as_uri()}?mode=ro", uri=True)) as there:
        if not there.execute("SELECT 1 FROM sqlite_master WHERE name = 'notes'").fetchone():
            return None
        found = there.execute("SELECT text FROM notes WHERE name = ?", (name,)).fetchone()
    return found[0] if found else None


def copy_models(folder: Path, target: Path) -> int:
    """The registry and every version that it names, each with the hash that the registry has; returns how many."""
    if not (folder / REGISTRY).exists():
        return 0
    for _ in range(TRIES):
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        try:
            return _copy_registered(folder, target)
        except FileNotFoundError as error:
            gone = error
    raise StoreUnavailableError(f"{folder} changes all the time: {gone}")


def _copy_registered(folder: Path, target: Path) -> int:
    text = (folder / REGISTRY).read_text(encoding="utf-8")
    versions = json.loads(text)["versions"]
    for version in versions:
        copied = Path(shutil.copyfile(folder / version["file"], target / version["file"]))
        if digest_of(copied) != version["sha256"]:
            raise StoreRefusedError(
                f"{folder / version['file']} is not what the registry says: damaged, or not written by the service"
            )
    (target / REGISTRY).write_text(text, encoding="utf-8")
    if (folder / DECISIONS).exists():
        shutil.copyfile(folder / DECISIONS, target / DECISIONS)
    _copy_links(folder / "latest", target)
    return len(versions)


def _copy_links(latest: Path, target: Path) -> None:
    for link in sorted(latest.glob("*.pkl")):
        pointed = link.readlink()
        if (target / pointed.name).exists():
            (target / "latest").mkdir(exist_ok=True)
            (target / "latest" / link.name).symlink_to(pointed)


def copy_files(root: Path, names: Iterable[str], target: Path) -> list[str]:
    """Files of a project by their path in it, or all files below a folder of it; what is not there is left out. Keeps modes."""
    copied = []
    for name in names:
        path = root / name
        for each in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if each.is_file() and not each.is_symlink():
                place = target / each.relative_to(root)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(each, place)
                copied.append(str(each.relative_to(root)))
    return copied
