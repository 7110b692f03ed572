"""ESIOS of REE: indicators, which need a token."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from domain.timeline import MADRID, days_between, local_day
from simulator.indicators import INDICATORS, Indicator
from simulator.points import Point, between, local_text, stamp_text, utc_text
from simulator.state import Simulation
from simulator.wire import firewall

LONGEST = timedelta(days=190)
"""Longer ranges run into the gateway's time-out."""
WRONG_UTC_UNTIL = date(2022, 1, 1)
"""Until then `datetime_utc` was wrong in the repeated autumn hour."""


def routes(simulation: Simulation) -> list[Route]:
    """The routes, to be mounted under the service's base address."""

    async def indicator(request: Request) -> Response:
        refused = firewall(request) or _check_token(request)
        if refused:
            return refused
        known = INDICATORS.get(request.path_params["indicator"])
        if known is None:
            return JSONResponse({"status": 404, "error": "Not Found"}, 404)
        try:
            start, last = _range(request, simulation.now())
        except ValueError:
            return JSONResponse({"errors": [{"title": "Invalid date"}]}, 400)
        if last - start > LONGEST:
            return HTMLResponse("<html><head><title>504 Gateway Time-out</title></head></html>", 504)
        return JSONResponse(_answer(simulation, request, known, start, last), media_type="application/json; charset=utf-8")

    return [Route("/indicators/{indicator:int}", indicator)]


def _check_token(request: Request) -> Response | None:
    """REE accepts the header x-api-key, and the older Authorization. The token `invalid` is refused, as is none at all."""
    token = request.headers.get("x-api-key") or request.headers.get("authorization", "").partition("token=")[2].strip('"')
    return PlainTextResponse("HTTP Token: Access denied.\n", 401) if token in ("", "invalid") else None


def _range(request: Request, now: datetime) -> tuple[datetime, datetime]:
    """Both ends included; today when nothing is said. A naive time is Madrid's, a bare end date means its last minute."""
    today = local_day(now).isoformat()
    start = _instant(request.query_params.get("start_date", today), time.min)
    return start, _instant(request.query_params.get("end_date", today), time(23, 59))


def _instant(text: str, at: time) -> datetime:
    instant = datetime.fromisoformat(text) if "T" in text else datetime.combine(date.fromisoformat(text), at)
    return (instant if instant.tzinfo else instant.replace(tzinfo=MADRID)).astimezone(UTC)


def _answer(simulation: Simulation, request: Request, known: Indicator, start: datetime, last: datetime) -> dict[str, Any]:
    publisher = simulation.publisher
    wanted = {int(geo) for geo in request.query_params.getlist("geo_ids[]") if geo.isdigit()}
    first, final = local_day(start), local_day(last)
    days = publisher.days(known.what, first, final) if known.what else list(days_between(first, final))
    series = {
        geo: between(known.points(publisher, column, days), start, last)
        for geo, (_, column) in known.geos.items()
        if not wanted or geo in wanted
    }
    if request.query_params.get("time_trunc") == "hour":
        series = {geo: _truncated(points, request.query_params.get("time_agg", "sum")) for geo, points in series.items()}
    update = max((publisher.last_update(known.what, day) for day in days), default=None) if known.what else simulation.now()
    return {
        "indicator": {
            "name": known.name,
            "short_name": known.short_name,
            "id": known.id,
            "composited": known.id == 10211,
            "step_type": "linear",
            "disaggregated": len(known.geos) > 1,
            "magnitud": [{"name": known.magnitude, "id": 23 if known.magnitude == "Precio" else 20}],
            "tiempo": [known.step],
            "geos": [{"geo_id": geo, "geo_name": name} for geo, (name, _) in known.geos.items()],
            "values_updated_at": stamp_text(update) if update and any(series.values()) else None,
            "values": list(_interleaved(known, series)),
        }
    }


def _interleaved(known: Indicator, series: dict[int, list[Point]]) -> Iterator[dict[str, Any]]:
    """Instant by instant, at each of them all places in their order."""
    for points in zip(*series.values(), strict=True):
        for geo, point in zip(series, points, strict=True):
            yield {
                "value": point.value,
                "datetime": local_text(point.start),
                "datetime_utc": _utc_as_served(point.start),
                "tz_time": utc_text(point.start, milliseconds=True),
                "geo_id": geo,
                "geo_name": known.geos[geo][0],
            }


def _utc_as_served(start: int) -> str:
    """`datetime_utc`, which in the older years repeats an hour in autumn."""
    local = datetime.fromtimestamp(start, MADRID)
    wrong = local.fold == 1 and local.date() < WRONG_UTC_UNTIL
    return utc_text(start - 3600 if wrong else start)


def _truncated(points: list[Point], how: str) -> list[Point]:
    """`time_trunc=hour` adds the parts of an hour up unless `time_agg=average` is given: wrong for prices, and served so."""
    by_hour: dict[int, list[float]] = {}
    for point in points:
        by_hour.setdefault(point.start // 3600 * 3600, []).append(point.value)
    return [Point(hour, round(sum(v) / (len(v) if how == "average" else 1), 2)) for hour, v in by_hour.items()]
