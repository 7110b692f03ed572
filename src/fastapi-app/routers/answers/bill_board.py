"""Bill and contracted power as the page shows them."""

import datetime
from typing import Self

from domain.bill.invoice.bill import Bill
from domain.bill.invoice.lines import BilledUnit, Line, LineCode, Standing
from domain.bill.invoice.projection import NoProjection, Projection
from domain.bill.invoice.taxes import Taxed
from domain.bill.terms import PriceBasis
from domain.timeline import local_day
from routers.answers.base import Out, rounded
from routers.answers.bill import number
from routers.answers.power import PowerStudyOut
from services.bill.board import BillBlock, standing_of
from services.bill.power_board import PowerBlock

KW_DIGITS = 1


class PageLineOut(Out):
    """A line of this month's bill; `amount_eur` null: a figure or a price is not known."""

    code: LineCode
    period: int | None
    first: datetime.date
    last: datetime.date
    quantity: float
    unit: BilledUnit
    unit_price_eur: float | None
    amount_eur: float | None
    standing: Standing

    @classmethod
    def of(cls, line: Line) -> Self:
        """As JSON."""
        return cls(
            code=line.code,
            period=line.period,
            first=line.first,
            last=line.last,
            quantity=round(float(line.quantity), 3),
            unit=line.unit,
            unit_price_eur=number(line.unit_price),
            amount_eur=number(line.amount),
            standing=line.standing,
        )


class PageReadingOut(Out):
    """What is owed; `condition` has to be met for it. Without its lines where only the total is shown."""

    condition: str | None
    total_eur: float
    lines: list[PageLineOut] | None = None

    @classmethod
    def of(cls, taxed: Taxed, *, lines: bool) -> Self:
        """As JSON."""
        told = {"lines": [PageLineOut.of(line) for line in taxed.lines]} if lines else {}
        return cls(condition=taxed.condition, total_eur=float(taxed.total), **told)


class PageBillOut(Out):
    """A bill: as `GET /bill` has it of the same days. `standing`: the least certain of its figures."""

    first: datetime.date
    last: datetime.date
    kwh: float
    base_eur: float
    readings: list[PageReadingOut]
    lines: list[PageLineOut] | None = None
    standing: Standing
    slots: int
    missing_quarters: int
    estimated_slots: int
    hours_without_quarters: int
    meter_rental_told: bool
    complete: bool

    @classmethod
    def of(cls, bill: Bill, *, lines: bool) -> Self:
        """As JSON."""
        told = {"lines": [PageLineOut.of(line) for line in bill.lines]} if lines else {}
        return cls(
            first=bill.first,
            last=bill.last,
            kwh=round(float(bill.kwh), 3),
            base_eur=float(bill.base),
            readings=[PageReadingOut.of(taxed, lines=lines) for taxed in bill.readings],
            standing=standing_of(bill),
            slots=bill.slots,
            missing_quarters=bill.missing.count,
            estimated_slots=bill.estimated,
            hours_without_quarters=bill.by_the_hour,
            meter_rental_told=bill.rental_told,
            complete=bill.complete,
            **told,
        )


class ProjectionOut(Out):
    """The month at its end, taxes inside. `months` whole months ended between the two per cents of such a reckoning."""

    last: datetime.date
    known_to: datetime.date
    months: int
    low_eur: float
    high_eur: float
    low_percent: float
    high_percent: float

    @classmethod
    def of(cls, told: Projection) -> Self:
        """As JSON."""
        return cls(
            last=told.last,
            known_to=told.known_to,
            months=told.months,
            low_eur=float(told.low_eur),
            high_eur=float(told.high_eur),
            low_percent=round(100 * float(told.least_ratio - 1), 1),
            high_percent=round(100 * float(told.most_ratio - 1), 1),
        )


class BillBlockOut(Out):
    """The bill on the page. `supply_point` null: no curve was imported; `month` null: it has nothing of this month."""

    price_basis: PriceBasis
    supply_point: str | None
    supply_points: int
    curve_from: datetime.date | None
    curve_to: datetime.date | None
    month: PageBillOut | None
    projection: ProjectionOut | None
    no_projection: NoProjection | None
    months: list[PageBillOut]

    @classmethod
    def of(cls, block: BillBlock) -> Self:
        """As JSON."""
        point, end = block.point, block.end
        return cls(
            price_basis=block.basis,
            supply_point=None if point is None else point.name,
            supply_points=block.points,
            curve_from=None if point is None else local_day(point.first),
            curve_to=None if point is None else local_day(point.newest),
            month=None if block.month is None else PageBillOut.of(block.month, lines=True),
            projection=ProjectionOut.of(end) if isinstance(end, Projection) else None,
            no_projection=None if isinstance(end, Projection) else end,
            months=[PageBillOut.of(bill, lines=False) for bill in block.months],
        )


class PeriodOfMonthOut(Out):
    """A period of contracted power in the newest month."""

    contracted_kw: float
    most_kw: float | None
    quarters_above: int


class PowerBlockOut(Out):
    """Contracted power on the page. `study` null: the curve has not all of the days that it `wants`."""

    supply_point: str | None
    curve_from: datetime.date | None
    curve_to: datetime.date | None
    first: datetime.date | None
    last: datetime.date | None
    periods: list[PeriodOfMonthOut]
    hours_without_quarters: int
    wants: list[datetime.date]
    study: PowerStudyOut | None

    @classmethod
    def of(cls, block: PowerBlock, *, simulated: bool) -> Self:
        """As JSON; without the curves of cost, which the page does not show."""
        point, found = block.point, None if block.study is None else PowerStudyOut.of(block.study, simulated=simulated)
        return cls(
            supply_point=None if point is None else point.name,
            curve_from=None if point is None else local_day(point.first),
            curve_to=None if point is None else local_day(point.newest),
            first=block.first,
            last=block.last,
            periods=[
                PeriodOfMonthOut(
                    contracted_kw=one.contracted_kw,
                    most_kw=rounded(one.most_kw, KW_DIGITS),
                    quarters_above=one.quarters_above,
                )
                for one in block.periods
            ],
            hours_without_quarters=block.hours_without_quarters,
            wants=list(block.wanted or ()),
            study=None if found is None else found.model_copy(update={"curves": {}}),
        )
