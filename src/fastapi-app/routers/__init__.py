"""The HTTP interface."""

from fastapi import APIRouter


def api_routers() -> list[APIRouter]:
    """Every router of the application, in the order of the documentation."""
    from routers import dashboard, health, prices

    return [dashboard.router, prices.router, health.router]
