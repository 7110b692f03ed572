"""Logs: where a line goes, what it holds, how files turn over, and that no secret is in any of them."""

import json
import logging
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.runtime import logs
from adapters.runtime.logs import HIDDEN, Redactor

SECRET = "s3cr3t/with+odd&signs="


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Generator[Path]:
    root = logging.getLogger()
    level = root.level
    logs.set_up(tmp_path, [SECRET], at, most_bytes=20_000)
    yield tmp_path
    logs.tear_down()
    root.setLevel(level)


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.log").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", ["scheduler", "data_ingestion", "ml_training"])
def test_each_subject_has_its_file_and_the_rest_is_the_application(folder: Path, name: str) -> None:
    logging.getLogger(name).info("one %d", 1)
    logging.getLogger("adapters.sources.chain").warning("elsewhere")
    (line,) = lines(folder, name)
    assert (line["level"], line["logger"], line["message"]) == ("INFO", name, "one 1")
    assert datetime.fromisoformat(line["time"]).utcoffset() is not None
    assert [each["message"] for each in lines(folder, "application")] == ["elsewhere"]


def test_a_line_stays_one_line_and_an_exception_is_in_it(folder: Path) -> None:
    try:
        raise ValueError(f"two\nlines and {SECRET}")
    except ValueError:
        logging.getLogger("application").exception("failed\nhere")
    (line,) = lines(folder, "application")
    assert line["message"] == "failed\nhere"
    assert "ValueError: two" in line["exception"]
    assert SECRET not in line["exception"]


def test_the_number_of_the_request_is_in_its_lines_only(folder: Path) -> None:
    token = logs.request_id.set("abc123")
    logging.getLogger("application").info("inside")
    logs.request_id.reset(token)
    logging.getLogger("application").info("outside")
    assert [line.get("request_id") for line in lines(folder, "application")] == ["abc123", None]


def test_files_turn_over_by_size_and_the_oldest_go(folder: Path) -> None:
    for number in range(2000):
        logging.getLogger("scheduler").info("number=%d %s", number, "x" * 100)
    kept = sorted(path.name for path in folder.glob("scheduler.log*"))
    assert kept == ["scheduler.log", *(f"scheduler.log.{n}" for n in range(1, logs.KEPT_FILES + 1))]
    assert all(path.stat().st_size <= 20_000 for path in folder.glob("scheduler.log*"))
    newest = lines(folder, "scheduler")[-1]
    assert newest["message"].startswith("number=1999 ")


def test_the_console_is_plain_and_nobody_can_forge_a_line_of_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(folder, [SECRET], at)  # again, so that the handler takes the captured stream
    logging.getLogger("application").warning("path=%s", "/a\n2026-01-01 00:00:00,000 INFO    application: all is well\x1b[2J")
    logging.getLogger("application.access").info("method=GET")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(r"WARNING application: path=/a\n2026-01-01 00:00:00,000 INFO    application: all is well\x1b[2J")


@pytest.mark.parametrize(
    "text",
    [
        "GET https://api/x?appid={}&lat=1",
        "GET https://api/x?lat=1&api_key={}",
        "x-api-token: {}",
        '{{"api_key": "{}"}}',
        "{{'token': '{}'}}",
        "Authorization: Bearer {}",
        "Authorization: Token token={}",
        'Authorization: Token token="{}"',
        "headers={{'authorization': 'Bearer {}'}}",
        "API_TOKEN={}",
        "INFLUXDB_ADMIN_PASSWORD={} set",
        "api_key%3D{}",
    ],
)
def test_what_stands_behind_a_telling_name_is_hidden_though_nobody_told_its_value(text: str) -> None:
    value = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIi"
    hidden = Redactor([])(text.format(value))
    assert value not in hidden
    assert HIDDEN in hidden


def test_plain_text_is_left_alone() -> None:
    text = "prices_fetched market=pvpc start=2026-03-20T00:00:00+00:00 provider=redata slots=24 written=24"
    assert Redactor([SECRET])(text) == text


@given(st.text(st.characters(codec="utf-8", min_codepoint=33), min_size=8, max_size=40), st.text(max_size=20))
def test_a_known_secret_is_hidden_however_it_is_written(secret: str, around: str) -> None:
    redact = Redactor([secret])
    forms = [
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        urlencode({"q": secret}),
        json.dumps(secret),
        repr(secret),
    ]
    for form in forms:
        hidden = redact(f"{around} {form} {around}")
        assert all(each not in hidden.replace(around, "") for each in (secret, quote(secret, safe="")))
