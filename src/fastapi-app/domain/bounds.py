"""Settings by hand, of the plant and of `.env`: least, most and unit of each figure, a hint for the usual mistake; and the name
that was probably meant.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Bound:
    """What a figure may be. `above`, `below`: what was probably done where it lies beyond."""

    least: float
    most: float
    unit: str
    above: str = ""
    below: str = ""

    def says(self, value: float) -> str | None:
        """What is wrong with a figure; None where nothing is."""
        if self.least <= value <= self.most:
            return None
        hint = self.above if value > self.most else self.below
        return f"must be {self.least:g} to {self.most:.10g} {self.unit}" + (f" ({hint})" if hint else "")


@dataclass(frozen=True, slots=True)
class Code:
    """A code of others that is copied by hand: its form, and what it is."""

    form: str
    what: str

    def is_one(self, text: str) -> bool:
        """Whether a text has the form of the code."""
        return re.fullmatch(self.form, text) is not None


STATION = Code("[0-9A-Z]{4,7}", "AEMET's code of a station, such as 5279X")
MUNICIPALITY = Code("[0-9]{5}", "the five digits of INE's code of the municipality, such as 23055")
LATITUDE = Bound(27, 44.5, "degrees north, of Spain", "a point that is missing, or latitude and longitude exchanged?", "exchanged?")
LONGITUDE = Bound(
    -18.5, 4.5, "degrees east, of Spain", "west is negative; exchanged with the latitude?", "a point that is missing?"
)
ALTITUDE = Bound(-50, 3500, "m")
ORDER_KG = Bound(0.001, 100_000, "kg", "grams for kilograms?", "tonnes for kilograms?")
BATCH_KG = Bound(0.1, 100_000, "kg", "grams for kilograms?", "tonnes for kilograms?")
UNITS = Bound(1, 100, "machines")
POWER_KW = Bound(0, 10_000, "kW", "W for kW?")
CONTRACTED_KW = Bound(0, 100_000, "kW", "W for kW?")
MINUTES = Bound(0, 7 * 24 * 60, "min", "seconds for minutes?")
FIXED_EUR_KWH = Bound(0, 3, "€/kWh", "cents, or €/MWh, for €/kWh?")
RENTAL_EUR = Bound(0, 5000, "€ a month", "cents for euros?")
FEE_EUR_KWH = Bound(0, 0.5, "€/kWh", "cents, or €/MWh, for €/kWh?")
TEMPERATURE_C = Bound(-30, 60, "°C", "degrees Fahrenheit, or kelvin?", "below what air can have")
HUMIDITY_PERCENT = Bound(1, 100, "%", "", "a fraction for per cent?")
EXTRA_KW = Bound(0, 1000, "kW", "W for kW?")
BATCHES = Bound(0, 1000, "batches", "kilograms for batches?")
STOCK_KG = Bound(0, 10_000_000, "kg", "grams for kilograms?")
SHELF_LIFE_H = Bound(1, 20 * 8766, "h", "minutes for hours?", "days for hours?")
FREEZE_HOURS = Bound(0, 168, "h", "minutes for hours?")
MOVE_EUR = Bound(0, 10_000, "€", "cents for euros?")
PORT = Bound(0, 65_533, "as the first of three ports")
PIN_DAYS = Bound(1, 90, "days")
SIM_SPEED = Bound(0.001, 1_000_000, "times as fast as the real clock")
YEARS = (2000, 2100)
"""Years that a day of a calendar may have, the last excluded."""
LONGEST_NAME = 80
LARGEST_NUMBER = 1e15
SMALLEST_NUMBER = 1e-6
"""Below it a figure is a slip of the pen, whatever its unit, and less than any of the arithmetic tells apart."""


def figure(value: object) -> float:
    """A number of ordinary size."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    if not -LARGEST_NUMBER < value < LARGEST_NUMBER or not math.isfinite(value):
        raise ValueError("must be a number of ordinary size")
    return float(value)


def within(bound: Bound) -> Callable[[object], float]:
    """A reader of figures within a bound."""

    def read(value: object) -> float:
        number = figure(value)
        wrong = bound.says(number)
        if wrong:
            raise ValueError(wrong)
        if 0 < abs(number) < SMALLEST_NUMBER:
            raise ValueError(f"must be 0, or a number of ordinary size: {SMALLEST_NUMBER:f} or more")
        return number

    return read


def whole_within(bound: Bound) -> Callable[[object], int]:
    """A reader of whole numbers within a bound."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"must be a whole number of {bound.unit}")
        wrong = bound.says(figure(value))
        if wrong:
            raise ValueError(wrong)
        return value

    return read


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant; None when none is near."""
    found = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None
