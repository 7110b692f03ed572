"""GET /models/status, /status-direct, /registry, /{name}/metrics; POST /models/train, /{name}/rollback."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from routers.answers.forecast import live_of
from routers.answers.models import ModelMetricsOut, ModelsOut, ModelsStatusOut, ModelVersionOut, RegistryOut, TrainStartedOut
from routers.http.deps import App
from routers.http.description import refused
from routers.http.problems import problem

router = APIRouter(prefix="/models", tags=["models"])
TRAINING_JOB = "models_train"


@router.get("/status", response_model=ModelsStatusOut, summary="What serves, what runs, what was passed over and why")
async def status(app: App) -> dict[str, Any]:
    """Registry state, training progress, troubles."""
    return await app.models.status() | {"simulated": app.simulated}


@router.get("/status-direct", response_model=ModelsOut, summary="Loaded, version, versions kept, last trained, metrics, directory")
async def status_direct(app: App) -> dict[str, Any]:
    """The short form."""
    return app.models.status_direct()


@router.get(
    "/registry", response_model=RegistryOut, summary="Every version: data, libraries, metrics, SHA-256, promoted or refused and why"
)
async def registry(app: App) -> dict[str, Any]:
    """The registry as it is on disk."""
    return app.models.registry()


@router.get(
    "/{name}/metrics",
    response_model=ModelMetricsOut,
    responses=refused(404),
    summary="The live record by day ahead, with the baselines beside it",
)
async def metrics(app: App, name: str, days: Annotated[int, Query(ge=1, le=365)] = 28) -> dict[str, Any]:
    """Scored when the truth arrived; €/kWh."""
    told = await app.models.metrics(name, days)
    return told | {"live": live_of(told["live"]), "simulated": app.simulated}


@router.post(
    "/train", status_code=202, response_model=TrainStartedOut, responses=refused(409), summary="Train now, in a child process"
)
async def train(app: App) -> dict[str, str] | Response:
    """409 while one runs. The outcome is in /models/status and in the schedule."""
    if not await app.schedule.run_now(TRAINING_JOB):
        return problem(409, "Already running", "a training is running; wait for its end in /models/status")
    return {"status": "started", "href": "/models/status"}


@router.post(
    "/{name}/rollback", response_model=ModelVersionOut, responses=refused(404, 409), summary="Let the version before serve again"
)
async def rollback(app: App, name: str) -> dict[str, Any]:
    """404 when no version served before."""
    return await app.models.rollback(name)
