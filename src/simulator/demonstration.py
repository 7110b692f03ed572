"""The service as the demonstration runs it: at its first start it rehearses the last weeks of the simulated world.

`python -m start simulator.demonstration`, with the settings of the service and DEMO_REHEARSAL_DAYS (28 by default, 0 for none).
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import jobs
import main as service
from adapters.state.issued import SqliteIssuedLog
from adapters.state.notes import SqliteNotes
from adapters.store.as_of import AsOfStore
from bootstrap.forecast import learning_of
from bootstrap.planning import planning_of
from bootstrap.running import Application
from planning.milp.engine import SearchLimits
from ports import Job
from services.energy_service import EnergyService
from services.forecast.service import ForecastService
from services.weather_service import WeatherService
from simulator.rehearsal import PastClock, Programme, Rehearsal, together

DAYS = 28
MOST_DAYS = 60
QUICK_LIMITS = SearchLimits(rel_gap=0.02, nodes=50, clock_s=600.0)
"""How much a rehearsed plan is searched for: twenty-eight of them and as many with perfect knowledge are wanted within minutes. It
ends by its gap, within a second of the processor, else by its nodes, which are the same on every machine; the clock is a guard
against a solver that hangs, far beyond what a busy machine needs."""
NEEDS_DAYS = 2 * 250
"""Days of history, of both markets, from which a rehearsal is worth while: a model needs 182 before its first day."""


def rehearsal_jobs(days: int, app: Application) -> Sequence[Job]:
    """The rehearsal as a job of the schedule; none in a world that is not simulated."""
    if not (days and app.base.settings.simulated):
        return ()
    rehearsal = rehearsal_of(days, app)
    app.planning.plans.held_by(rehearsal.holds)
    name, again = "Rehearsal of the last weeks", jobs.every(seconds=15)
    return (Job("rehearsal", name, again, rehearsal.run, timedelta(minutes=30), at_start=True),)


def rehearsal_of(days: int, app: Application) -> Rehearsal:
    """Forecasts, plans and savings of the last weeks, each from what was known on its day; then today's work with them."""
    past = PastClock(app.base.clock())
    base = replace(app.base, clock=past)
    issued, view = SqliteIssuedLog(base.storage.state), AsOfStore(base.storage.series, past)
    prices = replace(app.prices, energy=EnergyService(view, issued, {}, past))
    weather = replace(app.weather, service=WeatherService(view, issued))
    learning = learning_of(base, view, prices.market, weather.service)
    planning = planning_of(base, prices, weather, learning, app.health, QUICK_LIMITS, rehearsed=True)
    programme = Programme(
        first=[learning.training.train],
        daily=[learning.issues.issue, together(planning.plans.replan, planning.ledger.close)],  # the ledger closes earlier days
        today=[
            partial(_reload, app.learning.forecasts),
            app.learning.issues.issue,
            app.planning.plans.replan,
            app.planning.ledger.close,
            app.planning.advice.look,
        ],
    )
    notes, ready, coming = SqliteNotes(base.storage.state), partial(_is_ready, app), partial(_is_coming, app)
    return Rehearsal(past, app.base.clock, notes, programme, days=days, ready=ready, coming=coming)


async def _reload(forecasts: ForecastService) -> str:
    """The service takes the model that the rehearsal trained."""
    forecasts.reload()
    return "reloaded"


def _is_ready(app: Application) -> bool:
    progress = app.prices.ingest.progress
    return progress.state == "done" and progress.total >= NEEDS_DAYS


def _is_coming(app: Application) -> bool:
    progress = app.prices.ingest.progress
    return progress.state != "done" and progress.last_error is None


def main() -> None:
    """Start the service with the rehearsal among its jobs."""
    days = int(os.environ.get("DEMO_REHEARSAL_DAYS", DAYS))  # noqa: TID251 - no setting of the service
    if not 0 <= days <= MOST_DAYS:
        sys.exit(f"cannot start: DEMO_REHEARSAL_DAYS is {days}; 0 to {MOST_DAYS} are possible")
    service.main(partial(rehearsal_jobs, days))


if __name__ == "__main__":
    main()
