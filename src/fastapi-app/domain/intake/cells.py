"""One cell: what is a number, in which unit a price can be, what the air of Spain can be."""

import math
import re

from domain.intake.verdict import Tray
from domain.weather.hours import LIMITS, within_limits

_TEXT_NUMBER = re.compile(r"[+-]?\d{1,9}(?:[.,]\d{1,9})?", re.ASCII)
_EMPTY = frozenset({"", "-", "--", "---", "nan", "null", "none", "n/a"})

LOWEST_SPOT_EUR_MWH, HIGHEST_PRICE_EUR_MWH = -500.0, 5_000.0
"""Harmonised least clearing price of the day-ahead market [€/MWh]; the highest is 4,000 and may rise by 1,000 (ACER 01-2023)."""
TICK_EUR_MWH = 0.01
"""Spot is settled, and PVPC published, in whole cents a MWh. A finer value is in another unit, or the mean of several."""

PART_OF_TICK_EUR_MWH = 0.0005
"""In what steps the means of two or four prices are [€/MWh], in full or in thousandths."""


def number(value: object, place: str, tray: Tray) -> float | None:
    """A JSON number. An absent one and anything else leave the cell out."""
    if value is None or (isinstance(value, str) and value.strip().lower() in _EMPTY):
        tray.leave_out("empty", place, "" if value is None else value, "a number")
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e15 < value < 1e15:
        tray.leave_out("not_a_number", place, value, "a number")
        return None
    return float(value)


def text_number(value: object, place: str, tray: Tray, *, quiet_empty: bool = False) -> float | None:
    """A number that its format writes as text, with a point or a comma before its decimals; never with thousands marks."""
    if value is None or (isinstance(value, str) and value.strip().lower() in _EMPTY):
        if not quiet_empty:
            tray.leave_out("empty", place, "" if value is None else value, "a number")
        return None
    if not isinstance(value, str) or not _TEXT_NUMBER.fullmatch(value.strip()):
        tray.leave_out("not_a_number", place, value, "a number as text")
        return None
    return float(value.strip().replace(",", "."))


def is_within_limits(value_eur_mwh: float) -> bool:
    """Whether the market allows such a price."""
    return LOWEST_SPOT_EUR_MWH <= value_eur_mwh <= HIGHEST_PRICE_EUR_MWH


def is_whole(value_eur_mwh: float, tick_eur_mwh: float = TICK_EUR_MWH) -> bool:
    """Whether a price is in whole ticks, but for the last digits of floating point."""
    ticks = value_eur_mwh / tick_eur_mwh
    return math.isfinite(ticks) and math.isclose(ticks, round(ticks), rel_tol=0.0, abs_tol=1e-5)


def price_eur_mwh(value: float | None, place: str, tray: Tray) -> float | None:
    """A published price [€/MWh]: within the limits of the market, in whole ticks."""
    if value is None:
        return None
    if not is_within_limits(value):
        tray.leave_out("impossible", place, value, f"{LOWEST_SPOT_EUR_MWH:g} to {HIGHEST_PRICE_EUR_MWH:g} €/MWh")
        return None
    if not is_whole(value):
        tray.leave_out("not_tick", place, value, f"€/MWh in steps of {TICK_EUR_MWH:g}; another unit?")
        return None
    return value


def air(quantity: str, value: float | None, place: str, tray: Tray) -> float | None:
    """A quantity of the air, where it can be so in Spain."""
    if within_limits(quantity, value):
        return value
    low, high = LIMITS[quantity]
    tray.leave_out("impossible", place, value, f"{low:g} to {high:g}")
    return None
