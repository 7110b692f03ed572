"""Day-ahead forecasts of demand, wind and sun: from cells [MW] to hours that may be kept."""

from collections.abc import Iterable
from datetime import datetime

from domain.intake.prices import PriceCell, by_day, is_on_quarter, one_value, step_of
from domain.intake.verdict import Tray
from domain.prices.market import ForecastKind, PowerSlot
from domain.timeline import HOUR, local_day

LIMITS_MW: dict[ForecastKind, tuple[float, float]] = {
    "demand": (5_000.0, 70_000.0),
    "wind": (0.0, 60_000.0),
    "solar": (0.0, 80_000.0),
}
"""What the peninsula can need and make [MW]: demand was 15 to 45 GW in 2014-2026; about twice the installed wind and sun."""


def admit_power(kind: ForecastKind, cells: Iterable[PriceCell], span: tuple[datetime, datetime], tray: Tray) -> list[PowerSlot]:
    """Hours of power in order. A demand of zero is a forecast that is not out; one instant has one value, as everywhere."""
    on_time = []
    for cell in sorted(cells, key=lambda cell: (cell.start, cell.place)):
        if not is_on_quarter(cell.start):
            tray.leave_out("off_grid", cell.place, cell.start.isoformat(), "the start of an hour")
        elif not span[0] <= cell.start < span[1]:
            tray.leave_out("other_day", cell.place, cell.start.isoformat(), f"{local_day(span[0])} and what was asked with it")
        else:
            on_time.append(cell)
    low, high = LIMITS_MW[kind]
    slots = []
    for start, cell in sorted(_by_the_hour(on_time, tray).items()):
        if cell.value is None:
            continue
        if not low <= cell.value <= high:
            tray.leave_out("unpublished" if cell.value == 0 else "impossible", cell.place, cell.value, f"{low:g} to {high:g} MW")
            continue
        slots.append(PowerSlot(start, start + HOUR, cell.value))
    return slots


def _by_the_hour(cells: Iterable[PriceCell], tray: Tray) -> dict[datetime, PriceCell]:
    """The cells of those days that come by the hour: the power of an hour is not that of its first quarter."""
    single, _ = one_value(cells, tray)
    return {
        start: cell
        for day, of_day in by_day(single).items()
        if step_of("pvpc", day, of_day, tray)
        for start, cell in of_day.items()
    }
