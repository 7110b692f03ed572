"""Prints THIRD_PARTY.md: what is installed with the service, under which licence, from the lock file and what is installed here.

Libraries inside the wheels are found by their files. Run in the environment of the lock file, on Linux.
"""

import re
import sys
from collections.abc import Iterator
from importlib import metadata

from settings import ROOT

HEAD = """# What comes with the service

Written by `scripts/third-party` from `requirements.lock` and what is installed; a test holds the names and licences against both.
No licence has been chosen for the project itself: whoever wants to pass it on or build on it has to ask its owner.

| library | licence |
| --- | --- |
"""
INSIDE = """
## Inside their wheels (Linux)
| wheel | library | licence |
| --- | --- | --- |
"""
TAIL = """
The image adds its base image and Debian's packages of `docker/fastapi.Dockerfile`, each with its licence under `/usr/share/doc`.
The page loads nothing of others. Tools for development alone are in `requirements-dev.lock` and `requirements-deploy.lock`, and are
shipped to nobody.
"""
BUNDLED = {
    "libgfortran": "GPL-3.0 with GCC runtime exception",
    "libquadmath": "LGPL-2.1-or-later",
    "libgomp": "GPL-3.0 with GCC runtime exception",
    "libscipy_openblas": "BSD-3-Clause (OpenBLAS)",
    "libopenblas": "BSD-3-Clause (OpenBLAS)",
}
ONLY_ELSEWHERE = "not installed on this system"
ABBREVIATED = {
    "MIT License": "MIT",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
}


def names() -> list[str]:
    """The libraries of the lock file."""
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"^([A-Za-z0-9_.-]+)==", locked, re.MULTILINE)))


def licence_of(name: str) -> str:
    """What an installed library says of itself."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ONLY_ELSEWHERE
    said = next((about[field] for field in ("License-Expression", "License") if field in about), "")
    if not said or len(said) > len("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0") or "\n" in said:
        said = next((each for each in about.get_all("Classifier") or [] if each.startswith("License ::")), "not stated")
    return ABBREVIATED.get(said, said)


def bundled() -> Iterator[tuple[str, str, str]]:
    """Wheel, library inside it, licence; a KeyError names one that nobody looked at."""
    for name in names():
        try:
            files = metadata.files(name) or []
        except metadata.PackageNotFoundError:
            continue
        found = {re.split(r"[-.]", file.name)[0].rstrip("64_") for file in files if ".libs/" in str(file)}
        for library in sorted(found):
            yield name, library, BUNDLED[library]


def document() -> str:
    """The whole page."""
    rows = "".join(f"| {name} | {licence_of(name)} |\n" for name in names())
    inside = "".join(f"| {wheel} | {library} | {licence} |\n" for wheel, library, licence in bundled())
    return HEAD + rows + INSIDE + inside + TAIL


if __name__ == "__main__":
    sys.stdout.write(document())
