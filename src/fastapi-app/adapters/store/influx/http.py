"""How InfluxDB is spoken to: three addresses that 1.x and 2.x both have, tried again when the server asks for patience.

POST /write   line protocol, gzip, whole seconds; acknowledged with 204 once it is on disk
POST /query   InfluxQL with bound parameters; JSON
GET  /ping    204 when alive; needs no token

and one that only 2.x has, to look at how a bucket keeps its points:

GET, PATCH /api/v2/buckets
"""

import asyncio
import gzip
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx2

from adapters.store.influx.query import Question
from domain.errors import (
    FieldConflictError,
    StoreBusyError,
    StoreDeniedError,
    StoreError,
    StoreMissingError,
    StoreRefusedError,
    StoreUnavailableError,
    TooLargeError,
)

TIMEOUT = httpx2.Timeout(connect=3, read=30, write=30, pool=30)
"""Seconds. A batch is taken in well under one; a long read of a cold server takes several."""
GZIP_LEVEL = 1
"""Line protocol repeats itself: level 1 makes a seventh of it, higher levels cost several times the work for little."""


@dataclass(frozen=True, slots=True)
class InfluxTarget:
    """Where the history lives. `org` is named for servers that ask; a 2.x server takes it from the token."""

    url: str
    bucket: str
    token: str | None = None
    org: str | None = None

    def __repr__(self) -> str:
        return f"InfluxTarget(url={self.url!r}, bucket={self.bucket!r})"


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is tried, and how long is waited between [s]. A longer Retry-After is left to the caller's spool."""

    tries: int = 3
    first_wait_s: float = 0.25
    longest_wait_s: float = 5.0

    def wait_s(self, failed: int, asked_s: float | None) -> float:
        """Pause after the n-th failure: what the server asks for, else growing."""
        return self.first_wait_s * 2 ** (failed - 1) if asked_s is None else asked_s


class InfluxApi:
    """One server and bucket. Raises the StoreErrors."""

    def __init__(self, target: InfluxTarget, patience: Patience | None = None, *, timeout: httpx2.Timeout = TIMEOUT) -> None:
        for name in ("httpx2", "httpcore2"):
            logging.getLogger(name).setLevel(logging.WARNING)  # at INFO they log whole addresses
        self._place = {"db": target.bucket, **({"org": target.org} if target.org else {})}
        self._patience = patience or Patience()
        self._client = httpx2.AsyncClient(
            base_url=target.url,
            headers={"Accept-Encoding": "identity", **({"Authorization": f"Token {target.token}"} if target.token else {})},
            timeout=timeout,
            trust_env=False,  # a database is not reached through the proxy of the web, nor is its token shown to it
        )

    async def write(self, lines: Sequence[str]) -> None:
        """Store a batch. One that is too large is halved until it fits, or until a single line does not."""
        body = await asyncio.to_thread(_packed, lines)
        try:
            await self._patiently(
                lambda: self._post("/write", {**self._place, "precision": "s"}, body, {"Content-Encoding": "gzip"})
            )
        except TooLargeError:
            if len(lines) == 1:
                raise
            half = len(lines) // 2
            await self.write(lines[:half])
            await self.write(lines[half:])

    async def query(self, question: Question) -> bytes:
        """The answer to InfluxQL, as JSON."""
        form = {"q": question.text, "params": json.dumps(dict(question.params))}
        body = str(httpx2.QueryParams(form)).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        return await self._patiently(lambda: self._post("/query", {**self._place, "epoch": question.times}, body, headers))

    async def buckets(self, name: str) -> bytes:
        """What 2.x tells of a bucket, as JSON. StoreMissingError by 1.x, which has none."""
        return await self._send("GET", "/api/v2/buckets", {"name": name}, b"", {"Accept": "application/json"})

    async def change_bucket(self, id_: str, body: bytes) -> None:
        """Change a bucket of 2.x."""
        await self._send("PATCH", f"/api/v2/buckets/{id_}", {}, body, {"Content-Type": "application/json"})

    async def ping(self) -> None:
        """Return if the server answers. Asked once: whoever asks wants to know how it is now."""
        await self._send("GET", "/ping", {}, b"", {})

    async def aclose(self) -> None:
        """Close the connections; later calls raise StoreUnavailableError."""
        await self._client.aclose()

    async def _post(self, path: str, params: dict[str, str], body: bytes, headers: dict[str, str]) -> bytes:
        return await self._send("POST", path, params, body, headers)

    async def _patiently(self, attempt: Callable[[], Awaitable[bytes]]) -> bytes:
        failed = 0
        while True:
            try:
                return await attempt()
            except (StoreDeniedError, StoreMissingError):
                raise
            except StoreUnavailableError as error:
                failed += 1
                wait_s = self._patience.wait_s(failed, error.retry_after_s if isinstance(error, StoreBusyError) else None)
                if failed >= self._patience.tries or wait_s > self._patience.longest_wait_s:
                    raise
                await asyncio.sleep(wait_s)

    async def _send(self, method: str, path: str, params: dict[str, str], body: bytes, headers: dict[str, str]) -> bytes:
        try:
            response = await self._client.request(method, path, params=params, content=body, headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise StoreUnavailableError(f"InfluxDB does not answer ({type(error).__name__})") from error
        except RuntimeError as error:  # the client's word for "closed"
            raise StoreUnavailableError(f"InfluxDB: {error}") from error
        if not response.is_success:
            raise error_of(response.status_code, response.content, response.headers.get("Retry-After"))
        return response.content


def _packed(lines: Sequence[str]) -> bytes:
    return gzip.compress("\n".join(lines).encode(), GZIP_LEVEL, mtime=0)


STORED_IN_PART = "the other points of this request are stored: mend the cause, then write all again, which changes none of those"
FORGETS = "the bucket forgets what is old: INFLUXDB_BUCKET must keep its points for ever, docs/influxdb.md"


def error_of(status: int, body: bytes, retry_after: str | None) -> StoreError:
    """What an unsuccessful answer means to the caller. 1.x says `error`, 2.x says `message`; 2.x has 422 where 1.x has 400."""
    text = f"InfluxDB: HTTP {status}: {_message(body)}"
    for word, told in (("partial write", STORED_IN_PART), ("retention", FORGETS)):
        text += f" ({told})" if word in text else ""
    if status in (429, 503):
        return StoreBusyError(text, _seconds(retry_after))
    if status >= 500 or status == 408:
        return StoreUnavailableError(text)
    return _refusal(status, text)


def _refusal(status: int, text: str) -> StoreError:
    if "field type conflict" in text:
        return FieldConflictError(text)
    if status in (401, 403):
        return StoreDeniedError(f"{text} (INFLUXDB_TOKEN)")
    if status == 404:
        return StoreMissingError(f"{text} (INFLUXDB_BUCKET, INFLUXDB_ORG)")
    return TooLargeError(text) if status == 413 else StoreRefusedError(text)


def _message(body: bytes) -> str:
    try:
        document = json.loads(body)
        return str(document.get("error") or document["message"])
    except (ValueError, TypeError, LookupError, AttributeError):
        return body[:200].decode("utf-8", "replace").strip()


def _seconds(retry_after: str | None) -> float | None:
    """Seconds of a Retry-After; None when it gives a date or nothing."""
    try:
        return max(0.0, float(retry_after)) if retry_after else None
    except ValueError:
        return None
