"""Makes the virtual environment that a lock file describes: `venv.py LOCK VENV`. Quick where nothing is to be done.

It is made anew when the Python that made it is no longer the one that runs in it (an upgrade of the system), when the machine is
another one, or when a lock file changed: beside the old one, which stays until the new one works, and then takes its name.
Standard library only.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TextIO

STAMP = ".installed-"
MADE_FOR = ".made-for"
TELL = "import sys, sysconfig; print(sys.implementation.cache_tag, sysconfig.get_platform())"
OLDEST = (3, 11)


def made_for(python: Path) -> str | None:
    """Interpreter and machine of an environment, as its own Python tells them; None when it does not run."""
    try:
        ended = subprocess.run([str(python), "-I", "-S", "-c", TELL], capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return None
    return ended.stdout.strip() if ended.returncode == 0 else None


def usable(venv: Path) -> bool:
    """Whether an environment was made by the Python that runs in it now, here, with its libraries where that looks."""
    told = made_for(venv / "bin/python3")
    if told is None:
        return False
    stamp, version = venv / MADE_FOR, told.split()[0].removeprefix("cpython-")
    if stamp.exists() and stamp.read_text(encoding="utf-8").strip() != told:
        return False
    return any(venv.glob(f"lib/python{version[:1]}.{version[1:]}*/site-packages"))  # python3.13t is 3.13 without its lock


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def stamped(venv: Path) -> dict[str, bool]:
    """Lock file -> whether it is still the one that was installed."""
    found = {}
    for stamp in venv.glob(f"{STAMP}*"):
        lock = Path(stamp.name.removeprefix(STAMP))
        found[lock.name] = lock.is_file() and digest(lock) == digest(stamp)
    return found


def install(venv: Path, lock: str) -> None:
    """Everything of a lock file, each by its hash."""
    pip = [str(venv / "bin/python3"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-warn-script-location"]
    subprocess.run([*pip, "--require-hashes", "-r", lock], check=True, stdout=sys.stderr)
    shutil.copyfile(lock, venv / f"{STAMP}{lock}")


def make(venv: Path, locks: list[str]) -> None:
    """A new environment in the place of none or of the old one."""
    making, old = (venv.with_name(f"{venv.name}.{word}") for word in ("making", "old"))
    for left in (making, old):
        shutil.rmtree(left, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(making)], check=True, stdout=sys.stderr)
    for lock in locks:
        install(making, lock)
    for program in (making / "bin").iterdir():  # pip writes the folder's name into what it installs there
        if program.is_file() and not program.is_symlink():
            text = program.read_bytes()
            if str(making).encode() in text:
                program.write_bytes(text.replace(str(making).encode(), str(venv).encode()))
    (making / MADE_FOR).write_text(f"{made_for(making / 'bin/python3')}\n", encoding="utf-8")
    give(making)
    if venv.exists() or venv.is_symlink():
        venv.rename(old)
    making.rename(venv)
    shutil.rmtree(old, ignore_errors=True)


def give(venv: Path) -> None:
    """What root makes in the checkout of somebody else is theirs."""
    owner = venv.parent.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        for folder, names, files in os.walk(venv):
            for name in (".", *names, *files):
                os.chown(Path(folder, name), owner.st_uid, owner.st_gid, follow_symlinks=False)


def ready(venv: Path, lock: str) -> bool:
    """Whether nothing is to be done for a lock file."""
    stamp = venv / f"{STAMP}{lock}"
    return stamp.is_file() and digest(stamp) == digest(Path(lock)) and usable(venv)


def satisfied(venv: Path, lock: str) -> bool:
    """Whether all that a lock file wants is there already, asked without any index."""
    pip = [str(venv / "bin/python3"), "-m", "pip", "--isolated", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    return subprocess.run([*pip, "--require-hashes", "-r", lock], capture_output=True, check=False).returncode == 0


def prepare(venv: Path, lock: str) -> None:
    """Bring an environment up to a lock file."""
    there = stamped(venv) if usable(venv) else {}
    if there and satisfied(venv, lock):
        shutil.copyfile(lock, venv / f"{STAMP}{lock}")
        return
    if there and all(there.values()):
        print(f"Adding {lock} to {venv} ...", file=sys.stderr)
        install(venv, lock)
        give(venv)
        return
    print(f"Preparing {venv} from {lock} ...", file=sys.stderr)
    others = [name for name in sorted(stamped(venv)) if name != lock and Path(name).is_file()]
    make(venv, [*others, lock])


def the_only_one(venv: Path) -> TextIO:
    """Waits for another script that prepares the same environment."""
    taken = venv.with_name(f"{venv.name}.lock").open("w", encoding="utf-8")
    with contextlib.suppress(OSError):  # a file system without locks: as before there were any
        fcntl.flock(taken, fcntl.LOCK_EX)
    return taken


def main(lock: str, venv: Path) -> int:
    """0 when the environment is as the lock file says."""
    if ready(venv, lock):
        return 0
    if sys.version_info < OLDEST:
        print(f"Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}", file=sys.stderr)
        return 1
    if not sysconfig.get_path("stdlib") or not Path(sysconfig.get_path("stdlib"), "ensurepip").is_dir():
        print("Python's module venv is missing: on Debian and Ubuntu `sudo apt install python3-venv` brings it", file=sys.stderr)
        return 1
    with the_only_one(venv):
        try:
            if not ready(venv, lock):
                prepare(venv, lock)
        except subprocess.CalledProcessError as failed:
            print(f"{venv} could not be made from {lock} (exit {failed.returncode}); what was there before stays", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
