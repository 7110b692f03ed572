"""The savings ledger: the score of every closed day and week, and of today as it stands; sums by month and year."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from domain.bill.tariff import power_period
from domain.canonical import digest
from domain.errors import ChildFailedError, ChildLateError, NotKnownError
from domain.plan.plant import Plant
from domain.plan.production import PlanProblem, Wish
from domain.savings import summed
from domain.shop_floor.execution import Carried
from domain.timeline import QUARTER, day_bounds, local_day, slot_starts
from planning.milp.engine import SearchLimits
from ports import ChildRunner, Clock, LedgerLog
from services.plan.prices import PlanPrices
from services.plan.problem import ambient_kw
from services.plan.service import Logs, PlanService, batches_of
from services.plan.wish_form import wish_of
from services.savings.score import FIGURES, Period, demand_of, figures, saving_of, score
from services.weather_service import WeatherService

logger = logging.getLogger("application")
By = Literal["day", "week", "month", "year"]
LOOK_BACK = timedelta(days=35)
"""Days that were due longer ago are not scored again, whatever is restated."""
SHOWN_DAYS = 28
SHOWN_MONTHS = 13
SCORE_DEADLINE_S = 60.0
"""Real seconds for one period."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What a score is made from."""

    plans: PlanService
    prices: PlanPrices
    weather: WeatherService
    logs: Logs


