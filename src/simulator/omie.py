"""OMIE: the day-ahead market's price files, one a day."""

import re
from datetime import date, datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from simulator.publication import QUARTERS_SINCE, Publisher, day_hours
from simulator.state import Simulation

FILE_NAME = re.compile(r"marginalpdbc_(\d{8})\.([1-9])")


def routes(simulation: Simulation) -> list[Route]:
    """The routes, to be mounted under the service's base address."""

    async def download(request: Request) -> Response:
        match = FILE_NAME.fullmatch(request.query_params.get("filename", ""))
        text = None
        if match and request.query_params.get("parents") == "marginalpdbc":
            text = day_file(simulation.publisher, match[1], int(match[2]))
        if text is None:
            return HTMLResponse("<html><head><title>404 Not Found</title></head><body>404 Not Found</body></html>", 404)
        headers = {"Content-Disposition": f'attachment; filename="{request.query_params["filename"]}"'}
        return Response(text, headers=headers, media_type="application/octet-stream")

    return [Route("/es/file-download", download)]


def day_file(publisher: Publisher, stamp: str, version: int) -> str | None:
    """The file of a day; None when there is none. Version 2 exists for a day that was restated."""
    try:
        day = datetime.strptime(stamp, "%Y%m%d").date()  # noqa: DTZ007 (a calendar day)
    except ValueError:
        return None
    newest = 2 if publisher.is_restated("spot", day) else 1
    if version > newest or not publisher.is_published("spot", day):
        return None
    return _text(publisher, day, restated=version == newest)


def _text(publisher: Publisher, day: date, *, restated: bool) -> str:
    start, end = day_hours(day)
    spain = publisher.hours("quarters", start, end, restated=restated)
    portugal = publisher.hours("quarters/1", start, end)
    if day < QUARTERS_SINCE:
        spain, portugal = publisher.hours("spot", start, end, restated=restated), portugal.mean(axis=1).round(2) + 0.0
    pairs = zip(portugal.reshape(-1), spain.reshape(-1), strict=True)
    rows = [f"{day:%Y;%m;%d};{i};{_number(p)};{_number(s)};" for i, (p, s) in enumerate(pairs, start=1)]
    return "\r\n".join(["MARGINALPDBC;", *rows, "*"]) + "\r\n"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
