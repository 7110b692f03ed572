"""GET /contract/power: contracted powers beside those that would have cost least."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from routers.answers.power import PowerStudyOut
from routers.endpoints.bill import Point
from routers.http.deps import App
from routers.http.description import refused

router = APIRouter(tags=["bill"])


class PowerQuery(BaseModel):
    """Whose."""

    model_config = ConfigDict(extra="forbid")

    supply_point: Point | None = Field(None, description="As POST /consumption answers; that of the newest curve when left out")


@router.get(
    "/contract/power",
    response_model=PowerStudyOut,
    responses=refused(404, 409),
    summary="Which contracted powers would have cost least",
)
async def contract_power(app: App, query: Annotated[PowerQuery, Query()]) -> Response:
    """Exact over whole kW, from the newest twelve whole months of the meter's curve; 409 while there are fewer."""
    return PowerStudyOut.of(await app.power.studied(query.supply_point), simulated=app.simulated).sent()
