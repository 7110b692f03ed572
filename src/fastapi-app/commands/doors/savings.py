"""The savings at their doors, and what follows in them from something else."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from commands.doors.book import At, Book
from commands.doors.reading import BYS, Doors

ADDITIVE = (
    *("kg", "kwh", "plan_eur", "base_load_kwh", "base_load_eur", "spoiled_kwh", "spoiled_eur", "saving_eur", "baseline_eur"),
    *("production_days",),
)
"""Figures whose days sum to weeks, months and years (docs/savings.md)."""
ROUNDED = 6e-5
COLUMNS = ("span", "date", "last", "closed", *ADDITIVE, "perfect_eur", "saving_percent", "captured_percent", "possible_gap_percent")
Entry = Mapping[str, Any]


def check_savings(book: Book, doors: Doors) -> None:
    """JSON, CSV and page; differences, percentages and sums of what they hold."""
    days = doors.documents["days"]["entries"]
    for by in BYS:
        door = f"/savings?by={by}"
        entries = doors.documents[door]["entries"]
        told = [At(door, f"{entry['date']}", entry) for entry in entries]
        book.rows(At(f"{door}&format=csv", "", doors.tables[door]), At(door, "entries", entries), COLUMNS)
        for entry in told:
            _check_entry(book, entry)
            if by != "day":
                _check_sum(book, entry, days)
            if by == "week":
                monday = date.fromisoformat(entry.value["date"])
                book.same(entry["date"], At("its Monday", "", str(monday - timedelta(days=monday.weekday()))))
    _check_page(book, doors)


def _check_page(book: Book, doors: Doors) -> None:
    block = doors.complete["savings"]
    if block is None:
        return
    by_day = {entry["date"]: entry for entry in doors.documents["days"]["entries"]}
    for entry in block["days"]:
        book.alike(
            At("/dashboard/complete", f"savings.days {entry['date']}", entry),
            At("/savings", entry["date"], by_day.get(entry["date"])),
        )
    months = {entry["month"]: entry for entry in doors.documents["/savings?by=month"]["entries"]}
    for entry in block["months"]:
        if entry["month"] in months:
            here = At("/dashboard/complete", f"savings.months {entry['month']}", entry)
            book.alike(here, At("/savings?by=month", entry["month"], months[entry["month"]]))


def _check_entry(book: Book, entry: At) -> None:
    told = entry.value
    plan, usual, saving, perfect = (told[name] for name in ("plan_eur", "baseline_eur", "saving_eur", "perfect_eur"))
    if plan is None:
        return
    compared = usual is not None and not told.get("days_not_compared")
    rounded = ROUNDED * (_days(told) if told["span"] != "day" else 1)
    if compared:
        _again(book, entry["saving_eur"], usual - plan, 4 * rounded)
    if saving is not None and usual is not None and usual > 0:
        within = 100 * 3 * rounded / usual + ROUNDED
        _again(book, entry["saving_percent"], 100 * saving / usual, within)
        _again(book, entry["saving_percent_with_base_load"], 100 * saving / usual, within)
        batches = usual - told["base_load_eur"]
        if batches > 1:
            _again(book, entry["saving_percent_of_batches"], 100 * saving / batches, 100 * 4 * rounded / batches + ROUNDED)
    if perfect is not None:
        _again(book, entry["forecast_error_eur"], plan - perfect - told["limits_eur"], 4 * rounded)
        if compared and usual - perfect > 1:
            captured = 100 * saving / (usual - perfect)
            _again(
                book, entry["captured_percent"], captured, 100 * (3 + 3 * abs(captured) / 100) * rounded / (usual - perfect) + 1e-4
            )
        book.holds(entry["perfect_eur"], entry["plan_eur"], true=perfect <= plan + max(0.0, told["spoiled_eur"]) + 0.01)


def _days(entry: Entry) -> int:
    """How many days a sum has, each rounded by itself."""
    return (date.fromisoformat(entry["last"]) - date.fromisoformat(entry.get("since") or entry["date"])).days + 1


def _again(book: Book, told: At, value: float, within: float) -> None:
    book.same(told, At("recomputed", told.place, value), within)


def _check_sum(book: Book, entry: At, days: Sequence[Entry]) -> None:
    """A week, a month or a year is the sum of its days, the base load of days without a batch among them."""
    told = entry.value
    mine = [
        day for day in days if (told.get("since") or told["date"]) <= day["date"] <= told["last"] and day["plan_eur"] is not None
    ]
    if not mine or told["plan_eur"] is None or mine[0]["date"] > (told.get("since") or told["date"]):
        return
    for name in ADDITIVE:
        parts = [day[name] for day in mine if day[name] is not None]
        if told[name] is not None or parts:
            book.same(
                entry[name], At("/savings?by=day", f"sum of {name} of {len(mine)} days", sum(parts)), ROUNDED * (len(mine) + 2)
            )
