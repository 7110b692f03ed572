"""What every answer has in common: nothing undeclared, instants as ISO 8601 with offset."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

Instant = Annotated[
    datetime, PlainSerializer(datetime.isoformat, return_type=str), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""UTC inside; `2026-03-27T20:30:00+00:00` in JSON."""
ClassName = Literal["optimal", "moderate", "reduced", "halt"]


class Out(BaseModel):
    """An answer, or a part of one. What is not declared does not go out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Provenance(Out):
    """Where a value is from, and how old it is."""

    source: str
    origin: str
    as_of: Instant


class Span(Out):
    """A half-open stretch of time."""

    start: Instant
    end: Instant


class Probabilities(Out):
    """Of the four classes; they sum to one."""

    optimal: float
    moderate: float
    reduced: float
    halt: float


class FailedPart(Out):
    """A part that fails: since when, and with what at its last try."""

    part: str
    since: Instant
    error: str
