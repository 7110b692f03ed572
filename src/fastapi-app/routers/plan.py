"""POST /optimize/production; GET /optimize/production/current (JSON, .csv, .ics, .html) and /optimize/production/{id}."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from domain.errors import InvalidRequestError
from domain.schedule import Demand, Wish
from domain.timeline import QUARTER, floor_to
from ports import StoredPlan, StoredWish
from routers.deps import App
from routers.plan_forms import WishIn
from services.plan_problem import Given, first_slot
from services.plan_service import Pending
from services.registry import Services
from services.wish_form import wish_body, wish_of

router = APIRouter(prefix="/optimize/production", tags=["plan"])
PlanId = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of everything that the plan was made from")]


class DemandIn(BaseModel):
    """Mass of a quality due by the end of a local day."""

    model_config = ConfigDict(extra="forbid")

    date: date
    quality: str = Field(max_length=60)
    kg: float = Field(gt=0, le=100_000, allow_inf_nan=False)


class QuestionIn(BaseModel):
    """What to plan otherwise than it is set. With anything given the answer is kept, but not put in force."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{}, {"horizon_hours": 72, "demand": [{"date": "2026-11-20", "quality": "standard", "kg": 300}]}]
        },
    )

    horizon_hours: int | None = Field(None, ge=1, le=168, description="From now; all that is known when left out")
    demand: list[DemandIn] | None = Field(None, max_length=200, description="Replaces the plant's demand")
    wishes: list[WishIn] = Field(default=[], max_length=50, description="Beside those that stand")


@router.post(
    "",
    summary="A plan: the one in force, renewed if anything changed, or the answer to a question",
    responses={202: {"description": "It takes longer than 2 s; `href` has it when it is done"}},
)
async def optimise(app: App, asked: QuestionIn | None = None) -> Response:
    """Infeasible is an answer too: it names the limits that clash, and the smallest relief."""
    return answered(await app.plans.ask(_given(app, asked)))


@router.get("/current", summary="The plan in force")
async def current(app: App) -> Response:
    """Byte for byte as it was made."""
    return answered(await app.plans.in_force())


@router.get("/{plan_id}", summary="A plan by its id", responses={202: {"description": "It is being computed"}})
async def plan(app: App, plan_id: PlanId) -> Response:
    """Byte for byte as it was made."""
    return answered(await app.plans.find(plan_id))


def answered(found: StoredPlan | Pending) -> Response:
    """The plan, or where it will be."""
    if isinstance(found, StoredPlan):
        return Response(found.document, media_type="application/json")
    href = f"/optimize/production/{found.id}"
    body = f'{{"state":"computing","plan_id":"{found.id}","href":"{href}"}}'
    return Response(body, 202, {"Location": href, "Retry-After": "2"}, media_type="application/json")


def _given(app: Services, asked: QuestionIn | None) -> Given | None:
    if asked is None or (asked.horizon_hours is None and asked.demand is None and not asked.wishes):
        return None
    now = app.now()
    end = None if asked.horizon_hours is None else floor_to(first_slot(now) + timedelta(hours=asked.horizon_hours), QUARTER)
    demand = None if asked.demand is None else tuple(_demand(app, index, item) for index, item in enumerate(asked.demand))
    wishes: list[Wish] = []
    for number, wish in enumerate(asked.wishes, start=1):
        body = wish_body(app.plans.plant, now, wish.plain())
        wishes.append(wish_of(StoredWish(-number, now, None, body)))
    return Given(demand, tuple(wishes), end)


def _demand(app: Services, index: int, item: DemandIn) -> Demand:
    valid = app.plans.plant.qualities
    if item.quality not in valid:
        name = f"demand.{index}.quality"
        raise InvalidRequestError(f"no quality {item.quality!r}", name=name, value=item.quality, valid=", ".join(valid))
    return Demand(item.date, item.quality, item.kg)
