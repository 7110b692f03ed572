"""Published prices: from cells (an instant and €/MWh, as a source wrote them) to slots that may be stored.

The rules, in this order; what breaks one is left out and told:
1. A row belongs to the local days that were asked for, and to the time of which prices can be known. All rows speak of one zone:
   where they do not, those whose offset is not Madrid's of their instant are of another.
2. One instant has one value. Of two that differ neither is taken: nobody can say which is true.
3. A local day has one step. PVPC comes by the hour; spot by the hour before 2025-10-01, by the quarter since (a source may have
   written quarters before). A day in which both stand is not taken: an hour's price is never its first quarter's.
4. A day begins at its local midnight: one that lacks its first slot while the slot after its last is there was shifted. So was an
   answer of several days that begins and ends equally far from a midnight: the days in its middle look whole.
5. A price is a number of the market: within its limits, in whole ticks.
6. A PVPC hour that is about zero, or less than its own tolls and charges and the lowest spot together, is not published yet.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from domain.intake.cells import LOWEST_SPOT_EUR_MWH, is_whole, is_within_limits, price_eur_mwh
from domain.intake.instants import known_from, known_until, within_market
from domain.intake.verdict import Tray
from domain.prices.expected import QUARTER_SPOT_FROM
from domain.prices.slots import Market, PriceSlot
from domain.timeline import HOUR, MADRID, QUARTER, day_bounds, local_day

LEAST_PVPC_EUR_MWH = 1.0
"""What is nearer to zero stands for "not known yet": the tolls and charges of the cheapest period alone are about 3 €/MWh, and the
lowest PVPC of 2014 to 2026 was 11.68."""
DAY = timedelta(days=1)
DECIMALS = 8
COARSE_EUR_MWH, FEWEST_TO_TELL = 10.0, 4
"""A day of so many prices that are not zero and all whole tens of €/MWh was multiplied by a thousand."""

Floor = Callable[[datetime], float]
"""Start of an hour -> tolls and charges in its PVPC [€/MWh]."""


def no_tolls(_start: datetime) -> float:
    """The floor where no table of tolls is at hand."""
    return 0.0


@dataclass(frozen=True, slots=True)
class PriceCell:
    """One value as it was read [€/MWh]; None where the cell was left out: its instant still shows the step of its day."""

    place: str
    start: datetime
    value: float | None
    offset: timedelta | None = None
    """From UTC, as it stood beside the time; None where the format has none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: a market, whole local days (half-open, UTC), and when the answer came."""

    market: Market
    start: datetime
    end: datetime
    now: datetime


def admit(cells: Iterable[PriceCell], asked: Asked, tray: Tray, tolls: Floor = no_tolls) -> list[PriceSlot]:
    """The slots that may be stored, in order; the order of the cells does not matter."""
    ordered = of_one_zone(sorted(cells, key=lambda cell: (cell.start, cell.place)), tray)
    if _all_are_shifted(ordered, asked, tray):
        return []
    inside, edges = _inside(ordered, asked, tray)
    single, doubled = one_value(inside, tray)
    slots: list[PriceSlot] = []
    for day, of_day in sorted(by_day(single).items()):
        step = step_of(asked.market, day, of_day, tray)
        if step is not None and not _is_shifted(day, of_day.keys() | doubled, step, edges | doubled, tray):
            slots += _slots(of_day, step, asked.market, tray, tolls)
    return slots


def eur_per_kwh(value: float) -> float:
    """€/kWh from €/MWh, to the 8 decimals that sources can mean, so that the same price is the same number everywhere."""
    return round(value / 1000, DECIMALS) + 0.0


def of_one_zone(cells: Sequence[PriceCell], tray: Tray) -> Sequence[PriceCell]:
    """The cells, without those of another zone than Madrid's where several zones stand in one answer."""
    offsets = {cell.offset for cell in cells if cell.offset is not None}
    if len(offsets) <= 1:
        return cells
    beside_madrid = [None if cell.offset is None else cell.offset - offset_of_madrid(cell.start) for cell in cells]
    if len(set(beside_madrid) - {None}) <= 1:
        return cells
    for cell, beside in zip(cells, beside_madrid, strict=True):
        if beside:
            tray.leave_out("other_zone", cell.place, f"{cell.offset} from UTC", "the offset of Madrid, as others have")
    return [cell for cell, beside in zip(cells, beside_madrid, strict=True) if not beside]


