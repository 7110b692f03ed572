"""The one way to an outside service: one request at a time, limited in rate and size, tried again, and left alone when it fails.

`Fetcher.ask` makes one request. `Fetcher.run` performs an operation of one or more requests under the rules below, and
`Fetcher.get` is the usual operation of one request and its reader. What an operation raises decides (docs/sources.md):

SourceUnavailableError      tried again, 5 tries with growing pauses, 90 s in all; then the source rests for 5 to 15 minutes
├── BlockedError            not tried again; the source rests
RateLimitedError            tried again after `retry_after_s` if the 90 s allow, else the source rests that long
NotPublishedError           not tried again: normal
├── AmbiguousError          tried 3 times in all, then as above
anything else               not tried again; a person must look. A reader that trips over an answer makes a BadPayloadError
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import httpx2
import stamina
from aiolimiter import AsyncLimiter

from adapters.sources.circuit import Circuit
from adapters.sources.products import Products, Told
from adapters.sources.responses import MAX_BODY_BYTES, AmbiguousError, Answer
from domain.errors import (
    BadPayloadError,
    BlockedError,
    RateLimitedError,
    SilentError,
    SourceError,
    SourceUnavailableError,
    UnreachableError,
)
from domain.intake.verdict import RefusedError
from ports import Clock, HealthLog, ProductHealth, ProductLog, SourceHealth

T = TypeVar("T")
Params = Mapping[str, str] | tuple[tuple[str, str], ...]

TIMEOUT = httpx2.Timeout(connect=5, read=30, write=10, pool=5)
"""Seconds. Answers of a month take 10 to 20 s on a bad day; a dead host is known after 5."""
LONG_BYTES = 20_000
"""An answer of more is read beside the loop."""
NOT_UNDERSTOOD = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What a reader trips with over an answer of another shape."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient one call is [tries, s]. The pause before try n is ``first_wait_s * 3 ** (n - 2)`` plus jitter, capped."""

    tries: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 30.0
    jitter_s: float = 3.0
    total_s: float = 90.0
    ambiguous_tries: int = 3
    ambiguous_wait_s: float = 5.0

    def faster(self, speed: float) -> "RetryPolicy":
        """The same pauses on a clock that runs `speed` times as fast; the time for answers themselves stays."""
        return replace(
            self,
            first_wait_s=self.first_wait_s / speed,
            longest_wait_s=self.longest_wait_s / speed,
            jitter_s=self.jitter_s / speed,
            ambiguous_wait_s=self.ambiguous_wait_s / speed,
        )


