"""Small answers in the recorded shapes, written by hand."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


def body(name: str) -> bytes:
    """The bytes of a fixture, such as redata/spring_gap.json."""
    return (FIXTURES / name).read_bytes()


def payload(name: str) -> Any:
    """The JSON of a fixture."""
    return json.loads(body(name))


def utc(text: str) -> datetime:
    """2026-03-29T00:00 as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def omie_text(day: date, spain: list[float], portugal: float = 77.0) -> str:
    """A day file of OMIE."""
    rows = [f"{day:%Y;%m;%d};{i};{portugal:g};{price:g};" for i, price in enumerate(spain, start=1)]
    return "\r\n".join(["MARGINALPDBC;", *rows, "*", ""])
