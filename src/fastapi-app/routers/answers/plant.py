"""The plant: its values with unit and limits, and what a change does."""

from typing import Self

from pydantic import Field

from domain import bounds
from domain.bill.terms import Basis
from domain.bounds import Bound
from domain.plan.plant import WEEKDAYS, Plant, Shift, Stage
from domain.plan.quality_week import QualityWeek
from routers.answers.base import Out
from services.plant.service import PlantChanged, PlantShown

LIMITS: dict[str, tuple[Bound, bool]] = {
    "stages.units": (bounds.UNITS, True),
    "stages.power_kw": (bounds.POWER_KW, False),
    "stages.minutes": (bounds.MINUTES, True),
    "contract.power_kw": (bounds.CONTRACTED_KW, False),
    "price.fee_eur_per_kwh": (bounds.FEE_EUR_KWH, False),
    "price.fixed_eur_per_kwh": (bounds.FIXED_EUR_KWH, False),
    "demand": (bounds.BATCHES, False),
}
"""Field -> its limits, and whether only whole numbers are taken."""


class LimitOut(Out):
    """What a figure may be; `whole`: no fractions."""

    least: float
    most: float
    unit: str
    whole: bool


class StageOut(Out):
    """A stage."""

    name: str
    units: int
    power_kw: float
    minutes: dict[str, int]

    @classmethod
    def of(cls, stage: Stage) -> Self:
        """As JSON."""
        return cls(name=stage.name, units=stage.units, power_kw=stage.power_kw, minutes=dict(stage.minutes))


class ShiftOut(Out):
    """A shift, in local time; one that ends before it starts runs past midnight."""

    days: list[str]
    start: str
    end: str

    @classmethod
    def of(cls, shift: Shift) -> Self:
        """As JSON."""
        days = [WEEKDAYS[day] for day in sorted(shift.weekdays)]
        return cls(days=days, start=f"{shift.start:%H:%M}", end=f"{shift.end:%H:%M}")


class ContractOut(Out):
    """The contract: `power_kw` by period."""

    tariff: str
    power_kw: dict[str, float]


class PriceTermsOut(Out):
    """By which price the plant pays; `fixed_eur_per_kwh` is empty where the contract has none."""

    basis: Basis
    fee_eur_per_kwh: float
    fixed_eur_per_kwh: dict[str, float]


class QualityWeekOut(Out):
    """A quality in a week of the months with least power, nothing else being made: a plan of `at_least_batches` is known, the best
    may make more. `due_kg` is the weekday demand.
    """

    quality: str
    at_least_batches: int
    at_least_kg: float
    due_kg: float

    @classmethod
    def of(cls, week: QualityWeek) -> Self:
        """As JSON."""
        return cls(
            quality=week.quality,
            at_least_batches=week.at_least,
            at_least_kg=round(week.at_least_kg, 3),
            due_kg=round(week.due_kg, 3),
        )


class PlantOut(Out):
    """The plant as its file describes it. `digest` goes into If-Match; `in_force` is false where the file was edited by hand since
    the start; `fault`: it cannot be read, and the plant in force is shown; `closed`: why it cannot be changed here; `kept`: the
    files before it, the newest first.
    """

    simulated: bool
    digest: str
    in_force: bool
    fault: str | None
    closed: str | None
    kept: list[str]
    name: str
    batch_kg: float
    qualities: list[str]
    stages: list[StageOut]
    shifts: list[ShiftOut]
    contract: ContractOut
    price: PriceTermsOut
    demand: dict[str, dict[str, float]] = Field(description="Batches due by the end of a weekday, by quality")
    limits: dict[str, LimitOut]
    week: list[QualityWeekOut]

    @classmethod
    def of(cls, shown: PlantShown, *, simulated: bool) -> Self:
        """As JSON."""
        plant = shown.plant
        return cls(
            simulated=simulated,
            digest=shown.file.digest,
            in_force=shown.in_force,
            fault=shown.fault,
            closed=shown.file.closed,
            kept=list(shown.file.kept),
            name=plant.site.name if plant.site else "",
            batch_kg=plant.batch_kg,
            qualities=list(plant.qualities),
            stages=[StageOut.of(stage) for stage in plant.stages],
            shifts=[ShiftOut.of(shift) for shift in plant.shifts],
            contract=ContractOut(tariff=plant.tariff, power_kw=by_period(plant.contracted_kw)),
            price=_price(plant),
            demand={name: dict(plant.weekday_batches.get(day, {})) for day, name in enumerate(WEEKDAYS)},
            limits={
                name: LimitOut(least=bound.least, most=bound.most, unit=bound.unit, whole=whole)
                for name, (bound, whole) in LIMITS.items()
            },
            week=[QualityWeekOut.of(one) for one in shown.week],
        )


class PlantChangedOut(Out):
    """What a change does. `saved` is false for a dry run; `digest` is that of the file as it is now, `kept` the name of the file
    with the old text; `in_force` false after it was saved: a restart is needed.
    """

    saved: bool
    in_force: bool
    kept: str | None
    digest: str
    diff: str = Field(description="Unified, of the text of factory.toml; empty where nothing changes")
    before: list[QualityWeekOut]
    after: list[QualityWeekOut]

    @classmethod
    def of(cls, changed: PlantChanged) -> Self:
        """As JSON."""
        return cls(
            saved=changed.kept is not None,
            in_force=changed.in_force,
            kept=changed.kept,
            digest=changed.digest,
            diff=changed.diff,
            before=[QualityWeekOut.of(one) for one in changed.before],
            after=[QualityWeekOut.of(one) for one in changed.after],
        )


def by_period(figures: tuple[float, ...]) -> dict[str, float]:
    """P1 and on."""
    return {f"P{number}": figure for number, figure in enumerate(figures, start=1)}


def _price(plant: Plant) -> PriceTermsOut:
    terms = plant.price
    return PriceTermsOut(
        basis=terms.basis, fee_eur_per_kwh=terms.fee_eur_per_kwh, fixed_eur_per_kwh=by_period(terms.fixed_eur_per_kwh)
    )
