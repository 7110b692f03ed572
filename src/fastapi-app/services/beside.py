"""Work on many rows is done beside the loop, on few at once."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

MANY_ROWS = 1_000
"""Up to here the loop loses less than by handing the work over."""
P = ParamSpec("P")
T = TypeVar("T")


async def made_of(rows: int, make: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a function makes of so many rows."""
    return await asyncio.to_thread(make, *args, **kwargs) if rows > MANY_ROWS else make(*args, **kwargs)
