"""How the JSON of a body is read: strictly, as nothing in it may be passed over."""

import json
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute

MOST_VALUES = 5_000
"""In one body. The longest plan question has 200 deliveries and 50 wishes of a few values each."""


class BodyRoute(APIRoute):
    """A route whose body is read strictly; what is wrong with its JSON is told like any other fault of a body."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, given a request that reads strictly."""
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handle(_Strict(request.scope, request.receive))

        return strict


class _Strict(Request):
    async def json(self) -> object:
        return read_json(await self.body())


def read_json(content: bytes) -> object:
    """The document of RFC 8259 in UTF-8; JSONDecodeError for a name that is said twice, NaN, infinity, what has no end."""
    if content.count(b",") >= MOST_VALUES:  # before any is read: each wrong one costs as much as an answer
        raise json.JSONDecodeError(f"at most {MOST_VALUES} values", "", 0)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise json.JSONDecodeError("not UTF-8", "", error.start) from error
    try:
        found: object = json.loads(text, object_pairs_hook=lambda pairs: _once(pairs, text), parse_constant=_no_number)
    except json.JSONDecodeError:
        raise
    except RecursionError as error:
        raise json.JSONDecodeError("nested too deeply", text, 0) from error
    except ValueError as error:  # NaN, or a number of thousands of digits
        raise json.JSONDecodeError(str(error), text, 0) from error
    return found


def _once(pairs: list[tuple[str, object]], text: str) -> dict[str, object]:
    """An object of names that are said once."""
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise json.JSONDecodeError(f"{json.dumps(name)} is said twice", text, max(0, text.rfind(json.dumps(name))))
        found[name] = value
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
