"""The first steps: from what is."""

from typing import Any

import pytest

from routers.page.steps import first_steps

OF_A_HOUSE_IN_ORDER: dict[str, Any] = {
    "at": None,
    "simulated": False,
    "system": {
        "sources": [{"source": "aemet", "state": "ok", "last_success": "2026-11-28T10:00:00+00:00"}],
        "ingestion": {"state": "done"},
        "backup": {"made_at": "2026-11-28T02:00:00+00:00"},
    },
}


def still_open(own_plant: bool = True, **system: Any) -> list[str]:
    document = {**OF_A_HOUSE_IN_ORDER, "system": {**OF_A_HOUSE_IN_ORDER["system"], **system}}
    return [step.name for step in first_steps(document, own_plant=own_plant) if not step.done]


def test_nothing_is_shown_once_all_is_done() -> None:
    assert first_steps(OF_A_HOUSE_IN_ORDER, own_plant=True) == ()


@pytest.mark.parametrize("more", [{"simulated": True}, {"at": "2026-03-19T05:00:00+00:00"}, {"system": None}])
def test_nothing_is_shown_of_the_past_of_a_simulation_or_where_nothing_is_known(more: dict[str, Any]) -> None:
    assert first_steps({**OF_A_HOUSE_IN_ORDER, **more}, own_plant=False) == ()


def test_each_step_is_open_until_it_is_so() -> None:
    assert still_open(own_plant=False) == ["plant"]
    assert still_open(ingestion={"state": "running"}) == ["import"]
    assert still_open(backup=None) == ["backup"]
    assert still_open(sources=[{"source": "aemet", "state": "failing", "last_success": None}]) == ["station"]
    assert still_open(sources=[{"source": "aemet", "state": "not_configured", "last_success": None}]) == ["keys", "station"]


def test_only_who_can_be_asked_has_a_button() -> None:
    sources = [{"source": "openweathermap", "state": "ok", "last_success": None}]
    document = {**OF_A_HOUSE_IN_ORDER, "system": {**OF_A_HOUSE_IN_ORDER["system"], "sources": sources}}
    jobs = {step.name: step.job for step in first_steps(document, own_plant=True)}
    assert jobs == {"keys": "weather_forecast", "station": None, "plant": None, "import": "prices_pvpc", "backup": None}
