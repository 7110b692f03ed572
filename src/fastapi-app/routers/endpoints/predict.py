"""POST /predict/energy-optimization, /predict/production-recommendation; GET /predict/prices/hourly, /predict/prices/weekly."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from domain.intake.cells import HIGHEST_PRICE_EUR_MWH, LOWEST_SPOT_EUR_MWH
from domain.weather.hours import LIMITS
from routers.answers.forecast import ClassOut, HoursOut, ScoreOut, WeekOut
from routers.http.bodies import Body
from routers.http.deps import App
from routers.http.description import refused
from routers.http.instants import InstantText, instant
from routers.http.strict_json import BodyRoute
from services.forecast.predictions import Conditions

PRICE = (LOWEST_SPOT_EUR_MWH / 1000, HIGHEST_PRICE_EUR_MWH / 1000)
TEMPERATURE, HUMIDITY = LIMITS["temperature"], LIMITS["humidity"]
"""What a condition may be is what a source may say of it."""
router = APIRouter(prefix="/predict", tags=["predictions"], route_class=BodyRoute)


class ConditionsIn(Body):
    """Conditions of an hour; what is left out is forecast, and the answer says which."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"at": "2026-11-23T14:00:00+01:00"}, {"price_eur_kwh": 0.08}]})

    at: InstantText | None = Field(None, description="The hour: ISO 8601; now when left out")
    price_eur_kwh: float | None = Field(
        None, ge=PRICE[0], le=PRICE[1], allow_inf_nan=False, description="Of the market; as known when left out"
    )
    temperature_c: float | None = Field(None, ge=TEMPERATURE[0], le=TEMPERATURE[1], allow_inf_nan=False)
    humidity_percent: float | None = Field(None, ge=HUMIDITY[0], le=HUMIDITY[1], allow_inf_nan=False)


def _conditions(app: App, given: ConditionsIn) -> Conditions:
    at = instant("at", given.at) if given.at is not None else app.now()
    return Conditions(at, given.price_eur_kwh, given.temperature_c, given.humidity_percent)


@router.post("/energy-optimization", responses=refused(409), summary="How good an hour is: 0 to 100")
async def energy_optimization(app: App, given: ConditionsIn) -> ScoreOut:
    """100 x the probability that the hour is cheaper than an hour drawn from the seven days around it."""
    return ScoreOut.of(await app.predictions.score(_conditions(app, given)), simulated=app.simulated)


@router.post("/production-recommendation", responses=refused(409), summary="What an hour will turn out to have been")
async def production_recommendation(app: App, given: ConditionsIn) -> ClassOut:
    """Optimal, Moderate, Reduced or Halt, with the probability of each."""
    return ClassOut.of(await app.predictions.recommendation(_conditions(app, given)), simulated=app.simulated)


@router.get(
    "/prices/hourly",
    responses=refused(409),
    summary="The coming hours: published prices first, then the forecast",
)
async def hourly(app: App, hours: Annotated[int, Query(ge=1, le=168)] = 24) -> HoursOut:
    """p10, p50 and p90 in €/kWh, score, class and its probabilities for each hour."""
    return HoursOut.of(await app.predictions.hours(hours), simulated=app.simulated)


@router.get("/prices/weekly", responses=refused(409), summary="The coming week by local day")
async def weekly(app: App) -> WeekOut:
    """For each local day its hours, mean and cheapest hours."""
    return WeekOut.of(await app.predictions.week(), simulated=app.simulated)
