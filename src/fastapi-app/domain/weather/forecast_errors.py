"""How wrong the weather forecasts were: mean error and mean absolute error by source, quantity and day ahead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.weather.hours import QUANTITIES, WeatherHour
from domain.weather.merge import MergedHour

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ErrorSum:
    """Sums over forecast minus observed, in the unit of the quantity; adding is how days become a month."""

    count: int = 0
    total: float = 0.0
    absolute: float = 0.0

    def __add__(self, other: "ErrorSum") -> "ErrorSum":
        return ErrorSum(self.count + other.count, self.total + other.total, self.absolute + other.absolute)

    @property
    def bias(self) -> float | None:
        """Mean of forecast minus observed; None without a pair."""
        return self.total / self.count if self.count else None

    @property
    def mean_absolute(self) -> float | None:
        """Mean absolute error; None without a pair."""
        return self.absolute / self.count if self.count else None


Tally = dict[str, dict[int, ErrorSum]]
"""Quantity -> day ahead (1: up to 24 hours after the issue) -> sums."""


def tally(forecasts: Iterable[WeatherHour], observed: Mapping[datetime, MergedHour]) -> Tally:
    """Sums over the hours that were both forecast (before they began) and observed."""
    found: Tally = {quantity: {} for quantity in QUANTITIES}
    for hour in forecasts:
        seen = observed.get(hour.start)
        if seen is None or hour.as_of > hour.start:
            continue
        ahead = (hour.start - hour.as_of) // DAY + 1
        for quantity in QUANTITIES:
            said, was = hour.value(quantity), seen.origin(quantity)
            if said is not None and was is not None and was.kind == "observed":
                error = said - (was.value(quantity) or 0.0)
                found[quantity][ahead] = found[quantity].get(ahead, ErrorSum()) + ErrorSum(1, error, abs(error))
    return found


def add(tallies: Iterable[Tally]) -> Tally:
    """The sums of several tallies."""
    found: Tally = {quantity: {} for quantity in QUANTITIES}
    for one in tallies:
        for quantity, by_day in one.items():
            for ahead, sums in by_day.items():
                found[quantity][ahead] = found[quantity].get(ahead, ErrorSum()) + sums
    return found


def tally_json(one: Tally) -> dict[str, dict[str, list[float]]]:
    """Sums as plain lists [count, total, absolute]."""
    return {
        quantity: {str(ahead): [sums.count, sums.total, sums.absolute] for ahead, sums in sorted(by_day.items())}
        for quantity, by_day in one.items()
    }


def tally_from_json(document: Mapping[str, Mapping[str, list[float]]]) -> Tally:
    """What `tally_json` wrote."""
    return {
        quantity: {int(ahead): ErrorSum(int(sums[0]), sums[1], sums[2]) for ahead, sums in by_day.items()}
        for quantity, by_day in document.items()
    }
