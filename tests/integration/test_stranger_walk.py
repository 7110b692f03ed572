"""A stranger's walk through README and what it links, as the commands stand there: check the plant, import a year, run, plan,
back up, move to another machine; and before it, clone and install. Bare systems: `scripts/try-bare`; a source of one's own:
test_source_added.py.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from domain.timeline import HOUR, day_bounds, local_day
from support.process_service import NOWHERE, ROOT
from support.project_copy import Checkout, checkout
from support.requires import missing, require

SOURCES = {f"{name}_BASE_URL": NOWHERE for name in ("REE", "ESIOS", "OMIE", "AEMET", "OPENWEATHERMAP")}
DAYS = 365
PATIENCE_S = 150.0


def documented(line: str, document: str) -> str:
    """A line that is typed, which begins as it stands in the document."""
    text = (ROOT / document).read_text(encoding="utf-8")
    assert line.split()[0] in text, f"{line.split()[0]} is not in {document}"
    return line


def year_of_prices(file: Path, last: date) -> int:
    """Hours of both markets up to a day, in the layout of docs/import.md; how many."""
    start, end = day_bounds(last - timedelta(days=DAYS - 1))[0], day_bounds(last)[1]
    hours = [start + n * HOUR for n in range((end - start) // HOUR)]
    dear = [hour.hour in (19, 20, 21) for hour in hours]
    rows = [f"{hour.isoformat()},{50 + 30 * more},{120 + 40 * more}" for hour, more in zip(hours, dear, strict=True)]
    file.write_text("\n".join(["utc,omie_es,pvpc_pcb", *rows]) + "\n", encoding="utf-8")
    return len(hours)


@contextmanager
def running(place: Checkout) -> Iterator[str]:
    """`scripts/run` until the block ends: the address of the first door."""
    output = place.folder / "output.log"
    given = {"PATH": os.environ["PATH"], "VENV": f"{place.folder}-venv", **place.environment}
    with output.open("wb") as sink:
        words = ["sh", documented("scripts/run", "README.md")]
        process = subprocess.Popen(words, cwd=place.folder, env=given, stdout=sink, stderr=sink, start_new_session=True)
    try:
        yield until(lambda: found(output, process), "the service does not start")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def found(output: Path, process: "subprocess.Popen[bytes]") -> str | None:
    text = output.read_text(encoding="utf-8")
    assert process.poll() is None, text
    address = re.search(r"^level 1: (http://[^/\s]+)", text, re.MULTILINE)
    return address[1] if address and "startup complete" in text else None


def until(ask: Callable[[], str | None], what: str) -> str:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.2)
    raise AssertionError(what)


def planned(address: str) -> str | None:
    """The batches of the plan in force, as text; None while there is none."""
    answer = httpx2.get(f"{address}/optimize/production/current", timeout=30)
    return " ".join(batch["id"] for batch in answer.json()["batches"]) if answer.status_code == 200 else None


@pytest.mark.timeout(1200)
def test_a_clone_installs_itself_as_printed_and_starts(tmp_path: Path) -> None:
    """From a file of `git bundle`, which is an address as well. The index of packages is the real one."""
    git, place = require("git"), tmp_path / "place"
    bundle = str(tmp_path / "program.bundle")
    subprocess.run([git, "-C", ROOT, "bundle", "create", "--quiet", bundle, "HEAD"], check=True)
    assert "git clone ADDRESS" in (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    subprocess.run([git, "clone", "--quiet", bundle, place], check=True)
    asked = subprocess.run([git, "-C", place, "remote", "get-url", "origin"], capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == bundle

    given = {
        "PATH": os.environ["PATH"],
        "ENV_FILE": "",
        **{name: os.environ[name] for name in os.environ if name.startswith("PIP_")},
    }
    line = ["sh", documented("scripts/check-config", "README.md")]
    first, again = (subprocess.run(line, cwd=place, env=given, capture_output=True, text=True, check=False) for _ in range(2))
    if "No matching distribution" in first.stderr:
        missing("there is no index of packages")
    assert (first.returncode, "well-formed" in first.stdout) == (0, True), first.stderr
    assert "Preparing" in first.stderr and again.stderr == ""

    settings = {"ENV_FILE": "", "PORT": "0", "ENVIRONMENT": "development", "LISTEN_LEVELS": "1", **SOURCES}
    with running(Checkout(place, {**settings, "VENV": str(place / ".venv")})) as address:
        assert httpx2.get(f"{address}/version", timeout=30).json()["known_from"] == "checkout"


@pytest.mark.timeout(600)
def test_from_a_new_checkout_to_a_plan_and_on_to_another_machine(tmp_path: Path) -> None:
    settings = {"ENV_FILE": "", "PORT": "0", "ENVIRONMENT": "development", "LISTEN_LEVELS": "1", **SOURCES}
    first = checkout(tmp_path / "first", **settings, HISTORY_START=str(local_day(datetime.now(UTC)) - timedelta(days=DAYS - 1)))
    checked = first.typed(documented("scripts/check-config", "README.md"))
    assert (checked.returncode, "well-formed" in checked.stdout) == (0, True), checked.stdout + checked.stderr

    today = local_day(datetime.now(UTC))
    count = year_of_prices(first.folder / "prices.csv", today)
    brought = first.typed(documented("scripts/import prices.csv", "docs/import.md"))
    assert brought.returncode == 0, brought.stdout + brought.stderr
    assert f"{count:,} stored" in brought.stdout

    with running(first) as address:
        batches = until(lambda: planned(address), "there is no plan")
        document = httpx2.get(f"{address}/dashboard/complete", timeout=30).json()
        before = httpx2.get(f"{address}/prices", params={"date": str(today), "market": "spot"}, timeout=30).json()["slots"]
        assert document["plant"]["price_basis"] == "indexed" and len(before) >= 23
        kept = first.typed(documented("scripts/backup --to ../kept", "docs/operations.md"))
        assert kept.returncode == 0, kept.stdout + kept.stderr
    (archive,) = (tmp_path / "kept").glob("*.tar.gz")

    second = checkout(tmp_path / "second", **settings, HISTORY_START=first.environment["HISTORY_START"])
    moved = second.typed(documented(f"scripts/restore {archive} --trust", "docs/operations.md"))
    assert moved.returncode == 0, moved.stdout + moved.stderr
    with running(second) as address:
        after = httpx2.get(f"{address}/prices", params={"date": str(today), "market": "spot"}, timeout=30).json()["slots"]
        assert after == before
        assert set(until(lambda: planned(address), "there is no plan").split()) & set(batches.split())
