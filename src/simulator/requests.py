"""What was asked, and how often one may ask."""

import re
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass

WINDOW_S = 60.0
SECRET = re.compile(r"(appid|api_key|token)=[^&]*", re.IGNORECASE)

DEFAULT_LIMITS = {"aemet": 40, "owm": 60}
"""Requests a minute and key that the real services allow; the others publish no number."""


@dataclass(slots=True)
class Request:
    """One request: real monotonic seconds, simulated time, and what became of it."""

    number: int
    source: str
    method: str
    target: str
    monotonic_s: float
    at: str
    user_agent: str
    status: int | None = None
    fault: str | None = None


class RequestLog:
    """The last requests, and counters over all of them."""

    def __init__(self, size: int = 50_000) -> None:
        self._kept: deque[Request] = deque(maxlen=size)
        self._counts: Counter[str] = Counter()

    def add(self, *, source: str, method: str, target: str, monotonic_s: float, at: str, user_agent: str) -> Request:
        """Note a request; keys in the query are blanked."""
        self._counts[source] += 1
        cleaned = SECRET.sub(r"\1=***", target)
        request = Request(sum(self._counts.values()), source, method, cleaned, monotonic_s, at, user_agent)
        self._kept.append(request)
        return request

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._counts.clear()

    def report(self, source: str | None, after: int) -> dict[str, object]:
        """Counters, the busiest minute of each source, and the requests after a number."""
        kept = [request for request in self._kept if source in (None, request.source)]
        return {
            "counts": dict(self._counts),
            "max_per_minute": {name: self._busiest(name) for name in self._counts},
            "requests": [asdict(request) for request in kept if request.number > after],
        }

    def _busiest(self, source: str) -> int:
        recent: deque[float] = deque()
        most = 0
        for request in self._kept:
            if request.source == source:
                recent.append(request.monotonic_s)
                while recent[0] <= request.monotonic_s - WINDOW_S:
                    recent.popleft()
                most = max(most, len(recent))
        return most


class RateLimits:
    """Requests a minute for each key, in a sliding window of real time."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._recent: dict[tuple[str, str], deque[float]] = {}
        self.per_minute: dict[str, int | None] = dict(DEFAULT_LIMITS)
        """Source -> requests a minute, or None for no limit."""

    def left(self, source: str, key: str) -> int | None:
        """Count one request; how many are left in this minute: negative when it was one too many, None without a limit."""
        allowed = self.per_minute.get(source)
        if allowed is None:
            return None
        recent = self._recent.setdefault((source, key), deque())
        now = self._monotonic()
        while recent and recent[0] <= now - WINDOW_S:
            recent.popleft()
        if len(recent) >= allowed:
            return -1
        recent.append(now)
        return allowed - len(recent)
