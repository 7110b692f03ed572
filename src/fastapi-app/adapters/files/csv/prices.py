"""Prices from CSV files: which columns hold what, and slots of them. Pure: bytes in, slots and refusals out. See docs/import.md.

A file is of a known export, told by its header, or its columns and unit are named by who imports it. Nothing is guessed.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from operator import attrgetter

from adapters.files.csv.layouts import KNOWN_EXPORTS, UNITS, Layout, PriceColumn
from adapters.files.csv.text import DELIMITERS, header_of, records, refused, text_of
from domain.errors import InvalidRequestError
from domain.intake.cells import PART_OF_TICK_EUR_MWH, TICK_EUR_MWH, is_whole, is_within_limits
from domain.intake.instants import FIRST_YEAR, LAST_YEAR, known_from, known_until
from domain.intake.prices import Floor, is_published_pvpc, no_tolls, offset_of_madrid, stands_for_unknown
from domain.intake.verdict import Tray
from domain.prices.expected import QUARTER_SPOT_FROM
from domain.prices.slots import Market, PriceSlot
from domain.timeline import HOUR, MADRID, day_bounds, epoch, local_day, utc_from_epoch

QUARTER_S, HOUR_S = 900, 3600
QUARTERS_FROM = day_bounds(QUARTER_SPOT_FROM)[0]
QUARTERS_FROM_S = epoch(QUARTERS_FROM)
FEWEST_OF_A_DAY = 23
"""Slots from which on a file is long enough to show where its days begin."""
LAST_HOUR = 23
HALF_HOUR_S, DAY_S = 1800, 86_400
OTHER_UNIT_SHARE = 0.5
"""From this share of impossible values on, a column is in another unit and the file refused whole."""
_NUMBER = re.compile(r"[+-]?\d+(?:([.,])\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that was not understood, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class PriceFile:
    """What a file holds: slots of each market in order, how many rows were read, of other series, and empty cells.

    `left_out`: rows that are no prices yet, which is nobody's mistake; `repeated`: rows that say again what another line says;
    `hours_of_quarters`: spot hours of days that the market publishes in quarters.
    """

    layout: Layout
    rows: int
    elsewhere: int
    empty: Mapping[Market, int]
    slots: Mapping[Market, tuple[PriceSlot, ...]]
    rejects: tuple[Reject, ...]
    left_out: tuple[Reject, ...] = ()
    repeated: int = 0
    hours_of_quarters: int = 0


def parse_prices(content: bytes, layouts: Sequence[Layout] = KNOWN_EXPORTS, *, now: datetime, tolls: Floor = no_tolls) -> PriceFile:
    """Read a whole file. Raises InvalidRequestError when it is not one of the layouts; single bad lines are told in `rejects`.

    `now` bounds what can be published, `tolls` how low a PVPC can be.
    """
    text = text_of(content)
    delimiter, layout, header = _recognised(text, layouts)
    reading = _Reading(layout, header, now, tolls, comma_decimals=delimiter != ",")
    for line, cells in records(text, delimiter):
        reading.take(line, cells)
    return reading.outcome()


def _recognised(text: str, layouts: Sequence[Layout]) -> tuple[str, Layout, tuple[str, ...]]:
    """The delimiter and the layout whose columns the header has."""
    headers = {delimiter: header_of(text, delimiter) for delimiter in DELIMITERS}
    for layout in layouts:
        for delimiter, header in headers.items():
            if layout.columns <= set(header):
                twice = {name for name in layout.columns if header.count(name) > 1}
                if twice:
                    raise refused(f"the column {twice.pop()!r} is there twice", value=header)
                return delimiter, layout, header
    likeliest = max(headers.values(), key=len)
    wanted = " or ".join(f"{layout.title} ({', '.join(sorted(layout.columns))})" for layout in layouts)
    raise refused(f"its columns are {', '.join(likeliest)}", value=likeliest, valid=wanted)


class _Reading:
    """Collects what the lines of one file say."""

    def __init__(self, layout: Layout, header: tuple[str, ...], now: datetime, tolls: Floor, *, comma_decimals: bool) -> None:
        self._layout = layout
        self._tolls = tolls
        self._offsets: set[timedelta] = set()
        self._beside_madrid: set[timedelta] = set()
        self._is_of_madrid = False
        self._foreign: list[tuple[int, int]] = []
        self._odd: dict[Market, set[int]] = {}
        self._known: dict[Market, tuple[int, int]] = {
            price.market: (epoch(known_from(price.market)), epoch(known_until(now))) for price in layout.prices
        }
        self._disputed: dict[Market, set[int]] = {price.market: set() for price in layout.prices}
        self._left_out: list[Reject] = []
        self._edges: list[tuple[int, timedelta | None]] = []
        self._repeated = 0
        self._header = header
        self._comma_decimals = comma_decimals
        self._place = {name: place for place, name in enumerate(header)}
        self._columns = [
            (price, self._place[price.name], [self._place[name] for name in price.where], list(price.where.values()))
            for price in layout.prices
        ]
        self._found: dict[Market, dict[int, tuple[int, float | None]]] = {price.market: {} for price in layout.prices}
        self._empty: dict[Market, int] = dict.fromkeys(self._found, 0)
        self._rejects: list[Reject] = []
        self._marks: set[str] = set()
        self._rows = self._elsewhere = 0

    def take(self, line: int, cells: list[str]) -> None:
        """Read one row; what is wrong with it is noted."""
        self._rows += 1
        if len(cells) != len(self._header):
            self._rejects.append(Reject(line, f"{len(cells)} cells where the header has {len(self._header)}"))
            return
        wanted = [
            (price, place)
            for price, place, beside, values in self._columns
            if not beside or [cells[at].strip() for at in beside] == values
        ]
        if not wanted:
            self._elsewhere += 1
            return
        try:
            start = self._start(line, cells[self._place[self._layout.time]].strip())
            for price, place in wanted:
                self._take_price(line, start, price, cells[place].strip())
        except ValueError as error:
            self._rejects.append(Reject(line, str(error)))

    def outcome(self) -> PriceFile:
        """The slots, once all lines are read."""
        if len(self._marks) > 1:
            raise refused("it has decimal points and decimal commas", valid="one of the two")
        if self._elsewhere == self._rows and self._rows:
            raise refused(f"none of its {self._rows} rows is of a series that is known here", valid=_selection(self._layout))
        self._check_zone()
        for market in self._found:
            self._check_days(market)
            self._check_unit(market)
        slots = {market: tuple(self._slots(market)) for market in self._found}
        return PriceFile(
            self._layout,
            self._rows,
            self._elsewhere,
            self._empty,
            slots,
            tuple(sorted(self._rejects, key=attrgetter("line"))),
            tuple(sorted(self._left_out, key=attrgetter("line"))),
            self._repeated,
            sum(slot.resolution == HOUR and slot.start >= QUARTERS_FROM for slot in slots.get("spot", ())),
        )

    def _start(self, line: int, text: str) -> int:
        """POSIX seconds of a time stamp on the grid of quarter-hours."""
        try:
            stamp = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text!r} is not an ISO 8601 time") from None
        if not FIRST_YEAR <= stamp.year < LAST_YEAR:
            raise ValueError(f"{text!r} is not of a year of {FIRST_YEAR} to {LAST_YEAR - 1}")
        seconds = epoch(_utc(stamp, self._layout.zone, text))
        if seconds % QUARTER_S or stamp.microsecond:
            raise ValueError(f"{text!r} is not the start of a quarter-hour")
        self._note_zone(line, seconds, stamp)
        return seconds

    def _note_zone(self, line: int, seconds: int, stamp: datetime) -> None:
        """Keep of which zones the times are, and the offsets of the first and the last."""
        offset = stamp.utcoffset()
        if not self._edges:
            self._edges = [(seconds, offset)] * 2
        elif seconds < self._edges[0][0]:
            self._edges[0] = seconds, offset
        elif seconds > self._edges[1][0]:
            self._edges[1] = seconds, offset
        if offset is not None:
            self._offsets.add(offset)
            if offset != (ours := offset_of_madrid(stamp)):
                self._beside_madrid.add(offset - ours)
                self._foreign.append((line, seconds))
            else:
                self._is_of_madrid = True

    def _take_price(self, line: int, start: int, price: PriceColumn, text: str) -> None:
        found, (earliest, latest) = self._found[price.market], self._known[price.market]
        if text and start < earliest:
            raise ValueError(f"{utc_from_epoch(start):%Y-%m-%dT%H:%MZ} is before the {price.market} market")
        if text and start >= latest:
            raise ValueError(f"{utc_from_epoch(start):%Y-%m-%dT%H:%MZ} is later than anything that is published now")
        value = self._number(price.name, text) if text else None
        if start in found:
            self._take_again(line, start, price.market, value)
            return
        found[start] = line, value
        self._empty[price.market] += not text

    def _take_again(self, line: int, start: int, market: Market, value: float | None) -> None:
        """A time that another line has. The same value is no news; of two that differ neither is taken."""
        first, other = self._found[market][start]
        if value == other and start not in self._disputed[market]:
            self._repeated += 1
            return
        if start not in self._disputed[market]:
            self._rejects.append(Reject(first, f"another value for the same time is in line {line}"))
        self._disputed[market].add(start)
        raise ValueError(f"another value for the same time is in line {first}")

    def _check_zone(self) -> None:
        """Reject the lines of another zone than Madrid's, where several zones stand in one file."""
        if len(self._offsets) < 2 or len(self._beside_madrid) + self._is_of_madrid < 2:
            return
        for line, start in self._foreign:
            self._rejects.append(Reject(line, "its offset from UTC is not that of Madrid, as others are"))
            for found in self._found.values():
                if start in found and found[start][0] == line:
                    del found[start]

    def _check_unit(self, market: Market) -> None:
        """Refuse a column of which most values cannot be prices in its unit."""
        values = {start: value for start, (_, value) in self._found[market].items() if value}
        self._odd[market] = wrong = {
            at
            for at, value in values.items()
            if not is_within_limits(value * 1000) or not is_whole(value * 1000, _tick(market, at))
        }
        if len(wrong) > OTHER_UNIT_SHARE * len(values):
            raise refused(
                f"{len(wrong)} of {len(values)} values of {market} cannot be prices in {self._layout.unit}, such as "
                f"{values[min(wrong)] * UNITS[self._layout.unit]:.10g}: another unit?",
                valid="whole cents a MWh within the limits of the market",
            )

    def _wrong_with(self, market: Market, start: int, value: float) -> str:
        """Why a value can be no price; exports may join the two hours of the autumn change to their mean."""
        if start not in self._odd[market]:
            return ""
        if not is_within_limits(value * 1000):
            return f"at {utc_from_epoch(start)} is outside the harmonised market limits"
        finer = not is_whole(value * 1000, PART_OF_TICK_EUR_MWH)
        return "is finer than the means of prices in cents a MWh" if finer else ""

    def _check_days(self, market: Market) -> None:
        """Refuse a file whose days run from an hour after their midnight to an hour after the next, or the other way round."""
        found = self._found[market]
        if len(found) < FEWEST_OF_A_DAY:
            return
        first, last = min(found), max(found)
        begins, ends = (utc_from_epoch(at).astimezone(MADRID) for at in (first, last))
        if [(first, begins.utcoffset()), (last, ends.utcoffset())] != self._edges:
            return  # written in UTC: its days are not those of Madrid
        later = begins.hour == 1 and begins.minute == 0 and ends.hour == 0
        earlier = begins.hour == LAST_HOUR and begins.minute == 0 and ends.hour == LAST_HOUR - 1
        if later or earlier:
            line = found[first][0]
            raise refused(
                f"line {line}: its {market} runs from {begins:%H:%M} to {ends:%H:%M}: shifted by an hour?",
                value=begins.isoformat(),
                valid="days from midnight to midnight, Madrid time",
            )

    def _number(self, name: str, text: str) -> float:
        number = _NUMBER.fullmatch(text)
        if not number or (number[1] == "," and not self._comma_decimals):
            raise ValueError(f"{name}: {text!r} is not a number")
        if number[1]:
            self._marks.add(number[1])
        return round(float(text.replace(",", ".")) / UNITS[self._layout.unit], 8)

    def _lengths(self, starts: Sequence[int]) -> list[int]:
        """The length of each slot; where none can be seen because lines are bad, the first of them is told."""
        try:
            return observed_lengths(starts)
        except InvalidRequestError as error:
            if not self._rejects:
                raise
            bad = min(self._rejects, key=attrgetter("line"))
            raise refused(f"line {bad.line}: {bad.reason}; {error.detail}", valid=error.valid) from None

    def _slots(self, market: Market) -> Iterator[PriceSlot]:
        """Slots in order; an empty cell has none, but shows with its time how long the others are."""
        found = self._found[market]
        starts = sorted(found)
        lengths = self._lengths(starts)
        _check_change(market, starts, lengths)
        disputed = self._disputed[market]
        for start, seconds in zip(starts, lengths, strict=True):
            line, value = found[start]
            if value is None or start in disputed:
                continue
            begin = utc_from_epoch(start)
            if stands_for_unknown(market, value):
                self._left_out.append(Reject(line, f"a {market} of {value:g} €/kWh is not published yet: tolls alone are more"))
                continue
            if market == "pvpc" and value < 0 and not is_published_pvpc(value * 1000, self._tolls(begin), "", Tray()):
                self._left_out.append(
                    Reject(line, f"a {market} of {value:g} €/kWh is less than its tolls and the lowest spot together")
                )
                continue
            wrong = self._wrong_with(market, start, value)
            if wrong:
                self._rejects.append(Reject(line, f"{value} €/kWh {wrong} (unit {self._layout.unit}?)"))
                continue
            try:
                yield PriceSlot(begin, begin + timedelta(seconds=seconds), value)
            except ValueError as error:
                self._rejects.append(Reject(line, f"{error} (unit {self._layout.unit}?)"))


