"""GET /dashboard/heatmap, /dashboard/recommendations, /dashboard/alerts."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response

from domain.errors import NotKnownError
from routers.answers.advice import AlertsOut, RecommendationOut, RecommendationsOut
from routers.answers.messages import MessageOut
from routers.answers.page import HeatmapOut
from routers.http.deps import App, Words
from routers.http.description import refused

router = APIRouter(prefix="/dashboard", tags=["dashboard"])


@router.get(
    "/heatmap",
    response_model=HeatmapOut,
    responses=refused(409),
    summary="Seven local days by hour: price or forecast, class, score, planned load, air",
)
async def heatmap(app: App) -> Response:
    """The thresholds of the legend are of this week."""
    week = await app.heatmap.week(app.now())
    if week is None:
        raise NotKnownError("no price of this week is known yet")
    return HeatmapOut.of(week, simulated=app.simulated).sent()


@router.get("/recommendations", summary="What to do, when, why, and what it is worth")
async def recommendations(app: App, words: Words) -> RecommendationsOut:
    """From the plan in force, the prices ahead and the wishes that stand."""
    now, told = app.now(), MessageOut.told(words)
    found = [RecommendationOut.of(one, told) for one in await app.advice.recommendations(now)]
    basis = app.plans.plant.price.told
    return RecommendationsOut(recommendations=found, unit="EUR", price_basis=basis, as_of=now, simulated=app.simulated)


@router.get("/alerts", response_model_exclude_unset=True, summary="Active alerts, with since when and by which rule")
async def alerts(
    app: App,
    words: Words,
    history: Annotated[int | None, Query(ge=1, le=3660, description="Those too that ended within so many days")] = None,
) -> AlertsOut:
    """The gravest first."""
    found = await app.advice.alerts(None if history is None else timedelta(days=history))
    return AlertsOut.of(found, MessageOut.told(words), simulated=app.simulated)
