"""Faults on demand: which request is to go wrong, and how."""

from dataclasses import asdict, dataclass
from random import Random

SOURCES = ("redata", "esios", "omie", "aemet", "owm")

KINDS = {
    "status": "an HTTP error page of `status`",
    "latency": "the right answer after `seconds`",
    "slow": "the right answer, its body in drips over `seconds`",
    "stall": "headers and half of the body, then nothing for `seconds`, then the connection is closed",
    "reset": "a TCP reset before any byte",
    "truncated": "full Content-Length, half of the body, connection closed",
    "empty": "200 with an empty body",
    "html": "200 with an HTML page",
    "html403": "403 with the page of a firewall",
    "malformed": "200 with JSON of another shape",
    "garbage": "200 with bytes that are no text",
    "oversize": "200 with a body of `megabytes`",
    "rate_limit": "asked too often, in the words of the source",
    "unauthorized": "the key is refused, in the words of the source",
    "zip": "the right answer inside a ZIP file",
    "zeros": "the right answer with every number 0,00 (archive 70)",
}


@dataclass
class Fault:
    """One kind of trouble. `times` None: until it is deleted; `skip`: so many matching requests go well first."""

    source: str
    kind: str
    status: int = 503
    seconds: float = 1.0
    megabytes: float = 10.0
    probability: float = 1.0
    times: int | None = None
    skip: int = 0
    path: str = ""
    """Only requests whose path and query hold this text."""
    retry_after: int | None = None
    """Seconds in a Retry-After header (status, rate_limit)."""

    def __post_init__(self) -> None:
        if self.source not in (*SOURCES, "*"):
            raise ValueError(f"source {self.source!r}: one of {', '.join(SOURCES)} or *")
        if self.kind not in KINDS:
            raise ValueError(f"kind {self.kind!r}: one of {', '.join(KINDS)}")
        if not 0 <= self.probability <= 1 or self.seconds < 0 or not 400 <= self.status <= 599:
            raise ValueError("need 0 <= probability <= 1, seconds >= 0, 400 <= status <= 599")

    def matches(self, source: str, target: str) -> bool:
        """Whether it is for such a request."""
        return self.source in (source, "*") and self.path in target


class Faults:
    """The faults that are switched on, in order; the first that matches a request strikes."""

    def __init__(self) -> None:
        self._active: list[Fault] = []
        self._dice = Random(0)

    def add(self, fault: Fault) -> None:
        """Switch one on."""
        self._active.append(fault)

    def clear(self, source: str | None = None) -> None:
        """Switch all off, or all of one source."""
        self._active = [fault for fault in self._active if source not in (None, fault.source)]

    def listed(self) -> list[dict[str, object]]:
        """What is switched on."""
        return [asdict(fault) for fault in self._active]

    def strike(self, source: str, target: str) -> Fault | None:
        """The fault for this request, or None; counts it."""
        for fault in self._active:
            if fault.matches(source, target) and self._hits(fault):
                return fault
        return None

    def _hits(self, fault: Fault) -> bool:
        if fault.skip > 0:
            fault.skip -= 1
            return False
        if self._dice.random() >= fault.probability:
            return False
        if fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self._active.remove(fault)
        return True
