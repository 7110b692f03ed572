"""Parts of a plan's document."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.messages import message
from domain.plan.plan import Clash, Plan, PlannedBatch
from domain.plan.production import Forbidden
from services.plan.document_parts import eur, wishes_json
from support.floor_cases import NINE, ONE

WISH = Forbidden("w1", NINE, NINE + timedelta(hours=2), "mix")
NOTHING = Plan("p", "infeasible", NINE, NINE + timedelta(days=1), NINE + timedelta(days=1))
MADE = replace(NOTHING, status="optimal", batches=(PlannedBatch(ONE, 1.0, 1.0),))


def test_a_sum_is_one_figure_in_whatever_order_it_was_added_up() -> None:
    one = sum((12.67765, 1e-12))
    assert round(one, 4) != round(12.67765, 4), "a half of the last digit, and a little more"
    assert eur(one) == eur(12.67765) == 12.6776


def clashing(limit: str) -> Plan:
    return replace(NOTHING, clash=Clash((limit,), minimal=True, together=False, message=message("clash.none"), reliefs=()))


@pytest.mark.parametrize(
    ("plan", "possible"),
    [
        (MADE, True),
        (replace(MADE, set_aside=("w1",)), False),
        (clashing("wishes"), False),
        (clashing("stock"), None),
    ],
)
def test_a_wish_is_known_to_be_possible_before_it_is_known_what_it_costs(plan: Plan, possible: bool | None) -> None:
    (wish,) = wishes_json([WISH], [], plan)
    assert (wish["possible"], wish["cost_eur"]) == (possible, None)
