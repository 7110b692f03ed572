"""Which build of the program runs: what the image was labelled with, or the checkout that it is run from."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from domain.operations import Build

IMAGE_FILE = "BUILD"
"""Written into the image beside the changelog: revision and time, a line each."""
REVISION = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
BUILT_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
GIT_S = 5.0
"""A file system that hangs must not keep the service from starting [s]."""
PATH = "/usr/local/bin:/usr/bin:/bin"
UNKNOWN = Build("unknown", None, None, None)


def build_of(root: Path, program: Path) -> Build:
    """The build of a folder; `program` is the part of it whose edits make it another one than its revision."""
    file = root / IMAGE_FILE
    return _of_image(file.read_text(encoding="utf-8")) if file.exists() else _of_checkout(root, program)


def _of_image(text: str) -> Build:
    """An image that was made without `scripts/build-image` says "unknown" in both lines."""
    revision, _, built_at = text.strip().partition("\n")
    when = built_at if BUILT_AT.fullmatch(built_at) else None
    return Build("image", revision, when, None) if REVISION.fullmatch(revision) else Build("unknown", None, when, None)


def _of_checkout(root: Path, program: Path) -> Build:
    """A folder within somebody else's repository is no checkout of this program."""
    said = _git(root, "rev-parse", "--show-toplevel", "HEAD")
    lines = said.stdout.splitlines() if said is not None and said.returncode == 0 else []
    if len(lines) != 2 or Path(lines[0]).resolve() != root.resolve() or not REVISION.fullmatch(lines[1]):
        return UNKNOWN
    changed = _git(root, "diff", "--quiet", "HEAD", "--", str(program))
    edited = {0: False, 1: True}.get(changed.returncode) if changed is not None else None
    return Build("checkout", lines[1], None, edited)


def _git(root: Path, *words: str) -> "subprocess.CompletedProcess[str] | None":
    """What git says of a folder, whoever owns it; None where there is no git, or it does not answer."""
    program = shutil.which("git", path=PATH)
    if program is None:
        return None
    asked: Sequence[str] = (program, "--no-optional-locks", "-c", f"safe.directory={root.resolve()}", "-C", str(root), *words)
    try:
        return subprocess.run(  # noqa: S603 - git of the system, with words of our own
            asked, env={"PATH": PATH, "LC_ALL": "C"}, capture_output=True, text=True, timeout=GIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
