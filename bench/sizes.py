"""What a machine needs: `scripts/bench sizes [--days 7]`: memory of the service at work, and what it keeps on the disk.

Starts `scripts/demo` with data of its own, lets it fetch its whole history, train, and rehearse some days with their plans, and
looks each quarter of a second at the memory of the service and of its children (proportional set size, so that what they share is
counted once). The simulator is not counted.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from bench.demo import demonstration
from support.page_world import ROOT, settled

GIVE_UP_S = 3600.0
LOOK_S = 0.25
MB = 1_000_000


def main() -> None:
    """Print memory and disk, a line each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=7, help="rehearsed days")
    os.environ["DEMO_REHEARSAL_DAYS"] = str(parser.parse_args().days)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with demonstration(folder, None) as url, watched(folder) as memory:
            until(lambda: settled(json(url, "/ready")), "the history and the rehearsal")
            memory.newly("waiting")
            time.sleep(30)
            summary = json(url, "/gaps/summary")
        for phase, (service, together) in memory.most.items():
            print(f"memory, {phase}: service {service / MB:.0f} MB at most, with its children {together / MB:.0f} MB")
        days = max(days_of(series) for series in summary["series"])
        for what, size in disk(folder).items():
            print(f"disk, {what}: {size / MB:.1f} MB")
        print(f"history: {days} days; rehearsed: {os.environ['DEMO_REHEARSAL_DAYS']} days")


def json(url: str, path: str) -> Any:
    return httpx2.get(f"{url}{path}", timeout=120).json()


def until(done: Any, what: str) -> None:
    end = time.monotonic() + GIVE_UP_S
    while not done():
        if time.monotonic() > end:
            raise SystemExit(f"{what} took more than {GIVE_UP_S:.0f} s")
        time.sleep(1)


class Memory:
    """The most that was seen in each phase: of the service's first process, and of it and its children together [bytes]."""

    def __init__(self, folder: Path) -> None:
        self.most: dict[str, tuple[int, int]] = {}
        self._folder = folder
        self._phase = "at work: history, a training, plans"
        self.ended = threading.Event()

    def newly(self, phase: str) -> None:
        """What is seen from now on belongs to another phase."""
        self._phase = phase

    def look(self) -> None:
        """Until told to end."""
        while not self.ended.wait(LOOK_S):
            sizes = list(service_sizes(self._folder))
            if sizes:
                first, together = self.most.get(self._phase, (0, 0))
                self.most[self._phase] = max(first, sizes[0]), max(together, sum(sizes))


@contextmanager
def watched(folder: Path) -> Iterator[Memory]:
    """The memory of the service whose data are in a folder, looked at beside the block."""
    memory = Memory(folder)
    thread = threading.Thread(target=memory.look)
    thread.start()
    try:
        yield memory
    finally:
        memory.ended.set()
        thread.join()


def service_sizes(folder: Path) -> Iterator[int]:
    """Bytes of the service's processes, the first one first: those that have its environment, but shells and the simulator."""
    mark = f"DATA_DIR={folder / 'data'}".encode()
    for pid in sorted(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()):
        try:
            if mark not in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                continue
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            if any(word in command for word in (b"sh\0", b"attached.py", b"simulator\0")):
                continue
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8")
        except OSError:  # it has ended
            continue
        yield 1024 * int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])


def days_of(series: Mapping[str, Any]) -> int:
    """Days of the history of PVPC; none of another series."""
    return round(series["expected"] / 24) if series["tags"].get("market") == "pvpc" else 0


def disk(folder: Path) -> dict[str, int]:
    """Bytes of what is kept, and of the libraries that are installed beside the program."""
    found = {path.name: size(path) for path in sorted((folder / "data").glob("*.sqlite"))}
    libraries = folder / "venv"
    subprocess.run([sys.executable, "-I", "-S", "scripts/lib/venv.py", "requirements.lock", libraries], cwd=ROOT, check=True)
    return found | {name: size(folder / name) for name in ("models", "logs")} | {"libraries": size(libraries)}


def size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(each.lstat().st_size for each in path.rglob("*") if not each.is_dir())


if __name__ == "__main__":
    main()