class LedgerService:
    """Scores what has closed, anew when a report or a restated price changes it."""

    def __init__(
        self, sources: Sources, ledger: LedgerLog, plant: Plant, clock: Clock, limits: SearchLimits, child: ChildRunner
    ) -> None:
        self._from = sources
        self._ledger = ledger
        self._plant = plant
        self._clock = clock
        self._limits = limits
        self._child = child
        self.changes = 0

    async def close(self) -> str:
        """The job: every day and week that closed, and today as it stands. Safe to run twice."""
        now = self._clock()
        today = local_day(now, self._plant.tz)
        carried = await self._of_days(today - LOOK_BACK, today, now)
        days = sorted(carried)
        done = [await self._enter("day", day, day, carried, closed=day < today) for day in days]
        mondays = sorted({day - timedelta(days=day.weekday()) for day in days if day < today})
        for monday in mondays:
            sunday = monday + timedelta(days=6)
            if sunday < today and monday >= today - LOOK_BACK:
                first = max(monday, days[0])
                done.append(await self._enter("week", first, sunday, carried, closed=True))
        return f"{sum(done)} entries"

    async def entries(self, by: By, first: date, last: date) -> list[dict[str, Any]]:
        """Entries of the spans that hold a day from first to last; months and years are sums of their days, whole ones."""
        if by in ("day", "week"):
            start = first - timedelta(days=first.weekday()) if by == "week" else first
            return [dict(entry) for entry in await self._ledger.entries(by, start, last)]
        length = len("2026-11") if by == "month" else len("2026")
        groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for entry in await self._ledger.entries("day", *_whole(by, first, last)):
            groups[entry["date"][:length]].append(entry)
        return [_sum(by, name, days) for name, days in groups.items()]

    async def block(self, now: datetime) -> dict[str, Any] | None:
        """The savings of the page: days and months; None while nothing has closed."""
        today = local_day(now, self._plant.tz)
        days = await self.entries("day", today - timedelta(days=SHOWN_DAYS - 1), today)
        if not days:
            return None
        months = await self.entries("month", (today - timedelta(days=31 * (SHOWN_MONTHS - 1))).replace(day=1), today)
        known = [day for day in days if day["plan_eur"] is not None]
        as_of = max(day["as_of"] for day in days)
        return {"days": known, "months": months, "source": "ledger", "origin": "published", "unit": "EUR", "as_of": as_of}

    async def _of_days(self, first: date, last: date, now: datetime) -> dict[date, tuple[Carried, ...]]:
        """Batches by the day that they were due; those of today that are yet to come as planned."""
        found = await self._from.plans.carried(first, last, now)
        known = {(one.id, one.start) for item in found for one in (item.batch, item.planned) if one is not None}
        try:
            planned = batches_of(await self._from.plans.in_force())
        except NotKnownError:
            planned = ()
        found += [
            Carried(batch, "planned", batch) for batch in planned if batch.due == last and (batch.id, batch.start) not in known
        ]
        days: dict[date, list[Carried]] = defaultdict(list)
        for item in sorted(found, key=lambda item: item.batch.id):
            if item.batch.due is not None:
                days[item.batch.due].append(item)
        return {day: tuple(items) for day, items in days.items()}

    async def _enter(self, span: str, first: date, last: date, carried: Mapping[date, Sequence[Carried]], *, closed: bool) -> bool:
        """Score a period and keep it; False where what it is made from has not changed, or is not there yet."""
        items = tuple(item for day in sorted(carried) if first <= day <= last for item in carried[day])
        if not any(item.made for item in items):
            return False
        period = await self._period(first, last, items)
        if period is None:
            return False
        made_from = digest([closed, items, period.problem.prices, period.wishes])
        before = await self._ledger.entries(span, first, first)
        if before and before[0]["made_from"] == made_from:
            return False
        head = {"span": span, "date": first.isoformat(), "last": last.isoformat(), "closed": closed, "made_from": made_from}
        head |= {"as_of": self._clock().isoformat(), "reason": None}
        try:
            scored = figures(await self._child.run(score, period, self._limits, deadline_s=SCORE_DEADLINE_S))
        except NotKnownError as error:
            scored = dict.fromkeys(FIGURES) | {"reason": str(error)}
        except ChildLateError as error:
            scored = dict.fromkeys(FIGURES) | {"reason": f"no score: {error}"}
        except ChildFailedError:
            logger.exception("score_failed span=%s date=%s", span, first)  # the others go on; this one is tried again next time
            return False
        await self._ledger.put(span, first, head | scored)
        self.changes += 1
        logger.info("ledger_entry span=%s date=%s saving=%s", span, first, scored["saving_eur"])
        return True

    async def _period(self, first: date, last: date, items: tuple[Carried, ...]) -> Period | None:
        """The period as a problem on realised prices; None while one of them is missing."""
        tz = self._plant.tz
        batches = [batch for item in items if item.made for batch in (item.batch, item.planned) if batch is not None]
        start = min([day_bounds(first, tz)[0], *(day_bounds(local_day(batch.start, tz), tz)[0] for batch in batches)])
        end = max([day_bounds(last, tz)[1], *(batch.end for batch in batches)])
        prices = await self._from.prices.realised(start, end)
        if None in prices:
            return None
        starts = list(slot_starts(start, end, QUARTER))
        problem = PlanProblem(
            plant=self._plant,
            start=start,
            prices=prices,
            periods=tuple(power_period(at, self._plant.tariff) for at in starts),
            demand=demand_of(items, self._plant.batch_kg),
            ambient_kw=ambient_kw(self._plant, starts, await self._from.weather.hours(start, end)),
        )
        return Period(problem, first, last, items, await self._wishes(start, end))

    async def _wishes(self, start: datetime, end: datetime) -> tuple[Wish, ...]:
        """Wishes that stood in ``[start, end)`` and spoke of it."""
        stored = await self._from.logs.wishes.standing_since(start)
        spoke = [one for one in stored if one.made_at < end and start <= datetime.fromisoformat(one.body["start"]) < end]
        return tuple(wish_of(one) for one in spoke)


def _whole(by: By, first: date, last: date) -> tuple[date, date]:
    """First and last day of the months, or years, that hold two days: half a month's sum would pass for the month's."""
    if by == "year":
        return date(first.year, 1, 1), date(last.year, 12, 31)
    return first.replace(day=1), (last.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _sum(by: str, name: str, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    total = summed(saving for entry in entries if (saving := saving_of(entry)) is not None)
    head = {
        "span": by,
        "date": entries[0]["date"],
        "last": entries[-1]["last"],
        by: name,
        "closed": all(entry["closed"] for entry in entries),
        "as_of": max(entry["as_of"] for entry in entries),
    }
    return head | (dict.fromkeys(FIGURES) if total is None else figures(total))
