"""Energy by period, the efficiency fund where it has its own line, and the compensation of a surplus."""

from datetime import date
from decimal import Decimal

from domain.bill.invoice.lines import MICRO, ZERO, Line, Standing, cents, exact, figures_on, worst
from domain.bill.invoice.metered import Metered, PeriodOfDay, months_between
from domain.bill.supply import Contract
from domain.bill.tariff import TariffTables, energy_periods
from domain.errors import NotKnownError
from domain.timeline import days_between

_OF_TARIFF = ("toll_and_charge", "losses", "capacity")


def energy_lines(tables: TariffTables, contract: Contract, sums: Metered) -> list[Line]:
    """A line for each period in which energy was taken."""
    lines = []
    for number in range(1, energy_periods(contract.tariff) + 1):
        kwh = sum((item.kwh for item in sums.between(sums.first, sums.last, number)), ZERO)
        if kwh:
            lines.append(_line(tables, contract, sums, number, kwh))
    return lines


def _line(tables: TariffTables, contract: Contract, sums: Metered, number: int, kwh: Decimal) -> Line:
    amount, norm, standing = _priced(tables, contract, sums, number, kwh)
    price = None if amount is None else (amount / kwh).quantize(MICRO)
    billed = None if amount is None else cents(amount)
    return Line("energy", number, sums.first, sums.last, kwh, "kWh", price, billed, norm, standing)


def _priced(
    tables: TariffTables, contract: Contract, sums: Metered, number: int, kwh: Decimal
) -> tuple[Decimal | None, str, Standing]:
    if contract.price.basis == "fixed":
        prices = contract.supply.billed_eur_per_kwh
        return (kwh * exact(prices[number - 1]), "contract", "in_force") if prices else (None, "contract", "missing")
    items = sums.between(sums.first, sums.last, number)
    if any(item.unpriced_kwh for item in items):
        return None, "market", "missing"
    if contract.price.basis == "pvpc":
        paid = sum((item.market_eur for item in items), ZERO)
        return paid, "RD 216/2014", "reference" if contract.price.reference else "in_force"
    return _indexed(tables, contract, sums, number)


def _indexed(tables: TariffTables, contract: Contract, sums: Metered, number: int) -> tuple[Decimal | None, str, Standing]:
    amount, standings = ZERO, set[Standing]()
    for day in days_between(sums.first, sums.last):
        item = sums.of.get((day, number))
        if item is None or not item.kwh:
            continue
        try:
            amount += _indexed_day(tables, contract, day, number, item)
        except NotKnownError:
            return None, "", "missing"
        standings.add(_standing(tables, contract, day))
    return amount, figures_on(tables.toll_and_charge, contract.tariff, sums.first).norm, worst(standings)


def _indexed_day(tables: TariffTables, contract: Contract, day: date, number: int, item: PeriodOfDay) -> Decimal:
    """The formula of `indexed_terms`, without the electricity tax, of the energy of a period of a day."""

    def of(name: str) -> Decimal:
        return exact(getattr(tables, name).at(contract.tariff, day)[number - 1])

    def cost(name: str) -> Decimal:
        return exact(tables.market_costs.at(name, day)[0])

    terms = contract.price
    ancillary = cost("ancillary") if terms.ancillary_eur_per_kwh is None else exact(terms.ancillary_eur_per_kwh)
    fund = ZERO if contract.supply.efficiency_fund_apart else cost("efficiency_fund")
    bought = (item.market_eur + item.kwh * (ancillary + of("capacity"))) * (1 + of("losses"))
    sold = bought + item.kwh * (fund + exact(terms.fee_eur_per_kwh))
    return sold * (1 + exact(tables.taxes.at("municipal_tax", day)[0])) + item.kwh * of("toll_and_charge")


def _standing(tables: TariffTables, contract: Contract, day: date) -> Standing:
    found = {figures_on(getattr(tables, name), contract.tariff, day).standing for name in _OF_TARIFF}
    if contract.price.ancillary_eur_per_kwh is None:
        found.add(figures_on(tables.market_costs, "ancillary", day).standing)
    found.add(figures_on(tables.market_costs, "efficiency_fund", day).standing)
    return worst(found)


def efficiency_fund_lines(tables: TariffTables, contract: Contract, sums: Metered) -> list[Line]:
    """Where the contract has it as a line of its own; by month, as its figure changes."""
    if not contract.supply.efficiency_fund_apart:
        return []
    lines = []
    for first, last in months_between(sums.first, sums.last):
        items = [(key[0], item) for key, item in sums.of.items() if first <= key[0] <= last]
        kwh = sum((item.kwh for _, item in items), ZERO)
        known = [(figures_on(tables.market_costs, "efficiency_fund", day), item.kwh) for day, item in items]
        if not kwh:
            continue
        standing = worst({figures.standing for figures, _ in known})
        amount = None if standing == "missing" else sum((figures.values[0] * part for figures, part in known), ZERO)
        price = None if amount is None else (amount / kwh).quantize(MICRO)
        billed = None if amount is None else cents(amount)
        lines.append(Line("efficiency_fund", None, first, last, kwh, "kWh", price, billed, known[-1][0].norm, standing))
    return lines


def surplus_lines(contract: Contract, sums: Metered, energy_eur: Decimal) -> list[Line]:
    """What is fed in at the agreed price, at most the energy term of the bill; nothing is carried over."""
    kwh = sum((item.kwh_out for item in sums.of.values()), ZERO)
    if not kwh:
        return []
    if contract.supply.surplus_eur_per_kwh is None:
        return [Line("surplus", None, sums.first, sums.last, kwh, "kWh", None, None, "RD 244/2019", "missing")]
    price = exact(contract.supply.surplus_eur_per_kwh)
    amount = -min(cents(kwh * price), max(ZERO, energy_eur))
    return [Line("surplus", None, sums.first, sums.last, kwh, "kWh", price, amount, "RD 244/2019", "in_force")]
