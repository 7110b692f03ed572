"""What came back over HTTP, and what it means. Pure: bytes in, values or SourceErrors out.

AmbiguousError      a "no" that may be passing trouble: asked again a few times, then an ordinary NotPublishedError
"""

import io
import json
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from domain.errors import (
    BadPayloadError,
    BlockedError,
    KeyRejectedError,
    NoDataError,
    NotPublishedError,
    RateLimitedError,
    SourceRejectedError,
    SourceUnavailableError,
)

MAX_BODY_BYTES = 5_000_000
"""Largest body that is read, and largest file that is taken out of a ZIP [B]; the longest true answer is about 3 MB."""
DEFAULT_RETRY_AFTER_S = 60.0
"""Wait after a 429 that does not say how long [s]; the limits of these sources are per minute."""
LONGEST_RETRY_AFTER_S = 3600.0
"""A longer Retry-After is taken as this [s]: asking once an hour harms nobody."""


LONGEST_WHOLE = 300
"""Digits; a longer whole number is of no quantity here."""


class AmbiguousError(NotPublishedError):
    """Not published, or passing trouble: the source uses the same words for both."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, read whole. Header names are in lower case. Never holds the request: its URL or headers may hold a key."""

    source: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime

    @property
    def text(self) -> str:
        """The body as text."""
        return text_of(self.body)

    @property
    def is_html(self) -> bool:
        """Whether a page came instead of data."""
        return self.body.lstrip()[:1] == b"<"


def text_of(body: bytes) -> str:
    """UTF-8 if it is (with or without a mark), else ISO-8859-15; the charset header of these sources is not reliable."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("iso-8859-15")


def loads_any(body: bytes) -> Any:
    """JSON in either encoding. A number of hundreds of digits, and a name with two values in one object, cost their cell alone."""
    return json.loads(text_of(body), parse_int=_whole, object_pairs_hook=_once)


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONGEST_WHOLE else math.inf


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        for name in {name for name, value in pairs if value != found.get(name)}:
            del found[name]  # of two values nobody can say which is true
    return found


def retry_after_s(answer: Answer) -> float:
    """Seconds to wait by the header Retry-After (seconds or an HTTP date)."""
    given = answer.headers.get("retry-after", "").strip()
    try:
        wait = float(given) if given[:1].isdigit() else _seconds_until(given, answer.received_at)
    except ValueError:
        return DEFAULT_RETRY_AFTER_S
    return min(max(wait, 0.0), LONGEST_RETRY_AFTER_S)


def _seconds_until(http_date: str, now: datetime) -> float:
    instant = parsedate_to_datetime(http_date)
    return (instant.replace(tzinfo=instant.tzinfo or UTC) - now).total_seconds()


def check_status(answer: Answer) -> None:
    """Raise the error that an HTTP status stands for; return if it is a 2xx."""
    status, source = answer.status, answer.source
    if 200 <= status < 300:
        return
    if status == 429:
        raise RateLimitedError(source, f"HTTP {status}", retry_after_s(answer))
    if status == 403:
        raise BlockedError(source, f"HTTP {status}")
    if status >= 500 or status in (408, 425):
        raise SourceUnavailableError(source, f"HTTP {status}")
    if status == 401:
        raise KeyRejectedError(source, f"HTTP {status}")
    raise SourceRejectedError(source, f"HTTP {status}")


def json_of(answer: Answer) -> Any:
    """The JSON of a good answer, taken out of a ZIP if it is one.

    A page, nothing, or half of a document instead of JSON is the passing trouble that these sources know.
    """
    check_status(answer)
    body = unzipped(answer.source, answer.body) if answer.body.startswith(b"PK\x03\x04") else answer.body
    if not body.strip():
        raise NoDataError(answer.source, "0 B")
    if answer.is_html:
        raise NoDataError(answer.source, "HTML")
    try:
        return loads_any(body)
    except json.JSONDecodeError as error:
        raise NoDataError(answer.source, f"{error.msg} at {error.pos}") from error


def unzipped(source: str, body: bytes) -> bytes:
    """The first file of a ZIP, refused beyond MAX_BODY_BYTES whatever size the ZIP states."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive, archive.open(archive.infolist()[0]) as member:
            content = member.read(MAX_BODY_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise NoDataError(source, f"{type(error).__name__}: {error}") from error
    except (IndexError, RuntimeError, NotImplementedError) as error:
        raise BadPayloadError(source, "a ZIP without a readable file") from error
    if len(content) > MAX_BODY_BYTES:
        raise BadPayloadError(source, f"a file of more than {MAX_BODY_BYTES} bytes in a ZIP")
    return content