def offset_of_madrid(start: datetime) -> timedelta:
    """What the clocks of Madrid are ahead of UTC at an instant."""
    return start.astimezone(MADRID).utcoffset() or timedelta(0)


def _inside(cells: Iterable[PriceCell], asked: Asked, tray: Tray) -> tuple[list[PriceCell], set[datetime]]:
    """The cells of the days asked for, and the instants of those that lie outside."""
    inside, outside = [], set[datetime]()
    earliest, latest = known_from(asked.market), known_until(asked.now)
    for cell in cells:
        if not is_on_quarter(cell.start):
            tray.leave_out("off_grid", cell.place, cell.start.isoformat(), "the start of a quarter-hour")
        elif not asked.start <= cell.start < asked.end:
            outside.add(cell.start)
            tray.leave_out("other_day", cell.place, cell.start.isoformat(), f"{local_day(asked.start)} and what was asked with it")
        elif earliest <= cell.start < latest or within_market(asked.market, cell.start, asked.now, cell.place, tray):
            inside.append(cell)
    return inside, outside


def is_on_quarter(start: datetime) -> bool:
    """Whether an instant of UTC begins a quarter-hour."""
    return not (start.minute % 15 or start.second or start.microsecond)


def one_value(cells: Iterable[PriceCell], tray: Tray) -> tuple[dict[datetime, PriceCell], set[datetime]]:
    """Start -> its one cell, and the starts that have several values: none of those is taken."""
    single: dict[datetime, PriceCell] = {}
    again: dict[datetime, list[PriceCell]] = defaultdict(list)
    for cell in cells:
        if cell.start in single:
            again[cell.start].append(cell)
        else:
            single[cell.start] = cell
    doubled = set[datetime]()
    for start, more in again.items():
        same = [single[start], *more]
        if len({cell.value for cell in same}) > 1:
            doubled.add(start)
            del single[start]
            values = " and ".join(str(cell.value) for cell in same[:4])
            tray.leave_out("two_values", same[-1].place, values, f"one value for {start.isoformat()}", count=len(same))
        else:
            tray.remark("twice", same[-1].place, same[0].value, "each instant once")
    return single, doubled


def by_day(cells: Mapping[datetime, PriceCell]) -> dict[date, dict[datetime, PriceCell]]:
    """Local day -> its cells by their start."""
    days: dict[date, dict[datetime, PriceCell]] = {}
    begin = end = datetime.min.replace(tzinfo=UTC)
    for start in sorted(cells):
        if not begin <= start < end:
            day = local_day(start)
            begin, end = day_bounds(day)
            of_day = days[day] = {}
        of_day[start] = cells[start]
    return days


def step_of(market: Market, day: date, cells: dict[datetime, PriceCell], tray: Tray) -> timedelta | None:
    """The one step of a day; None where it has none, and nothing of it is taken. A single row that does not fit is removed."""
    parts = [start for start in cells if start.minute]
    if not parts:
        if market == "spot" and day >= QUARTER_SPOT_FROM:
            _refuse_day(day, cells, f"quarters since {QUARTER_SPOT_FROM}", tray)
            return None
        return HOUR
    lone = [start for start in cells if not start.minute and not any(start + i * QUARTER in cells for i in (1, 2, 3))]
    hourly = market == "pvpc" or (day < QUARTER_SPOT_FROM and len(lone) > 1)
    if hourly and len(parts) == 1:
        return _without(parts[0], cells, HOUR, tray)
    if market == "spot" and any(start.minute in (15, 45) for start in parts):
        if not lone:
            return QUARTER
        if len(lone) == 1 and day >= QUARTER_SPOT_FROM:
            return _without(lone[0], cells, QUARTER, tray)
    _refuse_day(day, cells, "hours" if market == "pvpc" else "hours or quarters, one of the two", tray)
    return None


def _without(start: datetime, cells: dict[datetime, PriceCell], step: timedelta, tray: Tray) -> timedelta:
    cell = cells.pop(start)
    tray.leave_out(
        "off_grid", cell.place, start.isoformat(), f"slots of {step // timedelta(minutes=1)} minutes as the rest of its day"
    )
    return step


