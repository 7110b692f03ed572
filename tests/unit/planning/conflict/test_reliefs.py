"""A relief as it is told is enough, and a little less of it is not: drawn plants in which something is late."""

from dataclasses import replace
from datetime import date

import pytest

from bench.plants import drawn_problem, reliefs_of
from domain.plan.plant import BaseLoad
from planning.answer import answer
from planning.conflict.apply_relief import relieved
from planning.search.solve import solve
from support.plan_cases import days_problem, default_plant


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [5011, 7001, 9000, 9019, 9035])
def test_each_relief_is_enough_as_it_is_said_and_none_that_is_called_the_smallest_can_be_less(seed: int) -> None:
    """5011: a reserve that is given up takes no room in the store. 7001: where all that is due is given up, no reserve need be."""
    told, true, smaller, smaller_late = reliefs_of(drawn_problem(seed), seconds=600.0)
    assert told > 0
    assert (true, smaller_late) == (told, smaller)


def test_where_the_base_load_is_more_than_the_contract_the_relief_is_one_that_holds_it_in_every_period() -> None:
    """In September there is no P1, but a contract has one."""
    plant = replace(default_plant(), base_loads=(BaseLoad("all", 158.0),))
    problem = days_problem(plant, date(2026, 9, 10), 2, 0.1)
    clash = answer(problem).clash
    assert clash is not None
    (relief,) = clash.reliefs
    assert relief.confirmed
    contract = relieved(problem, [relief]).plant.contracted_kw
    assert min(contract) >= 158.0
    assert list(contract) == sorted(contract)
    assert not solve(relieved(problem, [relief])).late
