"""The shift sheet: one page of A4 with what begins in each shift of a local day. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from domain.plan.plant import Plant
from domain.timeline import day_bounds
from routers.page.page import Page
from wording.localise import Lang


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


def sheet(page: Page, plan: Mapping[str, Any], plant: Plant, day: date, *, lang: Lang, nonce: str, simulated: bool) -> str:
    """The page."""
    f = page.wording.locale(lang)
    return page.templates.get_template("sheet.html").render(
        f=f,
        t=f.t,
        plan=plan,
        parts=parts_of(plan, plant, day),
        plant_name=plant.site.name if plant.site else "Chocolate Factory",
        day=day.isoformat(),
        next_day=(day + timedelta(days=1)).isoformat(),
        simulated=simulated,
        nonce=nonce,
        css=Markup(page.assets.sheet_css),  # noqa: S704  our own file, read at start
    )
