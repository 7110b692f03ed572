"""Every door of a running service, read while nothing changes."""

import csv
import io
import json
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2

MADRID = ZoneInfo("Europe/Madrid")
LANGS = ("es", "en")
BYS = ("day", "week", "month", "year")
TRIES = 6
CONTENT = ("current", "prices", "forecast", "week", "plan", "savings", "alerts", "recommendations", "failed")
"""Parts of the page that are compared."""
METRIC = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Asked:
    """Hours of the week that are asked for by POST: each is an answer of its own, so not all of them are."""

    every: int = 3
    first: int = 0


EVERY_THIRD = Asked()


class NotStillError(Exception):
    """The service went on changing while it was read."""


@dataclass(slots=True)
class Doors:
    """What each door said."""

    complete: Any = None
    plan: Any = None
    plan_csv: list[dict[str, str]] = field(default_factory=list)
    calendars: dict[str, str] = field(default_factory=dict)
    sheets: dict[tuple[str, str], str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    documents: dict[str, Any] = field(default_factory=dict)
    """JSON by the path that was asked for."""
    tables: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    classes: dict[str, Any] = field(default_factory=dict)
    metrics: dict[tuple[str, frozenset[tuple[str, str]]], float] = field(default_factory=dict)
    today: date = date.min

    def metric(self, name: str, **labels: str) -> float | None:
        """A figure of /metrics."""
        return self.metrics.get((name, frozenset(labels.items())))


JSON_DOORS = (
    "/dashboard/heatmap",
    "/dashboard/alerts",
    "/dashboard/recommendations",
    "/plan/wishes",
    "/floor",
    "/gaps/summary",
    "/gaps/detect",
    "/models/status",
    "/models/status-direct",
)
MAY_REFUSE = frozenset({404, 409, 503})
"""What a door answers that has nothing to tell yet; /ready tells with 503 too."""


async def read_still(client: httpx2.AsyncClient, asked: Asked = EVERY_THIRD) -> Doors:
    """All doors, from an interval in which nothing changed."""
    for _ in range(TRIES):
        before = await _mark(client)
        doors = await _read(client, asked)
        if await _mark(client) == before:
            return doors
    raise NotStillError(f"something changed during each of {TRIES} readings; is SIM_SPEED above 1?")


async def _mark(client: httpx2.AsyncClient) -> object:
    """What changes when anything does that is compared, but for the jobs: one of them may run every few seconds."""
    content = (await client.get("/dashboard/complete")).json()
    events = (await client.get("/floor/events")).json()["events"]
    return {name: content[name] for name in CONTENT}, content["late"], events


async def _json(client: httpx2.AsyncClient, path: str, body: Any = None) -> Any:
    answer = await (client.get(path) if body is None else client.post(path, json=body))
    if answer.status_code not in MAY_REFUSE:
        answer.raise_for_status()
    return answer.json() if answer.status_code == httpx2.codes.OK or path == "/ready" else None


async def _table(client: httpx2.AsyncClient, path: str) -> list[dict[str, str]]:
    answer = await client.get(path)
    if answer.status_code in MAY_REFUSE:
        return []
    answer.raise_for_status()
    return list(csv.DictReader(io.StringIO(answer.text)))


async def _text(client: httpx2.AsyncClient, path: str) -> str:
    answer = await client.get(path)
    answer.raise_for_status()
    return answer.text


async def _read(client: httpx2.AsyncClient, asked: Asked) -> Doors:
    doors = Doors()
    for path in JSON_DOORS:
        doors.documents[path] = await _json(client, path)
    doors.complete = await _json(client, "/dashboard/complete")
    doors.pages = {lang: await _text(client, f"/dashboard?lang={lang}") for lang in LANGS}
    doors.today = date.fromisoformat(doors.complete["prices"]["today"]["date"])
    await _read_plan(client, doors)
    await _read_prices(client, doors, asked)
    for by in BYS:
        doors.documents[f"/savings?by={by}"] = await _json(client, f"/savings?by={by}")
        doors.tables[f"/savings?by={by}"] = await _table(client, f"/savings?by={by}&format=csv")
    oldest = min((one["date"] for one in doors.documents["/savings?by=week"]["entries"]), default=doors.today.isoformat())
    doors.documents["days"] = await _json(client, f"/savings?by=day&from={_month(oldest)}")
    jobs = await _json(client, "/scheduler/status")
    doors.documents["/ready"] = await _json(client, "/ready")
    doors.metrics = {
        (name, frozenset(LABEL.findall(labels or ""))): float(value)
        for name, labels, value in METRIC.findall(await _text(client, "/metrics"))
    }
    later = {job["id"]: job for job in (await _json(client, "/scheduler/status"))["jobs"]}
    doors.documents["/scheduler/status"] = {"jobs": [job for job in jobs["jobs"] if job == later.get(job["id"])]}
    return doors


def _month(day: str) -> str:
    return f"{day[:7]}-01"


async def _read_plan(client: httpx2.AsyncClient, doors: Doors) -> None:
    doors.plan = await _json(client, "/optimize/production/current")
    if doors.plan is None:
        return
    doors.plan_csv = await _table(client, "/optimize/production/current.csv")
    doors.documents["by id"] = await _json(client, f"/optimize/production/{doors.plan['plan_id']}")
    days = sorted({_day(batch["start"]) for batch in doors.plan["batches"]})
    for lang in LANGS:
        doors.calendars[lang] = await _text(client, f"/optimize/production/current.ics?lang={lang}")
        for day in days:
            doors.sheets[lang, day] = await _text(client, f"/optimize/production/current.html?lang={lang}&date={day}")


async def _read_prices(client: httpx2.AsyncClient, doors: Doors, asked: Asked) -> None:
    tomorrow = doors.today + timedelta(days=1)
    span = f"from={doors.today}&to={tomorrow + timedelta(days=1)}"
    for market, minutes in (("pvpc", 60), ("spot", 60), ("spot", 15)):
        path = f"/prices?{span}&market={market}&resolution={minutes}"
        doors.documents[f"{market}/{minutes}"] = await _json(client, path)
        doors.tables[f"{market}/{minutes}"] = await _table(client, f"{path}&format=csv")
    doors.documents["weather"] = await _json(client, f"/weather?{span}")
    doors.tables["weather"] = await _table(client, f"/weather?{span}&format=csv")
    doors.documents["hourly"] = await _json(client, "/predict/prices/hourly?hours=168")
    doors.documents["weekly"] = await _json(client, "/predict/prices/weekly")
    for hour in ((doors.documents["hourly"] or {}).get("hours") or [])[asked.first :: asked.every]:
        at = hour["start"]
        doors.scores[at] = await _json(client, "/predict/energy-optimization", {"at": at})
        doors.classes[at] = await _json(client, "/predict/production-recommendation", {"at": at})


def _day(instant: str) -> str:
    return datetime.fromisoformat(instant).astimezone(MADRID).date().isoformat()


def embedded(page: str) -> Any:
    """The document that a page carries."""
    found = re.search(r'<script type="application/json" id="document"[^>]*>(.*?)</script>', page, re.DOTALL)
    return None if found is None else json.loads(found[1])
