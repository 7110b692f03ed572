"""Results that a later run of the same code on the same data need not work out again: named by a digest of both."""

import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.data.grid import Floats

OUT = Path("bench/out")
SOURCE = Path("src/fastapi-app")


def digest_of(modules: Sequence[str], *parts: bytes) -> str:
    """Of the source of modules (files or whole folders below `src/fastapi-app`, or below the root as `bench/...`) and of data."""
    known = hashlib.sha256(_source(tuple(modules)))
    for part in parts:
        known.update(hashlib.sha256(part).digest())
    return known.hexdigest()[:24]


@cache
def _source(modules: tuple[str, ...]) -> bytes:
    """Read once: what a run has imported stays what it was."""
    roots = [Path(name) if name.startswith("bench/") else SOURCE / name for name in modules]
    paths = [path for root in roots for path in (sorted(root.rglob("*.py")) if root.is_dir() else [root])]
    return b"\0".join(str(path).encode() + b"\0" + path.read_bytes() for path in paths)


def kept_json(name: str, work: Callable[[], Any]) -> Any:
    """What a JSON file holds; worked out and kept where there is none."""
    path = OUT / f"{name}.json"
    if not path.exists():
        _write(path, json.dumps(work(), indent=1).encode())
    return json.loads(path.read_text(encoding="utf-8"))


def kept_arrays(name: str, work: Callable[[], Mapping[str, Floats]]) -> dict[str, Floats]:
    """The same for arrays."""
    path = OUT / f"{name}.npz"
    if not path.exists():
        packed = io.BytesIO()
        np.savez(packed, **work())  # type: ignore[arg-type] # the stub takes a flag among the arrays
        _write(path, packed.getvalue())
    with np.load(path) as stored:
        return dict(stored)


def _write(path: Path, content: bytes) -> None:
    """In one step, so that a run that is broken off leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.part")
    beside.write_bytes(content)
    beside.replace(path)
