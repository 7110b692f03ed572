"""The air: from readings and forecast cells to what may be stored.

Readings: of the station that was asked, not of the future, of the last day, each instant once, each cell what Spain's air can be.
One reading of the future is left out; several, or one that follows the others without a gap, show that the whole answer is shifted,
and so does a newest one that is a day old: an answer holds the last day. An answer of which no value can be read says nothing.
Forecasts: the same for each cell, in days that follow one another from the one in which it was made.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from domain.intake.cells import air
from domain.intake.instants import CLOCK_ERROR
from domain.intake.verdict import RefusedError, Tray
from domain.timeline import HOUR

WINDOW = timedelta(hours=24)
"""Readings of a station that one answer holds; an older row is not of this answer."""
EXTREMES_WITHIN_C = 0.5
"""How far a reading may lie outside the least and greatest of its own hour [°C]: rounding and the order of sampling."""
IMPOSSIBLE_SHARE = 0.5
"""From this share of impossible cells on, an answer is in another unit and refused whole."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a station read at an instant; `extremes`: least and greatest temperature of the hour that ended then, where given."""

    place: str
    station: str
    read_at: datetime
    values: Mapping[str, float | None]
    extremes: tuple[float | None, float | None] = (None, None)


def admit_readings(readings: Sequence[Reading], station: str | None, now: datetime, tray: Tray) -> list[Reading]:
    """Readings that may be stored, in order; the order of what is given does not matter. RefusedError for a whole answer."""
    own = _of_station(readings, station, tray)
    past = _not_of_the_future(sorted(own, key=lambda reading: (reading.read_at, reading.place)), now, tray)
    kept = []
    for reading in _each_once(past, tray):
        values = {name: air(name, value, f"{reading.place} {name}", tray) for name, value in reading.values.items()}
        temperature = _witnessed(values.get("temperature"), reading, tray)
        kept.append(replace(reading, values={**values, "temperature": temperature}))
    _refuse_other_unit("temperature", [reading.values.get("temperature") for reading in past], "°C")
    if kept and tray.notes and not any(value is not None for reading in kept for value in reading.values.values()):
        raise RefusedError(tray.notes[-1].code, f"each value of {len(kept)} readings", tray.notes[-1].value, tray.notes[-1].valid)
    return kept


def _of_station(readings: Sequence[Reading], station: str | None, tray: Tray) -> list[Reading]:
    own = [reading for reading in readings if station is None or reading.station == station]
    if readings and not own:
        raise RefusedError("other_place", "idema", readings[0].station, str(station))
    for reading in readings:
        if station is not None and reading.station != station:
            tray.leave_out("other_place", reading.place, reading.station, station)
    return own


def _not_of_the_future(ordered: Sequence[Reading], now: datetime, tray: Tray) -> list[Reading]:
    future = [reading for reading in ordered if reading.read_at > now + CLOCK_ERROR]
    if future:
        gaps = [b.read_at - a.read_at for a, b in pairwise(ordered)]
        if len(future) > 1 or (len(ordered) > 1 and max(gaps) <= HOUR and min(gaps) > timedelta(0)):
            newest = ordered[-1].read_at.isoformat()
            raise RefusedError("shifted", f"{len(future)} readings of the future", newest, f"{now.isoformat()} or earlier")
        tray.leave_out("future", future[0].place, future[0].read_at.isoformat(), f"{now.isoformat()} or earlier")
    past = [reading for reading in ordered if reading not in future]
    if past and past[-1].read_at <= now - WINDOW:
        newest = past[-1].read_at.isoformat()
        raise RefusedError("too_old", "the newest reading", newest, f"after {(now - WINDOW).isoformat()}: shifted by a day?")
    oldest = past[-1].read_at - WINDOW if past else now
    for reading in past:
        if reading.read_at <= oldest:
            tray.leave_out("too_old", reading.place, reading.read_at.isoformat(), f"after {oldest.isoformat()}")
    return [reading for reading in past if reading.read_at > oldest]


