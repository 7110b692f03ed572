"""What a kWh is made of: the price of an instant as a sum of its parts, and how certain each of them is. Pure.

The parts are those of `energy_price`: they sum to what it says, and in round figures (`rounded`) to its last digit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import floor, fsum, isclose
from typing import Literal, get_args

from domain.bill.certainty import Figure, certainty_of
from domain.bill.energy_price import IndexedTerms, fixed_price, indexed_terms
from domain.bill.tariff import Tariff, TariffTables, period
from domain.bill.terms import PriceTerms
from domain.errors import NotKnownError
from domain.timeline import local_day

PartCode = Literal[
    "contract",
    "pvpc_energy",
    "energy",
    "ancillary",
    "capacity",
    "losses",
    "efficiency_fund",
    "fee",
    "toll",
    "charge",
    "toll_and_charge",
    "municipal_tax",
    "electricity_tax",
]
"""In the order in which they are told. `pvpc_energy` is all of PVPC but tolls and charges, `contract` a price agreed as a whole."""
CODES: tuple[PartCode, ...] = get_args(PartCode)
State = Literal["published", "contract", "in_force", "assumed", "open"]
"""`published`: by the market; `assumed`: its table has ended and goes on; `open`: it depends on a condition."""
SAME = 1e-9
"""Sums of figures of six decimals that differ by less [€/kWh] are the same."""
PVPC_TARIFF: Tariff = "2.0TD"
"""Whose tolls and charges are in PVPC."""


@dataclass(frozen=True, slots=True)
class PricePart:
    """A part of a price; an electricity tax at its floor, or a price below zero, may make one larger than the price."""

    code: PartCode
    eur_per_kwh: float


@dataclass(frozen=True, slots=True)
class PartStatus:
    """How certain a part is on a day. `since`: first day of its table's row; `last`: the row's last day, where it names one."""

    state: State
    since: date | None = None
    last: date | None = None
    norm: str = ""


def parts_of(tables: TariffTables, tariff: Tariff, terms: PriceTerms, instant: datetime, market: float) -> tuple[PricePart, ...]:
    """What is paid at an instant at a price of the market, part by part; NotKnownError before the first row of any of them."""
    if terms.basis == "fixed":
        return (PricePart("contract", fixed_price(terms, tariff, instant)),)
    if terms.basis == "pvpc":
        tolls = _tolls(tables, PVPC_TARIFF, instant)
        return (PricePart("pvpc_energy", market - fsum(part.eur_per_kwh for part in tolls)), *tolls)
    return _indexed(indexed_terms(tables, tariff, terms, instant), _tolls(tables, tariff, instant), market)


def _indexed(terms: IndexedTerms, tolls: tuple[PricePart, ...], spot: float) -> tuple[PricePart, ...]:
    at_station = spot + terms.ancillary + terms.capacity
    supplied = at_station * (1 + terms.loss) + terms.efficiency_fund + terms.fee
    untaxed = (1 + terms.municipal_tax) * supplied + terms.toll_and_charge
    return (
        PricePart("energy", spot),
        PricePart("ancillary", terms.ancillary),
        PricePart("capacity", terms.capacity),
        PricePart("losses", at_station * terms.loss),
        PricePart("efficiency_fund", terms.efficiency_fund),
        PricePart("fee", terms.fee),
        *tolls,
        PricePart("municipal_tax", terms.municipal_tax * supplied),
        PricePart("electricity_tax", max(terms.electricity_tax * untaxed, terms.electricity_tax_floor)),
    )


def _tolls(tables: TariffTables, tariff: Tariff, instant: datetime) -> tuple[PricePart, ...]:
    """Toll and charge; one part where the sum that is paid was published as a sum, which is rounded on its own."""
    day, index = local_day(instant), period(instant, tariff) - 1
    both = tables.toll_and_charge.at(tariff, day)[index]
    together = (PricePart("toll_and_charge", both),)
    try:
        toll, charge = (table.at(tariff, day)[index] for table in (tables.tolls, tables.charges))
    except NotKnownError:
        return together
    return (PricePart("toll", toll), PricePart("charge", charge)) if isclose(toll + charge, both, abs_tol=SAME) else together


def mean_parts(hours: Sequence[tuple[PricePart, ...]]) -> tuple[PricePart, ...]:
    """The mean of each part over hours, 0 where an hour has it not; they sum to the mean of the prices."""
    values: dict[PartCode, list[float]] = {}
    for parts in hours:
        for part in parts:
            values.setdefault(part.code, []).append(part.eur_per_kwh)
    return tuple(PricePart(code, fsum(values[code]) / len(hours)) for code in CODES if code in values)


def rounded(parts: Sequence[PricePart], price: float, digits: int) -> tuple[PricePart, ...]:
    """The parts to so many decimals, and each at most one unit of the last from its own value, so that they sum to the price as it
    is rounded: the units that are missing go to those that were cut the most.
    """
    unit = 10**digits
    exact = [part.eur_per_kwh * unit for part in parts]
    units = [floor(value) for value in exact]
    missing = round(round(price, digits) * unit) - sum(units)
    by_cut = sorted(range(len(parts)), key=lambda i: (units[i] - exact[i], i))
    for i in by_cut[:missing]:
        units[i] += 1
    return tuple(PricePart(part.code, round(value / unit, digits) + 0.0) for part, value in zip(parts, units, strict=True))


def status_of(tables: TariffTables, tariff: Tariff, terms: PriceTerms, code: PartCode, day: date) -> PartStatus:
    """How certain a part of a price is on a Madrid day."""
    if code in ("energy", "pvpc_energy"):
        return PartStatus("published")
    if code in ("contract", "fee") or (code == "ancillary" and terms.ancillary_eur_per_kwh is not None):
        return PartStatus("contract")
    found = [_status(figure, day) for figure in _figures(tables, tariff, terms, code)]
    return next((one for one in found if one.state != "in_force"), found[0])


def _status(figure: Figure, day: date) -> PartStatus:
    certainty, row = certainty_of(iter((figure,)), day), figure.table.row_at(figure.name, day)
    state: State = "assumed" if certainty.assumed else "open" if certainty.open else "in_force"
    return PartStatus(state, row.valid_from, row.valid_to, row.norm)


def _figures(tables: TariffTables, tariff: Tariff, terms: PriceTerms, code: PartCode) -> Iterator[Figure]:
    name = PVPC_TARIFF if terms.basis == "pvpc" else tariff
    if code in ("toll", "charge", "toll_and_charge"):
        yield Figure("toll_and_charge", tables.toll_and_charge, name)
    elif code == "losses":
        yield Figure("losses", tables.losses, name)
    elif code == "capacity":
        yield Figure("capacity", tables.capacity, name)
    elif code in ("ancillary", "efficiency_fund"):
        yield Figure(code, tables.market_costs, code)
    else:
        yield Figure(code, tables.taxes, code)
        if code == "electricity_tax":
            yield Figure(terms.tax_floor, tables.market_costs, terms.tax_floor)
