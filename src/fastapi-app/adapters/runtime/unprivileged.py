"""A program of ours without root's rights: run as a user who owns nothing but one folder, and reads what everybody may."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from adapters.runtime.offspring import nothing_stays

NOBODY = 65534
UID_MAP = Path("/proc/self/uid_map")
STATUS = Path("/proc/self/status")
TO_BECOME_ANOTHER = 1 << 0 | 1 << 6 | 1 << 7
"""CAP_CHOWN, CAP_SETGID, CAP_SETUID."""
PROBE_S = 60.0
OURS = "import start, numpy"
"""Who can do this can read our modules and the libraries."""
BYTE_CODE = "__pycache__"
LEFT_OUT = ("site-packages", "test", "tests", "idlelib", "tkinter", "ensurepip", "config-*", "*.a")
"""Of an interpreter that is copied: what no program of ours imports."""


@dataclass(frozen=True, slots=True)
class Program:
    """A module of the project, and the parts of the project's folder that it needs; `path` is where its modules are."""

    root: Path
    parts: Sequence[str]
    path: str
    module: str


def has_rights_to_lose() -> bool:
    """Whether this is root, and may become another; that of a namespace without other users has but the rights of its maker."""
    return os.geteuid() == 0 and _is_mapped(NOBODY) and _may_become_another()


def _may_become_another() -> bool:
    if not STATUS.exists():
        return True
    found = (line.split()[1] for line in STATUS.read_text(encoding="ascii").splitlines() if line.startswith("CapEff:"))
    return all(int(rights, 16) & TO_BECOME_ANOTHER == TO_BECOME_ANOTHER for rights in found)


def _is_mapped(user: int) -> bool:
    if not UID_MAP.exists():
        return True
    ranges = (list(map(int, line.split())) for line in UID_MAP.read_text(encoding="ascii").splitlines())
    return any(first <= user < first + count for first, _, count in ranges)


def run_as_nobody(program: Program, folder: Path, *, takes: Iterable[Path], timeout_s: float) -> "subprocess.CompletedProcess[str]":
    """Run it with copies of the files that it takes; its words are the first of them, and a folder which alone is its own.

    PermissionError saying why where nobody but root can run Python.
    """
    home, python, root = folder / "nobody", Path(sys.executable), program.root
    if not _runs(python, OURS, root / program.path):
        python, root = _within_reach(program, folder / "program")
        if not _runs(python, OURS, root / program.path):
            raise PermissionError(f"user {NOBODY} can run neither {sys.executable} nor a copy of it in {folder}")
    folder.chmod(0o711)
    home.mkdir(mode=0o700)
    files = [Path(shutil.copy(path, home / path.name)) for path in takes]
    work = home / "work"
    work.mkdir(mode=0o700)
    for path in (*files, work, home):
        os.chown(path, NOBODY, NOBODY)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": str(root / program.path)}
    environment |= interpreter_environment(python)
    words = [str(python), "-m", "start", program.module, str(files[0]), str(work)]
    return _as_nobody(words, environment, home, timeout_s)


def interpreter_environment(python: Path = Path(sys.executable)) -> dict[str, str]:
    """What an interpreter needs to find its own library, which may have been moved with it."""
    if not sysconfig.get_config_var("Py_ENABLE_SHARED"):
        return {}
    return {"LD_LIBRARY_PATH": str(Path(os.path.realpath(python)).parents[1] / "lib")}


def _as_nobody(
    words: Sequence[str], environment: dict[str, str], folder: Path, timeout_s: float
) -> "subprocess.CompletedProcess[str]":
    """TimeoutError for one that takes longer. Nothing that it started outlives it."""
    with nothing_stays():
        process = subprocess.Popen(  # noqa: S603 - our own program, by its path
            words,
            user=NOBODY,
            group=NOBODY,
            extra_groups=(),
            umask=0o077,
            start_new_session=True,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        try:
            said, complained = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as late:
            raise TimeoutError(f"{words[0]} took longer than {timeout_s:.0f} s") from late
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return subprocess.CompletedProcess(words, process.returncode, said, complained)


def _runs(python: Path, code: str, modules: Path = Path("/")) -> bool:
    """Whether nobody can run a piece of code with this interpreter."""
    try:
        environment = {"PYTHONPATH": str(modules), **interpreter_environment(python)}
        return not _as_nobody([str(python), "-c", code], environment, Path("/"), PROBE_S).returncode
    except PermissionError:
        return False


def _within_reach(program: Program, folder: Path) -> tuple[Path, Path]:
    """The interpreter and the project, with all that they need, where everybody may read it. Linked where that is possible."""
    folder.mkdir()
    folder.parent.chmod(0o711)
    root = folder / "root"
    for part in program.parts:
        (root / part).parent.mkdir(parents=True, exist_ok=True)
        source = program.root / part
        _tree(source, root / part) if source.is_dir() else _file(source, root / part)
    base = Path(sys.base_prefix)
    name = Path(os.path.realpath(sys.executable)).name
    if not _runs(base / "bin" / name, ""):
        _tree(base / "lib", folder / "base/lib", *LEFT_OUT)
        (folder / "base/bin").mkdir()
        _file(base / "bin" / name, folder / "base/bin" / name)
        base = folder / "base"
    libraries = Path(sysconfig.get_path("purelib"))
    _tree(libraries, folder / "venv" / libraries.relative_to(sys.prefix))
    (folder / "venv/bin").mkdir()
    python = folder / "venv/bin/python3"
    python.symlink_to(base / "bin" / name)
    (folder / "venv/pyvenv.cfg").write_text(f"home = {base / 'bin'}\ninclude-system-site-packages = false\n", encoding="utf-8")
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    return python, root


def _tree(source: Path, target: Path, *left_out: str) -> None:
    ignore = shutil.ignore_patterns(BYTE_CODE, *left_out)
    shutil.copytree(source, target, symlinks=True, ignore=ignore, copy_function=lambda old, new: _file(Path(old), Path(new)))


def _file(source: Path, target: Path) -> None:
    """A file that everybody may read stands in both places; of one that they may not, a copy that they may."""
    mode = source.stat().st_mode
    if mode & 0o004:
        with suppress(OSError):  # another disk
            target.hardlink_to(source)
            return
    shutil.copyfile(source, target)
    target.chmod(0o755 if mode & 0o100 else 0o644)
