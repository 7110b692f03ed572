"""Documents of a whole world against the models that describe them: nothing undeclared goes out, nothing is changed."""

import json
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from routers.answers import advice, forecast, gaps, models, operations, page, plan, prices, savings, weather
from support import golden

DESCRIBED: dict[str, type[BaseModel]] = {
    "class_given.json": forecast.ClassOut,
    "class_known.json": forecast.ClassOut,
    "dashboard_alerts.json": advice.AlertsOut,
    "dashboard_complete.json": page.CompleteOut,
    "dashboard_heatmap.json": page.HeatmapOut,
    "dashboard_recommendations.json": advice.RecommendationsOut,
    "gaps.json": gaps.GapsOut,
    "models.json": models.ModelsOut,
    "plan.json": plan.PlanOut,
    "plan_wishes.json": plan.WishesOut,
    "prices_hourly.json": forecast.HoursOut,
    "prices_pvpc.json": prices.PricesOut,
    "prices_spot.json": prices.PricesOut,
    "ready.json": operations.ReadyOut,
    "savings.json": savings.SavingsOut,
    "savings_month.json": savings.SavingsOut,
    "scheduler.json": operations.ScheduleOut,
    "score_given.json": forecast.ScoreOut,
    "score_known.json": forecast.ScoreOut,
    "weather.json": weather.WeatherOut,
}


def document(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((golden.FOLDER / name).read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("name", DESCRIBED)
def test_a_document_is_as_it_is_described(name: str) -> None:
    read = DESCRIBED[name].model_validate(document(name))
    assert read.model_dump(mode="json", by_alias=True, exclude_unset=True) == document(name)


@pytest.mark.parametrize("name", DESCRIBED)
def test_what_is_not_declared_does_not_go_out(name: str) -> None:
    with pytest.raises(ValidationError, match="undeclared"):
        DESCRIBED[name].model_validate(document(name) | {"undeclared": 1})


def test_every_document_of_the_world_is_described_but_the_refusal_and_what_came_around_them() -> None:
    kept = {path.name for path in golden.FOLDER.glob("*.json")}
    assert kept - set(DESCRIBED) == {"answers.json", "refused.json"}
