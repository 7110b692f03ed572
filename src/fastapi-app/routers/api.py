"""Gathers the endpoints into the one HTTP interface."""

from fastapi import APIRouter

from routers import dashboard
from routers.endpoints import (
    bill,
    contract,
    floor,
    gaps,
    health,
    installed,
    metrics,
    models,
    orders,
    plan,
    plant,
    predict,
    prices,
    savings,
    scheduler,
    weather,
    week,
    wishes,
)

ENDPOINTS = (
    dashboard,
    installed,
    week,
    prices,
    weather,
    predict,
    plan,
    wishes,
    floor,
    orders,
    savings,
    bill,
    contract,
    plant,
    models,
    gaps,
    scheduler,
    health,
    metrics,
)
"""In the order of the documentation."""


def api_routers() -> list[APIRouter]:
    """Every router of the application, in the order of the documentation."""
    return [module.router for module in ENDPOINTS]
