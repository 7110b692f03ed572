"""Rows that a route answers as JSON, as a table."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from routers.http.description import CsvResponse
from wording.cells import unsigned


def wants_csv(format_: str | None, accept: str) -> bool:
    """Whether a table is asked for: by the parameter `format`, or without it by the header `Accept`."""
    return format_ == "csv" or (format_ is None and "text/csv" in accept)


def csv_answer(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> CsvResponse:
    """The columns of the rows with their names first; what a row does not have is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(unsigned, rows))
    return CsvResponse(text.getvalue())
