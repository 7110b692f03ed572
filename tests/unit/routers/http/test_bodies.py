"""Every body that the service reads: what no route may take, whatever it asks for."""

import json
from unittest.mock import patch

import pytest
from fastapi.routing import APIRoute
from pydantic import ValidationError

from routers.api import api_routers
from routers.endpoints.floor_forms import ConfirmedIn, EventIn
from routers.endpoints.gaps import RangeRequest
from routers.endpoints.models import RollbackIn
from routers.endpoints.orders import OrderIn
from routers.endpoints.plan import DemandIn, MoveIn, QuestionIn
from routers.endpoints.plan_forms import ActualsIn, RunIn, WishIn
from routers.endpoints.predict import ConditionsIn
from routers.http.bodies import Body
from routers.http.strict_json import MOST_VALUES, BodyRoute, read_json

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


@pytest.mark.parametrize("kg", [0.0, 1e-300, 0.0009, 100_001.0])
def test_an_order_is_of_a_gram_or_more(kg: float) -> None:
    assert set(faults(OrderIn, ORDER | {"kg": kg})) == {"kg"}
    assert set(faults(DemandIn, {"date": "2026-03-25", "quality": "standard", "kg": kg})) == {"kg"}


@pytest.mark.parametrize("text", ["a\nb", "a\x00", "\ud800", "a\u2028b", "\u202edeti"])
def test_a_text_is_one_line_that_reads_as_it_is_written(text: str) -> None:
    assert "must be one line of text" in faults(OrderIn, ORDER | {"reference": text})["reference"]
    assert "must be one line of text" in faults(ConfirmedIn, {"id": "x", "but": [text]})["but"]


def test_what_looks_the_same_is_the_same() -> None:
    assert OrderIn.model_validate(ORDER | {"reference": "an\u0303o"}).reference == "a\u00f1o"


def test_every_route_with_a_body_reads_it_strictly() -> None:
    routes = [route for router in api_routers() for route in router.routes if isinstance(route, APIRoute) and route.body_field]
    assert len(routes) > 8
    assert [route.path for route in routes if not isinstance(route, BodyRoute)] == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"kg": 1, "quality": "a", "kg": 2}', '"kg" is said twice'),
        (b'{"a": {"b": 1, "b": 1}}', '"b" is said twice'),
        (b'{"kg": NaN}', "NaN is no number of JSON"),
        (b'{"kg": -Infinity}', "-Infinity is no number of JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"kg": ' + b"9" * 5000 + b"}", "digits"),
        ('{"kg": "ñ"}'.encode("latin-1"), "not UTF-8"),
        (b"{", "Expecting property name"),
    ],
)
def test_json_is_read_strictly(content: bytes, says: str) -> None:
    with pytest.raises(json.JSONDecodeError) as refused:
        read_json(content)
    assert says in refused.value.msg


@pytest.mark.parametrize(("first", "last"), [(b"{", b"}"), (b'{"demand": [{}, {', b"}]}")])
def test_a_body_of_more_values_than_any_question_has_is_refused_before_they_are_read(first: bytes, last: bytes) -> None:
    def body(names: int) -> bytes:
        return first + b",".join(b'"k%d":1' % number for number in range(names)) + last

    assert read_json(body(MOST_VALUES - first.count(b","))) is not None
    with patch("json.loads", side_effect=AssertionError), pytest.raises(json.JSONDecodeError, match="at most 5000 values"):
        read_json(body(90_000))