PATIENT = RetryPolicy()


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of a source and its products from before a restart, and where the products are kept."""

    health: SourceHealth | None = None
    products: ProductLog | None = None
    stored_products: Sequence[ProductHealth] = ()


def make_client(base_url: str, user_agent: str, *, timeout: httpx2.Timeout = TIMEOUT) -> httpx2.AsyncClient:
    """A client for one source. It names itself (firewalls refuse library agents), follows no redirect, and logs no URL."""
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)  # at INFO they log whole URLs, keys in the query included
    return httpx2.AsyncClient(
        base_url=base_url,
        headers={"User-Agent": user_agent, "Accept-Encoding": "gzip"},
        timeout=timeout,
        limits=httpx2.Limits(max_connections=4, max_keepalive_connections=2),
        follow_redirects=False,
    )


class Fetcher:
    """Asks one source. Everything that differs between sources is given."""

    def __init__(
        self,
        name: str,
        client: httpx2.AsyncClient,
        limiter: AsyncLimiter,
        *,
        clock: Clock,
        health: HealthLog,
        policy: RetryPolicy = PATIENT,
        memory: Memory = Memory(),
    ) -> None:
        self.name = name
        self.clock = clock
        self._client = client
        self._limiter = limiter
        self._policy = policy
        self._circuit = Circuit(name, health, memory.health)
        self._products = Products(name, memory.products, memory.stored_products)
        self._turn = asyncio.Lock()

    @property
    def health(self) -> SourceHealth | None:
        """The state of the source; None before the first call."""
        return self._circuit.health

    async def get(
        self,
        path: str,
        read: Callable[[Answer], T],
        *,
        params: Params = (),
        headers: Mapping[str, str] | None = None,
        told: Told | None = None,
    ) -> T:
        """One request and its reader, under the rules of `run`."""

        async def once() -> T:
            answer = await self.ask(path, params=params, headers=headers)
            return await asyncio.to_thread(read, answer) if len(answer.body) > LONG_BYTES else read(answer)

        return await self.run(once, told)

    async def run(self, operation: Callable[[], Awaitable[T]], told: Told | None = None) -> T:
        """The value of an operation, tried again by the rules above. One call at a time; cancelling it is safe.

        `told` names the product that is asked for and holds what its reader left out: a product has a state of its own.
        """
        async with self._turn:
            self._circuit.check(self.clock())
            try:
                value = await self._persist(operation)
            except SourceError as error:
                await self._circuit.failed(error, self.clock())
                await self._products.failed(told, error, self.clock())
                raise
            await self._circuit.succeeded(self.clock())
            await self._products.succeeded(told, self.clock())
            return value

    async def ask(self, path: str, *, params: Params = (), headers: Mapping[str, str] | None = None) -> Answer:
        """One request to a path below the base URL (or an absolute URL that the caller has checked); any status is an answer."""
        await self._limiter.acquire()
        try:
            request = self._client.build_request(
                "GET", path, params=httpx2.QueryParams(params) if params else None, headers=headers
            )
            response = await self._client.send(request, stream=True)
            try:
                body = await self._body(response)
            finally:
                await response.aclose()
        except httpx2.ConnectError as error:
            raise UnreachableError(self.name, str(error) or type(error).__name__) from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:  # their texts may quote the URL or a header, so not repeated
            raise SilentError(self.name, type(error).__name__) from None
        headers_in = {name.lower(): value for name, value in response.headers.items()}
        return Answer(self.name, response.status_code, headers_in, body, self.clock())

    async def _body(self, response: httpx2.Response) -> bytes:
        """The decoded body; reading stops as soon as it is too long, however small it was on the wire."""
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise BadPayloadError(self.name, f"an answer of more than {MAX_BODY_BYTES} bytes")
        return bytes(body)

    async def _persist(self, operation: Callable[[], Awaitable[T]]) -> T:
        policy = self._policy
        caller = stamina.AsyncRetryingCaller(
            attempts=policy.tries,
            timeout=policy.total_s,
            wait_initial=policy.first_wait_s,
            wait_max=policy.longest_wait_s,
            wait_jitter=policy.jitter_s,
            wait_exp_base=3,
        )
        patience = _Patience(policy, asyncio.get_running_loop().time() + policy.total_s)
        try:
            async with asyncio.timeout(policy.total_s):
                return await caller(patience.pause_after, self._understood, operation)
        except TimeoutError:
            raise SilentError(self.name, f"TimeoutError: {policy.total_s:g} s") from None

    async def _understood(self, operation: Callable[[], Awaitable[T]]) -> T:
        try:
            return await operation()
        except RefusedError as error:
            raise BadPayloadError(self.name, str(error)) from error
        except NOT_UNDERSTOOD as error:
            raise BadPayloadError(self.name, f"not the expected shape ({type(error).__name__}: {error})") from error


class _Patience:
    """Decides for one call whether to try again: False, True (after the usual pause) or the pause [s]."""

    def __init__(self, policy: RetryPolicy, deadline: float) -> None:
        self._policy = policy
        self._deadline = deadline
        self._ambiguous = 0

    def pause_after(self, error: Exception) -> bool | float:
        if isinstance(error, RateLimitedError):
            fits = asyncio.get_running_loop().time() + error.retry_after_s < self._deadline
            return error.retry_after_s if fits else False
        if isinstance(error, AmbiguousError):
            self._ambiguous += 1
            return self._policy.ambiguous_wait_s if self._ambiguous < self._policy.ambiguous_tries else False
        return isinstance(error, SourceUnavailableError) and not isinstance(error, BlockedError)
