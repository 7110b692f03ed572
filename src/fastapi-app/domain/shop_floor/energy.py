"""What runs used, to the minute: energy and cost at the price of each quarter-hour. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.plan.plant import Plant
from domain.timeline import HOUR, QUARTER, floor_to

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class StageWork:
    """A stage of a batch as it ran."""

    stage: str
    spans: tuple[Span, ...]
    """When the machine worked: without interruptions."""
    held: Span | None
    """When the batch was held in it afterwards."""
    is_said: bool
    """Whether begin and end were reported; else they are assumed by the plan's times."""
    kw: tuple[float, float] | None = None
    """Of its machine while it works and while it holds, as the batch was planned; None for what the plant's file says."""


@dataclass(frozen=True, slots=True)
class Used:
    """Energy and its cost."""

    kwh: float = 0.0
    eur: float = 0.0

    def __add__(self, other: "Used") -> "Used":
        return Used(self.kwh + other.kwh, self.eur + other.eur)


def used(
    plant: Plant, runs: Iterable[StageWork], price: Callable[[datetime], float], extra_kw: Callable[[str, datetime], float]
) -> Used:
    """Energy [kWh] and cost [€] of runs. `price` [€/kWh] and `extra_kw`, for the air, are of the quarter-hour that begins then."""
    total = Used()
    for run in runs:
        power_kw, hold_kw = run.kw or powers_of(plant, run.stage)
        for span in run.spans:
            for at, hours in quarters(span):
                kwh = (power_kw + extra_kw(run.stage, at)) * hours
                total += Used(kwh, kwh * price(at))
        for at, hours in quarters(run.held) if run.held is not None else ():
            kwh = hold_kw * hours
            total += Used(kwh, kwh * price(at))
    return total


def powers_of(plant: Plant, stage: str) -> tuple[float, float]:
    """Of a stage of the plant, while it works and while it holds [kW]."""
    found = plant.stage(stage)
    return found.power_kw, found.hold_kw


def quarters(span: Span) -> Iterable[tuple[datetime, float]]:
    """(start of the quarter-hour, hours of it within the span)."""
    at = floor_to(span[0], QUARTER)
    while at < span[1]:
        yield at, (min(span[1], at + QUARTER) - max(span[0], at)) / HOUR
        at += QUARTER
