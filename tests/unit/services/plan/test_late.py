"""What is late, in a sentence: what is promised to somebody, and what is wanted in the store."""

from datetime import UTC, datetime

from services.plan.late import LateOrder
from support.plan_cases import default_plant
from support.sayings import en, es

DUE = datetime(2026, 9, 10, 22, tzinfo=UTC)  # the end of Thursday in Madrid
SINCE = datetime(2026, 9, 9, 5, 15, tzinfo=UTC)


def test_a_reserve_that_is_not_there_is_not_told_as_a_delivery() -> None:
    reserve = LateOrder("reserve-standard", "standard", 50.0, DUE, 480, SINCE)
    assert en(reserve.text(default_plant())).startswith(
        "50\u00a0kg of the reserve of standard are not there by Thursday 10; known since"
    )
    assert es(reserve.text(default_plant())).startswith("50\u00a0kg de la reserva de estándar no están para el jueves 10; se sabe")


def test_an_order_that_is_late_says_by_how_much() -> None:
    order = LateOrder("plant-20260910-standard", "standard", 100.0, DUE, 480, SINCE)
    assert en(order.text(default_plant())).startswith("100\u00a0kg of standard due on Thursday 10 come 8.0\u00a0h late")
