"""What the plant pays for a kWh, from the price of the market that its contract follows."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

import numpy as np

from domain.bill.certainty import Assumed, Certainty, certainty_of, figures_of_price
from domain.bill.energy_price import fixed_price, indexed_terms
from domain.bill.price_parts import PVPC_TARIFF, PartCode, PartStatus, PricePart, parts_of, status_of
from domain.bill.tariff import Tariff, TariffTables
from domain.bill.terms import Basis, PriceBasis, PriceTerms
from domain.errors import NotKnownError
from domain.prices.slots import KnownPrice, Market, PriceSlot
from domain.timeline import HOUR, floor_to, local_day, utc_from_epoch
from forecasting.data.grid import Floats, Ints
from services.prices.board import CurrentPrice

DECIMALS = 6
"""Prices are rounded to a ten-thousandth of a cent, so that two machines round alike."""


@dataclass(frozen=True, slots=True)
class PaidNow:
    """The slot of now at what it costs the plant, and whether that follows from a publication or from the contract alone."""

    price: KnownPrice
    origin: Literal["published", "contract"]
    basis: Basis
    tariff: Tariff
    tables_from: date | None
    """Since when the tolls and charges in the price are in force; None where the contract's price has them inside."""
    assumed: tuple[Assumed, ...] = ()
    """Figures in the price that are carried beyond their end."""
    other_reading: float | None = None
    """The price if a condition that is open is met [€/kWh]."""


class PaidPrice:
    """By the basis of the contract, from which `market` follows. All prices €/kWh. Can be sent to another process."""

    def __init__(self, tariff: Tariff, terms: PriceTerms, tables: TariffTables) -> None:
        self._tariff = tariff
        self._terms = terms
        self._tables = tables

    @property
    def basis(self) -> Basis:
        """What the contract follows."""
        return self._terms.basis

    @property
    def told(self) -> PriceBasis:
        """The basis as it is told beside euros."""
        return self._terms.told

    @property
    def market(self) -> Market:
        """The market whose prices count: PVPC, or the spot that an indexed price follows."""
        return "pvpc" if self.basis == "pvpc" else "spot"

    def at(self, instant: datetime) -> Callable[[float], float]:
        """Price of the market -> what the plant pays. NotKnownError where a term of the contract is not known."""
        if self.basis == "pvpc":
            return float
        if self.basis == "fixed":
            price = fixed_price(self._terms, self._tariff, instant)
            return lambda _: price
        return indexed_terms(self._tables, self._tariff, self._terms, instant).price

    def hour(self, start: datetime) -> Callable[[float | None], float | None]:
        """Price of the market in an hour -> what the plant pays; None where the price or a term is not known."""
        try:
            paid = self.at(start)
        except NotKnownError:
            return lambda _: None
        return lambda price: None if price is None else paid(price)

    def hours(self, starts: Ints, prices: Floats) -> Floats:
        """(..., hours) what is paid at prices (..., hours) of the market; NaN where the price or a term is not known."""
        if self.basis == "pvpc":
            return prices
        paid = np.full(prices.shape, np.nan)
        for i, start in enumerate(starts):
            with contextlib.suppress(NotKnownError):
                paid[..., i] = self._column(utc_from_epoch(int(start)), prices[..., i])
        return paid

    def _column(self, instant: datetime, prices: Floats) -> Floats:
        if self.basis == "fixed":
            return np.where(np.isnan(prices), np.nan, fixed_price(self._terms, self._tariff, instant))
        paid: Floats = indexed_terms(self._tables, self._tariff, self._terms, instant).price(prices, larger=np.maximum)
        return paid

    def now(self, now: datetime, spot: CurrentPrice | None) -> PaidNow | None:
        """What is paid now, given the spot of now; None where PVPC is paid, or it is not known."""
        if self.basis == "pvpc" or (self.basis == "indexed" and spot is None):
            return None
        follows = spot if self.basis == "indexed" else None
        told = follows.price if follows else _contract(floor_to(now, HOUR))
        paid = self.hour(told.slot.start)(told.slot.eur_per_kwh)
        if paid is None:
            return None
        price = replace(told, slot=replace(told.slot, eur_per_kwh=round(paid, DECIMALS)))
        certainty = self.certainty(local_day(told.slot.start))
        return PaidNow(
            price,
            "published" if follows else "contract",
            self.basis,
            self._tariff,
            self._tables_from(told.slot.start),
            certainty.assumed,
            self._other_reading(certainty, told.slot),
        )

    def parts(self, instant: datetime, market: float) -> tuple[PricePart, ...]:
        """What is paid at a price of the market, part by part. NotKnownError where a term of it is not known."""
        return parts_of(self._tables, self._tariff, self._terms, instant, market)

    def status(self, code: PartCode, day: date) -> PartStatus:
        """How certain a part is on a day."""
        return status_of(self._tables, self._tariff, self._terms, code, day)

    @property
    def tariff(self) -> Tariff:
        """The tariff whose periods and tolls are in the price."""
        return PVPC_TARIFF if self.basis == "pvpc" else self._tariff

    def certainty(self, day: date) -> Certainty:
        """What is to be said of the figures in the price of a day: assumed, open, missing, ending."""
        return certainty_of(figures_of_price(self._tables, self._tariff, self._terms), day)

    def _other_reading(self, certainty: Certainty, slot: PriceSlot) -> float | None:
        taxes = [told.condition.if_met[0] for told in certainty.open if told.figure.name == "electricity_tax"]
        if not taxes:
            return None
        terms = replace(indexed_terms(self._tables, self._tariff, self._terms, slot.start), electricity_tax=taxes[0])
        return round(float(terms.price(slot.eur_per_kwh)), DECIMALS)

    def _tables_from(self, instant: datetime) -> date | None:
        if self.basis != "indexed":
            return None
        return self._tables.toll_and_charge.since(self._tariff, local_day(instant))


def _contract(hour: datetime) -> KnownPrice:
    """An hour whose price the contract alone says."""
    return KnownPrice(PriceSlot(hour, hour + HOUR, 0.0), "contract", hour)
