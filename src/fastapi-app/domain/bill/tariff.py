"""Access tariffs of the Spanish peninsula: the period of an instant, and the dated tables of what a kWh and a kW cost in it.

Periods follow from rules (CNMC Circular 3/2020, art. 7, BOE-A-2020-1066), so any year works. Tables hold only what was published:
before its first row a figure is not known, and is refused instead of guessed; beyond the end of its last row it is assumed.
"""

import math
import tomllib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise, zip_longest
from typing import Any, Literal, get_args

from domain.errors import NotKnownError
from domain.timeline import MADRID, is_off_day, local_day

Tariff = Literal["2.0TD", "3.0TD", "6.1TD", "6.2TD", "6.3TD", "6.4TD"]
TARIFFS: tuple[Tariff, ...] = get_args(Tariff)
MarketCost = Literal["ancillary", "efficiency_fund", "electricity_tax_floor", "electricity_tax_floor_other"]
TaxName = Literal["electricity_tax", "municipal_tax", "vat", "vat_up_to_10_kw"]
Status = Literal["in force", "conditional", "superseded"]

_PEAK, _FLAT, _VALLEY = 0, 1, 2
_BAND_2_0TD = (_VALLEY,) * 8 + (_FLAT,) * 2 + (_PEAK,) * 4 + (_FLAT,) * 4 + (_PEAK,) * 4 + (_FLAT,) * 2
"""Madrid hour of a working day -> band: peak 10-14 and 18-22, flat 8-10, 14-18 and 22-24, valley 0-8."""
_BAND_SIX = (_VALLEY,) * 8 + (_FLAT,) + (_PEAK,) * 5 + (_FLAT,) * 4 + (_PEAK,) * 4 + (_FLAT,) * 2
"""Madrid hour of a working day -> band: peak 9-14 and 18-22, flat 8-9, 14-18 and 22-24, valley 0-8."""
_PEAK_PERIOD = (1, 1, 2, 4, 4, 3, 1, 3, 3, 4, 2, 1)
"""Month (January first) -> period of its peak hours; its flat hours are one period cheaper. High season P1, medium-high P2,
medium P3, low P4."""
MOST_KW_OF_2_0TD = 15.0
"""Contracted power up to which tariff 2.0TD is for [kW]. CNMC Circular 3/2020, art. 6."""
_DECIMALS = 6
"""Decimals with which tolls and charges are published; their sums are cut to as many."""


def period(instant: datetime, tariff: Tariff) -> int:
    """Energy period of an instant: 1..3 for 2.0TD, 1..6 for the others; 1 is the dearest."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone")
    local = instant.astimezone(MADRID)
    six = tariff != "2.0TD"
    band = _VALLEY if is_off_day(local.date()) else (_BAND_SIX if six else _BAND_2_0TD)[local.hour]
    if not six:
        return band + 1
    return 6 if band == _VALLEY else _PEAK_PERIOD[local.month - 1] + band


def periods(instants: Iterable[datetime], tariff: Tariff) -> list[int]:
    """Energy period of each instant."""
    return [period(instant, tariff) for instant in instants]


def power_period(instant: datetime, tariff: Tariff) -> int:
    """Period of the contracted power: for 2.0TD 1 (8-24 on working days) or 2, for the others that of the energy."""
    energy = period(instant, tariff)
    if tariff != "2.0TD":
        return energy
    return 2 if energy == 3 else 1


def must_not_fall(tariff: Tariff) -> bool:
    """Whether contracted power must not fall from a period to the next: in all tariffs but 2.0TD, whose two are free."""
    return tariff != "2.0TD"


def may_be_contracted(tariff: Tariff, kw: Sequence[float]) -> bool:
    """Whether there is such a contract, P1 first."""
    if tariff == "2.0TD":
        return max(kw) <= MOST_KW_OF_2_0TD + 1e-9
    return all(later >= earlier for earlier, later in pairwise(kw))


@dataclass(frozen=True, slots=True)
class Condition:
    """On what a row depends, the day on which that is decided, and the figures that hold if it is met."""

    text: str
    decided_on: date
    if_met: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class DatedRow:
    """Figures in force from a Madrid day to another, or until the next row; one figure a period, P1 first."""

    valid_from: date
    values: tuple[float, ...]
    valid_to: date | None = None
    """Last day; None where the norm names none."""
    norm: str = ""
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class DatedTable:
    """The rows of each name (a tariff, or a tax) in order of day, and what they are, for messages."""

    title: str
    rows: Mapping[str, tuple[DatedRow, ...]]

    def at(self, name: str, day: date) -> tuple[float, ...]:
        """Figures of a name on a day; NotKnownError before its first row."""
        return self._row(name, day).values

    def row_at(self, name: str, day: date) -> DatedRow:
        """The row whose figures are those of a name on a day: in force, or the last one before; NotKnownError before its first."""
        return self._row(name, day)

    def assumed_since(self, name: str, day: date) -> date | None:
        """The last day that the figures of a name on a day were published for, where that is over; None where they are in force."""
        last = self._row(name, day).valid_to
        return last if last is not None and last < day else None

    def since(self, name: str, day: date) -> date:
        """Since when the figures of a name on a day are in force."""
        return self._row(name, day).valid_from

    def _row(self, name: str, day: date) -> DatedRow:
        rows = self.rows.get(name, ())
        index = bisect_right(rows, day, key=lambda row: row.valid_from)
        if index == 0:
            since = f"the table begins on {rows[0].valid_from}" if rows else "the table has no row for it"
            raise NotKnownError(f"{self.title} of {name} on {day} is not known: {since}")
        return rows[index - 1]


@dataclass(frozen=True, slots=True)
class TariffTables:
    """The published figures, by tariff."""

    toll_and_charge: DatedTable
    """€/kWh, toll and charge together."""
    power: DatedTable
    """€/kW and year, toll and charge together, by power period."""
    losses: DatedTable
    """Standard losses between meter and power station, per unit of metered energy."""
    excess_power: DatedTable
    """€/kW and day above the contracted power, meter types 4 and 5, by power period."""
    excess_power_of_quarters: DatedTable
    """€/kW, meter types 1 to 3, by power period: times the root of the sum of squares of a month's quarter-hours above."""
    capacity: DatedTable
    """Capacity payments, €/kWh before losses."""
    taxes: DatedTable
    """`TaxName`: per unit, one figure a row."""
    market_costs: DatedTable = DatedTable("market cost", {})
    """`MarketCost`: €/kWh, one figure a row."""
    daily_costs: DatedTable = DatedTable("daily cost", {})
    """`social_bonus`: €/day, one figure a row."""
    tolls: DatedTable = DatedTable("toll", {})
    charges: DatedTable = DatedTable("charge", {})
    """€/kWh, each alone, of the rows that were not published as a sum."""
    reactive: DatedTable = DatedTable("reactive energy", {})
    """`inductive`: €/kVArh beyond 33 % of the active energy, at a power factor of 0.80 to 0.95, and below 0.80."""


