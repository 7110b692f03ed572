"""Rows that a route answers as JSON, as a table."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from routers.http.description import CsvResponse
from wording.cells import unsigned

ALL_AT_ONCE = 10_000
"""Rows; an answer that has more is made in pieces."""


def wants_csv(format_: str | None, accept: str) -> bool:
    """Whether a table is asked for: by the parameter `format`, or without it by the header `Accept`."""
    return format_ == "csv" or (format_ is None and "text/csv" in accept)


def csv_answer(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> CsvResponse:
    """The columns of the rows with their names first; what a row does not have is empty."""
    return CsvResponse(b"".join(csv_pieces(rows, columns, ALL_AT_ONCE)))


def csv_pieces(rows: Iterable[Mapping[str, Any]], columns: Iterable[str], at_once: int) -> Iterator[bytes]:
    """The same table, so many rows at once."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    left = map(unsigned, rows)
    while True:
        writer.writerows(islice(left, at_once))
        piece = text.getvalue()
        if not piece:
            return
        yield piece.encode()
        text.seek(0)
        text.truncate()
