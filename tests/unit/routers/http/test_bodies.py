"""Every body that the service reads: what no route may take, whatever it asks for."""

import pytest
from pydantic import ValidationError

from routers.endpoints.floor_forms import ConfirmedIn, EventIn
from routers.endpoints.gaps import RangeRequest
from routers.endpoints.models import RollbackIn
from routers.endpoints.orders import OrderIn
from routers.endpoints.plan import DemandIn, MoveIn, QuestionIn
from routers.endpoints.plan_forms import ActualsIn, RunIn, WishIn
from routers.endpoints.predict import ConditionsIn
from routers.http.bodies import Body

BODIES = (
    ActualsIn,
    ConditionsIn,
    ConfirmedIn,
    DemandIn,
    EventIn,
    MoveIn,
    OrderIn,
    QuestionIn,
    RangeRequest,
    RollbackIn,
    RunIn,
    WishIn,
)
ORDER = {"quality": "standard", "kg": 100, "due": "2026-03-25"}


def faults(body: type[Body], given: dict[str, object]) -> dict[str, str]:
    """Field -> what would be valid."""
    with pytest.raises(ValidationError) as refused:
        body.model_validate(given)
    return {str(fault["loc"][0]): fault["msg"] for fault in refused.value.errors()}


@pytest.mark.parametrize("body", BODIES)
def test_every_body_refuses_unknown_names_and_is_of_the_one_kind(body: type[Body]) -> None:
    assert issubclass(body, Body)
    assert "quantity" in faults(body, {"quantity": 1})


def test_a_truth_value_is_no_number() -> None:
    assert faults(ConditionsIn, {"price_eur_kwh": True}) == {"price_eur_kwh": "Input should be no truth value"}
    assert set(faults(OrderIn, ORDER | {"kg": True, "weight": False})) == {"kg", "weight"}
    assert set(faults(RunIn, {"stage": "mixing", "start": "2026-03-25", "unit": True})) == {"unit"}
    assert ActualsIn.model_validate({"batch_id": "x", "made": False}).made is False


def test_what_is_ordinary_is_taken() -> None:
    assert OrderIn.model_validate(ORDER | {"reference": "Pedido nº 4711 ñ"}).kg == 100
