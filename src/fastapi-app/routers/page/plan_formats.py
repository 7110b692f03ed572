"""The plan in other forms: CSV for a spreadsheet, iCalendar (RFC 5545) for a calendar that subscribes. Pure."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from wording.cells import unsigned
from wording.localise import Locale, decimals_of

COLUMNS = ("batch_id", "quality", "kg", "due", "stage", "unit", "start", "end", "released", "energy_kwh", "cost_eur")
QUARTERS = ("quarters_start", "quarters_kwh", "quarters_eur_kwh")
"""Energy and price of each quarter-hour of a stage, with a space between them."""
LONGEST_LINE = 75
"""Octets of a line of iCalendar, without its end."""
REFRESH = "PT15M"


def as_csv(plan: Mapping[str, Any]) -> str:
    """One row a stage, in order of start."""
    text = io.StringIO()
    writer = csv.DictWriter(text, (*COLUMNS, *QUARTERS), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    rows = [
        {**batch, **stage, **_quarters(plan["prices"], stage["quarters"]), "batch_id": batch["id"]}
        for batch in plan["batches"]
        for stage in batch["stages"]
    ]
    writer.writerows(unsigned(row) for row in sorted(rows, key=lambda row: (row["start"], row["batch_id"])))
    return text.getvalue()


def _quarters(prices: Mapping[str, Any], quarters: Mapping[str, Any]) -> dict[str, str]:
    since = datetime.fromisoformat(quarters["start"]) - datetime.fromisoformat(prices["start"])
    first = since // timedelta(minutes=prices["minutes"])
    paid = prices["eur_kwh"][first : first + len(quarters["kwh"])]
    told = (quarters["start"], " ".join(map(str, quarters["kwh"])), " ".join("" if price is None else str(price) for price in paid))
    return dict(zip(QUARTERS, told, strict=True))


def as_ics(plan: Mapping[str, Any], f: Locale) -> str:
    """One event a batch; its identity lasts from plan to plan, so that a moved batch moves in the calendar."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Chocolate Factory//Plan//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(f.t('sheet.title'))}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
        *(line for batch in plan["batches"] for line in _event(plan, batch, f)),
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event(plan: Mapping[str, Any], batch: Mapping[str, Any], f: Locale) -> Iterator[str]:
    stages = [
        f"{f.machine(stage['stage'], stage.get('machine'))}: {f.span(stage['start'], stage['end'])}" for stage in batch["stages"]
    ]
    why = [f.said(batch["why"])] if batch["why"] else []
    summary = f.t("sheet.event", batch=f.batch(batch), amount=f.with_unit(batch["kg"], "kg", decimals_of(batch["kg"])))
    yield "BEGIN:VEVENT"
    yield f"UID:{_escaped(batch['id'])}@chocolate-factory"
    yield f"DTSTAMP:{_utc(plan['as_of'])}"
    yield f"DTSTART:{_utc(batch['start'])}"
    yield f"DTEND:{_utc(batch['end'])}"
    yield f"SUMMARY:{_escaped(summary)}"
    yield f"DESCRIPTION:{_escaped(chr(10).join([*stages, *why]))}"
    yield "END:VEVENT"


def _utc(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> Iterator[str]:
    """A line in pieces of at most 75 octets; those that go on begin with a space. No character is torn."""
    piece = ""
    for character in line:
        if len((piece + character).encode()) > LONGEST_LINE:
            yield piece
            piece = " "
        piece += character
    yield piece
