"""The plant: stages, shifts, loads, contract, limits of the hall, demand. Values only; `plant_config` reads them from a file.

Durations are minutes on a 15-minute grid, power kW, masses kg; clock times are local to the plant.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from domain.bill.supply import Supply
from domain.bill.tariff import Tariff, must_not_fall
from domain.bill.terms import PriceTerms
from domain.canonical import LATER
from domain.timeline import MADRID, is_national_holiday

SLOT_MINUTES = 15
DAYS_KEPT = 1024
"""Local days whose shifts are remembered: two months of a few plants."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Prefer = Literal["early", "day", "late"]
"""Of equal cost: as early as may be, on the day that it is due (and early in it), or as late as may be."""
ShiftDay = Literal["begins", "ends"]
AfterInterruption = Literal["resume", "restart", "lost"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of production. A batch waits outside the machine (`max_wait_minutes`) or inside it (`hold_minutes`), not both."""

    name: str
    units: int
    power_kw: float
    minutes: Mapping[str, int]
    """Length of a batch by quality [min]."""
    attended: bool
    max_wait_minutes: int = 0
    hold_minutes: int = 0
    hold_kw: float = 0.0
    after_interruption: AfterInterruption = "resume"
    """What becomes of a batch whose machine stood: it goes on, the stage begins again, or the batch is lost."""

    def __post_init__(self) -> None:
        if self.units < 1 or self.power_kw < 0 or self.hold_kw < 0:
            raise ValueError(f"{self.name}: needs one unit or more and no negative power")
        if any(m <= 0 or m % SLOT_MINUTES for m in self.minutes.values()):
            raise ValueError(f"{self.name}: minutes must be positive multiples of {SLOT_MINUTES}, got {dict(self.minutes)}")
        if self.max_wait_minutes < 0 or self.hold_minutes < 0:
            raise ValueError(f"{self.name}: a wait or a hold cannot be negative")
        if self.max_wait_minutes >= SLOT_MINUTES and self.hold_minutes >= SLOT_MINUTES:
            raise ValueError(f"{self.name}: a batch waits outside the machine or is held in it, not both")

    def slots(self, quality: str) -> int:
        """Length of a batch [quarter-hours]."""
        return self.minutes[quality] // SLOT_MINUTES

    @property
    def slack_slots(self) -> int:
        """Longest wait or hold before the next stage, cut to the grid [quarter-hours]."""
        return max(self.max_wait_minutes, self.hold_minutes) // SLOT_MINUTES

    @property
    def holds(self) -> bool:
        """Whether a waiting batch stays in this machine."""
        return self.hold_minutes >= SLOT_MINUTES


@dataclass(frozen=True, slots=True)
class Shift:
    """Staffed hours, local clock time. One that ends at or before its start runs past midnight; it belongs to the day on which it
    begins, or ends."""

    weekdays: frozenset[int]
    start: time
    end: time

    day: ShiftDay = field(default="begins", metadata=LATER)
    """Whether the weekdays are those on which it begins, or on which it ends."""

    def bounds(self, day: date) -> tuple[datetime, datetime] | None:
        """The shift that belongs to a day, in local clock time without a zone; None if there is none."""
        if day.weekday() not in self.weekdays:
            return None
        overnight = timedelta(days=1) if self.end <= self.start else timedelta(0)
        before = overnight if self.day == "ends" else timedelta(0)
        start = datetime.combine(day, self.start) - before  # clock time: the plant gives it its zone
        return start, datetime.combine(day, self.end) - before + overnight


@dataclass(frozen=True, slots=True)
class Closure:
    """Days without shifts, both included."""

    first: date
    last: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BaseLoad:
    """A load that runs beside the machines."""

    name: str
    power_kw: float
    in_shifts_only: bool = False


@dataclass(frozen=True, slots=True)
class AmbientLimit:
    """Outside air beyond a limit costs power while the stage runs, or forbids it."""

    stage: str
    max_temperature_c: float | None = None
    max_humidity_percent: float | None = None
    cooling_kw_per_c: float = 0.0
    drying_kw_per_percent: float = 0.0
    hard: bool = False

    def extra_kw(self, temperature_c: float | None, humidity_percent: float | None) -> float | None:
        """Extra power of a running unit [kW]; None where the stage must not run. A value that is not known breaks no limit."""
        warm = _beyond(temperature_c, self.max_temperature_c)
        damp = _beyond(humidity_percent, self.max_humidity_percent)
        if self.hard and (warm > 0 or damp > 0):
            return None
        return warm * self.cooling_kw_per_c + damp * self.drying_kw_per_percent


def halted_stages(limits: Sequence[AmbientLimit], temperature_c: float | None, humidity_percent: float | None) -> list[str]:
    """Stages whose hard limit the air breaks."""
    return [limit.stage for limit in limits if limit.extra_kw(temperature_c, humidity_percent) is None]


def _beyond(value: float | None, limit: float | None) -> float:
    return 0.0 if value is None or limit is None else max(0.0, value - limit)


@dataclass(frozen=True, slots=True)
class Site:
    """Where the plant stands."""

    name: str
    latitude: float
    longitude: float
    altitude_m: float
    aemet_station: str
    municipality: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days without shifts."""

    national_holidays_closed: bool = True
    closed: frozenset[date] = frozenset()
    closures: tuple[Closure, ...] = ()

    def is_closed(self, day: date) -> bool:
        """Whether the plant is shut on a local day."""
        if day in self.closed or (self.national_holidays_closed and is_national_holiday(day)):
            return True
        return any(closure.first <= day <= closure.last for closure in self.closures)


def _clock_shifts(calendar: Calendar, shifts: tuple[Shift, ...], day: date) -> list[tuple[datetime, datetime]]:
    """The shifts that belong to a local day, in clock time."""
    if calendar.is_closed(day):
        return []
    bounds = (shift.bounds(day) for shift in shifts)
    return sorted(found for found in bounds if found is not None)


@lru_cache(maxsize=DAYS_KEPT)
def _shifts_near(calendar: Calendar, shifts: tuple[Shift, ...], day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The shifts that may reach into a local day, in clock time. A check asks for each quarter-hour of each run."""
    return tuple(shift for days in (-1, 0, 1) for shift in _clock_shifts(calendar, shifts, day + timedelta(days=days)))


@dataclass(frozen=True, slots=True)
class Plant:
    """Everything about the factory that a plan needs."""

    qualities: tuple[str, ...]
    batch_kg: float
    stages: tuple[Stage, ...]
    shifts: tuple[Shift, ...]
    base_loads: tuple[BaseLoad, ...]
    contracted_kw: tuple[float, ...]
    """By power period, P1 first."""
    tariff: Tariff = "3.0TD"
    calendar: Calendar = Calendar()
    ambient_limits: tuple[AmbientLimit, ...] = ()
    weekday_batches: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    """Batches due by the end of a weekday (Monday 0), by quality; not due on closed days."""
    date_batches: Mapping[date, Mapping[str, float]] = field(default_factory=dict)
    """Batches due by the end of a day, by quality; replaces the weekday's, closed or not."""
    max_stock_kg: Mapping[str, float] = field(default_factory=dict)
    min_stock_kg: Mapping[str, float] = field(default_factory=dict)
    shelf_life_hours: Mapping[str, float] = field(default_factory=dict, metadata=LATER)
    """Longest time from the end of a batch to the due time that it is made for, by quality."""
    prefer: Prefer = field(default="day", metadata=LATER)
    price: PriceTerms = field(default_factory=PriceTerms)
    supply: Supply = field(default_factory=Supply, metadata=LATER)
    freeze_hours: float = 0.0
    move_threshold_eur: float = 0.0
    site: Site | None = None
    tz: ZoneInfo = MADRID

    def __post_init__(self) -> None:
        if not self.qualities or not self.stages or self.batch_kg <= 0:
            raise ValueError("a plant has qualities, stages and a batch of more than 0 kg")
        if must_not_fall(self.tariff) and any(later < earlier for earlier, later in pairwise(self.contracted_kw)):
            raise ValueError(f"contracted power must not fall from P1 on, got {self.contracted_kw}")
        for stage in self.stages:
            if set(stage.minutes) != set(self.qualities):
                raise ValueError(f"{stage.name}: needs minutes for {', '.join(self.qualities)}, got {', '.join(stage.minutes)}")
        if len({stage.name for stage in self.stages}) != len(self.stages):
            raise ValueError("two stages have the same name")
        last = self.stages[-1]
        if last.slack_slots:
            raise ValueError(f"{last.name}: the last stage has nothing to wait for")

    def stage(self, name: str) -> Stage:
        """A stage by name; KeyError if there is none."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)

    def is_staffed(self, instant: datetime) -> bool:
        """Whether a shift covers an instant."""
        return self.are_staffed([instant])[0]

    def are_staffed(self, instants: Iterable[datetime]) -> list[bool]:
        """Whether a shift covers each instant."""
        staffed = []
        for instant in instants:
            clock = instant.astimezone(self.tz).replace(tzinfo=None)
            staffed.append(any(start <= clock < end for start, end in _shifts_near(self.calendar, self.shifts, clock.date())))
        return staffed

    def shifts_of(self, day: date) -> list[tuple[datetime, datetime]]:
        """UTC bounds of the shifts that belong to a local day, in order."""
        return [(_utc(start, self.tz), _utc(end, self.tz)) for start, end in _clock_shifts(self.calendar, self.shifts, day)]

    def base_kw(self, *, staffed: bool) -> float:
        """Load beside the machines [kW]."""
        return sum(load.power_kw for load in self.base_loads if staffed or not load.in_shifts_only)

    def demand_kg(self, day: date) -> dict[str, float]:
        """What is due by the end of a local day, by quality [kg]; only qualities with some."""
        batches = self.date_batches.get(day)
        if batches is None:
            batches = {} if self.calendar.is_closed(day) else self.weekday_batches.get(day.weekday(), {})
        return {quality: count * self.batch_kg for quality, count in batches.items() if count > 0}

    def first_shift_start(self, day: date) -> datetime | None:
        """UTC start of the first shift that belongs to a local day; None on a day without one."""
        shifts = self.shifts_of(day)
        return shifts[0][0] if shifts else None

    def opening_of(self, day: date) -> datetime | None:
        """UTC instant from which a local day is worked on: the start of the first shift that reaches into it; None without one."""
        begin, end = (_utc(datetime.combine(day + timedelta(days=n), time.min), self.tz) for n in (0, 1))  # clock time
        near = (day + timedelta(days=days) for days in (-1, 0, 1))
        reaching = [start for other in near for start, until in self.shifts_of(other) if start < end and until > begin]
        return min(reaching, default=None)

    def batch_kwh(self, quality: str) -> float:
        """Energy of a batch, held nowhere and in mild air [kWh]."""
        return sum(stage.power_kw * stage.minutes[quality] / 60 for stage in self.stages)

    def extra_kw(self, stage: str, temperature_c: float | None, humidity_percent: float | None) -> float | None:
        """Extra power of a stage in outside air [kW]; None where a hard limit forbids it."""
        extra = [limit.extra_kw(temperature_c, humidity_percent) for limit in self.ambient_limits if limit.stage == stage]
        known = [kw for kw in extra if kw is not None]
        return sum(known) if len(known) == len(extra) else None


def _utc(clock: datetime, tz: ZoneInfo) -> datetime:
    return clock.replace(tzinfo=tz).astimezone(UTC)
