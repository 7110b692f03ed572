"""What of a quality an ordinary week makes, and what it asks for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QualityWeek:
    """Batches of a quality in a week of the months with least power, if nothing else is made, and what is due of it [kg]."""

    quality: str
    at_least: int
    """A plan that makes so many is known; the best may make more."""
    at_least_kg: float
    due_kg: float
