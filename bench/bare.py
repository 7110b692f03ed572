"""A bare machine: what `scripts/try-bare [SUITE]` does. Needs root, debootstrap and nothing of the project's libraries.

A root of `debootstrap --variant=minbase` with python3 and python3-venv, kept in a cache; over it, in mounts and processes of its
own that end with this one, a copy of the checkout, and in it an ordinary user who types what the README says. Of this machine
the root gets what leads to a package index: pip's settings, certificates and proxies of the environment.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from pathlib import Path

from bench.ports import reserved_port

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path("/var/tmp/chocolate-factory-bare")  # noqa: S108 - root's own, made with mode 700
PACKAGES = "python3,python3-venv"
USER, GROUP = 4321, 4321
HOME = Path("/home/visitor")
CHECKOUT = HOME / "chocolate-factory"
SUITE = "trixie"
DEMO_S = 900.0
TEST_S = 3600.0
STOP_S = 5.0
LOOK_EVERY_S = 0.25
LAST_LINES = 40
NAMES_OF_FILES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CONFIG_FILE")
PASSED_ON = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_DIR")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
COPIED = (Path("/etc/resolv.conf"), Path("/etc/hosts"), Path("/etc/pip.conf"), CERTIFICATES)


class BareError(Exception):
    """The bare machine did not do what the README says; the text is for a person."""


def say(line: str) -> None:
    """A line at once."""
    print(line, flush=True)


def bare_root(suite: str, cache: Path, packages: str = PACKAGES) -> Path:
    """The root of a suite with these packages, made once for each set of them."""
    name = suite if packages == PACKAGES else f"{suite}-{zlib.crc32(packages.encode()):08x}"
    root = cache / name
    if root.is_dir():
        return root
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    making = cache / f"{name}.making"
    shutil.rmtree(making, ignore_errors=True)
    log = cache / f"{name}.log"
    started = time.monotonic()
    with log.open("w") as sink:
        ended = subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={packages}", suite, str(making)],
            stdout=sink,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if ended.returncode:
        raise BareError(f"debootstrap {suite} ended with {ended.returncode}: {tail(log)}")
    making.rename(root)
    say(f"{suite}: bare root made in {time.monotonic() - started:.0f} s")
    return root


def tail(path: Path, lines: int = LAST_LINES) -> str:
    """The end of a file."""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def mount(*arguments: str) -> None:
    """One mount of this process's own namespace."""
    subprocess.run(["mount", *arguments], check=True)


def build(root: Path, scratch: Path) -> Path:
    """The machine of this run: the cached root below, everything that is written in memory or in `scratch` above it."""
    for name in ("upper", "work", "machine"):
        (scratch / name).mkdir()
    machine = scratch / "machine"
    layers = f"lowerdir={root},upperdir={scratch / 'upper'},workdir={scratch / 'work'}"
    try:
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(machine)], check=True, capture_output=True)
    except subprocess.CalledProcessError:  # a file system that overlay does not take
        subprocess.run(["cp", "-a", f"{root}/.", str(machine)], check=True)
    mount("-t", "proc", "proc", str(machine / "proc"))
    mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", str(machine / "tmp"))
    mount("--rbind", "/dev", str(machine / "dev"))
    mount("--rbind", "/sys", str(machine / "sys"))
    return machine


def furnish(machine: Path, environment: dict[str, str]) -> None:
    """A user, the checkout, the way to a package index."""
    for path in (*COPIED, *(Path(environment[name]) for name in NAMES_OF_FILES if environment.get(name))):
        if path.is_file():
            there = machine / path.relative_to("/")
            there.parent.mkdir(parents=True, exist_ok=True)
            there.unlink(missing_ok=True)
            shutil.copyfile(path, there)
    wheels = environment.get("PIP_FIND_LINKS", "")
    if wheels.startswith("/") and Path(wheels).is_dir():
        shutil.copytree(wheels, machine / Path(wheels).relative_to("/"), dirs_exist_ok=True)
    with (machine / "etc/passwd").open("a") as accounts:
        accounts.write(f"visitor:x:{USER}:{GROUP}::{HOME}:/bin/sh\n")
    with (machine / "etc/group").open("a") as groups:
        groups.write(f"visitor:x:{GROUP}:\n")
    checkout = machine / CHECKOUT.relative_to("/")
    checkout.mkdir(parents=True)
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        source, target = ROOT / name, checkout / name
        if source.is_symlink() or source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    subprocess.run(["chown", "-hR", f"{USER}:{GROUP}", str(machine / HOME.relative_to("/"))], check=True)


