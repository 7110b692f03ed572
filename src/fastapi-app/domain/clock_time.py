"""The arithmetic of the one clock that service, schedule and simulator share. Pure: the real time is an argument."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class ScaledTime:
    """Simulated time: `simulated` at the real instant `real`, from there `speed` times as fast."""

    simulated: datetime
    real: datetime
    speed: float

    def __post_init__(self) -> None:
        if not 0 < self.speed <= 1_000_000:
            raise ValueError(f"SIM_SPEED must lie in (0, 1000000], got {self.speed}")

    def at(self, real: datetime) -> datetime:
        """Simulated UTC instant at a real one."""
        return self.simulated + (real - self.real) * self.speed

    def real_seconds(self, simulated: timedelta) -> float:
        """Real seconds that a simulated duration takes."""
        return simulated.total_seconds() / self.speed


def parse_sim_now(text: str, started_at: datetime) -> tuple[datetime, datetime]:
    """(simulated, real) of `SIM_NOW`: an ISO 8601 instant, optionally `@` the real instant at which it is so.

    Without the second part it is so at ``started_at``; two processes that must agree are given both parts.
    """
    simulated, _, real = text.partition("@")
    return _aware(simulated), _aware(real) if real else started_at


def _aware(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"SIM_NOW: {text!r} is not an ISO 8601 instant such as 2026-03-28T20:00:00Z") from error
    if instant.tzinfo is None:
        raise ValueError(f"SIM_NOW: {text!r} needs an offset, such as 2026-03-28T20:00:00Z")
    return instant.astimezone(UTC)
