"""What a plant makes in an ordinary week, counted in milliseconds; `planning/search/capacity.py` proves the most."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from domain.bill.tariff import power_period
from domain.plan.plant import Plant
from domain.plan.production import PlanProblem
from domain.plan.quality_week import QualityWeek
from domain.plan.seasons import seasons, week_slots
from domain.timeline import days_between
from planning.search.one_after_another import batches_one_after_another

MONDAY = date(2026, 3, 9)
"""A week without holidays or clock changes."""


def ordinary_week(plant: Plant, monday: date = MONDAY) -> PlanProblem:
    """A week with every price at zero, no demand and no closed day."""
    plant = replace(plant, calendar=replace(plant.calendar, national_holidays_closed=False, closed=frozenset(), closures=()))
    slots = week_slots(monday, plant)
    periods = tuple(power_period(instant, plant.tariff) for instant in slots)
    return PlanProblem(plant, slots[0], prices=(0.0,) * len(slots), periods=periods)


def due_in_a_week(plant: Plant) -> dict[str, float]:
    """Quality -> what is due of it in an ordinary week [kg]."""
    days = [plant.demand_kg(day) for day in days_between(MONDAY, MONDAY + timedelta(days=6))]
    return {quality: sum(day.get(quality, 0.0) for day in days) for quality in plant.qualities}


def made_in_a_week(plant: Plant) -> Sequence[QualityWeek]:
    """Of each quality."""
    week, due = ordinary_week(plant, seasons(plant)[0].monday), due_in_a_week(plant)
    made = {quality: batches_one_after_another(week, quality) for quality in plant.qualities}
    return [QualityWeek(quality, count, count * plant.batch_kg, due[quality]) for quality, count in made.items()]
