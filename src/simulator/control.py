"""The control routes: faults, delays, restatements and gaps on demand, and what was asked so far."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.climate import hour_of
from simulator.faults import KINDS, Fault
from simulator.publication import TIMETABLE, Revision
from simulator.state import Simulation

Handler = Callable[[Request], Awaitable[Response]]


def routes(simulation: Simulation) -> list[Route]:
    """The control routes of a simulation, to be mounted at `/_control`."""
    return [
        Route("/faults", _faults(simulation), methods=["GET", "POST", "DELETE"]),
        Route("/requests", _requests(simulation), methods=["GET", "DELETE"]),
        Route("/limits", _posting(simulation, _set_limits), methods=["POST"]),
        Route("/revise", _posting(simulation, _revise), methods=["POST"]),
        Route("/delay", _posting(simulation, _delay), methods=["POST"]),
        Route("/hide", _posting(simulation, _hide), methods=["POST"]),
        Route("/reset", _posting(simulation, _reset), methods=["POST"]),
        Route("/status", _status(simulation), methods=["GET"]),
    ]


def _faults(simulation: Simulation) -> Handler:
    async def handle(request: Request) -> Response:
        if request.method == "POST":
            given = await request.json()
            try:
                for item in given if isinstance(given, list) else [given]:
                    simulation.faults.add(Fault(**item))
            except (TypeError, ValueError) as error:
                return JSONResponse({"error": str(error), "kinds": KINDS}, 422)
        if request.method == "DELETE":
            simulation.faults.clear(request.query_params.get("source"))
        return JSONResponse({"faults": simulation.faults.listed(), "kinds": KINDS})

    return handle


def _requests(simulation: Simulation) -> Handler:
    async def handle(request: Request) -> Response:
        if request.method == "DELETE":
            simulation.log.clear()
        report = simulation.log.report(request.query_params.get("source"), int(request.query_params.get("after", "0")))
        return JSONResponse(report)

    return handle


def _status(simulation: Simulation) -> Handler:
    async def handle(_: Request) -> Response:
        return JSONResponse({"now": simulation.now().isoformat(), "seed": simulation.seed, "faults": simulation.faults.listed()})

    return handle


def _posting(simulation: Simulation, change: Callable[[Simulation, dict[str, Any]], object]) -> Handler:
    """A route that applies a JSON object; what it does not understand is answered with 422."""

    async def handle(request: Request) -> Response:
        body = await request.body()
        try:
            return JSONResponse({"done": change(simulation, await request.json() if body else {})})
        except (KeyError, TypeError, ValueError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 422)

    return handle


def _set_limits(simulation: Simulation, given: dict[str, Any]) -> object:
    """{"aemet": 40}: requests a minute; null for no limit."""
    simulation.limits.per_minute |= {source: None if limit is None else int(limit) for source, limit in given.items()}
    return simulation.limits.per_minute


def _revise(simulation: Simulation, given: dict[str, Any]) -> object:
    """{"market": "pvpc", "start": "2026-03-28T10:00:00Z", "amount": 3.2, "hours": 1}: restate published hours [€/MWh]."""
    first = hour_of(_aware(given["start"]))
    if given["market"] not in ("pvpc", "spot"):
        raise ValueError("market: pvpc or spot")
    for hour in range(first, first + int(given.get("hours", 1))):
        revision = Revision(given["market"], hour, float(given["amount"]), simulation.now())
        simulation.publisher.revisions.append(revision)
    return len(simulation.publisher.revisions)


def _delay(simulation: Simulation, given: dict[str, Any]) -> object:
    """{"market": "pvpc", "minutes": 90, "day": "2026-03-29"}: publish a delivery day later than usual; without `day` every day."""
    if given["market"] not in TIMETABLE:
        raise ValueError(f"market: one of {', '.join(TIMETABLE)}")
    day = date.fromisoformat(given["day"]) if given.get("day") else None
    simulation.publisher.delays[given["market"], day] = timedelta(minutes=float(given["minutes"]))
    return len(simulation.publisher.delays)


def _hide(simulation: Simulation, given: dict[str, Any]) -> object:
    """{"market": "pvpc", "start": "2026-03-28T10:00:00Z", "hours": 3}: leave hours out of every answer."""
    if given["market"] not in TIMETABLE:
        raise ValueError(f"market: one of {', '.join(TIMETABLE)}")
    first = hour_of(_aware(given["start"]))
    simulation.publisher.hidden |= {(given["market"], hour) for hour in range(first, first + int(given.get("hours", 1)))}
    return len(simulation.publisher.hidden)


def _reset(simulation: Simulation, _: dict[str, Any]) -> object:
    """Undo every fault, delay, restatement and gap, and forget the requests."""
    simulation.faults.clear()
    simulation.log.clear()
    simulation.publisher.delays.clear()
    simulation.publisher.revisions.clear()
    simulation.publisher.hidden.clear()
    return True


def _aware(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} needs an offset, such as 2026-03-28T10:00:00Z")
    return instant
