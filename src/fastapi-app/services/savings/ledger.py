"""The savings ledger: the score of every closed day and week, and of today as it stands; sums by month and year."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import MINYEAR, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from domain.bill.tariff import power_period
from domain.canonical import digest
from domain.errors import ChildFailedError, ChildLateError, FactoryError, NotKnownError
from domain.plan.plant import Plant
from domain.plan.production import PlanProblem, Wish
from domain.savings import Saving, summed
from domain.shop_floor.execution import Execution
from domain.timeline import QUARTER, ceil_to, day_bounds, days_between, local_day, slot_starts
from planning.milp.engine import SearchLimits
from ports import ChildRunner, Clock, LedgerLog
from services.plan.inputs import batches_of
from services.plan.prices import PlanPrices
from services.plan.service import Logs, PlanService
from services.plan.wish_form import wish_of
from services.savings.air import ambient_of_days
from services.savings.plants import Plants
from services.savings.score import FIGURES, Period, demand_of, figures, others, saving_of, score, unknown_stage
from services.savings.usual import usual_json
from services.weather_service import WeatherService

logger = logging.getLogger("application")
By = Literal["day", "week", "month", "year"]
SavingsBlock = dict[str, Any]
"""Entries of days and months, as they are kept."""
LOOK_BACK = timedelta(days=35)
"""Days that were due longer ago are not scored again, whatever is restated."""
MADE_AHEAD = timedelta(days=7)
"""As far as a plan looks ahead: what was possible then depends on no plan that was made."""
"""What is due on a day may be made so long before it, in the best plan as well: the same window whatever the plan did."""
PROVEN_PERCENT = 0.1
"""What is proven to this is not searched for again with a longer clock."""
SOON_S = 2.0
"""A reader waits so long for what was reported to be counted; then what was counted before is told, with its age."""
PAGE_SOON_S = 1.0
"""The page waits so long, once: all of its blocks together have two seconds, and one that is late is told as late."""
PAGE_AGAIN_S = 0.1
"""While that is still being counted which an earlier reader has waited for, the page waits no longer than this."""
SHOWN_DAYS = 28
SHOWN_MONTHS = 13
SCORE_DEADLINE_S = 60.0
"""Real seconds for one period, at least."""
TOLD = (*FIGURES, "usual")
"""What an entry tells: one that was kept by a version that told less is scored again."""
SCORE_SEARCHES = 3
"""Searches of a period at most, each guarded by the clock of the limits: what is possible, with wishes too, and what is late."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What a score is made from."""

    plans: PlanService
    prices: PlanPrices
    weather: WeatherService
    logs: Logs
    plants: Plants


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
        self._turn = asyncio.Lock()
        self._following: asyncio.Task[None] | None = None
        self._sequence = -1
        self._seen: dict[date, tuple[Execution, ...]] = {}
        self.changes = 0

    async def close(self) -> str:
        """The job: every day and week that closed, and today as it stands. Safe to run twice."""
        async with self._turn:
            return await self._close(all_days=True)

    async def stop(self) -> None:
        """End what is being scored for a reader."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    async def followed(self, within_s: float | None = None) -> None:
        """Wait until the entries are those of the log as it is, so long at most; what takes longer goes on by itself."""
        if await self._from.plans.held() is not None or await self._is_followed():
            return
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._follow(), name="ledger:follow")
        await asyncio.wait({self._following}, timeout=within_s)

    async def _is_followed(self) -> bool:
        return (await self._from.logs.floor.facts()).sequence == self._sequence

    async def _follow(self) -> None:
        """The days whose batches are told otherwise since the last look, and their weeks."""
        try:
            while not await self._is_followed():
                async with self._turn:
                    await self._close(all_days=False)
        except FactoryError as error:
            logger.warning("ledger_not_followed error=%s: %s", type(error).__name__, error)

    async def _close(self, *, all_days: bool) -> str:
        now = self._clock()
        today = local_day(now, self._plant.tz)
        await self._from.plants.keep(today)
        facts = await self._from.logs.floor.facts()
        if facts.opened is None:
            self._sequence = facts.sequence
            return "nothing has been planned yet"
        days = list(days_between(max(facts.opened.day, today - LOOK_BACK), today))
        carried = await self._of_days(today - LOOK_BACK, today, now)
        days = sorted({*days, *carried})
        other = [day for day in days if all_days or day == today or self._seen.get(day, ()) != carried.get(day, ())]
        done = [await self._enter("day", day, day, carried, closed=day < today) for day in other]
        mondays = sorted({day - timedelta(days=day.weekday()) for day in other if day < today})
        for monday in mondays:
            sunday = monday + timedelta(days=6)
            if sunday < today and monday >= today - LOOK_BACK:
                done.append(await self._enter("week", monday, sunday, carried, closed=True, since=max(monday, days[0])))
        self._seen, self._sequence = carried, facts.sequence
        return f"{sum(done)} entries"

    async def entries(self, by: By, first: date, last: date) -> list[dict[str, Any]]:
        """Entries of the spans that hold a day from first to last; months and years are sums of their days, whole ones."""
        await self.followed(SOON_S)
        return await self._kept(by, first, last)

    async def _kept(self, by: By, first: date, last: date) -> list[dict[str, Any]]:
        """The entries as they are now."""
        if by in ("day", "week"):
            start = first - timedelta(days=first.weekday()) if by == "week" else first
            return [_without_usual(entry) for entry in await self._ledger.entries(by, start, last)]
        length = len("2026-11") if by == "month" else len("2026")
        groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for entry in await self._ledger.entries("day", *_whole(by, first, last)):
            groups[entry["date"][:length]].append(entry)
        return [_sum(by, name, days) for name, days in groups.items()]

    async def block(self, now: datetime) -> dict[str, Any] | None:
        """The savings of the page: days and months; None while nothing has closed."""
        today = local_day(now, self._plant.tz)
        is_begun = self._following is not None and not self._following.done()
        await self.followed(PAGE_AGAIN_S if is_begun else PAGE_SOON_S)
        days = await self._kept("day", today - timedelta(days=SHOWN_DAYS - 1), today)
        if not days:
            return None
        months = await self._kept("month", (today - timedelta(days=31 * (SHOWN_MONTHS - 1))).replace(day=1), today)
        return _block(days, months, await self._ledger.entries("day", today, today))

    async def past(self, at: datetime) -> SavingsBlock | None:
        """The savings up to the day of a past instant, as they are counted by now; None where none of that day are kept."""
        today = local_day(at, self._plant.tz)
        first = (today - timedelta(days=31 * (SHOWN_MONTHS - 1))).replace(day=1)
        days = [dict(entry) for entry in await self._ledger.entries("day", first, today)]
        if not days or days[-1]["date"] != today.isoformat():
            return None
        groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for entry in days:
            groups[entry["date"][: len("2026-11")]].append(entry)
        shown = (today - timedelta(days=SHOWN_DAYS - 1)).isoformat()
        months = [_sum("month", name, found) for name, found in groups.items()]
        return _block([_without_usual(day) for day in days if day["date"] >= shown], months, days[-1:])

    async def kept_since(self) -> date | None:
        """The first day of which savings are kept; None while there is none."""
        entries = await self._ledger.entries("day", date(MINYEAR, 1, 1), local_day(self._clock(), self._plant.tz))
        return date.fromisoformat(entries[0]["date"]) if entries else None

    async def _of_days(self, first: date, last: date, now: datetime) -> dict[date, tuple[Execution, ...]]:
        """Batches by the day that they belong to; those of today that are yet to come as planned."""
        found = await self._from.plans.carried(first, last + LOOK_BACK, now)  # what begins today may be for another day
        known = {(one.id, one.start) for item in found for one in (item.batch, item.planned) if one is not None}
        try:
            planned = batches_of(await self._from.plans.in_force())
        except NotKnownError:
            planned = ()
        found += [
            Execution(batch, "planned", batch) for batch in planned if batch.due == last and (batch.id, batch.start) not in known
        ]
        days: dict[date, list[Execution]] = defaultdict(list)
        for item in sorted(found, key=lambda item: item.batch.id):
            if item.batch.due is not None and item.batch.due <= last:
                days[item.batch.due].append(item)
        return {day: tuple(items) for day, items in days.items()}

    async def _enter(
        self,
        span: Literal["day", "week"],
        first: date,
        last: date,
        carried: Mapping[date, Sequence[Execution]],
        *,
        closed: bool,
        since: date | None = None,
    ) -> bool:
        """Score a period and keep it; False where what it is made from has not changed, or is not there yet. What of a week is
        additive is the sum of its days; a week in whose middle the plans began is that of its days from `since` on.
        """
        items = tuple(item for day in sorted(carried) if first <= day <= last for item in carried[day])
        days = await self._ledger.entries("day", since or first, last) if span == "week" else ()
        plant = await self._from.plants.on(last)
        period = await self._period(since or first, last, items, plant.plant)
        if period is None:
            return False
        parts = [closed, items, period.problem.prices, period.problem.ambient_kw, period.wishes, TOLD]
        parts.append([day["made_from"] for day in days])
        made_from = digest([*parts, digest(plant.plant), plant.assumed])
        before = await self._ledger.entries(span, first, first)
        if before and before[0]["made_from"] == made_from and _is_final(before[0], self._limits):
            return False
        head = {"span": span, "date": first.isoformat(), "last": last.isoformat(), "closed": closed, "made_from": made_from}
        head |= {"since": (since or first).isoformat(), "limits": self._limits.clock_s}
        head |= {"plant": plant.digest, "plant_assumed": plant.assumed}
        head |= {"as_of": self._clock().replace(microsecond=0).isoformat(), "reason": None}
        try:
            scored, head["reason"] = await self._scored(span, period, days)
        except ChildLateError as error:
            scored = dict.fromkeys(FIGURES) | {"reason": f"no score: {error}"}
        except ChildFailedError:
            logger.exception("score_failed span=%s date=%s", span, first)  # the others go on; this one is tried again next time
            return False
        await self._ledger.put(span, first, head | scored)
        self.changes += 1
        logger.info("ledger_entry span=%s date=%s saving=%s", span, first, scored["saving_eur"])
        return True

    async def _scored(self, span: str, period: Period, days: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], str | None]:
        """The figures, and why one is missing. A week of two plants is the sum of its days, and nothing is searched for."""
        plant = period.problem.plant
        same = [(await self._from.plants.on(day)).plant == plant for day in days_between(period.first, period.last)]
        if span == "week" and not all(same):
            total = summed(found for day in days if (found := saving_of(day)) is not None)
            told = dict.fromkeys(FIGURES) if total is None else figures(replace(total, perfect_eur=None, gap_percent=None))
            return told, "the plant was changed in this week: what was possible is not told"
        stage = unknown_stage(period)
        if stage is not None:
            return dict.fromkeys(
                FIGURES
            ), f"what {stage} took is not known: an older version planned it, and the plant has it no more"
        saving: Saving = await self._child.run(
            score, period, self._limits, deadline_s=max(SCORE_DEADLINE_S, SCORE_SEARCHES * self._limits.clock_s)
        )
        if others(period):
            reason: str | None = "made with other stages than the plant of this day has: nothing to compare with"
        else:
            reason = _reason(saving)
        if span == "week":
            return figures(_of_days(saving, days)), reason
        return figures(saving) | {"usual": usual_json(saving.usual, plant)}, reason

    async def _period(self, first: date, last: date, items: tuple[Execution, ...], plant: Plant) -> Period | None:
        """The period as a problem on realised prices, for the plant of its last day; None while a price is missing."""
        tz = plant.tz
        batches = [batch for item in items for batch in (item.batch, item.planned) if batch is not None]
        needed, window = window_of(first, [batch.start for batch in batches], tz)
        end = max([day_bounds(last, tz)[1], *(ceil_to(run.released, QUARTER) for batch in batches for run in batch.runs)])
        told = await self._from.prices.of(plant).realised(window, end)
        before = known_from(told)
        start, prices = window + before * QUARTER, told[before:]
        if start > needed:
            return None
        starts = list(slot_starts(start, end, QUARTER))
        problem = PlanProblem(
            plant=plant,
            start=start,
            prices=prices,
            periods=tuple(power_period(at, plant.tariff) for at in starts),
            demand=tuple(item for item in demand_of(items, plant.batch_kg) if item.quality in plant.qualities),
            ambient_kw=await ambient_of_days(self._from.plants, plant, starts, await self._from.weather.hours(start, end)),
        )
        return Period(problem, first, last, items, await self._wishes(start, end))

    async def _wishes(self, start: datetime, end: datetime) -> tuple[Wish, ...]:
        """Wishes that stood in ``[start, end)`` and spoke of it."""
        stored = await self._from.logs.wishes.standing_since(start)
        spoke = [one for one in stored if one.made_at < end and start <= datetime.fromisoformat(one.body["start"]) < end]
        return tuple(wish_of(one) for one in spoke)


def window_of(first: date, starts: Sequence[datetime], tz: ZoneInfo) -> tuple[datetime, datetime]:
    """From when on prices have to be known, and from when on they are asked for: where nothing was made, those of the day."""
    needed = min([day_bounds(first, tz)[0], *(day_bounds(local_day(start, tz), tz)[0] for start in starts)])
    return needed, min(needed, day_bounds(first - MADE_AHEAD, tz)[0]) if starts else needed


def known_from(prices: Sequence[float | None]) -> int:
    """The first slot from which on no price is missing."""
    return max((index + 1 for index, price in enumerate(prices) if price is None), default=0)


def _reason(saving: Saving) -> str | None:
    """Why a figure is missing."""
    if saving.baseline_eur is None:
        return "working as usual could not have made it: nothing to compare with"
    if saving.perfect_eur is None and saving.gap_percent is not None:
        return f"the best plan is proven to {saving.gap_percent:.1f} % only: what was possible is not told"
    return None


def _is_final(entry: Mapping[str, Any], limits: SearchLimits) -> bool:
    """Whether another search would find no more: it is proven, or was made with the same limits."""
    gap = entry.get("possible_gap_percent")
    return gap is None or gap <= PROVEN_PERCENT or entry["limits"] == limits.clock_s


def _of_days(week: Saving, days: Sequence[Mapping[str, Any]]) -> Saving:
    """A week: what is additive is the sum of its days, what was possible is found for the week as a whole."""
    total = summed(saving for day in days if (saving := saving_of(day)) is not None)
    if total is None:
        return week
    same = week.baseline_eur is not None and total.baseline_eur is not None and total.days_not_compared == 0
    perfect = min(week.perfect_eur, total.actual_eur) if same and week.perfect_eur is not None else None  # its days are rounded
    return replace(total, perfect_eur=perfect, gap_percent=week.gap_percent)


def _whole(by: By, first: date, last: date) -> tuple[date, date]:
    """First and last day of the months, or years, that hold two days: half a month's sum would pass for the month's."""
    if by == "year":
        return date(first.year, 1, 1), date(last.year, 12, 31)
    return first.replace(day=1), (last.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _block(
    days: Sequence[Mapping[str, Any]], months: Sequence[Mapping[str, Any]], shown: Sequence[Mapping[str, Any]]
) -> SavingsBlock:
    """`shown`: the entry of the day that is looked at, where there is one."""
    as_of = max(day["as_of"] for day in days)
    about = {"base_load_included": True, "source": "ledger", "origin": "published", "unit": "EUR", "as_of": as_of}
    usual = _usual_of(shown[0]) if shown else None
    return {"days": [day for day in days if day["plan_eur"] is not None], "months": list(months), "usual": usual} | about


def _without_usual(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as it is told in a range: the batches of working as usual are told of one day at a time."""
    return {name: value for name, value in entry.items() if name != "usual"}


def _usual_of(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is told of one day; None where it was not kept, or nothing was compared."""
    batches = entry.get("usual")
    return None if not batches else {"date": entry["date"], "batches": batches}


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
