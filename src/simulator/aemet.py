"""AEMET OpenData: a first answer that names a second address, which holds the data in ISO-8859-15."""

import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.aemet_rows import hourly_forecast, observations
from simulator.places import PLACES, by_code
from simulator.state import Simulation
from simulator.trouble import AEMET_BUSY

LIFE_S = 300.0
"""Real seconds that a data address lives."""
KEPT = 500
NO_DATA = "No hay datos que satisfagan esos criterios"
ENCODING = "iso-8859-15"

Handler = Callable[[Request], Awaitable[Response]]
Document = Callable[[Request], list[dict[str, Any]] | None]


@dataclass(frozen=True, slots=True)
class Parcel:
    """Data that waits at its own address."""

    body: bytes
    key: str
    until: float


class Parcels:
    """The data addresses that live."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._kept: OrderedDict[str, Parcel] = OrderedDict()
        self._count = 0

    def put(self, content: object, key: str) -> str:
        """Keep content; its token."""
        self._count += 1
        token = f"{hash((self._simulation.seed, self._count)) & 0xFFFFFFFF:08x}"
        body = json.dumps(content, ensure_ascii=False, indent=2).encode(ENCODING)
        self._kept[token] = Parcel(body, key, self._simulation.monotonic() + LIFE_S)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return token

    def get(self, token: str) -> Parcel | None:
        """What waits there, unless it is too late."""
        parcel = self._kept.get(token)
        return parcel if parcel and parcel.until > self._simulation.monotonic() else None


def routes(simulation: Simulation) -> list[Route]:
    """The routes, to be mounted under the service's base address."""
    parcels = Parcels(simulation)
    climate, seed, now = simulation.climate, simulation.seed, simulation.now

    def station(request: Request) -> list[dict[str, Any]] | None:
        place = by_code((p.station for p in PLACES), request.path_params["idema"])
        return observations(climate, seed, place, now()) if place else None

    def everywhere(_: Request) -> list[dict[str, Any]]:
        return [row for place in PLACES for row in observations(climate, seed, place, now())]

    def forecast(request: Request) -> list[dict[str, Any]] | None:
        place = by_code((p.municipality for p in PLACES), request.path_params["ine"])
        return hourly_forecast(climate, place, now()) if place else None

    api = "/opendata/api"
    return [
        Route(f"{api}/observacion/convencional/datos/estacion/{{idema}}", _first_hop(simulation, parcels, station)),
        Route(f"{api}/observacion/convencional/todas", _first_hop(simulation, parcels, everywhere)),
        Route(f"{api}/prediccion/especifica/municipio/horaria/{{ine}}", _first_hop(simulation, parcels, forecast)),
        Route("/opendata/sh/{token}", _second_hop(simulation, parcels)),
    ]


def _first_hop(simulation: Simulation, parcels: Parcels, document: Document) -> Handler:
    """The envelope. Trouble comes as `estado` inside a 200."""

    async def handle(request: Request) -> Response:
        key = request.headers.get("api_key") or request.query_params.get("api_key", "")
        if key in ("", "invalid"):
            return _answer({"descripcion": "API key invalido", "estado": 401})
        left = simulation.limits.left("aemet", key)
        if left is not None and left < 0:
            return _answer({"descripcion": AEMET_BUSY, "estado": 429})
        content = document(request)
        if content is None:
            return _answer({"descripcion": NO_DATA, "estado": 404}, left=left)
        base = f"{request.url.scheme}://{request.url.netloc}{request.scope['root_path']}/opendata/sh/"
        addresses = {"datos": base + parcels.put(content, key), "metadatos": base + parcels.put([], key)}
        return _answer({"descripcion": "exito", "estado": 200, **addresses}, left=left)

    return handle


def _second_hop(simulation: Simulation, parcels: Parcels) -> Handler:
    """The data. It counts as a request of the same key; asked too often, the HTTP status says so."""

    async def handle(request: Request) -> Response:
        parcel = parcels.get(request.path_params["token"])
        if parcel is None:
            return _answer({"descripcion": "datos expirados", "estado": 404})
        left = simulation.limits.left("aemet", parcel.key)
        if left is not None and left < 0:
            return _answer({"descripcion": AEMET_BUSY, "estado": 429}, status=429)
        return Response(parcel.body, headers=_headers(200, left), media_type="text/plain;charset=ISO-8859-15")

    return handle


def _headers(estado: int, left: int | None) -> dict[str, str]:
    counted = {} if left is None else {"Remaining-request-count": str(left)}
    return {"aemet_estado": str(estado), "Access-Control-Allow-Origin": "*", **counted}


def _answer(envelope: dict[str, Any], *, status: int = 200, left: int | None = None) -> Response:
    body = json.dumps(envelope, ensure_ascii=False, indent=2).encode(ENCODING)
    return Response(body, status, _headers(envelope["estado"], left), media_type="text/plain;charset=ISO-8859-15")
