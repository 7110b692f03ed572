"""The HTTP interface."""

from fastapi import APIRouter


def api_routers() -> list[APIRouter]:
    """Every router of the application, in the order of the documentation."""
    from routers import dashboard, gaps, health, metrics, models, plan, predict, prices, savings, scheduler, weather, week, wishes

    modules = (dashboard, week, prices, weather, predict, plan, wishes, savings, models, gaps, scheduler, health, metrics)
    return [module.router for module in modules]
