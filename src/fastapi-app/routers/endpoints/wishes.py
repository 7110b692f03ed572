"""GET, POST /plan/wishes; DELETE /plan/wishes/{id}; POST /plan/actuals."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from domain.errors import InvalidRequestError
from routers.answers.plan import ActualsOut, WishAnswerOut, WishesOut, WishRemovedOut
from routers.endpoints.plan_forms import ActualsIn, WishIn
from routers.http.deps import App, Key, Words
from routers.http.description import refused
from routers.http.strict_json import BodyRoute

router = APIRouter(prefix="/plan", tags=["plan"], route_class=BodyRoute)


@router.get(
    "/wishes",
    response_model=WishesOut,
    response_model_exclude_unset=True,
    summary="Pins, forbidden hours, machines down, each with what it costs",
)
async def wishes(app: App, words: Words) -> dict[str, Any]:
    """Those that stand."""
    return {
        "wishes": words.filled(await app.wishes.all()),
        "unit": "EUR",
        "price_basis": app.plans.plant.price.told,
        "as_of": app.now().isoformat(),
        "simulated": app.simulated,
    }


@router.post(
    "/wishes",
    response_model=WishAnswerOut,
    response_model_exclude_unset=True,
    responses=refused(404, 409),
    status_code=201,
    summary="A wish; answered with what it costs",
)
async def wish(app: App, words: Words, wanted: WishIn, idempotency_key: Key = None) -> dict[str, Any]:
    """Plans with it at once; while that takes longer than 2 s, `plan.href` has the answer when it is done."""
    return dict(words.filled(await app.wishes.add(wanted.plain(), idempotency_key)))


@router.delete(
    "/wishes/{number}",
    response_model=WishRemovedOut,
    response_model_exclude_unset=True,
    responses=refused(404, 409),
    summary="Undo a wish",
)
async def undo(app: App, words: Words, number: Annotated[int, Path(ge=1, le=2**53)]) -> dict[str, Any]:
    """Plans without it at once."""
    return dict(words.filled(await app.wishes.remove(number)))


@router.post(
    "/actuals",
    response_model=ActualsOut,
    response_model_exclude_unset=True,
    responses=refused(404, 409),
    summary="What was really run",
)
async def actuals(app: App, words: Words, said: ActualsIn, idempotency_key: Key = None) -> dict[str, Any]:
    """Without a report a batch is taken to have run as planned."""
    if said.made and said.stages:
        runs = [run.plain() for run in said.stages]
        return dict(words.filled(await app.wishes.report(said.batch_id, runs, idempotency_key)))
    if said.made or said.stages:
        valid = "made=false alone, or the stages that ran otherwise than planned"
        raise InvalidRequestError("say one of the two", name="stages", value=len(said.stages), valid=valid)
    return dict(words.filled(await app.wishes.report_not_made(said.batch_id, idempotency_key)))
