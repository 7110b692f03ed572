"""ESIOS archive 70: the PVPC of one day with its components, public."""

import json
from datetime import date, datetime, time, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.timeline import MADRID, local_day, local_instant
from simulator.publication import Publisher, day_hours
from simulator.state import Simulation
from simulator.wire import firewall

FIRST_DAY = date(2021, 6, 1)
"""The 2.0TD tariff begins here; archive 70 has no older rows in this form."""
FUTURES_SINCE = date(2024, 1, 1)
"""The futures adjustment (TAH) is listed from here."""
ZEROS_FROM = time(20, 10)
"""Madrid time from which the day to come is served as zeros until it is published (seen once in the real service)."""

NO_VALUES = {"message": "No values for specified archive"}
COMPONENTS = ("PMH", "SAH", "FOM", "FOS", "INT", "PCAP", "TEU", "CCV", "EDSR")
PROFILE = (87, 73, 67, 64, 63, 66, 76, 92, 105, 113, 118, 121, 126, 133, 132, 124, 118, 117, 121, 131, 143, 147, 130, 106)
"""Shape of the standard consumption profile over the local hours [1e-6]."""


def routes(simulation: Simulation) -> list[Route]:
    """The routes, to be mounted under the service's base address."""

    async def archive(request: Request) -> Response:
        refused = firewall(request)
        if refused:
            return refused
        try:
            day = date.fromisoformat(request.query_params.get("date", local_day(simulation.now()).isoformat())[:10])
        except ValueError:
            return _json(NO_VALUES)
        return _json(answer_of(simulation.publisher, day))

    return [Route("/archives/70/download_json", archive)]


def answer_of(publisher: Publisher, day: date) -> dict[str, object]:
    """The rows of a day, zeros just before they are published, or the message that there are none."""
    if day < FIRST_DAY:
        return dict(NO_VALUES)
    if publisher.is_published("pvpc", day):
        return {"PVPC": rows(publisher, day)}
    if publisher.now() >= local_instant(day - timedelta(days=1), ZEROS_FROM):
        return {"PVPC": [_zeroed(row) for row in rows(publisher, day)]}
    return dict(NO_VALUES)


def _zeroed(row: dict[str, str]) -> dict[str, str]:
    return {name: value if name in ("Dia", "Hora") else "0,00" for name, value in row.items()}


def rows(publisher: Publisher, day: date) -> list[dict[str, str]]:
    """One row an hour: decimal commas, and `Hora` as it is labelled on days of 23 and 25 hours."""
    start, end = day_hours(day)
    listed = (*COMPONENTS, "TAH") if day >= FUTURES_SINCE else COMPONENTS
    names = ["PCB", "CYM", *(f"{part}{zone}" for part in listed for zone in ("PCB", "CYM"))]
    values = {name: publisher.hours(name, start, end) for name in names}
    hidden = {hour for market, hour in publisher.hidden if market == "pvpc"}
    return [
        {
            "Dia": f"{day:%d/%m/%Y}",
            "Hora": label,
            "PCB": _comma(values["PCB"][i]),
            "CYM": _comma(values["CYM"][i]),
            "COF2TD": f"0,{PROFILE[_hour(start + i)]:06d}000000000000",
            **{name: _comma(values[name][i]) for name in names[2:]},
        }
        for i, label in enumerate(labels(end - start))
        if start + i not in hidden
    ]


def labels(hours: int) -> list[str]:
    """00-01 ... 23-24; the short day leaves 02-03 out, the long one runs on to 24-25."""
    skipped = [2] if hours == 23 else []
    ordinals = [hour for hour in range(hours + len(skipped)) if hour not in skipped]
    return [f"{hour:02d}-{hour + 1:02d}" for hour in ordinals]


def _hour(hour: int) -> int:
    return datetime.fromtimestamp(hour * 3600, MADRID).hour


def _comma(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")


def _json(content: object) -> Response:
    return Response(json.dumps(content), headers={"Content-Type": "json"})
