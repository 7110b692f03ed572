"""Which contracted powers would have cost least over twelve months of a curve, and how sure that is.

Figures are before taxes: the electricity tax and VAT lie on both sides. The tolls are those of one day for all months: what is
asked is what a year to come costs, not what the past one did.
"""

import math
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence

from domain.bill.contracted_power import (
    ANY,
    Excess,
    MonthOfPeriod,
    PeriodCurve,
    Powers,
    by_highest,
    by_quarters,
    cheapest,
    cost_of,
)
from domain.bill.invoice.lines import Figures, figures_on
from domain.bill.power_study import Choice, ChoiceName, Curve, Month, PowerPoint, PowerStudy, Terms, WithoutQuarter
from domain.bill.supply import meter_type_of
from domain.bill.tariff import MOST_KW_OF_2_0TD, DatedTable, TariffTables, must_not_fall, power_periods
from domain.errors import NotKnownError

MARGINS: tuple[tuple[ChoiceName, float], ...] = (("margin_5", 1.05), ("margin_10", 1.10))
MONTHS, QUARTER_MONTHS = 12, 3
MOST_KW_OF_TYPE_4, LEAST_KW_OF_3_0TD = 50.0, 16.0
"""Above the first, in any period, excess goes by quarter-hours (RD 1110/2007, art. 7); 3.0TD asks for more than 15 kW in one."""
STEP_OF_2_0TD_KW = 0.1
POINTS = 40


def study(tables: TariffTables, terms: Terms, curve: Curve) -> PowerStudy:
    """The study of twelve months of a curve; NotKnownError where the tables have no tolls for the day."""
    return _Study(tables, terms, curve).made()


