"""The plan at its doors, and its costs made again from the prices and the energy of its quarter-hours."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from commands.doors.book import At, Book, as_cell
from commands.doors.reading import MADRID, Doors

ESCAPED = re.compile(r"\\(.)")
"""A sign of a text in a calendar that would end it (RFC 5545, 3.3.11)."""
CENTS = 6e-5
"""Euros are rounded to a ten-thousandth."""
QUARTER = timedelta(minutes=15)
FOR_THE_PAGE = frozenset({"blocked", "changes", "prices", "quarters", "quarters_kwh", "text", "why", "action"})
"""What the page has more, or leaves out; sentences are compared where they are shown."""
COLUMNS = ("quality", "kg", "due")
STAGE_COLUMNS = ("stage", "unit", "start", "end", "released", "energy_kwh", "cost_eur")


def check_plan(book: Book, doors: Doors) -> None:
    """Every form of the plan, and every sum of it."""
    plan, current = At("/optimize/production/current", "", doors.plan), At("/dashboard/complete", "plan", doors.complete["plan"])
    if doors.plan is None or current.value is None:
        book.same(plan, current)
        return
    book.alike(plan, current, FOR_THE_PAGE)
    if doors.plan["complete"] or doors.documents["by id"] is not None:  # 202 while its reasons are still being found
        book.alike(plan, At("/optimize/production/ID", "", doors.documents["by id"]))
    _check_table(book, doors, plan)
    _check_calendars(book, doors, plan)
    _check_sheets(book, doors, plan)
    _check_costs(book, plan)
    _check_week(book, doors, plan)


def _check_table(book: Book, doors: Doors, plan: At) -> None:
    rows = {(row["batch_id"], row["stage"]): row for row in doors.plan_csv}
    stages = [(batch, stage) for batch in plan.value["batches"] for stage in batch["stages"]]
    door = "/optimize/production/current.csv"
    book.same(At(door, "rows", len(doors.plan_csv)), At(plan.door, "stages", len(stages)))
    for batch, stage in stages:
        name = f"{batch['id']} {stage['stage']}"
        row = rows.get((batch["id"], stage["stage"]), {})
        for column in (*COLUMNS, *STAGE_COLUMNS):
            told = (stage if column in STAGE_COLUMNS else batch)[column]
            book.same(At(door, f"{name} {column}", row.get(column)), At(plan.door, f"{name} {column}", as_cell(told)))
        kwh = [float(one) for one in row.get("quarters_kwh", "").split()]
        paid = [float(one) for one in row.get("quarters_eur_kwh", "").split()]
        cost = sum(one * price for one, price in zip(kwh, paid, strict=True))
        book.same(At(door, f"{name} quarters", cost), At(plan.door, f"{name} cost_eur", stage["cost_eur"]), CENTS)


def _check_calendars(book: Book, doors: Doors, plan: At) -> None:
    for lang, text in doors.calendars.items():
        door = f"/optimize/production/current.ics?lang={lang}"
        events = {event["UID"].rpartition("@")[0]: event for event in events_of(text)}
        book.same(At(door, "events", len(events)), At(plan.door, "batches", len(plan.value["batches"])))
        for batch in plan.value["batches"]:
            event = events.get(batch["id"], {})
            for name, key in (("DTSTART", "start"), ("DTEND", "end")):
                at = datetime.fromisoformat(batch[key]).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
                book.same(At(door, f"{batch['id']} {name}", event.get(name)), At(plan.door, f"{batch['id']} {key}", at))


def events_of(text: str) -> Iterator[dict[str, str]]:
    """The events of a calendar, each with its values by name: lines unfolded, signs that are escaped in texts as they are meant."""
    unfolded = text.replace("\r\n ", "").split("\r\n")
    event: dict[str, str] = {}
    for line in unfolded:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            event = {}
        elif line == "END:VEVENT":
            yield event
            event = {}
        else:
            event[name] = ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def _check_sheets(book: Book, doors: Doors, plan: At) -> None:
    """Each stage stands in the sheets as often as it does in the plan: the sheet of a day has the stages that begin on it."""
    for lang in {lang for lang, _ in doors.sheets}:
        pages = [html for (spoken, _), html in sorted(doors.sheets.items()) if spoken == lang]
        rows = [row for html in pages for row in re.findall(r"<tr>\s*<td>(.*?)</tr>", html, re.DOTALL)]
        first = {day for spoken, day in doors.sheets if spoken == lang}
        stages = [stage for batch in plan.value["batches"] for stage in batch["stages"] if _day(stage["start"]) in first]
        door = f"/optimize/production/current.html?lang={lang}"
        book.same(At(door, "rows", len(rows)), At(plan.door, "stages", len(stages)))
        told = sorted(match[1] for row in rows if (match := re.match(r"\s*(\d{2}:\d{2})", row)))
        begun = sorted(_clock(stage["start"]) for stage in stages)
        book.same(At(door, "begin", told), At(plan.door, "begin", begun))


def _check_costs(book: Book, plan: At) -> None:
    told = plan.value
    prices = told["prices"]
    start = datetime.fromisoformat(prices["start"])
    sums = {}
    for place, batches in (("batches", told["batches"]), ("baseline.batches", told["baseline"]["batches"] or [])):
        total = 0.0
        for batch in batches:
            for stage in batch["stages"]:
                first = (datetime.fromisoformat(stage["quarters"]["start"]) - start) // QUARTER
                kwh = stage["quarters"]["kwh"]
                paid = [price or 0.0 for price in prices["eur_kwh"][first : first + len(kwh)]]
                cost = sum(used * price for used, price in zip(kwh, paid, strict=True))
                where = f"{place} {batch['id']} {stage['stage']}"
                book.same(At("recomputed", where, cost), At(plan.door, f"{where} cost_eur", stage["cost_eur"]), CENTS)
                book.same(At("recomputed", where, sum(kwh)), At(plan.door, f"{where} energy_kwh", stage["energy_kwh"]), 6e-4)
                total += cost
        sums[place] = total
    base = told["base_load"]["quarters_kwh"]
    base_eur = sum(used * (price or 0.0) for used, price in zip(base, prices["eur_kwh"], strict=True))
    usual, saving = told["baseline_eur"], told["saving_eur"]
    _sum(book, plan["objective_eur"], sums["batches"] if told["batches"] else None)
    _sum(book, plan["base_load"]["cost_eur"], base_eur)
    if told["checks"] is not None:
        book.same(plan["checks"]["cost_eur"], plan["objective_eur"])
    if usual is not None:
        _sum(book, plan["baseline_eur"], sums["baseline.batches"])
    if saving is not None:
        _sum(book, plan["saving_eur"], usual - told["objective_eur"])
        _percent(book, plan["saving_percent"], saving, usual)
        _percent(book, plan["saving_percent_of_batches"], saving, usual)
        _percent(book, plan["saving_percent_with_base_load"], saving, usual + told["base_load"]["cost_eur"])
    if told["cost_eur"] is not None:
        spread = [told["cost_eur"][name] for name in ("p10", "p50", "p90")]
        book.same(plan["cost_eur"], At("in order", "", dict(zip(("p10", "p50", "p90"), sorted(spread), strict=True))))


def _sum(book: Book, told: At, again: float | None) -> None:
    book.same(told, At("recomputed", told.place, again), 4 * CENTS)


def _percent(book: Book, told: At, part: float, whole: float) -> None:
    if whole > 0:
        book.same(told, At("recomputed", f"{told.place} over {whole:.4f}", 100 * part / whole), 100 * 3 * CENTS / whole + 6e-4)


def _check_week(book: Book, doors: Doors, plan: At) -> None:
    """Published hours cost in the plan what they cost in the week."""
    week = doors.documents["/dashboard/heatmap"]
    if week is None:
        return
    prices = plan.value["prices"]
    start = datetime.fromisoformat(prices["start"])
    paid = {start + i * QUARTER: price for i, price in enumerate(prices["eur_kwh"])}
    for day in week["days"]:
        for hour in day["hours"]:
            at = datetime.fromisoformat(hour["start"])
            quarters = [at + i * QUARTER for i in range(4)]
            if hour["origin"] != "published" or not all(quarter in paid for quarter in quarters):
                continue
            mean = sum(paid[quarter] or 0.0 for quarter in quarters) / 4
            here = At("/dashboard/heatmap", f"{hour['start']} price_eur_kwh", hour["price_eur_kwh"])
            book.same(here, At(plan.door, "mean of its prices", mean), 2e-6)


def _day(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(MADRID).date().isoformat()


def _clock(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(MADRID).strftime("%H:%M")
