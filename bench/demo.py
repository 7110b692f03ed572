"""From the demonstration's first start to a page without a gap: `scripts/bench demo [--keep FOLDER] [--at INSTANT]`.

Starts `scripts/demo` itself with data of its own on a free port and reads GET /dashboard/complete each second. Ends with an
error when a section is still empty after five minutes. FOLDER keeps the data, for `scripts/screenshots --keep FOLDER`.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from support.page_world import ROOT, SEED, settled

LIMIT_S = 300.0
GIVE_UP_S = 900.0
ADDRESS = re.compile(r"^level 1: (http://[^/]+)/", re.MULTILINE)
Document = Mapping[str, Any]


def _record(document: Document) -> Any:
    return ((document["forecast"] or {}).get("record") or {}).get("by_day_ahead")


def _trained(document: Document) -> bool:
    models = ((document["system"] or {}).get("models") or {}).get("models", {})
    return any(model["loaded"] for model in models.values())


SECTIONS: dict[str, Callable[[Document], Any]] = {
    "price now": lambda document: document["current"]["price"],
    "class now": lambda document: document["current"].get("class"),
    "what to do": lambda document: document["recommendations"],
    "today in euros": lambda document: _today(document),
    "today": lambda document: document["prices"]["today"]["slots"],
    "week": lambda document: document["week"],
    "plan": lambda document: (document["plan"] or {}).get("batches"),
    "forecast": lambda document: (document["forecast"] or {}).get("hours"),
    "record": _record,
    "weather": lambda document: (document["weather"] or {}).get("hours"),
    "savings": lambda document: (document["savings"] or {}).get("days"),
    "model trained": _trained,
    "whole history": lambda document: document["system"]["ingestion"]["state"] == "done",
}
"""What each section of the page needs. Alerts are not among them: a quiet day has none."""


def _today(document: Document) -> bool:
    days = (document["savings"] or {}).get("days") or []
    return any(day["date"] == document["prices"]["today"]["date"] for day in days)


def main() -> None:
    """Print when each section was first full, in seconds from the start of the script."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends its processes too
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--at", help="SIM_NOW: the instant that the simulated clock shows at the start; now, if left out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        with demonstration(options.keep or Path(folder), options.at) as url:
            report(f"answers at {url}", time.monotonic() - start)
            took = watch(url, start)
    if took > LIMIT_S:
        raise SystemExit(f"every section full after {took:.0f} s, more than {LIMIT_S:.0f} s")


def watch(url: str, start: float) -> float:
    """Follow the sections until all are full, the rehearsal is done and no job is at work; the seconds that it took."""
    empty = set(SECTIONS)
    while empty or not settled(httpx2.get(f"{url}/ready", timeout=60).json()):
        took = time.monotonic() - start
        if took > GIVE_UP_S:
            raise SystemExit(f"still empty after {took:.0f} s: {', '.join(sorted(empty))}")
        if empty:
            document = httpx2.get(f"{url}/dashboard/complete", timeout=60).json()
            for name in [name for name in SECTIONS if name in empty and SECTIONS[name](document)]:
                empty.discard(name)
                report(name, time.monotonic() - start)
        time.sleep(1)
    took = time.monotonic() - start
    report("every section full, the rehearsal done, no job at work", took)
    return took


@contextmanager
def demonstration(folder: Path, at: str | None) -> Iterator[str]:
    """`scripts/demo` in a folder, until the block ends; its address."""
    log = folder / "demo.log"
    folders = {f"DEMO_{name}_DIR": str(folder / path) for name, path in (("DATA", "data"), ("MODELS", "models"), ("LOG", "logs"))}
    environment = os.environ | folders | {"PORT": "0", "SIM_SEED": SEED} | ({"SIM_NOW": at} if at else {})
    folder.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as sink:
        process = subprocess.Popen([ROOT / "scripts" / "demo"], env=environment, stdout=sink, stderr=sink, start_new_session=True)
    try:
        yield address(log, process)
    finally:
        os.killpg(process.pid, 15)
        process.wait(60)


def address(log: Path, process: "subprocess.Popen[bytes]") -> str:
    """What the service says its address is, as soon as it answers."""
    while process.poll() is None:
        text = log.read_text("utf-8")
        if "startup complete" in text and (found := ADDRESS.search(text)):
            return found[1]
        time.sleep(0.05)
    raise SystemExit(f"scripts/demo ended: {log.read_text('utf-8')[-2000:]}")


def report(what: str, seconds: float) -> None:
    """One line, at once."""
    sys.stdout.write(f"{seconds:6.1f} s  {what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
