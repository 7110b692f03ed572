"""What a request gives in place of what is set, checked against the plant. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from domain.errors import InvalidRequestError
from domain.plan.plant import Plant
from domain.plan.production import Demand
from domain.timeline import local_day
from ports import StoredWish
from services.plan.problem import Given, first_slot
from services.plan.wish_form import wish_body, wish_of

DemandGiven = tuple[date, str, float]
"""Local day, quality, kg."""


def given_of(
    plant: Plant,
    now: datetime,
    *,
    horizon_hours: int | None,
    demand: Sequence[DemandGiven] | None,
    wishes: Sequence[Mapping[str, Any]],
) -> Given | None:
    """The given, or None where nothing is. Wishes are as for `wish_body`; they are named after their place, w-1, w-2, ..."""
    if horizon_hours is None and demand is None and not wishes:
        return None
    bodies = [wish_body(plant, now, wish) for wish in wishes]
    return Given(
        demand=None if demand is None else tuple(_demand(plant, now, index, *item) for index, item in enumerate(demand)),
        wishes=tuple(wish_of(StoredWish(-number, now, None, body)) for number, body in enumerate(bodies, start=1)),
        end=None if horizon_hours is None else first_slot(now) + timedelta(hours=horizon_hours),
    )


def _demand(plant: Plant, now: datetime, index: int, day: date, quality: str, kg: float) -> Demand:
    today = local_day(now, plant.tz)
    if day < today:
        name, valid = f"demand.{index}.date", f"{today} or later"
        raise InvalidRequestError(f"nothing can be made for {day} any more", name=name, value=day, valid=valid)
    if quality not in plant.qualities:
        name = f"demand.{index}.quality"
        valid = ", ".join(plant.qualities)
        raise InvalidRequestError(f"there is no quality {quality!r}", name=name, value=quality, valid=valid)
    return Demand(day, quality, kg)
