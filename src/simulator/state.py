"""What the parts of the simulator share while it runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from simulator.faults import Faults
from simulator.publication import Publisher
from simulator.requests import RateLimits, RequestLog
from simulator.weather import Climate


@dataclass
class Simulation:
    """One running simulator: the market, its clock, its faults and what was asked of it."""

    seed: int
    now: Callable[[], datetime]
    """Simulated UTC time: decides what is published."""
    monotonic: Callable[[], float]
    """Real seconds: rate limits and the request log."""
    faults: Faults = field(default_factory=Faults)
    log: RequestLog = field(default_factory=RequestLog)

    def __post_init__(self) -> None:
        self.publisher = Publisher(self.seed, self.now)
        self.limits = RateLimits(self.monotonic)
        self.climate = Climate(self.seed)
