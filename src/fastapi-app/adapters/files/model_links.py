"""`latest/NAME.pkl`, for people and tools: a link to the version that serves. And what a kill left half done beside models."""

import os
from pathlib import Path

from domain.errors import StoreUnavailableError


def point(folder: Path, name: str, label: str | None) -> None:
    """Point the link of a model at a version in one step; None takes it away."""
    latest = folder / "latest"
    link, temporary = latest / f"{name}.pkl", latest / f".{name}.{os.getpid()}.tmp"
    target = Path("..") / f"{label}.pkl"
    try:
        if label is None:
            if latest.is_dir():
                link.unlink(missing_ok=True)
            return
        if link.is_symlink() and link.readlink() == target:
            return
        latest.mkdir(exist_ok=True)
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(target)
        temporary.replace(link)
    except OSError as error:
        raise StoreUnavailableError(f"{latest.name}/{link.name}: {error.strerror or error}") from error


def clear_leftovers(folder: Path) -> int:
    """Remove what a process that was killed had begun to write beside models; how many files."""
    leftovers = [path for path in (*folder.glob(".*.tmp"), *folder.glob("latest/.*.tmp")) if path.is_file() or path.is_symlink()]
    for path in leftovers:
        path.unlink(missing_ok=True)
    return len(leftovers)
