"""What a running service shows as published, against what was."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

import pytest

from domain.timeline import QUARTER
from support.service import Service
from support.simulator_server import SettableClock


async def shown(service: Service, market: str, day: date, minutes: int) -> dict[tuple[str, datetime], float]:
    """€/MWh by market and start, as /prices tells what was published."""
    slots = (await service.json(f"/prices?date={day}&market={market}&resolution={minutes}"))["slots"]
    return {(market, datetime.fromisoformat(slot["start"])): round(slot["price_eur_kwh"] * 1000, 6) for slot in slots}


async def rounds(service: Service, clock: SettableClock, count: int, look: Callable[[], Awaitable[int]]) -> int:
    """So often: prices are asked for, looked at, and the page is there; twenty minutes apart. How many values were seen."""
    seen = 0
    for _ in range(count):
        for job in ("prices_pvpc", "prices_spot"):
            await service.run(job)
        seen += await look()
        assert (await service.get("/dashboard")).status_code == 200
        clock.advance(timedelta(minutes=20))
    return seen


async def check_all(service: Service, true: Mapping[tuple[str, datetime], float], days: Sequence[date], told: object) -> int:
    """Compare all that is shown of some days with what was published (€/MWh by market and start); how many values that were."""
    seen = 0
    for market, minutes in (("pvpc", 60), ("spot", 15)):
        for day in days:
            values = await shown(service, market, day, minutes)
            assert {key: true.get(key) for key in values} == values, (told, market, day)
            seen += len(values)
    for day in days:
        for (market, start), value in (await shown(service, "spot", day, 60)).items():
            quarters = [true[market, start + i * QUARTER] for i in range(4)]
            assert value == pytest.approx(sum(quarters) / 4, abs=1e-4), (told, start)
    return seen
