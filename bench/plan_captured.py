"""Captured percent by month, planned daily: on the forecast that serves, on that of the strongest baseline. Weeks are kept."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from bench.plan_daily import Closed, Hindsight, carried_out, hindsight
from bench.plan_forecasts import NAMES, Files, Forecasts, Planned
from bench.plan_kept import digest_of, kept_json
from bench.plan_weeks import PLANT, Followed, Prices, default_plant
from domain.canonical import canonical
from domain.savings import Saving, summed
from domain.timeline import HOUR, day_bounds

MODULES = ("planning", "domain/plan", "domain/bill", "domain/timeline.py", "bench/plan_daily.py", "bench/plan_weeks.py")
"""What a kept week depends on, beside its prices and forecasts."""


@dataclass(frozen=True, slots=True)
class Week:
    """One week by all who planned it: hindsight, and by name of the forecast."""

    begin: date
    known: Hindsight
    by_name: dict[str, Closed]

    @property
    def month(self) -> str:
        """A week belongs to the month of its fourth day."""
        return f"{self.begin + timedelta(days=3):%Y-%m}"

    def saving(self, name: str) -> Saving:
        """Of the plan on a forecast; base load included."""
        base = self.known.base_eur
        made = self.by_name[name]
        return Saving(0.0, 0.0, made.cost_eur + base, self.known.usual.cost_eur + base, self.known.perfect.cost_eur + base)


def captured(files: Files, followed: Followed, weeks: Sequence[date], prices: Prices, planned: Planned) -> dict[str, Any]:
    """The whole part: every week by every forecaster, and the months."""
    forecasts = Forecasts(files, followed, weeks[0], weeks[-1] + timedelta(days=6), planned)
    found = [_told(week, f"{index + 1} of {len(weeks)}") for index, week in enumerate(_weeks(weeks, prices, forecasts)) if week]
    return {"planned": planned, "served_by": dict(Counter(forecasts.served_by))} | _figures(found)


def _weeks(weeks: Sequence[date], prices: Prices, forecasts: Forecasts) -> Any:
    plant = default_plant()
    for begin in weeks:
        real = _part(prices, begin, 7)
        code = digest_of(MODULES, PLANT.read_bytes(), _text(begin, real))
        kept = kept_json(f"plan_daily/{code}", lambda: _or_none(hindsight(plant, begin, real)))  # noqa: B023 # called at once
        if kept is None:
            yield None
            continue
        known = Hindsight(Closed(**kept["perfect"]), Closed(**kept["usual"]), kept["gap_eur"], kept["base_eur"])
        by_name = {name: _planned(begin, real, forecasts, name) for name in NAMES}
        _same_production(begin, known, by_name)
        yield Week(begin, known, by_name)


def _or_none(found: Hindsight | None) -> dict[str, Any] | None:
    return None if found is None else asdict(found)


def _planned(begin: date, real: Prices, forecasts: Forecasts, name: str) -> Closed:
    days = [begin + timedelta(days=n) for n in range(7)]
    looks = {day: forecasts.looks(name, day, real) for day in days}
    texts = [canonical([look.start, sorted(look.expected.items())]).encode() for day in days for look in looks[day]]
    code = digest_of(MODULES, PLANT.read_bytes(), _text(begin, real), *texts)
    work: Callable[[], Any] = lambda: asdict(carried_out(default_plant(), begin, real, looks.__getitem__))  # noqa: E731
    return Closed(**kept_json(f"plan_daily/{code}", work))


def _part(prices: Prices, first: date, days: int) -> Prices:
    start, end = day_bounds(first)[0], day_bounds(first + timedelta(days=days - 1))[1]
    count = (end - start) // HOUR
    return {start + n * HOUR: prices[start + n * HOUR] for n in range(count)}


def _text(day: date, prices: Prices) -> bytes:
    return canonical([day, [[at, price] for at, price in sorted(prices.items())]]).encode()


def _same_production(begin: date, known: Hindsight, by_name: dict[str, Closed]) -> None:
    """The weeks compare only when they made the same."""
    made = {"perfect": known.perfect.made, "usual": known.usual.made} | {name: one.made for name, one in by_name.items()}
    if len({canonical(one) for one in made.values()}) != 1:
        raise ValueError(f"the week of {begin} made different things: {made}")


def _told(week: Week, title: str) -> Week:
    shares = {name: week.saving(name).captured_percent for name in week.by_name}
    said = ", ".join(f"{name} {'none' if share is None else f'{share:.1f} %'}" for name, share in shares.items())
    print(f"{title}: {week.begin}: captured {said}", flush=True)
    return week


def _figures(weeks: Sequence[Week]) -> dict[str, Any]:
    months: dict[str, list[Week]] = defaultdict(list)
    for week in weeks:
        months[week.month].append(week)
    by_month = {month: {name: _share(part, name) for name in NAMES} for month, part in sorted(months.items())}
    served, baseline = NAMES
    return {
        "weeks": len(weeks),
        "batches": sum(sum(week.known.perfect.made.values()) for week in weeks),
        "month": by_month,
        "year": {name: _share(weeks, name) for name in NAMES},
        "saving_eur": {name: sum(week.saving(name).saving_eur for week in weeks) for name in NAMES},
        "perfect_saving_eur": sum(week.saving(served).perfect_saving_eur for week in weeks),
        "perfect_gap_eur": sum(week.known.gap_eur for week in weeks),
        "months_above": sum((both[served] or 0.0) > (both[baseline] or 0.0) for both in by_month.values()),
        "weeks_cheaper": sum(week.by_name[served].cost_eur < week.by_name[baseline].cost_eur - 0.005 for week in weeks),
        "weeks_dearer": sum(week.by_name[served].cost_eur > week.by_name[baseline].cost_eur + 0.005 for week in weeks),
    }


def _share(weeks: Sequence[Week], name: str) -> float | None:
    whole = summed(week.saving(name) for week in weeks)
    return whole.captured_percent if whole else None
