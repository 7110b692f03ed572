"""The week as a heat map: honest hours, a legend of this week, ranks, loads, the class of now."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from domain.errors import NotKnownError
from domain.plan.load import load_kw, loads_kw
from domain.plan.plant import AmbientLimit, BaseLoad, halted_stages
from domain.plan.production import Batch, StageRun
from domain.timeline import HOUR, QUARTER, day_slots, local_instant
from services.page.heatmap import HeatmapService, Week, WeekDay, WeekHour, class_now, legend_of, quantile, week_days
from support.plan_cases import WEDNESDAY, small_plant

START = datetime(2026, 3, 11, 8, tzinfo=UTC)


def published(price: float, start: datetime = START) -> WeekHour:
    return WeekHour(start, "published", price)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (WEDNESDAY, 24)])
def test_a_day_has_its_own_number_of_hours(day: date, hours: int) -> None:
    first = week_days(small_plant(), day, {})[0]
    assert (first.day, len(first.hours)) == (day, hours)
    assert all(one.start + HOUR == other.start for one, other in pairwise(first.hours))
    assert first.hours[0].eur_per_kwh is None


def test_seven_days_and_what_is_known_of_them() -> None:
    at = day_slots(WEDNESDAY)[3]
    days = week_days(small_plant(), WEDNESDAY, {at: published(0.12, at)})
    assert len(days) == 7
    assert [hour.eur_per_kwh for hour in days[0].hours].index(0.12) == 3


def test_the_legend_has_the_quantiles_of_what_is_shown_and_the_limits_of_the_classes() -> None:
    legend = legend_of([published(n / 100) for n in range(101)], (0.31, 0.64, 0.9), {"tempering_c": 26.0}, "pvpc")
    assert legend.class_thresholds == {"optimal": 0.31, "moderate": 0.64, "reduced": 0.9}
    assert legend.price_quantiles == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert legend.ambient_limits == {"tempering_c": 26.0}
    assert legend_of([WeekHour(START)], (), {}, "pvpc").class_thresholds == {}


def test_the_middle_of_a_forecast_stands_for_its_price() -> None:
    hour = WeekHour(START, "forecast", p50=0.2)
    assert legend_of([hour, published(0.1)], (), {}, "pvpc").price_quantiles == (0.1, 0.125, 0.15, 0.175, 0.2)
    assert quantile([0.1, 0.2], 0.3) == pytest.approx(0.13)


def test_the_planned_load_is_base_machines_and_holding() -> None:
    """Base 1 kW; mix 10 kW 12:00-12:15, kettle 20 kW 12:15-12:45, held at 2 kW until 13:00."""
    plant = small_plant(base_loads=(BaseLoad("lights", 1.0),))
    noon = local_instant(WEDNESDAY, time(12))
    runs = (
        StageRun("mix", 1, noon, noon + QUARTER, noon + QUARTER),
        StageRun("kettle", 1, noon + QUARTER, noon + 3 * QUARTER, noon + 4 * QUARTER),
        StageRun("fill", 1, noon + 4 * QUARTER, noon + 5 * QUARTER, noon + 5 * QUARTER),
    )
    batch = Batch("b", "plain", WEDNESDAY, runs)
    assert [load_kw(plant, [batch], noon + n * QUARTER) for n in range(6)] == [11.0, 21.0, 21.0, 3.0, 6.0, 1.0]
    assert loads_kw(plant, [batch], [noon, noon + HOUR]) == [14.0, 2.25]


def week_of(hours: Sequence[WeekHour]) -> Week:
    return Week((WeekDay(WEDNESDAY, tuple(hours)),), legend_of(hours, (), {}, "pvpc"), "pvpc", START, "model", "forecast")


def test_the_class_of_now_lasts_while_the_hours_agree() -> None:
    halt, optimal, reduced = (0.0, 0.0, 0.0, 1.0), (0.7, 0.3, 0.0, 0.0), (0.0, 0.2, 0.8, 0.0)
    every = enumerate([halt, optimal, optimal, reduced])
    week = week_of([WeekHour(START + n * HOUR, shares=shares, energy_score=80.0) for n, shares in every])
    found = class_now(week, START + HOUR + timedelta(minutes=20))
    assert found is not None
    assert (found.production_class, found.until) == ("optimal", START + 3 * HOUR)
    assert class_now(week_of([WeekHour(START)]), START) is None
    assert class_now(week_of([]), START) is None


def test_only_a_hard_limit_halts() -> None:
    soft = AmbientLimit("mix", max_temperature_c=26.0, cooling_kw_per_c=0.4)
    hard = AmbientLimit("fill", max_humidity_percent=70.0, hard=True)
    plant = small_plant(ambient_limits=(soft, hard))
    assert halted_stages(plant.ambient_limits, 35.0, 60.0) == []
    assert halted_stages(plant.ambient_limits, 20.0, 71.0) == ["fill"]
    assert halted_stages(plant.ambient_limits, None, None) == []


class Written:
    """Prices, air and plans of a week, and how often the first two were asked for."""

    changes = writes = asked = 0
    market, basis = "pvpc", "pvpc"
    price = 0.1

    async def forecast(self) -> None:
        return None

    async def hours(self, start: datetime, end: datetime, current: None) -> tuple[dict[datetime, WeekHour], datetime]:
        self.asked += 1
        return {start: published(self.price, start)}, start

    async def ambient(self, start: datetime, end: datetime) -> dict[datetime, object]:
        return {}

    def ambient_limits(self) -> dict[str, float]:
        return {}

    async def in_force(self) -> None:
        raise NotKnownError("no plan")


async def test_prices_and_air_are_read_when_something_was_written_or_a_minute_is_over_not_for_each_plan() -> None:
    world = Written()
    service = HeatmapService(world, world, world, small_plant(), lambda: world.writes)  # type: ignore[arg-type]

    async def price(seconds: int) -> float | None:
        week = await service.week(START + timedelta(seconds=seconds))
        assert week is not None
        return week.days[0].hours[0].eur_per_kwh

    assert await price(0) == 0.1
    world.price, world.changes = 0.2, 1
    assert (await price(1), world.asked) == (0.1, 1)
    world.writes = 1
    assert (await price(2), world.asked) == (0.2, 2)
    world.price = 0.3
    assert (await price(59), world.asked) == (0.2, 2)
    assert (await price(60), world.asked) == (0.3, 3)
