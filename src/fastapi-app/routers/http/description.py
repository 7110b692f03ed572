"""The description of the interface (OpenAPI): beside what each route answers, every refusal, as problem details (RFC 9457)."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from routers.http.access import changes_things
from routers.http.problems import MEDIA_TYPE

DOORS = {403: "Not available at this door, or a cross-site request", 421: "The host is not in ALLOWED_HOSTS"}
"""Refused before a route sees the request."""
EVERYWHERE = {**DOORS, 413: "The body is too large", 500: "A fault; the log of the service has the details"}
REASONS = {
    400: "The body is no text",
    401: "The token is missing or another one",
    404: "There is none",
    409: "Well formed, but it cannot be: its parts, or what is known now, stand against it; `errors` or `detail` says what",
    422: "The request is not valid: `errors` names what, and what would be",
    503: "The store is away; the request may be sent again",
    507: "The store is away, and no more writes can wait for it",
}
UNREAD = ("/health", "/version")
"""What is answered without the store."""


class FaultOut(BaseModel):
    """What is wrong with one value."""

    name: str
    value: str
    valid: str = Field(description="What would be")


class ProblemOut(BaseModel):
    """Problem details. `errors`: what is not valid. `contradicts`: the event that stands against it; `offer`: what settles it."""

    model_config = ConfigDict(extra="forbid")

    type: str
    title: str
    status: int
    detail: str
    errors: list[FaultOut] | None = None
    errors_left_out: int | None = Field(None, description="How many more there are than `errors` names")
    contradicts: int | None = None
    offer: dict[str, str | int] | None = None


class CsvResponse(Response):
    """A table."""

    media_type = "text/csv"


class CalendarResponse(Response):
    """A calendar."""

    media_type = "text/calendar"


CSV: dict[str, Any] = {"content": {"text/csv": {"schema": {"type": "string"}}}}
"""A route that answers JSON gives a table as well."""


def refused(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Refusals of a route beside those that every route has."""
    return {status: _problem(REASONS[status]) for status in statuses}


class DescribedApp(FastAPI):
    """An application whose description has every refusal. It is made beside the loop: that takes a second or two."""

    def setup(self) -> None:
        """The framework's routes behind ours: the first of a path answers."""
        if self.openapi_url:
            self.add_route(self.openapi_url, self._described, include_in_schema=False)
        super().setup()

    async def _described(self, _: Request) -> Response:
        state = self.state
        if not hasattr(state, "described"):
            state.described = asyncio.create_task(asyncio.to_thread(self._as_json))
        return Response(await asyncio.shield(state.described), media_type="application/json")

    def _as_json(self) -> bytes:
        return bytes(JSONResponse(self.openapi()).body)

    def openapi(self) -> dict[str, Any]:
        """The description, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = with_refusals(super().openapi())
        return self.openapi_schema


def with_refusals(description: dict[str, Any]) -> dict[str, Any]:
    """A description with what every route may refuse; what a route says of a status stands beside it."""
    schemas = description["components"]["schemas"]
    for model in (FaultOut, ProblemOut):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas[model.__name__] = {name: part for name, part in schema.items() if name != "$defs"}
    for framework in ("HTTPValidationError", "ValidationError"):
        schemas.pop(framework, None)
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            _describe(path, method.upper(), operation)
    return description


def _describe(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    refusals = dict(EVERYWHERE)
    if changes_things(method, path):
        refusals[401] = REASONS[401]
        refusals[507] = REASONS[507]
    if "requestBody" in operation:
        refusals[400] = REASONS[400]
    if path not in UNREAD:
        refusals[503] = REASONS[503]
    if responses.pop("422", None) is not None:
        refusals[422] = REASONS[422]
    for status, reason in refusals.items():
        said: Mapping[str, Any] = responses.get(str(status), {})
        problem = _problem(said.get("description", reason))
        responses[str(status)] = problem | {"content": {**said.get("content", {}), **problem["content"]}}
    operation["responses"] = dict(sorted(responses.items()))


def _problem(reason: str) -> dict[str, Any]:
    return {"description": reason, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}}