def _refuse_day(day: date, cells: Mapping[datetime, PriceCell], valid: str, tray: Tray) -> None:
    minutes = sorted({start.minute for start in cells})
    tray.leave_out("mixed_steps", str(day), f"minutes {minutes} of {len(cells)} rows", valid, count=len(cells))


def _is_shifted(day: date, have: Iterable[datetime], step: timedelta, beyond: set[datetime], tray: Tray) -> bool:
    """Whether a day runs from after its midnight to after the next, or the other way round."""
    start, end = day_bounds(day)
    starts = set(have)
    later, earlier = start not in starts and end in beyond, end - step not in starts and start - step in beyond
    if later or earlier:
        way = "later" if later else "earlier"
        tray.leave_out("shifted", str(day), f"rows {way} than their day", f"a day from {start.isoformat()}", count=len(starts))
    return later or earlier


def _all_are_shifted(cells: Iterable[PriceCell], asked: Asked, tray: Tray) -> bool:
    """Whether an answer of several days runs from beside a midnight to as far beside another."""
    near = [cell.start for cell in cells if is_on_quarter(cell.start) and asked.start - DAY <= cell.start < asked.end + DAY]
    if not near or asked.end - asked.start < 1.5 * DAY:
        return False
    first, last = min(near), max(near)
    step = QUARTER if any(start.minute for start in near if start > last - HOUR) else HOUR
    shift = _from_midnight(first)
    if not shift or shift != _from_midnight(last + step):
        return False
    way, valid = "later" if shift > timedelta(0) else "earlier", f"days from {asked.start.isoformat()}"
    tray.leave_out("shifted", f"{local_day(first)} and after", f"rows {way} than their days", valid, count=len(near))
    return True


def _from_midnight(instant: datetime) -> timedelta:
    """From the nearest midnight of Madrid to an instant; negative before it."""
    start, end = day_bounds(local_day(instant))
    return min(instant - start, instant - end, key=abs)


def _slots(cells: Mapping[datetime, PriceCell], step: timedelta, market: Market, tray: Tray, tolls: Floor) -> list[PriceSlot]:
    slots: list[PriceSlot] = []
    if _in_other_unit(cells.values()):
        tray.leave_out(
            "not_tick", next(iter(cells.values())).place, f"{len(cells)} values", "€/MWh; another unit?", count=len(cells)
        )
        return slots
    for start, cell in sorted(cells.items()):
        value = price_eur_mwh(cell.value, cell.place, tray)
        if value is not None and (market == "spot" or is_published_pvpc(value, tolls(start), cell.place, tray)):
            slots.append(PriceSlot(start, start + step, eur_per_kwh(value)))
    return slots


def stands_for_unknown(market: Market, price_eur_kwh: float) -> bool:
    """Whether a stored price is the zero that stands for "not known yet"; spot may well be zero."""
    return market == "pvpc" and abs(price_eur_kwh) * 1000 < LEAST_PVPC_EUR_MWH


def _in_other_unit(cells: Iterable[PriceCell]) -> bool:
    """Whether the values of a day are in another unit: most are finer than the market's cent, or all are whole tens of €."""
    values = [cell.value for cell in cells if cell.value]
    finer = sum(not is_whole(value) or not is_within_limits(value) for value in values)
    coarse = len(values) >= FEWEST_TO_TELL and all(value % COARSE_EUR_MWH == 0 for value in values) and len(set(values)) > 1
    return finer > len(values) / 2 or coarse


def is_published_pvpc(value: float, tolls_eur_mwh: float, place: str, tray: Tray) -> bool:
    """Whether a PVPC can be one; else the hour is not published yet."""
    least = max(tolls_eur_mwh + LOWEST_SPOT_EUR_MWH, LOWEST_SPOT_EUR_MWH)
    if abs(value) < LEAST_PVPC_EUR_MWH or value < least:
        tray.leave_out("unpublished", place, value, f"more than {LEAST_PVPC_EUR_MWH:g} €/MWh: tolls alone come to that")
        return False
    return True


def nothing_but_absence(tray: Tray) -> bool:
    """Whether all that was left out says no more than "not yet": such an answer is normal, not a fault."""
    absent = {"unpublished", "empty", "other_day", "after_the_known", "before_the_market"}
    return set(tray.counts()) <= absent
