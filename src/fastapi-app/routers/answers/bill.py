"""Bills: lines, readings of the taxes, what is missing; a retailer's lines beside ours."""

import datetime
from decimal import Decimal
from typing import Literal, Self

from domain.bill.invoice.bill import Bill
from domain.bill.invoice.check import Checked, Compared, Slip, Verdict
from domain.bill.invoice.lines import BilledUnit, Line, LineCode, Standing
from domain.bill.invoice.taxes import Taxed
from domain.bill.terms import PriceBasis
from domain.messages import Amount, Message, Term, message
from routers.answers.base import Out
from wording.wording import Wording


def number(value: Decimal | None) -> float | None:
    """As JSON has it; amounts are whole cents."""
    return None if value is None else float(value)


def named(code: LineCode, period: int | None) -> Message:
    """What a line is called on an invoice."""
    line = Term("bill_line", code)
    return message("bill.line", line=line) if period is None else message("bill.line_of_period", line=line, period=str(period))


class BillLineOut(Out):
    """A line. `amount_eur` null: a figure or a price is not known. `standing`: of its figures."""

    code: LineCode
    period: int | None
    name: dict[str, str]
    first: datetime.date
    last: datetime.date
    quantity: float
    unit: BilledUnit
    unit_price_eur: float | None
    amount_eur: float | None
    norm: str
    standing: Standing

    @classmethod
    def of(cls, line: Line, words: Wording) -> Self:
        """As JSON."""
        return cls(
            code=line.code,
            period=line.period,
            name=spoken(words, named(line.code, line.period)),
            first=line.first,
            last=line.last,
            quantity=float(line.quantity),
            unit=line.unit,
            unit_price_eur=number(line.unit_price),
            amount_eur=number(line.amount),
            norm=line.norm,
            standing=line.standing,
        )


def spoken(words: Wording, said: Message) -> dict[str, str]:
    """The sentence in each language."""
    texts = words.texts(said)
    return {lang: texts[lang] for lang in words.langs}


class ReadingOut(Out):
    """What is owed; `condition` has to be met for it, null: what holds otherwise."""

    condition: str | None
    lines: list[BillLineOut]
    total_eur: float

    @classmethod
    def of(cls, taxed: Taxed, words: Wording) -> Self:
        """As JSON."""
        lines = [BillLineOut.of(line, words) for line in taxed.lines]
        return cls(condition=taxed.condition, lines=lines, total_eur=float(taxed.total))


class MissingOut(Out):
    """Quarter-hours that are not there, and their energy if no more than the contracted power was drawn."""

    quarters: int
    by_period: dict[str, int]
    most_kwh: float


class BillOut(Out):
    """The bill of a range of days. Not `complete`: the totals are of what is known."""

    supply_point: str
    first: datetime.date
    last: datetime.date
    due: datetime.date
    price_basis: PriceBasis
    meter_type: int
    lines: list[BillLineOut]
    base_eur: float
    readings: list[ReadingOut]
    kwh: float
    slots: int
    estimated_slots: int
    hours_without_quarters: int
    slots_without_reactive: int
    missing: MissingOut
    meter_rental_told: bool
    complete: bool
    simulated: bool

    @classmethod
    def of(cls, point: str, bill: Bill, basis: PriceBasis, words: Wording, *, simulated: bool) -> Self:
        """As JSON."""
        missing = MissingOut(
            quarters=bill.missing.count,
            by_period={f"P{number}": count for number, count in bill.missing.quarters.items()},
            most_kwh=float(bill.missing.most_kwh),
        )
        return cls(
            supply_point=point,
            first=bill.first,
            last=bill.last,
            due=bill.due,
            price_basis=basis,
            meter_type=bill.meter_type,
            lines=[BillLineOut.of(line, words) for line in bill.lines],
            base_eur=float(bill.base),
            readings=[ReadingOut.of(taxed, words) for taxed in bill.readings],
            kwh=float(bill.kwh),
            slots=bill.slots,
            estimated_slots=bill.estimated,
            hours_without_quarters=bill.by_the_hour,
            slots_without_reactive=bill.without_reactive,
            missing=missing,
            meter_rental_told=bill.rental_told,
            complete=bill.complete,
            simulated=simulated,
        )


class ComparedOut(Out):
    """A line beside ours, with its sentence in each language; `difference_eur` is what is asked too much."""

    code: LineCode
    period: int | None
    name: dict[str, str]
    asked_eur: float | None
    ours_eur: float | None
    difference_eur: float | None
    verdict: Verdict
    slip: Slip | None
    said: dict[str, str]

    @classmethod
    def of(cls, one: Compared, words: Wording) -> Self:
        """As JSON."""
        return cls(
            code=one.code,
            period=one.period,
            name=spoken(words, named(one.code, one.period)),
            asked_eur=number(one.asked),
            ours_eur=number(one.ours),
            difference_eur=number(one.difference),
            verdict=one.verdict,
            slip=one.slip,
            said=spoken(words, saying(one)),
        )


def saying(one: Compared) -> Message:
    """What is to be said of a line."""
    if one.difference is None or one.verdict in ("matches", "figure_missing"):
        return message("bill.matches") if one.verdict == "matches" else message("bill.figure_missing")
    amount = Amount(float(abs(one.difference)), "eur", 2)
    if one.slip is not None:
        slip = Term("bill_slip", one.slip)
        if one.difference > 0:
            return message("bill.over_by", amount=amount, slip=slip)
        return message("bill.under_by", amount=amount, slip=slip)
    if one.verdict == "not_due":
        return message("bill.not_due", amount=amount)
    if one.verdict == "absent":
        return message("bill.absent", amount=amount)
    return message("bill.over", amount=amount) if one.verdict == "over" else message("bill.under", amount=amount)


class CheckOut(Out):
    """A retailer's bill beside ours, the worst line first. `adds_up` null: no total was told."""

    lines: list[ComparedOut]
    asked_eur: float
    adds_up: bool | None
    condition: str | None
    complete: bool
    unit: Literal["EUR"]
    simulated: bool

    @classmethod
    def of(cls, bill: Bill, check: Checked, words: Wording, *, simulated: bool) -> Self:
        """As JSON; `condition` is what has to be met for the reading of the taxes that was compared with."""
        return cls(
            lines=[ComparedOut.of(line, words) for line in check.lines],
            asked_eur=float(check.asked_eur),
            adds_up=check.adds_up,
            condition=bill.readings[check.reading].condition,
            complete=bill.complete,
            unit="EUR",
            simulated=simulated,
        )


class ConsumptionKeptOut(Out):
    """What became of the slots that were sent. `differing`: other than what is kept, which stays unless they are a correction."""

    supply_point: str
    written: int
    unchanged: int
    differing: int
    simulated: bool