def toll_and_charge_eur_per_kwh(tables: TariffTables, tariff: Tariff, instant: datetime) -> float:
    """Toll and charge of a kWh at an instant [€/kWh], without taxes; NotKnownError before the first published row."""
    return tables.toll_and_charge.at(tariff, local_day(instant))[period(instant, tariff) - 1]


def loss_per_unit(tables: TariffTables, tariff: Tariff, instant: datetime) -> float:
    """Standard loss at an instant, per unit of metered energy; NotKnownError before the first row."""
    return tables.losses.at(tariff, local_day(instant))[period(instant, tariff) - 1]


def tax_rate(tables: TariffTables, tax: Literal["electricity_tax", "municipal_tax"], instant: datetime) -> float:
    """Rate of a tax at an instant, per unit; NotKnownError before the first row."""
    return tables.taxes.at(tax, local_day(instant))[0]


def power_eur_per_kw_day(tables: TariffTables, tariff: Tariff, day: date) -> tuple[float, ...]:
    """Fixed power term of a day [€/kW], by power period, P1 first: the yearly figure over 365 days, as it is billed."""
    return tuple(yearly / 365 for yearly in tables.power.at(tariff, day))


def load_tariffs(text: str) -> TariffTables:
    """Tables from the text of `tariffs.toml`; ValueError says which row is not as described there."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"tariffs: not TOML: {error}") from error
    unknown = set(document) - {"tariff", "published_sum", "losses", "excess_power", "excess_power_of_quarters", "capacity", "tax"}
    unknown -= {"market_cost", "daily_cost", "reactive"}
    if unknown:
        raise ValueError(f"tariffs: unknown tables {sorted(unknown)}")
    tariffs = document.get("tariff", [])
    sums = _rows(tariffs, ("energy_toll_eur_kwh", "energy_charge_eur_kwh"), energy_periods)
    sums.update(_rows(document.get("published_sum", []), ("eur_kwh",), energy_periods))
    return TariffTables(
        toll_and_charge=DatedTable("toll and charge", sums),
        tolls=DatedTable("toll", _rows(tariffs, ("energy_toll_eur_kwh",), energy_periods)),
        charges=DatedTable("charge", _rows(tariffs, ("energy_charge_eur_kwh",), energy_periods)),
        power=DatedTable("power term", _rows(tariffs, ("power_toll_eur_kw_year", "power_charge_eur_kw_year"), power_periods)),
        losses=DatedTable("standard loss", _rows(document.get("losses", []), ("per_unit",), energy_periods)),
        excess_power=DatedTable("excess power", _rows(document.get("excess_power", []), ("eur_kw_day",), power_periods)),
        excess_power_of_quarters=DatedTable(
            "excess power of quarter-hours", _rows(document.get("excess_power_of_quarters", []), ("eur_kw",), power_periods)
        ),
        capacity=DatedTable("capacity payment", _rows(document.get("capacity", []), ("eur_kwh",), energy_periods)),
        taxes=DatedTable("tax", _rows(document.get("tax", []), ("per_unit",), lambda _: 1, names=get_args(TaxName))),
        market_costs=DatedTable(
            "market cost", _rows(document.get("market_cost", []), ("eur_kwh",), lambda _: 1, names=get_args(MarketCost))
        ),
        daily_costs=DatedTable(
            "daily cost", _rows(document.get("daily_cost", []), ("eur_day",), lambda _: 1, names=("social_bonus",))
        ),
        reactive=DatedTable(
            "reactive energy", _rows(document.get("reactive", []), ("eur_kvarh",), lambda _: 2, names=("inductive",))
        ),
    )


def energy_periods(tariff: str) -> int:
    """How many periods the energy of a tariff has."""
    return 3 if tariff == "2.0TD" else 6


def power_periods(tariff: str) -> int:
    """How many periods the contracted power of a tariff has."""
    return 2 if tariff == "2.0TD" else 6


def _rows(
    entries: Iterable[Mapping[str, Any]],
    fields: tuple[str, ...],
    length: Callable[[str], int],
    *,
    names: Collection[str] = TARIFFS,
) -> dict[str, tuple[DatedRow, ...]]:
    """Rows by name in order of day; the values are the sums of the named fields."""
    found: dict[str, dict[date, DatedRow]] = defaultdict(dict)
    statuses: dict[tuple[str, date], str] = {}
    for entry in entries:
        name, valid_from = entry.get("name"), entry.get("valid_from")
        if not isinstance(name, str) or name not in names:
            raise ValueError(f"tariffs: name {name!r} is none of {', '.join(names)}")
        if not isinstance(valid_from, date) or isinstance(valid_from, datetime):
            raise ValueError(f"tariffs: {name}: valid_from must be a day, got {valid_from!r}")
        if valid_from in found[name]:
            raise ValueError(f"tariffs: {name} has two rows for {valid_from}")
        parts = [_figures(entry, field, length(name)) for field in fields]
        values = tuple(round(sum(figures), _DECIMALS) for figures in zip(*parts, strict=True)) if len(parts) > 1 else parts[0]
        found[name][valid_from] = DatedRow(
            valid_from, values, _last_day(entry), _text(entry, "norm"), _condition(entry, fields[0], length(name))
        )
        statuses[name, valid_from] = entry.get("status", "")
    ordered = {name: tuple(rows[day] for day in sorted(rows)) for name, rows in found.items()}
    _check_statuses(ordered, statuses)
    return ordered


def _last_day(entry: Mapping[str, Any]) -> date | None:
    last = entry.get("valid_to")
    if last is None:
        return None
    if not isinstance(last, date) or isinstance(last, datetime) or last < entry["valid_from"]:
        raise ValueError(f"{_where(entry)}: valid_to must be a day, not before valid_from, got {last!r}")
    return last


def _text(entry: Mapping[str, Any], field: str) -> str:
    text = entry.get(field, "")
    if not isinstance(text, str):
        raise ValueError(f"{_where(entry)}: {field} must be a text, got {text!r}")
    return text


def _condition(entry: Mapping[str, Any], field: str, length: int) -> Condition | None:
    status = entry.get("status", "in force")
    if status not in get_args(Status):
        raise ValueError(f"{_where(entry)}: status {status!r} is none of {', '.join(get_args(Status))}")
    given = {"condition", "decided_on", "if_met"} & set(entry)
    if status != "conditional":
        if given:
            raise ValueError(f"{_where(entry)}: only a conditional row has {', '.join(sorted(given))}")
        return None
    text, decided_on = _text(entry, "condition"), entry.get("decided_on")
    if not text or not isinstance(decided_on, date) or isinstance(decided_on, datetime):
        raise ValueError(f"{_where(entry)}: a conditional row needs condition, a text, and decided_on, a day")
    return Condition(text, decided_on, _figures({**entry, field: entry.get("if_met")}, field, length))


def _check_statuses(ordered: Mapping[str, Sequence[DatedRow]], statuses: Mapping[tuple[str, date], str]) -> None:
    """A row is superseded where the next one begins before its end, and only there."""
    for name, rows in ordered.items():
        for row, following in zip_longest(rows, rows[1:]):
            status = statuses[name, row.valid_from]
            replaced = following is not None and (row.valid_to is None or following.valid_from <= row.valid_to)
            if status and replaced != (status == "superseded"):
                what = f"is superseded on {following.valid_from}" if replaced else "is superseded by no row"
                raise ValueError(f"tariffs: {name} of {row.valid_from}: status {status!r}, and it {what}")


def _where(entry: Mapping[str, Any]) -> str:
    return f"tariffs: {entry['name']} of {entry['valid_from']}"


def _figures(entry: Mapping[str, Any], field: str, length: int) -> tuple[float, ...]:
    values = entry.get(field)
    where = f"{_where(entry)}: {field}"
    if not isinstance(values, list) or len(values) != length:
        raise ValueError(f"{where} needs {length} figures, got {values!r}")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
            raise ValueError(f"{where}: {value!r} is not a figure of zero or more")
    return tuple(float(value) for value in values)
