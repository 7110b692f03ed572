"""The schedule: id, name, when, what, and how long it may take.

Publication times are Madrid time outside 02-03 (that hour comes twice in autumn and not at all in spring); everything else is UTC.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, timedelta
from typing import Any

from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from domain.timeline import MADRID
from ports import Job

Work = Callable[[], Awaitable[str]]

PVPC_TIMES = ("20:20", "20:35", "20:50", "21:15", "22:00")
"""Madrid time; REData's last-update for PVPC was 20:16 (2021) to 20:46 (2023-2026)."""
SPOT_TIMES = ("13:45", "14:00", "14:20", "14:50")
"""Madrid time; last-update of the spot price was 13:39 to 13:42."""


def madrid(*times: str) -> Any:
    """Due every day at these Madrid times; none may lie in the hour that a clock change repeats or drops."""
    if any(time.startswith("02:") for time in times):
        raise ValueError(f"no trigger between 02 and 03 Madrid time: {times}")
    crons = [CronTrigger(hour=int(time[:2]), minute=int(time[3:]), timezone=MADRID) for time in times]
    return OrTrigger(crons)


def hourly(minute: int) -> Any:
    """Due every hour at a minute, UTC."""
    return CronTrigger(minute=minute, timezone=UTC)


def daily_utc(hour: int, minute: int) -> Any:
    """Due every day at a time of UTC."""
    return CronTrigger(hour=hour, minute=minute, timezone=UTC)


def every(**length: float) -> Any:
    """Due at a fixed interval."""
    return IntervalTrigger(timezone=UTC, **length)


def price_jobs(pvpc: Work, spot: Work, recheck: Work, history: Work) -> Sequence[Job]:
    """The jobs of the price history."""
    minutes = timedelta(minutes=1)
    return (
        Job("prices_pvpc", "PVPC of today and tomorrow", OrTrigger([madrid(*PVPC_TIMES), hourly(5)]), pvpc, 10 * minutes, True),
        Job("prices_spot", "Spot of today and tomorrow", OrTrigger([madrid(*SPOT_TIMES), hourly(10)]), spot, 10 * minutes, True),
        Job("prices_history", "Missing days of the price history", hourly(20), history, 360 * minutes, True),
        Job("prices_recheck", "Restated prices of the last days", hourly(40), recheck, 20 * minutes),
    )


def market_job(refresh: Work) -> Job:
    """REE's forecasts of tomorrow: out by 11:00 Madrid time, asked for until they are here."""
    trigger = OrTrigger([madrid("11:05", "11:20", "11:45"), hourly(40)])
    return Job("market_forecasts", "REE's forecasts of tomorrow", trigger, refresh, timedelta(minutes=10), True)


def upkeep_jobs(gaps: Work) -> Sequence[Job]:
    """The jobs that keep the history whole."""
    return (Job("gaps", "Find and fill gaps", CronTrigger(hour="*/2", minute=35, timezone=UTC), gaps, timedelta(hours=1)),)


def state_job(prune: Work) -> Job:
    """What only tells of long ago goes from the state file."""
    return Job("state_upkeep", "Upkeep of the local state", daily_utc(3, 30), prune, timedelta(minutes=10))


def weather_jobs(observed: Work, forecast: Work, points: Work, errors: Work) -> Sequence[Job]:
    """The jobs of the weather. A station's hour is out about a quarter past; forecasts are issued a few times a day.

    The points of the country are asked for once they are six hours old; looking every hour repairs a run that failed.
    """
    twice_an_hour = CronTrigger(minute="25,55", timezone=UTC)
    every_3_hours = CronTrigger(hour="*/3", minute=15, timezone=UTC)
    minutes = timedelta(minutes=1)
    return (
        Job("weather_observed", "Observed weather", twice_an_hour, observed, 10 * minutes, True),
        Job("weather_forecast", "Weather forecast of the plant", every_3_hours, forecast, 10 * minutes, True),
        Job("weather_points", "Weather forecasts of the country", hourly(45), points, 20 * minutes, True),
        Job("weather_errors", "Error of the weather forecasts", daily_utc(4, 10), errors, 10 * minutes),
    )


def model_jobs(issue: Work, train: Work, watch: Work) -> Sequence[Job]:
    """The jobs of the forecasts: issued once tomorrow's PVPC is out, trained after that, watched every day."""
    issued = OrTrigger([madrid("20:25", "20:40", "20:55", "21:20", "22:05"), hourly(12)])
    minutes = timedelta(minutes=1)
    return (
        Job("forecast_issue", "Forecast of the day", issued, issue, 5 * minutes),
        Job("models_train", "Training of the models", madrid("22:30"), train, 20 * minutes),
        Job("models_watch", "Serving model against the baseline", madrid("22:15"), watch, 5 * minutes),
    )


PLAN_INPUTS = ("prices_pvpc", "prices_spot", "prices_history", "forecast_issue", "weather_forecast", "models_train")
"""Jobs that bring what a plan is made from."""


def plan_jobs(plan: Work, search_on: Work, ledger: Work, advice: Work, audit: Work) -> Sequence[Job]:
    """The jobs of the plan. It looks whenever something came in, and every five minutes, whether anything changed, and plans anew
    only then. A plan that is not proven is searched on.
    """
    every_5_minutes = CronTrigger(minute="3-58/5", timezone=UTC)
    minutes = timedelta(minutes=1)
    return (
        Job("plan", "Production plan", every_5_minutes, plan, 3 * minutes, True, PLAN_INPUTS),
        Job("plan_search", "Longer search for the plan", hourly(28), search_on, 30 * minutes, after=("plan",)),
        Job("advice", "Alerts", CronTrigger(minute="4-59/5", timezone=UTC), advice, 2 * minutes, True),
        Job("ledger", "Savings of the closed days", hourly(40), ledger, 30 * minutes, True),
        Job("audit", "Audit of the savings", daily_utc(3, 50), audit, 10 * minutes),
    )
