"""Everything that the page shows, and the week as a heat map."""

from datetime import date, datetime
from typing import Any, Self

from pydantic import ConfigDict, Field

from domain.bill.terms import PriceBasis
from domain.classes import ClassName
from domain.prices.slots import Market
from domain.shop_floor.closing import Asked, AskedBatch
from domain.shop_floor.identity import name_of
from domain.timeline import HOUR
from routers.answers.advice import AlertOut, RecommendationOut
from routers.answers.base import FailedPartOut, Instant, Out, Probabilities, Provenance, rounded
from routers.answers.bill_board import BillBlockOut, PowerBlockOut
from routers.answers.forecast import ForecastBlockOut, IssuedForecastOut
from routers.answers.messages import MessageOut
from routers.answers.operations import SystemOut
from routers.answers.plan import LateBatchOut, NameOut, PlanBlockOut
from routers.answers.price_parts import PricePartsOut
from routers.answers.prices import CurrentPriceOut, PaidOut, PriceDayOut
from routers.answers.savings import SavingsBlockOut
from routers.answers.weather import AirOut, CurrentWeatherOut, WeatherBlockOut
from services.page.heatmap import ClassChanges, ClassEdge, ClassNow, Legend, Week, WeekDay, WeekHour
from services.page.past import NotKept, Part, Why
from services.plan.calm import Calm
from services.plan.floor_board import DownMachine, FloorBlock, LateText


class ClassChangeOut(Out):
    """A price at which an hour is of another class, and of which."""

    price_eur_kwh: float
    production_class: ClassName

    @classmethod
    def of(cls, change: ClassEdge | None) -> Self | None:
        """As JSON."""
        return None if change is None else cls(price_eur_kwh=change.eur_per_kwh, production_class=change.production_class)


class ClassChangesOut(Out):
    """The nearest prices on both sides at which the class changes; null where it does not."""

    above: ClassChangeOut | None
    below: ClassChangeOut | None

    @classmethod
    def of(cls, changes: ClassChanges) -> Self:
        """As JSON."""
        return cls(above=ClassChangeOut.of(changes.above), below=ClassChangeOut.of(changes.below))


class WeekHourOut(Out):
    """An hour of the week; null where nobody knows. `halted_by`: stages whose hard limit the air breaks."""

    start: Instant
    end: Instant
    origin: str | None
    price_eur_kwh: float | None
    p10: float | None
    p50: float | None
    p90: float | None
    energy_score: float | None
    production_class: ClassName | None
    probabilities: Probabilities | None
    planned_load_kw: float | None
    ambient: AirOut | None
    class_changes: ClassChangesOut | None = None
    halted_by: list[str] | None = None

    @classmethod
    def of(cls, hour: WeekHour) -> Self:
        """As JSON. Where the price is uncertain nothing is said of the prices at which the class changes."""
        more: dict[str, Any] = {"halted_by": list(hour.halted_by)} if hour.halted_by else {}
        if hour.class_changes is not None:
            more["class_changes"] = ClassChangesOut.of(hour.class_changes)
        elif hour.origin != "forecast" or hour.halted_by:
            more["class_changes"] = None
        return cls(
            start=hour.start,
            end=hour.start + HOUR,
            origin=hour.origin,
            price_eur_kwh=hour.eur_per_kwh,
            p10=hour.p10,
            p50=hour.p50,
            p90=hour.p90,
            energy_score=rounded(hour.energy_score, 1),
            production_class=hour.production_class,
            probabilities=Probabilities.known(hour.shares),
            planned_load_kw=hour.planned_load_kw,
            ambient=None if hour.air is None else AirOut.air(hour.air),
            **more,
        )


class WeekDayOut(Out):
    """A local day with its 23, 24 or 25 hours."""

    date: date
    hours: list[WeekHourOut]

    @classmethod
    def of(cls, day: WeekDay) -> Self:
        """As JSON."""
        return cls(date=day.day, hours=[WeekHourOut.of(hour) for hour in day.hours])


class LegendOut(Out):
    """Quantiles of the week's prices; the price up to which an hour is of a class; limits of the air by stage."""

    price_quantiles: list[float]
    class_thresholds: dict[ClassName, float]
    ambient_limits: dict[str, float]
    price_basis: PriceBasis
    unit: str

    @classmethod
    def of(cls, legend: Legend) -> Self:
        """As JSON."""
        return cls(
            price_quantiles=list(legend.price_quantiles),
            class_thresholds=dict(legend.class_thresholds),
            ambient_limits=dict(legend.ambient_limits),
            price_basis=legend.basis,
            unit="EUR/kWh",
        )


class WeekBlockOut(Provenance):
    """Seven local days by hour."""

    days: list[WeekDayOut]
    legend: LegendOut
    market: Market

    @classmethod
    def of(cls, week: Week, /, **more: Any) -> Self:
        """As JSON, with what more is told."""
        return cls(
            days=[WeekDayOut.of(day) for day in week.days],
            legend=LegendOut.of(week.legend),
            market=week.market,
            as_of=week.as_of,
            source=week.source,
            origin=week.origin,
            **more,
        )


class HeatmapOut(WeekBlockOut):
    """The answer of /dashboard/heatmap."""

    simulated: bool


