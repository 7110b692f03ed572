"""How to add a source, as docs/sources.md prints it: the blocks are made in a copy of the program, and its prices are asked for."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from domain.prices.expected import expected_starts
from domain.timeline import local_day
from support.process_service import ROOT, environment_for, served
from support.project_copy import checkout
from support.stack import until

SECTION = (ROOT / "docs/sources.md").read_text(encoding="utf-8").partition("### One, whole\n")[2]
SPOT = {"market": "spot", "resolution": "15"}
BLOCK = re.compile(r"^`(src/[^`]+)`|^```(python|diff)(?: (src/\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> Iterator[tuple[str, str, str]]:
    """File, kind and text of each block."""
    path = ""
    for named, kind, new, text in BLOCK.findall(SECTION):
        path = named or new or path
        if kind:
            yield path, kind, text


def made(folder: Path) -> list[str]:
    """Make the blocks in a copy of the program; the files that they are in."""
    for path, kind, text in blocks():
        file = folder / path
        if kind == "python":
            assert not file.exists()
            file.write_text(text, encoding="utf-8")
            continue
        lines = text.splitlines()
        old, new = ("\n".join(line[1:] for line in lines if line[:1] in signs) for signs in ((" ", "-", ""), (" ", "+", "")))
        before = file.read_text(encoding="utf-8")
        assert before.count(f"{old}\n") == 1, f"{path} does not have, or has twice:\n{old}"
        file.write_text(before.replace(old, new), encoding="utf-8")
    return sorted({path for path, _, _ in blocks()})


def price(day: date, index: int) -> float:
    return day.day + index / 100


class House(BaseHTTPRequestHandler):
    """The company's server: it has all days up to today, of another price each."""

    def do_GET(self) -> None:
        day = date.fromisoformat(self.path.removeprefix("/spot/").removesuffix(".json"))
        is_there = day <= local_day(datetime.now(UTC)) + timedelta(days=1)  # as in an afternoon, when tomorrow is asked for
        prices = [price(day, index) for index in range(len(expected_starts("spot", day)))]
        self.send_response(200 if is_there else 404)
        self.end_headers()
        self.wfile.write(json.dumps({"eur_mwh": prices}).encode() if is_there else b"")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def house() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), House)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.timeout(180)
def test_a_source_that_is_added_as_the_document_shows_is_asked_and_its_prices_are_served(tmp_path: Path) -> None:
    place = checkout(tmp_path / "program").folder
    assert len(made(place)) == 7
    today = local_day(datetime.now(UTC))
    with house() as address:
        given = environment_for(tmp_path / "kept", HOUSE_BASE_URL=address, HISTORY_START=str(today))
        with served(tmp_path / "kept", given, (str(place / "src/fastapi-app/main.py"),)) as running:
            asked = running.url("/prices")
            slots = until(lambda: httpx2.get(asked, params=SPOT, timeout=30).json()["slots"], 90, "a price of the new source")
            assert [slot["price_eur_kwh"] for slot in slots] == [
                pytest.approx(price(today, index) / 1000) for index in range(len(slots))
            ]
            assert {slot["source"] for slot in slots} == {"house"} and len(slots) >= 92
            told = httpx2.get(running.url("/ready"), timeout=30).json()["sources"]
            assert [source["state"] for source in told if source["source"] == "house"] == ["ok"]
            assert "our own server" in httpx2.get(running.url("/dashboard"), params={"lang": "en"}, timeout=30).text
