"""Long answers: made by a worker in pieces, and sent while they are made. The loop only passes them on.

One piece of all long answers is made at a time, so that however many are asked for, one worker beside the loop has work.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeVar

from fastapi import Response
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from routers.answers.base import Out
from routers.http.tables import csv_pieces

T = TypeVar("T")
LONG = 1_000
"""Rows from which on an answer is long; a thousand are made in 10 ms."""
PIECE = 200
"""Rows that are made at once."""


class LongAnswers:
    """Whose turn it is to make a piece."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def in_turn(self, pieces: Iterable[bytes]) -> AsyncGenerator[bytes]:
        """The pieces, each made by a worker when it is its turn."""
        made = iter(pieces)
        while True:
            async with self._turn:
                piece = await asyncio.to_thread(next, made, None)
            if piece is None:
                return
            yield piece

    def document(self, frame: Out, name: str, known: Sequence[T], row: Callable[[T], Out]) -> Response:
        """The JSON of an answer whose rows are the list `name`, which is empty in `frame` and its last field."""
        return StreamingResponse(self.in_turn(_document(frame, name, known, row)), media_type="application/json")

    def table(self, known: Sequence[T], row: Callable[[T], Out], columns: Sequence[str]) -> Response:
        """The rows as CSV."""
        return StreamingResponse(
            self.in_turn(csv_pieces((row(one).plain() for one in known), columns, PIECE)), media_type="text/csv"
        )


def _document(frame: Out, name: str, known: Sequence[T], row: Callable[[T], Out]) -> Iterator[bytes]:
    end = f'"{name}":[]}}'.encode()
    head = frame.model_dump_json(by_alias=True, exclude_unset=True).encode()
    if not head.endswith(end):
        raise ValueError(f"{name} is not the empty last list of the frame")
    return chain([head[:-2]], _rows(known, row), [b"]}"])


def _rows(known: Sequence[T], row: Callable[[T], Out]) -> Iterator[bytes]:
    rows: TypeAdapter[list[Any]] = TypeAdapter(list[Any])
    for first in range(0, len(known), PIECE):
        some = [row(one) for one in known[first : first + PIECE]]
        yield (b"," if first else b"") + rows.dump_json(some, by_alias=True, exclude_unset=True)[1:-1]