class _Study:
    def __init__(self, tables: TariffTables, terms: Terms, curve: Curve) -> None:
        self._terms = terms
        self._curve = curve
        self._months = tuple(sorted(curve))
        numbers = range(1, power_periods(terms.tariff) + 1)
        self._most = tuple(max((max(month.get(number, (0.0,))) for month in curve.values()), default=0.0) for number in numbers)
        self._prices = _known(tables.power, terms)
        kinds = {True: tables.excess_power_of_quarters, False: tables.excess_power}
        self._excess = {kind: _known(table, terms) for kind, table in kinds.items() if kind in set(self._kinds())}
        self._year = {kind: self._curves(self._months, kind) for kind in self._excess}
        self._grid = _grid(terms, max(self._most))

    def made(self) -> PowerStudy:
        terms, today = self._terms, self._goes_by_quarters(self._terms.kw)
        present = self._cost(terms.kw)
        last = len(terms.kw) - 1
        free = self._best(self._months)
        named: list[tuple[ChoiceName, Powers | None]] = [("free", free)]
        named.append(("last_period_held", self._best(self._months, {last: (terms.kw[last], terms.kw[last])})))
        if free is not None:
            named += [(name, self._cost(self._wider(free.kw, times))) for name, times in MARGINS]
        return PowerStudy(
            self._months,
            self._prices,
            self._excess[today],
            present,
            today,
            self._most,
            tuple(
                Choice(name, powers, self._goes_by_quarters(powers.kw), present.total_eur - powers.total_eur)
                for name, powers in named
                if powers is not None
            ),
            tuple(self._without(present)),
            tuple(self._points(curve, _of(today)) for curve in self._year[today]),
        )

    def _kinds(self) -> Iterator[bool]:
        """How excess may be billed: by quarter-hours, by the highest; an owner may have a better meter than is needed."""
        if (self._terms.meter_type or 5) <= 3:
            yield True
            return
        yield False
        if self._terms.tariff != "2.0TD":
            yield True

    def _goes_by_quarters(self, kw: Sequence[float]) -> bool:
        return min(meter_type_of(kw), self._terms.meter_type or 5) <= 3

    def _curves(self, months: Sequence[Month], kind: bool) -> list[PeriodCurve]:
        share = len(months) / MONTHS
        figures = zip(self._prices.values, self._excess[kind].values, strict=True)
        return [
            PeriodCurve(
                float(price) * share,
                tuple(MonthOfPeriod(tuple(self._curve[one].get(number, ())), float(above), monthrange(*one)[1]) for one in months),
            )
            for number, (price, above) in enumerate(figures, start=1)
        ]

    def _cost(self, kw: Sequence[float]) -> Powers:
        kind = self._goes_by_quarters(kw)
        return cost_of(self._year[kind], _of(kind), kw)

    def _best(self, months: Sequence[Month], held: Mapping[int, tuple[float, float]] | None = None) -> Powers | None:
        """The cheapest over all kinds of meter; None where no contract is like that."""
        found = []
        for kind in self._kinds():
            bounds = {index: _both(self._bounds(kind, index), (held or {}).get(index, ANY)) for index in range(len(self._terms.kw))}
            if all(any(least <= kw <= most for kw in self._grid) for least, most in bounds.values()):
                rising = must_not_fall(self._terms.tariff)
                found.append(cheapest(self._curves(months, kind), _of(kind), self._grid, rising=rising, bounds=bounds))
        return min((powers for powers in found if powers.total_eur < math.inf), key=lambda powers: powers.total_eur, default=None)

    def _bounds(self, kind: bool, index: int) -> tuple[float, float]:
        """What a period may have with a kind of meter: its power decides on the kind, but for a better one of the owner's."""
        is_last = index == len(self._terms.kw) - 1
        least = LEAST_KW_OF_3_0TD if self._terms.tariff == "3.0TD" and is_last else 0.0
        if not kind:
            return least, MOST_KW_OF_TYPE_4
        better = (self._terms.meter_type or 5) <= 3
        return (max(least, MOST_KW_OF_TYPE_4 + 1) if is_last and not better else least), math.inf

    def _wider(self, kw: Sequence[float], times: float) -> tuple[float, ...]:
        if self._terms.tariff == "2.0TD":
            return tuple(min(MOST_KW_OF_2_0TD, math.ceil(one * times / STEP_OF_2_0TD_KW) * STEP_OF_2_0TD_KW) for one in kw)
        return tuple(float(math.ceil(one * times)) for one in kw)

    def _without(self, present: Powers) -> Iterator[WithoutQuarter]:
        for index in range(0, len(self._months), QUARTER_MONTHS):
            out = self._months[index : index + QUARTER_MONTHS]
            found = self._best([month for month in self._months if month not in out])
            if found is not None:
                whole = self._cost(found.kw)
                yield WithoutQuarter(out[0], out[-1], whole, present.total_eur - whole.total_eur)

    def _points(self, curve: PeriodCurve, excess: Excess) -> tuple[PowerPoint, ...]:
        step = max(1, math.ceil(len(self._grid) / POINTS))
        months = [excess(month) for month in curve.months]
        return tuple(PowerPoint(kw, curve.eur_per_kw * kw, sum(month(kw) for month in months)) for kw in self._grid[::step])


def _of(kind: bool) -> Excess:
    return by_quarters if kind else by_highest


def _both(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return max(one[0], other[0]), min(one[1], other[1])


def _known(table: DatedTable, terms: Terms) -> Figures:
    figures = figures_on(table, terms.tariff, terms.day)
    if not figures.values:
        raise NotKnownError(f"{table.title} of {terms.tariff} on {terms.day} is not known")
    return figures


def _grid(terms: Terms, most: float) -> list[float]:
    """Whole kW up to the highest there was or is contracted, steps of 0.1 kW in 2.0TD; and the powers of today."""
    top = max(most, *terms.kw)
    if terms.tariff == "2.0TD":
        steps = [round(n * STEP_OF_2_0TD_KW, 1) for n in range(1, round(min(top, MOST_KW_OF_2_0TD) / STEP_OF_2_0TD_KW) + 1)]
    else:
        steps = [float(kw) for kw in range(1, max(math.ceil(top), math.ceil(MOST_KW_OF_TYPE_4) + 1) + 1)]
    return sorted({*steps, *terms.kw})