def _each_once(ordered: Iterable[Reading], tray: Tray) -> list[Reading]:
    """Of two readings of one instant that differ neither is taken."""
    by_instant: dict[datetime, list[Reading]] = defaultdict(list)
    for reading in ordered:
        by_instant[reading.read_at].append(reading)
    single = []
    for instant, same in by_instant.items():
        if any(one.values != same[0].values for one in same):
            temperatures = " and ".join(str(one.values.get("temperature")) for one in same[:4])
            tray.leave_out("two_values", same[-1].place, temperatures, f"one reading at {instant.isoformat()}", count=len(same))
            continue
        if len(same) > 1:
            tray.remark("twice", same[-1].place, instant.isoformat(), "each instant once")
        single.append(same[0])
    return single


def _witnessed(temperature: float | None, reading: Reading, tray: Tray) -> float | None:
    """The temperature, if the extremes of its own hour do not contradict it."""
    low, high = reading.extremes
    below = temperature is not None and low is not None and temperature < low - EXTREMES_WITHIN_C
    above = temperature is not None and high is not None and temperature > high + EXTREMES_WITHIN_C
    if below or above:
        tray.leave_out(
            "witness_disagrees", f"{reading.place} temperature", temperature, f"{low} to {high}, the extremes of its hour"
        )
        return None
    return temperature


@dataclass(frozen=True, slots=True)
class AirCell:
    """One value of a forecast: a quantity at an instant."""

    place: str
    start: datetime
    quantity: str
    value: float | None


def admit_forecast(cells: Iterable[AirCell], tray: Tray) -> dict[datetime, dict[str, float]]:
    """Instant -> quantity -> value, in order. RefusedError when a quantity is in another unit throughout."""
    same: dict[tuple[datetime, str], list[AirCell]] = defaultdict(list)
    by_quantity: dict[str, list[float | None]] = defaultdict(list)
    for cell in sorted(cells, key=lambda cell: (cell.start, cell.quantity, cell.place)):
        same[cell.start, cell.quantity].append(cell)
        by_quantity[cell.quantity].append(cell.value)
    for quantity in ("temperature", "humidity"):
        _refuse_other_unit(quantity, by_quantity[quantity], "°C" if quantity == "temperature" else "%")
    kept: dict[datetime, dict[str, float]] = defaultdict(dict)
    for (start, quantity), found in same.items():
        values = dict.fromkeys(cell.value for cell in found)
        if len(values) > 1:
            tray.leave_out("two_values", found[-1].place, " and ".join(map(str, values)), "one value", count=len(found))
            continue
        if len(found) > 1:
            tray.remark("twice", found[-1].place, found[0].value, "each instant once")
        value = air(quantity, found[0].value, found[0].place, tray)
        if value is not None:
            kept[start][quantity] = value
    if by_quantity["temperature"] and not any("temperature" in values for values in kept.values()):
        raise RefusedError("empty", "temperature", f"{len(by_quantity['temperature'])} cells", "a number in one of them")
    return dict(sorted(kept.items()))


def consecutive(days: Iterable[date], first: date, tray: Tray) -> set[date]:
    """Days that follow one another from the one in which a forecast was made; what comes after a gap is of another forecast."""
    good = set[date]()
    expected: date | None = None
    for day in sorted(set(days)):
        if expected is not None and day > max(expected, first):
            tray.leave_out("other_day", f"day {day}", str(day), f"{expected}: days follow one another")
            continue
        if expected is None and day > first + timedelta(days=1):
            tray.leave_out("other_day", f"day {day}", str(day), f"{first} or the day after")
            continue
        good.add(day)
        expected = day + timedelta(days=1)
    return good


def near(given: tuple[object, object], asked: tuple[float, float]) -> bool:
    """Whether an answer says that it is about the place that was asked for (degrees); one that does not say is believed."""
    pairs = zip(given, asked, strict=True)
    return all(not isinstance(one, int | float) or abs(one - other) <= 0.1 for one, other in pairs)


def _refuse_other_unit(quantity: str, values: Sequence[float | None], unit: str) -> None:
    known = [value for value in values if value is not None]
    wrong = [value for value in known if air(quantity, value, "", Tray()) is None]
    if known and len(wrong) > IMPOSSIBLE_SHARE * len(known):
        raise RefusedError("impossible", quantity, wrong[-1], f"{unit}: {len(wrong)} of {len(known)} cannot be")
