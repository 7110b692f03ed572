"""REData of REE: real-time market prices, without a token."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from domain.timeline import MADRID
from simulator.points import Point, between, hourly, local_text, spot_as_traded, stamp_text
from simulator.publication import QUARTERS_SINCE, Publisher
from simulator.state import Simulation
from simulator.wire import firewall

LONGEST = timedelta(days=28)
"""Hourly ranges up to here work; about a month does not. The border is not published: this is the cautious side of it."""

NO_DATA = {
    "status": "400",
    "title": "Error Interno",
    "detail": "Los datos solicitados no están disponibles en este momento. Inténtelo de nuevo más tarde.",
}


@dataclass(frozen=True, slots=True)
class Query:
    """A valid question: Madrid time, both ends included."""

    start: datetime
    last: datetime
    trunc: str
    with_spot: bool


def routes(simulation: Simulation) -> list[Route]:
    """The routes, to be mounted under the service's base address."""

    async def prices(request: Request) -> Response:
        refused = firewall(request)
        if refused:
            return refused
        if request.path_params["widget"] != "precios-mercados-tiempo-real" or request.path_params["category"] != "mercados":
            return HTMLResponse("<!DOCTYPE html><html><head><title>An Error Occurred</title></head></html>", 500)
        query = parse_query(dict(request.query_params))
        answer = query and answer_of(simulation.publisher, query, request.path_params["lang"])
        return _json(answer) if answer else _json({"errors": [NO_DATA]}, 400)

    return [Route("/{lang:str}/datos/{category:str}/{widget:str}", prices)]


def parse_query(params: dict[str, str]) -> Query | None:
    """The question, or None for what the service cannot answer; it does not say why."""
    try:
        start, last = _local(params["start_date"]), _local(params["end_date"])
    except (KeyError, ValueError):
        return None
    trunc = params.get("time_trunc", "")
    if last < start or trunc not in ("hour", "day") or (trunc == "hour" and last - start > LONGEST):
        return None
    if params.get("geo_limit", "peninsular") != "peninsular" or ("geo_trunc" in params and "geo_limit" not in params):
        return None
    return Query(start, last, trunc, with_spot="geo_ids" not in params)


def _local(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=MADRID)


def answer_of(publisher: Publisher, query: Query, language: str) -> dict[str, Any] | None:
    """The answer, or None when nothing of it is published."""
    series = []
    for what, series_id in (("pvpc", "1001"), ("spot", "600")):
        days = publisher.days(what, query.start.date(), query.last.date())
        points = between(_points(publisher, what, days), query.start, query.last)
        if points and (what == "pvpc" or query.with_spot):
            series.append((series_id, what, days, points if query.trunc == "hour" else _day_means(points)))
    if not series:
        return None
    updates = [publisher.last_update(what, max(days)) for _, what, days, _ in series]
    shares = _totals([points for *_, points in series])
    return {
        "data": {
            "type": "Precios mercado peninsular en tiempo real",
            "id": "mer13",
            "attributes": {
                "title": "Precios mercado peninsular en tiempo real",
                "last-update": stamp_text(max(updates)),
                "description": None,
            },
            "meta": {"cache-control": {"cache": "MISS"}},
        },
        "included": [
            _included(series_id, _title(series_id, language, days[-1]), stamp_text(update), points, shares)
            for (series_id, _, days, points), update in zip(series, updates, strict=True)
        ],
    }


def _points(publisher: Publisher, what: str, days: list[date]) -> list[Point]:
    return hourly(publisher, "PCB", "pvpc", days) if what == "pvpc" else spot_as_traded(publisher, days)


def _title(series_id: str, language: str, last_day: date) -> str:
    """Titles changed over the years and with the language: clients must not rely on them."""
    unit = "" if last_day >= QUARTERS_SINCE else " (€/MWh)"
    if series_id == "1001":
        return f"PVPC{unit}"
    return f"{'Spot market price' if language == 'en' else 'Precio mercado spot'}{unit}"


def _included(series_id: str, title: str, update: str, points: list[Point], totals: dict[int, float]) -> dict[str, Any]:
    return {
        "type": title,
        "id": series_id,
        "groupId": None,
        "attributes": {
            "title": title,
            "description": None,
            "color": {"1001": "#ffcf09", "600": "#e48500"}[series_id],
            "type": None,
            "magnitude": "price",
            "composite": False,
            "last-update": update,
            "values": [
                {"value": point.value, "percentage": _share(point, totals), "datetime": local_text(point.start)} for point in points
            ],
        },
    }


def _totals(series: list[list[Point]]) -> dict[int, float]:
    totals: dict[int, float] = {}
    for points in series:
        for point in points:
            totals[point.start] = totals.get(point.start, 0.0) + abs(point.value)
    return totals


def _share(point: Point, totals: dict[int, float]) -> float:
    total = totals[point.start]
    return point.value / total if total else 0.0


def _day_means(points: list[Point]) -> list[Point]:
    by_day: dict[date, list[Point]] = {}
    for point in points:
        by_day.setdefault(datetime.fromtimestamp(point.start, MADRID).date(), []).append(point)
    return [Point(same[0].start, round(sum(point.value for point in same) / len(same), 2)) for same in by_day.values()]


def _json(content: object, status: int = 200) -> Response:
    text = json.dumps(content, separators=(",", ":")).replace("/", "\\/")
    return Response(text, status, {"Access-Control-Allow-Origin": "*"}, media_type="application/json")