class ClassNowOut(Provenance):
    """The class of the hour of now, and until when it stays."""

    production_class: ClassName
    energy_score: float | None
    probabilities: Probabilities | None
    until: Instant

    @classmethod
    def of(cls, now: ClassNow) -> Self:
        """As JSON."""
        return cls(
            production_class=now.production_class,
            energy_score=rounded(now.energy_score, 1),
            probabilities=Probabilities.of(now.shares),
            until=now.until,
            origin=now.week.origin,
            source=now.week.source,
            as_of=now.week.as_of,
        )


class CurrentOut(Out):
    """Now."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True)

    price: CurrentPriceOut | None
    spot: CurrentPriceOut | None
    paid: PaidOut | None
    weather: CurrentWeatherOut | None
    class_: ClassNowOut | None = Field(alias="class")


class PriceDaysOut(Out):
    """Days of both markets."""

    today: PriceDayOut
    tomorrow: PriceDayOut
    spot_today: PriceDayOut
    spot_tomorrow: PriceDayOut


class PlantOut(Out):
    """Whose page it is, and by which price its euros are; `pvpc_reference`: by PVPC, which the plant does not pay."""

    name: str
    price_basis: PriceBasis


class AskedBatchOut(Out):
    """A batch of which something was reported by nobody."""

    id: str
    quality: str
    name: NameOut | None
    stages: list[str]

    @classmethod
    def of(cls, asked: AskedBatch) -> Self:
        """As JSON."""
        batch = asked.batch
        return cls(id=batch.id, quality=batch.quality, name=NameOut.of(name_of(batch.id)), stages=[run.stage for run in asked.runs])


class ShiftOut(Out):
    """What is asked for since the end of a shift."""

    until: Instant
    stages: int
    batches: list[AskedBatchOut]

    @classmethod
    def of(cls, asked: Asked) -> Self:
        """As JSON."""
        return cls(until=asked.until, stages=len(asked.runs), batches=[AskedBatchOut.of(one) for one in asked.batches])


class LateTextOut(LateBatchOut):
    """What is late, in a sentence."""

    text: MessageOut

    @classmethod
    def of(cls, told: LateText) -> Self:
        """As JSON."""
        late = told.late
        return cls(
            order=late.order,
            quality=late.quality,
            kg=late.kg,
            due=late.due,
            by_minutes=late.by_minutes,
            since=late.since,
            text=MessageOut.of(told.text),
        )


class CalmOut(Out):
    """Starts to come that the last new plan moved, and the sums since there are plans."""

    at: Instant
    moved_starts: int
    replans: int
    moved_starts_sum: int

    @classmethod
    def of(cls, calm: Calm) -> Self:
        """As JSON."""
        return cls(
            at=datetime.fromisoformat(calm.at),
            moved_starts=calm.moved_starts,
            replans=calm.replans,
            moved_starts_sum=calm.moved_starts_sum,
        )


class DownOut(Out):
    """A machine that is down, or will be. `unit` is its name in the plan; `until` is null where nobody knows."""

    unit: str
    stage: str
    machine: int | None
    since: Instant
    until: Instant | None

    @classmethod
    def of(cls, down: DownMachine) -> Self:
        """As JSON."""
        return cls(unit=down.unit, stage=down.stage, machine=down.machine, since=down.since, until=down.until)


class FloorBlockOut(Out):
    """The floor on the page."""

    late: list[LateTextOut]
    down: list[DownOut]
    asked: ShiftOut | None
    calm: CalmOut | None

    @classmethod
    def of(cls, floor: FloorBlock) -> Self:
        """As JSON."""
        return cls(
            late=[LateTextOut.of(told) for told in floor.late],
            down=[DownOut.of(machine) for machine in floor.down],
            asked=None if floor.asked is None else ShiftOut.of(floor.asked),
            calm=None if floor.calm is None else CalmOut.of(floor.calm),
        )


class NotKeptOut(Out):
    """A part that a view of the past does not show, and why; `since` when it is kept, where that is later."""

    part: Part
    why: Why
    since: Instant | None

    @classmethod
    def of(cls, gap: NotKept) -> Self:
        """As JSON."""
        return cls(part=gap.part, why=gap.why, since=gap.since)


class CompleteOut(Out):
    """Everything that the page shows. `late`: parts that are shown as they were last; `at`: the instant of a past view, and
    `not_kept` what of it is not kept.
    """

    generated_at: Instant
    revision: str
    simulated: bool
    plant: PlantOut
    at: Instant | None
    not_kept: list[NotKeptOut]
    failed: list[FailedPartOut]
    late: list[str]
    current: CurrentOut
    prices: PriceDaysOut
    price_parts: PricePartsOut | None
    week: WeekBlockOut | None
    weather: WeatherBlockOut | None
    forecast: ForecastBlockOut | IssuedForecastOut | None
    plan: PlanBlockOut | None
    plan_reason: str | None
    floor: FloorBlockOut | None
    recommendations: list[RecommendationOut]
    alerts: list[AlertOut]
    savings: SavingsBlockOut | None
    bill: BillBlockOut | None
    power: PowerBlockOut | None
    system: SystemOut | None
