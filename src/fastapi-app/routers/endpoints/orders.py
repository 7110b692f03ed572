"""GET, POST /orders; PUT, DELETE /orders/{id}: promises beside the plant's weekday demand."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from domain.bill.terms import PriceBasis
from domain.plan.plant import Plant
from domain.shop_floor.orders import Kilograms
from domain.timeline import day_bounds
from routers.endpoints.floor_forms import LateOut, OrderOut
from routers.http.bodies import Body, Name, OrderKilograms
from routers.http.deps import App, Key
from routers.http.description import refused
from routers.http.instants import InstantText, instant
from routers.http.strict_json import BodyRoute
from services.shop_floor.desk import minutes_late
from services.shop_floor.orders import OrderAnswer, OrderGiven

router = APIRouter(prefix="/orders", tags=["shop floor"], route_class=BodyRoute)
SHOWN_AHEAD = timedelta(days=60)
OrderId = Annotated[str, Path(min_length=1, max_length=120)]
DryRun = Annotated[bool, Query(description="Only what it would cost and make late; nothing is kept")]


class OrderIn(Body):
    """Kilograms that are promised."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"quality": "standard", "kg": 200, "due": "2026-10-08", "reference": "ERP 4711"}]},
    )

    quality: Name
    kg: OrderKilograms
    due: InstantText = Field(max_length=40, description="ISO 8601; a local day means its end")
    weight: float = Field(1.0, ge=0.001, le=1000, allow_inf_nan=False, description="What an hour of a late kilogram counts")
    reference: str | None = Field(None, max_length=200)

    def given(self, plant: Plant) -> OrderGiven:
        """The order with its due time in UTC."""
        due = instant("due", self.due)
        if len(self.due) == len("2026-10-08"):
            due = day_bounds(date.fromisoformat(self.due), plant.tz)[1]
        return OrderGiven(self.quality, self.kg, due, self.weight, self.reference)


class OrderAnswerOut(BaseModel):
    """The order, what it costs and what becomes late with it: the difference of two plans, as near as it is known after 2 s. The
    search goes on; null while no plan is known.
    """

    id: str | None = Field(description="Null for a dry run")
    cost_eur: float | None
    uncertainty_eur: float | None = Field(description="How far the cost may be off; asked again it may be less")
    price_basis: PriceBasis
    late: list[LateOut]
    begin_by: str | None = Field(description="When it has to be begun to be in time; null where that is unknown")
    plan_id: str | None

    @classmethod
    def of(cls, answer: OrderAnswer, plant: Plant) -> "OrderAnswerOut":
        """As JSON, of a plant."""
        effect = answer.effect
        late = [LateOut.of(item) for item in effect.late]
        begin_by = None if answer.begin_by is None else answer.begin_by.isoformat()
        return cls(
            id=answer.id,
            cost_eur=effect.cost_eur,
            uncertainty_eur=effect.uncertainty_eur,
            price_basis=plant.price.told,
            late=late,
            begin_by=begin_by,
            plan_id=effect.plan_id,
        )


class OrdersOut(BaseModel):
    """Every promise that is open or still to come, the plant's weekday demand among them."""

    as_of: str
    simulated: bool
    orders: list[OrderOut]


def orders_out(kilograms: Kilograms, now: datetime) -> list[OrderOut]:
    """Promises that are not over: due later, or owed."""
    return [
        OrderOut(
            id=item.order.id,
            quality=item.order.quality,
            kg=item.order.kg,
            due=item.order.due.isoformat(),
            weight=item.order.weight,
            reference=item.order.reference,
            source="plant" if item.is_plant else "order",
            made_kg=round(item.made_kg, 3),
            owed_kg=round(item.owed_kg, 3),
            late_minutes=minutes_late(item.order.due, now) if item.owed_kg > 0 and item.order.due <= now else None,
        )
        for item in kilograms.promises
        if item.order.due > now or item.owed_kg > 0
    ]


@router.get("", summary="What is promised, made and owed", response_model=OrdersOut)
async def orders(app: App) -> OrdersOut:
    """By due time; what is made goes to what is due first."""
    now = app.now()
    found = orders_out(await app.floor.kilograms(now, now + SHOWN_AHEAD), now)
    return OrdersOut(as_of=now.isoformat(), simulated=app.simulated, orders=found)


@router.post(
    "",
    status_code=201,
    summary="An order; answered with what it costs and makes late",
    response_model=OrderAnswerOut,
    responses={200: {"description": "A dry run, or sent before under this key", "model": OrderAnswerOut}, **refused(404, 409)},
)
async def add(app: App, wanted: OrderIn, dry_run: DryRun = False, idempotency_key: Key = None) -> Response:
    """The plan takes it in at once; what cannot be in time is late, and said so."""
    answer, is_new = await app.orders.add(wanted.given(app.plans.plant), idempotency_key, keep=not dry_run)
    return JSONResponse(OrderAnswerOut.of(answer, app.plans.plant).model_dump(), 201 if is_new else 200)


@router.put("/{order_id}", summary="An order as it is now", responses=refused(404, 409), response_model=OrderAnswerOut)
async def change(app: App, order_id: OrderId, wanted: OrderIn, dry_run: DryRun = False) -> OrderAnswerOut:
    """Also for the plant's own demand of a day, by its id."""
    plant = app.plans.plant
    return OrderAnswerOut.of(await app.orders.change(order_id, wanted.given(plant), keep=not dry_run), plant)


@router.delete("/{order_id}", summary="Withdraw an order", responses=refused(404, 409), response_model=OrderAnswerOut)
async def withdraw(app: App, order_id: OrderId, dry_run: DryRun = False) -> OrderAnswerOut:
    """What was made for it is stock."""
    return OrderAnswerOut.of(await app.orders.withdraw(order_id, keep=not dry_run), app.plans.plant)
