"""What every answer has in common: nothing undeclared, instants as ISO 8601 with offset."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import Response
from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

from domain.classes import CLASSES, Shares
from services.operations.fence import FailedPart

Instant = Annotated[
    datetime, PlainSerializer(datetime.isoformat, return_type=str), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""UTC inside; `2026-03-27T20:30:00+00:00` in JSON."""


class Out(BaseModel):
    """An answer, or a part of one. What is not declared does not go out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def plain(self) -> dict[str, Any]:
        """As JSON; what was not given is left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def sent(self) -> Response:
        """As an answer; for long ones, which FastAPI would check once more."""
        return Response(self.model_dump_json(by_alias=True, exclude_unset=True), media_type="application/json")


def rounded(value: float | None, digits: int) -> float | None:
    """A value to so many digits; None stays so."""
    return None if value is None else round(value, digits)


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

    @classmethod
    def of(cls, shares: Shares) -> Self:
        """As JSON, to a thousandth."""
        return cls(**{name: round(share, 3) for name, share in zip(CLASSES, shares, strict=True)})

    @classmethod
    def known(cls, shares: Shares | None) -> Self | None:
        """As JSON; null where they are not known."""
        return None if shares is None else cls.of(shares)


class FailedPartOut(Out):
    """A part that fails: since when, and with what at its last try."""

    part: str
    since: Instant
    error: str

    @classmethod
    def of(cls, failed: FailedPart) -> "FailedPartOut":
        """As JSON."""
        return cls(part=failed.part, since=failed.since, error=failed.error)
