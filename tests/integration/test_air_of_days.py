"""What the air costs is of the day on which the machine ran: by the limits in force then, and the air as it is known now."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from adapters.store.sqlite_series import SqliteStore
from domain.plan.plant_config import load_plant
from domain.timeline import HOUR, local_day
from domain.weather.hours import WeatherHour, rows_from_hours, weather_key
from support.here import Here
from support.ledger_days import DAY, audited, lived
from support.plan_cases import WEDNESDAY
from support.plan_world import MIDNIGHT, PlanWorld, plan_world
from support.small_factory import SMALL_FACTORY

LIMIT = '\n[[ambient_limit]]\nstage = "kettle"\nmax_temperature_c = 30.0\ncooling_kw_per_c = {}\n'
CLOSED = SMALL_FACTORY.replace('days = ["monday", ', "days = [")
MILD, HARSH = (CLOSED + LIMIT.format(more) for more in (1.0, 5.0))
SUNDAY, MONDAY = WEDNESDAY + 4 * DAY, WEDNESDAY + 5 * DAY
LIGHTS, BATCH = 24.0, 10.0 * 0.25 + 20.0 * 0.5 + 5.0 * 0.25
"""kWh of a day's base load, and of a batch in mild air."""
WARM_C = 40.0
MORE = (WARM_C - 30.0) * 0.5
"""kWh that a batch takes more in warm air for each kW per °C."""


async def warm(folder: Path, days: int) -> None:
    """The history has warm days, as the station told them."""
    hours = [MIDNIGHT + number * HOUR for number in range(24 * days)]
    store = SqliteStore(folder / "series.sqlite", "simulated")
    rows = rows_from_hours([WeatherHour(at, "AEMET", "observed", at, temperature=WARM_C) for at in hours])
    await store.write(weather_key("AEMET", "observed"), rows)
    await store.aclose()


async def entry(world: PlanWorld, day: date) -> Mapping[str, Any]:
    (found,) = await world.ledger_log.entries("day", day, day)
    return found


async def test_a_batch_made_under_another_plant_has_the_air_limits_of_its_own_day(tmp_path: Path) -> None:
    await warm(tmp_path, 8)
    async with plan_world(tmp_path, load_plant(MILD), text=MILD, child=Here()) as world:
        await lived(world, 5)
        carried = await world.plans.carried(MONDAY, MONDAY, world.clock())
        assert [local_day(item.batch.start) for item in carried] == [SUNDAY]  # the plant is shut on Monday
    async with plan_world(tmp_path, load_plant(HARSH), MIDNIGHT + 5 * DAY, text=HARSH, child=Here()) as world:
        await lived(world, 2)
        told = await entry(world, MONDAY)
        assert await audited(world) == []
    assert told["kwh"] == LIGHTS + BATCH + 1.0 * MORE


async def test_air_that_is_told_late_scores_the_day_again(tmp_path: Path) -> None:
    async with plan_world(tmp_path, load_plant(MILD), text=MILD, child=Here()) as world:
        await lived(world, 2)
        before = await entry(world, WEDNESDAY)
    await warm(tmp_path, 2)
    async with plan_world(tmp_path, load_plant(MILD), MIDNIGHT + 2 * DAY + timedelta(minutes=1), text=MILD, child=Here()) as world:
        await world.ledger.close()
        after = await entry(world, WEDNESDAY)
        assert await audited(world) == []
    assert (before["kwh"], after["kwh"]) == (LIGHTS + BATCH, LIGHTS + BATCH + MORE)
