"""The HTTP interface."""

from fastapi import APIRouter


def api_routers() -> list[APIRouter]:
    """Every router of the application, in the order of the documentation."""
    from routers import dashboard, gaps, health, metrics, prices, scheduler, weather

    return [dashboard.router, prices.router, weather.router, gaps.router, scheduler.router, health.router, metrics.router]
