"""Every job of the service, with what it calls."""

from collections.abc import Sequence
from functools import partial

import jobs
from adapters.state.upkeep import StateUpkeep
from bootstrap.forecast import Learning
from bootstrap.foundation import Foundation
from bootstrap.planning import Planning
from bootstrap.prices import Prices
from bootstrap.weather import Weather
from ports import Job


def schedule(base: Foundation, prices: Prices, weather: Weather, learning: Learning, planning: Planning) -> Sequence[Job]:
    """The table of jobs. Whatever may fill gaps runs with the ledger of gaps brought up to date around it."""
    ingest, around = prices.ingest, prices.gaps.around
    return (
        *jobs.price_jobs(
            pvpc=partial(around, partial(ingest.due, "pvpc")),
            spot=partial(around, partial(ingest.due, "spot")),
            recheck=ingest.recheck,
            history=partial(around, ingest.history),
        ),
        *jobs.model_jobs(issue=learning.issues.issue, train=learning.training.train, watch=learning.training.watch),
        jobs.market_job(prices.market.refresh),
        *jobs.plan_jobs(
            plan=planning.plans.replan,
            search_on=planning.search_on.search,
            ledger=planning.ledger.close,
            advice=planning.advice.look,
            audit=planning.audit.look,
        ),
        *jobs.upkeep_jobs(gaps=prices.backfill.refill),
        *jobs.weather_jobs(
            observed=partial(around, weather.ingest.refresh_observations),
            forecast=weather.ingest.refresh_forecasts,
            points=weather.ingest.collect_points,
            errors=weather.accuracy.measure,
        ),
        jobs.state_job(StateUpkeep(base.storage.state, base.clock).prune),
    )
