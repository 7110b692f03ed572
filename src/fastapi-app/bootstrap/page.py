"""The page, composed of the blocks that the parts make."""

from bootstrap.forecast import Learning
from bootstrap.foundation import Foundation
from bootstrap.planning import Planning
from bootstrap.prices import Prices
from bootstrap.weather import Weather
from services.operations.health import HealthService
from services.page.dashboard import DashboardService


def page_of(
    base: Foundation, prices: Prices, weather: Weather, learning: Learning, planning: Planning, health: HealthService
) -> DashboardService:
    """Everything that the page shows; its blocks by their place in the document."""
    site = base.plant.site

    def changes() -> int:
        return base.storage.series.writes + planning.changes()

    return DashboardService(
        prices.energy,
        base.clock,
        about={"simulated": base.settings.simulated, "plant": {"name": site.name if site else "Chocolate Factory"}},
        blocks={
            "current.weather": weather.board.current_block,
            "weather": weather.board.dashboard_block,
            "forecast": learning.board.block,
            "current.class": planning.heatmap.class_now,
            "week": planning.heatmap.week,
            "plan": planning.board.block,
            "floor": planning.floor_board.block,
            "recommendations": planning.advice.recommendations,
            "alerts": planning.advice.alerts_block,
            "savings": planning.ledger.block,
            "system": health.block,
        },
        paid=learning.forecasts.paid,
        writes=changes,
        fence=health.fence,
    )
