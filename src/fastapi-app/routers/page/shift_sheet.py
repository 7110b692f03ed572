"""The shift sheet: one page of A4 with what begins in each shift of a local day. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from itertools import pairwise
from typing import Any

from domain.plan.plant import Plant
from domain.timeline import day_bounds
from routers.page.sheet_texts import say
from wording.localise import Locale

CSS = """
@page { size: A4; margin: 14mm }
body { font: 10.5pt/1.35 system-ui, sans-serif; color: #111; margin: 0 auto; max-width: 182mm }
h1 { font-size: 16pt; margin: 0 0 2mm } h2 { font-size: 12pt; margin: 5mm 0 1mm }
p { margin: 0 0 2mm } table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 0.3mm solid #bbb; padding: 0.8mm 2mm; text-align: left; vertical-align: top }
td.num, th.num { text-align: right; font-variant-numeric: tabular-nums } td.box { width: 22mm }
thead { background: #f1efec } tr { break-inside: avoid }
.small { color: #555; font-size: 8.5pt } .simulated { font-weight: bold; border: 0.5mm solid; padding: 1mm 3mm }
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the day, and the stages that begin in it, with their batch."""

    start: datetime
    end: datetime
    staffed: bool
    rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]


def parts_of(plan: Mapping[str, Any], plant: Plant, day: date) -> list[Part]:
    """Shifts of a local day, and the stretches between them, in order; stretches in which nothing begins are left out."""
    first, last = day_bounds(day, plant.tz)
    edges = {first, last}
    for shift in plant.shifts:
        for clock in (shift.start, shift.end) if day.weekday() in shift.weekdays else ():
            edges.add(datetime.combine(day, clock, plant.tz).astimezone(first.tzinfo))
    bounds = sorted(edge for edge in edges if first <= edge <= last)
    stages = [(batch, stage) for batch in plan["batches"] for stage in batch["stages"]]
    stages.sort(key=lambda row: (row[1]["start"], row[0]["id"]))
    parts = []
    for start, end in pairwise(bounds):
        rows = [row for row in stages if start <= datetime.fromisoformat(row[1]["start"]) < end]
        staffed = plant.is_staffed(start)
        if rows or staffed:
            parts.append(Part(start, end, staffed, rows))
    return parts


def sheet(plan: Mapping[str, Any], plant: Plant, day: date, f: Locale, *, nonce: str, simulated: bool) -> str:
    """The page. Every value is escaped."""
    name = plant.site.name if plant.site else "Chocolate Factory"
    body = "".join(_part(part, f) for part in parts_of(plan, plant, day)) or f"<p>{escape(say(f, 'nothing'))}</p>"
    other = day + timedelta(days=1)
    mark = f'<p class="simulated">{escape(say(f, "simulated"))}</p>' if simulated else ""
    made = say(f, "made", plan=plan["plan_id"][:12], at=f.moment(plan["as_of"]), cost=f.euros(plan["objective_eur"]))
    return (
        f'<!doctype html><html lang="{f.lang}"><head><meta charset="utf-8"><title>{escape(say(f, "title"))} · {day}</title>'
        f'<meta name="viewport" content="width=device-width"><style nonce="{nonce}">{CSS}</style></head><body>'
        f"<h1>{escape(say(f, 'title'))} · {escape(f.day(day.isoformat()))}</h1><p>{escape(name)}</p>{mark}{body}"
        f'<p class="small">{escape(made)} · {escape(say(f, "next", day=other.isoformat()))}</p></body></html>'
    )


def _part(part: Part, f: Locale) -> str:
    title = say(f, "shift" if part.staffed else "unattended", span=f.span(part.start.isoformat(), part.end.isoformat()))
    names = ("hours", "stage", "machine", "batch", "quality", "kg", "done")
    head = "".join(f"<th>{escape(say(f, name))}</th>" for name in names)
    rows = "".join(_row(batch, stage, f) for batch, stage in part.rows)
    table = (
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        if part.rows
        else f"<p>{escape(say(f, 'nothing'))}</p>"
    )
    return f"<h2>{escape(title)}</h2>{table}"


def _row(batch: Mapping[str, Any], stage: Mapping[str, Any], f: Locale) -> str:
    hold = say(f, "hold", hour=f.hour(stage["released"])) if stage["released"] != stage["end"] else ""
    cells = (
        f"{f.span(stage['start'], stage['end'])} {hold}".strip(),
        f.word("stage", stage["stage"]),
        machine_name(stage["unit"], f),
        batch["id"],
        f.word("quality", batch["quality"]),
        f.number(batch["kg"]),
    )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + '<td class="box"></td></tr>'


def machine_name(unit: str, f: Locale) -> str:
    """`conching-2` as `Conching 2`."""
    stage, _, number = unit.rpartition("-")
    return f"{f.word('stage', stage)} {number}" if stage and number.isdigit() else f.word("stage", unit)