def _tick(market: Market, start: int) -> float:
    """In what steps most prices are [€/MWh]: an hour of a day of quarters may be their mean."""
    is_mean = market == "spot" and start >= QUARTERS_FROM_S and start % HOUR_S == 0
    return PART_OF_TICK_EUR_MWH if is_mean else TICK_EUR_MWH


def _check_half_hours(starts: Sequence[int], lengths: Sequence[int]) -> None:
    """Refuse days of half-hours: no market has them, and half an hour is not its first quarter."""
    parts: dict[int, set[int]] = defaultdict(set)
    for start, length in zip(starts, lengths, strict=True):
        if length == QUARTER_S:
            parts[start // DAY_S].add(start % HOUR_S)
    for day, minutes in parts.items():
        if minutes == {0, HALF_HOUR_S}:
            raise refused(f"half-hours, from {utc_from_epoch(day * DAY_S):%Y-%m-%d} on", valid="hours or quarter-hours")


def _check_change(market: Market, starts: Sequence[int], lengths: Sequence[int]) -> None:
    """Refuse quarters of PVPC, and a day that goes over from hours to quarters: nobody knows what its hours are."""
    if QUARTER_S not in lengths:
        return
    _check_half_hours(starts, lengths)
    at = lengths.index(QUARTER_S)
    if market == "pvpc":
        raise refused(f"quarter-hours of PVPC, from {utc_from_epoch(starts[at]):%Y-%m-%dT%H:%MZ} on", valid="PVPC by the hour")
    if at and local_day(utc_from_epoch(starts[at - 1])) == local_day(utc_from_epoch(starts[at])):
        raise refused(
            f"hours and quarter-hours in one day, {local_day(utc_from_epoch(starts[at]))}", valid="one resolution in each local day"
        )


def observed_lengths(starts: Sequence[int]) -> list[int]:
    """Length [s] of each slot, 3600 or 900, seen from the distance to its neighbours: the market went over from hours to quarters.

    A slot that begins within an hour, or with another less than an hour away, is a quarter. One with a neighbour at exactly an hour
    is an hour. One that stands alone is as long as the one before it (the first: as the first that shows it). Hours after quarters
    are refused: they may be hours, or the first quarters of hours that lack the others.
    """
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    lengths: list[int | None] = []
    for start, nearest in zip(starts, map(min, [*gaps[:1], *gaps], [*gaps, *gaps[-1:]]), strict=False):
        quarter = start % HOUR_S or nearest < HOUR_S
        lengths.append(QUARTER_S if quarter else HOUR_S if nearest == HOUR_S else None)
    if QUARTER_S in lengths and HOUR_S in lengths[lengths.index(QUARTER_S) :]:
        at = starts[lengths.index(HOUR_S, lengths.index(QUARTER_S))]
        raise refused(
            f"quarter-hours, and from {utc_from_epoch(at):%Y-%m-%dT%H:%MZ} on slots an hour apart", valid="hours, then quarters"
        )
    known = next((length for length in lengths if length), None)
    if starts and known is None:
        raise refused("the length of its slots cannot be seen", valid="at least two neighbouring hours or quarter-hours")
    return [known := length or known for length in lengths if known]


def _utc(stamp: datetime, zone: tzinfo | None, text: str) -> datetime:
    if stamp.tzinfo is not None:
        return stamp.astimezone(UTC)
    if zone is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    first, second = (stamp.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise ValueError(f"{text!r} happens twice or never on a day of clock change: it needs an offset from UTC")
    return first.astimezone(UTC)


def _selection(layout: Layout) -> str:
    return " or ".join(", ".join(f"{name} {value}" for name, value in price.where.items()) for price in layout.prices)
