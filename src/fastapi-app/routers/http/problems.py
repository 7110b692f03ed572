"""Problem details (RFC 9457) for every error: status, what is wrong, the offending value and what would be valid."""

import logging
import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from domain import errors

logger = logging.getLogger("application")
MEDIA_TYPE = "application/problem+json"
RFC_9110 = {413: "Content Too Large", 422: "Unprocessable Content"}
RETRY_S = "30"
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
TELLING = re.compile(r"(?i)appid|key|token|secret|password|authorization")
HIDDEN = "***"
MOST_ERRORS = 20
LONGEST_SHOWN = 200
LONGEST_DETAIL = 4000
"""An answer to a bad request is no larger than a good one, however much is wrong with it; characters."""

STATUS: dict[type[errors.FactoryError], int] = {
    errors.MalformedRequestError: 422,
    errors.InvalidRequestError: 409,
    errors.ContradictionError: 409,
    errors.IdTakenError: 409,
    errors.KeyTakenError: 409,
    errors.ChangedMeanwhileError: 409,
    errors.NotWritableError: 409,
    errors.NotFoundError: 404,
    errors.NotKnownError: 409,
    errors.StoreUnavailableError: 503,
    errors.SpoolFullError: 507,
    errors.StoreRefusedError: 500,
    errors.NotConfiguredError: 409,
    errors.NotPublishedError: 409,
    errors.SourceError: 502,
}
"""Error class -> status; the most specific class of an error counts."""


def problem(status: int, title: str, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """One problem document."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail[:LONGEST_DETAIL], **more}
    return JSONResponse(_sendable(body), status, headers, media_type=MEDIA_TYPE)


def _sendable(value: Any) -> Any:
    """What was given may be echoed: half a surrogate pair has no form in UTF-8, and becomes a question mark."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_sendable(name): _sendable(inner) for name, inner in value.items()}
    return [_sendable(inner) for inner in value] if isinstance(value, list) else value


def status_of(error: errors.FactoryError) -> int:
    """HTTP status of a domain error; 500 for one that nobody expected at the edge."""
    return next((STATUS[cls] for cls in type(error).__mro__ if cls in STATUS), 500)


async def _domain_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, errors.FactoryError):
        raise error
    status = status_of(error)
    if status >= 500:
        fault = error if isinstance(error, errors.ChildFailedError) else None  # with the traceback of the child
        logger.error("request_failed path=%s error=%s: %s", request.url.path, type(error).__name__, error, exc_info=fault)
    more: dict[str, Any] = {}
    if isinstance(error, errors.InvalidRequestError):
        more = {"errors": [{"name": error.name, "value": str(error.value), "valid": error.valid}]}
    if isinstance(error, errors.ContradictionError):
        more = {"contradicts": error.told, "offer": error.offer}
    if isinstance(error, errors.IdTakenError):
        more = {"contradicts": error.told}
    headers = {"Retry-After": RETRY_S} if status == 503 else None
    return problem(status, phrase_of(status), str(error), headers, **more)


async def _validation_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    all_found = error.errors()
    found = [_told(item) for item in all_found[:MOST_ERRORS]]
    detail = "; ".join(f"{item['name']}: {item['valid']} (given: {item['value']})" for item in found)
    left_out: dict[str, Any] = {"errors_left_out": len(all_found) - len(found)} if len(all_found) > len(found) else {}
    return problem(422, "Invalid request", detail, errors=found, **left_out)


def _told(item: dict[str, Any]) -> dict[str, str]:
    if item["type"] == "json_invalid":
        return {"name": "body", "value": f"character {item['loc'][-1]}", "valid": f"a JSON document: {item['ctx']['error']}"}
    return {"name": _name(item), "value": _shown(item), "valid": item["msg"].removeprefix("Value error, ")}


def _name(item: dict[str, Any]) -> str:
    return (".".join(str(part) for part in item["loc"][1:]) or str(item["loc"][0]))[:LONGEST_SHOWN]


def _shown(item: dict[str, Any]) -> str:
    """What was given, cut short; not that of a name which may hold a key."""
    return HIDDEN if TELLING.search(_name(item)) else str(item.get("input"))[:LONGEST_SHOWN]


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    detail = f"{request.method} {request.url.path}: {error.detail}"
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(allowed_methods(request))
    return problem(error.status_code, phrase_of(error.status_code), detail, headers)


def allowed_methods(request: Request) -> list[str]:
    """The methods of every route of a path; the framework names those of the first one."""
    found = []
    for method in METHODS:
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            found.append(method)
    return found


def phrase_of(status: int) -> str:
    """The words of a status; those of 413 and 422 changed with RFC 9110, and with the version of Python."""
    return RFC_9110.get(status) or HTTPStatus(status).phrase


async def _unexpected(request: Request, error: Exception) -> Response:
    logger.error("request_crashed path=%s", request.url.path, exc_info=error)
    return problem(500, "Internal Server Error", "an unexpected fault; the log of the service has the details")


def install(app: FastAPI) -> None:
    """Make every error of an app a problem document."""
    app.add_exception_handler(errors.FactoryError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)
