"""The service of `bench.faults`, one block of whose page raises while a file names it: `python -m bench.faults_service FILE`."""

import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from main import main
from services.page.block import Block

SWITCH = Path(sys.argv[1])
make_block = Block.__init__


def named() -> str:
    """The block whose turn it is."""
    return SWITCH.read_text(encoding="utf-8") if SWITCH.exists() else ""


def faulty(self: Block[Any], place: str, make: Callable[[datetime], Awaitable[Any]], *rest: Any, **more: Any) -> None:
    """A block whose maker raises when it is its turn."""

    async def made(now: datetime) -> Any:
        if named() == place:
            raise KeyError(place)
        return await make(now)

    make_block(self, place, made, *rest, **more)


if __name__ == "__main__":
    Block.__init__ = faulty  # type: ignore[method-assign] # a fault, on purpose
    main()
