"""What the plant pays for a kWh, by the basis of its contract, and what it pays beside the energy.

`pvpc`: the published price as it stands, tolls and charges inside. `fixed`: a price for each period. `indexed`: the spot price
through the terms of its quarter-hour, from dated tables. VAT is left out everywhere: firms deduct it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.bill.tariff import (
    Tariff,
    TariffTables,
    loss_per_unit,
    period,
    power_eur_per_kw_day,
    tax_rate,
    toll_and_charge_eur_per_kwh,
)
from domain.bill.terms import PriceTerms
from domain.timeline import local_day


@dataclass(frozen=True, slots=True)
class IndexedTerms:
    """The terms of one instant. Money is €/kWh, the others are per unit."""

    ancillary: float
    capacity: float
    loss: float
    """Between power station and meter, per unit of metered energy."""
    efficiency_fund: float
    fee: float
    municipal_tax: float
    toll_and_charge: float
    electricity_tax: float
    electricity_tax_floor: float

    def price(self, spot_eur_per_kwh: Any, larger: Callable[[Any, float], Any] = max) -> Any:
        """What a kWh costs at a spot price. The electricity tax never falls below its floor, whatever the price.

        Of an array of prices with a ``larger`` that compares arrays with a number.
        """
        energy = (spot_eur_per_kwh + self.ancillary + self.capacity) * (1 + self.loss)
        untaxed = (1 + self.municipal_tax) * (energy + self.efficiency_fund + self.fee) + self.toll_and_charge
        return untaxed + larger(self.electricity_tax * untaxed, self.electricity_tax_floor)


def indexed_terms(tables: TariffTables, tariff: Tariff, terms: PriceTerms, instant: datetime) -> IndexedTerms:
    """The terms in force at an instant; NotKnownError before the first row of any of them.

    The ancillary costs are the contract's own where it states them, else those of the table.
    """
    day = local_day(instant)
    ancillary = terms.ancillary_eur_per_kwh
    return IndexedTerms(
        ancillary=_cost(tables, "ancillary", day) if ancillary is None else ancillary,
        capacity=tables.capacity.at(tariff, day)[period(instant, tariff) - 1],
        loss=loss_per_unit(tables, tariff, instant),
        efficiency_fund=_cost(tables, "efficiency_fund", day),
        fee=terms.fee_eur_per_kwh,
        municipal_tax=tax_rate(tables, "municipal_tax", instant),
        toll_and_charge=toll_and_charge_eur_per_kwh(tables, tariff, instant),
        electricity_tax=tax_rate(tables, "electricity_tax", instant),
        electricity_tax_floor=_cost(tables, terms.tax_floor, day),
    )


def fixed_price(terms: PriceTerms, tariff: Tariff, instant: datetime) -> float:
    """The contract's price of the period that holds an instant [€/kWh]."""
    return terms.fixed_eur_per_kwh[period(instant, tariff) - 1]


def fixed_power_eur(tables: TariffTables, tariff: Tariff, contracted_kw: Sequence[float], day: date) -> tuple[float, ...]:
    """Fixed power term of a day, by power period, P1 first [€]. NotKnownError before the first row."""
    return tuple(kw * eur for kw, eur in zip(contracted_kw, power_eur_per_kw_day(tables, tariff, day), strict=True))


def social_bonus_eur(tables: TariffTables, day: date) -> float:
    """The social bonus of a day [€]. NotKnownError before the first row."""
    return tables.daily_costs.at("social_bonus", day)[0]


def _cost(tables: TariffTables, name: str, day: date) -> float:
    return tables.market_costs.at(name, day)[0]