def start(machine: Path, command: str, environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """What the user types, its output in a file."""
    passed = {
        name: value for name, value in environment.items() if name.startswith("PIP_") or name in (*PASSED_ON, *NAMES_OF_FILES)
    }
    own = {"HOME": str(HOME), "USER": "visitor", "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "dumb"}
    given = [f"{name}={value}" for name, value in (passed | own).items()]
    typed = f"cd {CHECKOUT} && exec {command}"
    with log.open("wb") as sink:
        return subprocess.Popen(
            ["chroot", f"--userspec={USER}:{GROUP}", str(machine), "/usr/bin/env", "-i", *given, "/bin/sh", "-c", typed],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def has_price(port: int) -> bool:
    """Whether the page answers, with a price of now."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/dashboard", timeout=5) as page:
            page.read()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/dashboard/complete", timeout=5) as answer:
            document = json.load(answer)
    except (urllib.error.URLError, OSError):
        return False
    return bool(document["current"]["price"])


def demo(machine: Path, environment: dict[str, str], log: Path) -> None:
    """`scripts/demo` until its page has a price, then TERM: all of it has to be gone in time."""
    port = reserved_port(3)
    started = time.monotonic()
    process = start(machine, f"env PORT={port} scripts/demo", environment, log)
    while not has_price(port):
        if process.poll() is not None:
            raise BareError(f"scripts/demo ended with {process.returncode}:\n{tail(log)}")
        if time.monotonic() > started + DEMO_S:
            raise BareError(f"no page with a price within {DEMO_S:.0f} s:\n{tail(log)}")
        time.sleep(LOOK_EVERY_S)
    say(f"scripts/demo: first page with a price after {time.monotonic() - started:.0f} s")
    told = time.monotonic()
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        raise BareError(f"scripts/demo did not end within {STOP_S:.0f} s of TERM:\n{tail(log)}") from None
    left = processes()
    if left:
        raise BareError(f"scripts/demo ended and left {'; '.join(left)}")
    say(f"scripts/demo: all of it ended {time.monotonic() - told:.1f} s after TERM, with {process.returncode}")


def processes() -> list[str]:
    """Command lines of what runs as the user."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and folder.stat().st_uid == USER:
                found.append((folder / "cmdline").read_text().replace("\0", " ").strip() or folder.name)
        except OSError:  # it ended meanwhile
            continue
    return found


def suite_of_tests(machine: Path, environment: dict[str, str], log: Path, arguments: str) -> None:
    """`scripts/test`, to its last line."""
    started = time.monotonic()
    process = start(machine, f"scripts/test {arguments}".strip(), environment, log)
    try:
        process.wait(TEST_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise BareError(f"scripts/test was not done within {TEST_S:.0f} s:\n{tail(log)}") from None
    last = [line for line in log.read_text(errors="replace").splitlines() if line.strip()][-1:]
    say(f"scripts/test: {''.join(last)} ({time.monotonic() - started:.0f} s, exit {process.returncode})")
    if process.returncode:
        raise BareError(f"scripts/test ended with {process.returncode}:\n{tail(log, 200)}")


def as_process_1(work: Callable[[], int]) -> int:
    """Do the work in a child, and meanwhile what process 1 is there for: to bury whoever lost its parent."""
    child = os.fork()
    if child == 0:
        os._exit(work())
    while True:
        ended, status = os.wait()
        if ended == child:
            return os.waitstatus_to_exitcode(status)


def inside(given: argparse.Namespace, scratch: Path) -> int:
    """Everything that happens in the mounts of our own."""
    environment = dict(os.environ)
    machine = build(bare_root(given.suite, given.cache), scratch)
    furnish(machine, environment)
    version = (
        "import sys, sqlite3, platform as p; print('Python', p.python_version(), 'SQLite', sqlite3.sqlite_version, p.machine())"
    )
    told = subprocess.run(["chroot", str(machine), "python3", "-c", version], capture_output=True, text=True, check=True)
    say(f"{given.suite}: {told.stdout.strip()}, user {USER}, packages {PACKAGES} beside minbase")
    demo(machine, environment, given.logs / f"{given.suite}-demo.log")
    if not given.demo_only:
        suite_of_tests(machine, environment, given.logs / f"{given.suite}-test.log", " ".join(given.tests))
    return 0


def outside(given: argparse.Namespace, prog: str, module: str) -> int:
    """Starts itself again in mounts and processes of its own: when this ends, however it ends, they are gone."""
    if os.geteuid() != 0:
        raise BareError(f"{prog} makes a root file system and changes into it: run it as root")
    for program in ("debootstrap", "unshare", "chroot"):
        if shutil.which(program) is None:
            raise BareError(f"{program} is missing: scripts/setup-system brings it")
    given.cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    given.logs.mkdir(parents=True, exist_ok=True)
    scratch = given.cache / f"run-{os.getpid()}"
    scratch.mkdir(mode=0o755)
    given.cache.chmod(0o711)
    separate = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]
    again = [*separate, sys.executable, "-m", module, given.suite, *given.tests, "--inside", str(scratch)]
    again += ["--cache", str(given.cache), "--logs", str(given.logs), *(["--demo-only"] if given.demo_only else [])]
    process = subprocess.Popen(again, cwd=ROOT)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.kill())
    try:
        return process.wait()
    finally:
        shutil.rmtree(scratch)


def main(prog: str, suite: str, work: Callable[[argparse.Namespace, Path], int], module: str) -> int:
    """0 when everything was as the documents say; else 1, after saying what was not. `module` is the program that calls this."""
    parser = argparse.ArgumentParser(prog=prog, description=(sys.modules["__main__"].__doc__ or "").splitlines()[0])
    parser.add_argument("suite", nargs="?", default=suite, help=f"Debian's suite ({suite})")
    parser.add_argument("tests", nargs="*", help="only these tests")
    parser.add_argument("--demo-only", action="store_true", help="only scripts/demo")
    parser.add_argument("--cache", type=Path, default=CACHE, help=f"where bare roots are kept ({CACHE})")
    parser.add_argument("--logs", type=Path, default=CACHE / "logs", help="where the output of the commands goes")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()

    def tried(run: Callable[[], int]) -> int:
        try:
            return run()
        except BareError as error:
            say(f"{prog} {given.suite}: {error}")
            return 1

    if given.inside:
        return as_process_1(lambda: tried(lambda: work(given, given.inside)))
    return tried(lambda: outside(given, prog, module))


if __name__ == "__main__":
    sys.exit(main("scripts/try-bare", SUITE, inside, "bench.bare"))
