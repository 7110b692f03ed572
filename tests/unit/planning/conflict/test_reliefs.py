"""A relief as it is told is enough, and a little less of it is not: drawn plants in which something is late."""

from dataclasses import replace
from datetime import date

import pytest

from bench.plants import drawn_problem, reliefs_of
from domain.plan.plan import Relief
from domain.plan.plant import BaseLoad
from domain.plan.production import PlanProblem
from planning import messages
from planning.answer import answer
from planning.conflict.apply_relief import relieved
from planning.search.solve import solve
from support.plan_cases import days_problem, default_plant, evening, small_plant
from support.sayings import en, es


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


def test_a_relief_names_the_reserve_and_the_order_that_it_asks_less_of() -> None:
    parts = (("2026-09-10 standard", 50.0), ("2026-09-10 standard [reserve-standard]", 30.0), ("2026-09-10 standard [o7]", 20.0))
    said = messages.relief(Relief("demand", "kg", 100.0, parts, minimal=True))
    kg = "\u00a0kg"
    assert en(said) == (
        f"100{kg} less (50{kg} of standard on Thursday 10, 30{kg} of the reserve of standard and 20{kg} of standard on Thursday 10"
        " (order o7))"
    )
    assert f"30{kg} de la reserva de estándar" in es(said)


def powers(problem: PlanProblem) -> list[Relief]:
    clash = answer(problem).clash
    assert clash is not None
    return [relief for relief in clash.reliefs if relief.limit == "power"]


def test_a_relief_is_a_contract_that_the_tariff_has() -> None:
    """The kettle's 20 kW beside 1 kW at 22:30 (P1): 2.0TD has no contract of 21 kW; one of 12 kW for 11 more leaves P2 below it."""
    plant = small_plant(tariff="2.0TD", contracted_kw=(15.0, 14.0), base_loads=(BaseLoad("all", 1.0),))
    assert powers(evening(plant, [0.1] * 6)) == []
    kettle = replace(plant.stages[1], power_kw=11.0)
    less = replace(plant, stages=(plant.stages[0], kettle, plant.stages[2]), contracted_kw=(11.0, 10.0))
    (relief,) = powers(evening(less, [0.1] * 6))
    assert relief.parts == (("P1", 1.0),)
    mended = relieved(evening(less, [0.1] * 6), [relief])
    assert mended.plant.contracted_kw == (12.0, 10.0)
    assert not solve(mended).late
