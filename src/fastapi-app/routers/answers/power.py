"""Contracted powers: today's beside those that would have cost least."""

from typing import Self

from domain.bill.contracted_power import Powers
from domain.bill.invoice.lines import Figures, Standing
from domain.bill.power_study import ChoiceName, Month
from domain.bill.tariff import Tariff
from routers.answers.base import Out
from services.bill.power import StudiedPower

CENT = 2


def month(one: Month) -> str:
    """As YYYY-MM."""
    return f"{one[0]}-{one[1]:02}"


class PowersOut(Out):
    """Contracted power by period [kW], P1 first, and what twelve months cost with it [EUR], before taxes."""

    kw: list[float]
    fixed_eur: float
    excess_eur: float
    total_eur: float

    @classmethod
    def of(cls, powers: Powers) -> Self:
        """As JSON."""
        return cls(
            kw=list(powers.kw),
            fixed_eur=round(powers.fixed_eur, CENT),
            excess_eur=round(powers.excess_eur, CENT),
            total_eur=round(powers.total_eur, CENT),
        )


class PowerFiguresOut(Out):
    """Published figures by period, with their norm and whether they are in force on the day."""

    values: list[float]
    unit: str
    norm: str
    standing: Standing

    @classmethod
    def of(cls, figures: Figures, unit: str) -> Self:
        """As JSON."""
        return cls(values=[float(one) for one in figures.values], unit=unit, norm=figures.norm, standing=figures.standing)


class PowerChoiceOut(Out):
    """Powers that could be contracted; `saving_eur` against today's, of twelve months, negative where they cost more.

    `free`: the cheapest; `last_period_held`: the cheapest with P6 (P2 in 2.0TD) as today; `margin_5`, `margin_10`: the cheapest
    with so many per cent on top.
    """

    name: ChoiceName
    powers: PowersOut
    excess_by_quarters: bool
    saving_eur: float


class WithoutQuarterOut(Out):
    """The cheapest powers of the other nine months, and what all twelve would have cost with them."""

    first: str
    last: str
    powers: PowersOut
    saving_eur: float


class PowerPointOut(Out):
    """What one period costs with a power [EUR of twelve months]."""

    kw: float
    fixed_eur: float
    excess_eur: float


class PowerStudyOut(Out):
    """The newest twelve whole months of a curve at the tolls of today."""

    supply_point: str
    tariff: Tariff
    months: list[str]
    missing_quarters: int
    estimated_slots: int
    hours_without_quarters: int
    power_figures: PowerFiguresOut
    excess_figures: PowerFiguresOut
    excess_by_quarters: bool
    most_kw: list[float]
    present: PowersOut
    choices: list[PowerChoiceOut]
    without: list[WithoutQuarterOut]
    curves: dict[str, list[PowerPointOut]]
    simulated: bool

    @classmethod
    def of(cls, studied: StudiedPower, *, simulated: bool) -> Self:
        """As JSON."""
        study = studied.study
        return cls(
            supply_point=studied.point.name,
            tariff=studied.tariff,
            months=[month(one) for one in study.months],
            missing_quarters=studied.missing_quarters,
            estimated_slots=studied.estimated_slots,
            hours_without_quarters=studied.hours_without_quarters,
            power_figures=PowerFiguresOut.of(study.prices, "EUR/kW and year"),
            excess_figures=PowerFiguresOut.of(study.excess, "EUR/kW" if study.goes_by_quarters else "EUR/kW and day"),
            excess_by_quarters=study.goes_by_quarters,
            most_kw=[round(kw, 3) for kw in study.most_kw],
            present=PowersOut.of(study.present),
            choices=[
                PowerChoiceOut(
                    name=one.name,
                    powers=PowersOut.of(one.powers),
                    excess_by_quarters=one.goes_by_quarters,
                    saving_eur=round(one.saving_eur, CENT),
                )
                for one in study.choices
            ],
            without=[
                WithoutQuarterOut(
                    first=month(one.first),
                    last=month(one.last),
                    powers=PowersOut.of(one.powers),
                    saving_eur=round(one.saving_eur, CENT),
                )
                for one in study.without
            ],
            curves={
                f"P{number}": [
                    PowerPointOut(kw=one.kw, fixed_eur=round(one.fixed_eur, CENT), excess_eur=round(one.excess_eur, CENT))
                    for one in points
                ]
                for number, points in enumerate(study.points, start=1)
            },
            simulated=simulated,
        )
