"""GET /models/status, /status-direct, /registry, /{name}/metrics, /decisions; POST /models/train, /{name}/rollback, /release."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field
from starlette.responses import Response

from routers.answers.models import (
    DecisionsOut,
    ModelMetricsOut,
    ModelsOut,
    ModelsStatusOut,
    RegistryOut,
    ReleasedOut,
    RolledBackOut,
    TrainStartedOut,
)
from routers.http.bodies import Body
from routers.http.deps import App
from routers.http.description import refused
from routers.http.problems import problem
from routers.http.strict_json import BodyRoute

router = APIRouter(prefix="/models", tags=["models"], route_class=BodyRoute)
TRAINING_JOB = "models_train"


@router.get("/status", summary="What serves, what runs, what was passed over and why")
async def status(app: App) -> ModelsStatusOut:
    """Registry state, training progress, troubles."""
    return ModelsStatusOut.of(await app.models.status(), simulated=app.simulated)


@router.get("/status-direct", summary="Loaded, version, versions kept, last trained, metrics, directory")
async def status_direct(app: App) -> ModelsOut:
    """The short form."""
    return ModelsOut.overview(await app.models.overview())


@router.get("/registry", summary="Every version: data, libraries, metrics, SHA-256, promoted or refused and why")
async def registry(app: App) -> RegistryOut:
    """The registry as it is on disk."""
    return RegistryOut.of(await app.models.registry())


@router.get(
    "/{name}/metrics",
    responses=refused(404),
    summary="The live record by day ahead, with the baselines beside it",
)
async def metrics(app: App, name: str, days: Annotated[int, Query(ge=1, le=365)] = 28) -> ModelMetricsOut:
    """Scored when the truth arrived; €/kWh."""
    return ModelMetricsOut.of(await app.models.metrics(name, days), simulated=app.simulated)


@router.post(
    "/train", status_code=202, response_model=TrainStartedOut, responses=refused(409), summary="Train now, in a child process"
)
async def train(app: App) -> dict[str, str] | Response:
    """409 while one runs. The outcome is in /models/status and in the schedule."""
    if not await app.schedule.run_now(TRAINING_JOB):
        return problem(409, "Already running", "a training is running; wait for its end in /models/status")
    return {"status": "started", "href": "/models/status"}


@router.get(
    "/{name}/decisions",
    responses=refused(404),
    summary="What was decided of a model, when and why: promoted, refused, held, demoted, rolled back, pinned, released, lost",
)
async def decisions(app: App, name: str, count: Annotated[int, Query(ge=1, le=500)] = 50) -> DecisionsOut:
    """The newest first."""
    return DecisionsOut.of(await app.models.decisions(name, count), simulated=app.simulated)


class RollbackIn(Body):
    """The version that is to serve; the one before where none is named."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    version: str | None = Field(None, min_length=1, max_length=120)


@router.post(
    "/{name}/rollback",
    responses=refused(404, 409),
    summary="Let a version, or the one before, serve again, and pin it",
)
async def rollback(app: App, name: str, asked: RollbackIn | None = None) -> RolledBackOut:
    """404 names the versions that there are. The pin holds until it is released, or for MODEL_PIN_DAYS."""
    return RolledBackOut.of(await app.models.rollback(name, asked.version if asked else None))


@router.post(
    "/{name}/release",
    responses=refused(404, 409),
    summary="Take the pin away: trainings may serve again",
)
async def release(app: App, name: str) -> ReleasedOut:
    """404 when nothing is pinned."""
    return ReleasedOut.of(await app.models.release(name))
