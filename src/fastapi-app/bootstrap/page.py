"""The page, composed of the blocks that the parts make."""

from adapters.state.issued import SqliteIssuedLog
from adapters.state.plans import SqlitePlanLog
from bootstrap.bill import Billing
from bootstrap.forecast import Learning
from bootstrap.foundation import Foundation
from bootstrap.planning import Planning
from bootstrap.prices import Prices
from bootstrap.weather import Weather
from services.forecast.issued import IssuedForecasts
from services.operations.health import HealthService
from services.page.block import Block, none_at_all, nothing
from services.page.dashboard import Blocks, DashboardService, current_block, price_block
from services.page.past import PastBoard, Records
from services.prices.board import PriceBoard
from services.prices.price_parts import PricePartsBoard, is_of


def page_of(
    base: Foundation,
    prices: Prices,
    weather: Weather,
    learning: Learning,
    planning: Planning,
    billing: Billing,
    health: HealthService,
) -> DashboardService:
    """Everything that the page shows."""
    site = base.plant.site

    def changes() -> int:
        return base.storage.series.writes + planning.changes()

    board = PriceBoard(prices.energy)
    parts = PricePartsBoard(prices.energy, board, learning.forecasts.paid, lambda: base.storage.series.writes)
    return DashboardService(
        Blocks(
            price=current_block(board, "price", "pvpc"),
            spot=current_block(board, "spot", "spot"),
            today=price_block(board, "today", "pvpc", 0),
            tomorrow=price_block(board, "tomorrow", "pvpc", 1),
            spot_today=price_block(board, "spot_today", "spot", 0),
            spot_tomorrow=price_block(board, "spot_tomorrow", "spot", 1),
            price_parts=Block("price_parts", parts.block, nothing, is_of),
            weather_now=Block("current.weather", weather.board.current, nothing),
            class_now=Block("current.class", planning.heatmap.class_now, nothing),
            week=Block("week", planning.heatmap.week, nothing),
            weather=Block("weather", weather.board.block, nothing),
            forecast=Block("forecast", learning.board.block, nothing),
            plan=Block("plan", planning.board.block, nothing),
            plan_reason=Block("plan_reason", planning.board.reason, nothing),
            floor=Block("floor", planning.floor_board.block, nothing),
            recommendations=Block("recommendations", planning.advice.recommendations, none_at_all),
            alerts=Block("alerts", planning.advice.alerts_block, none_at_all),
            savings=Block("savings", planning.ledger.block, nothing),
            bill=Block("bill", billing.bill_board.block, nothing, is_waited_for=False),
            power=Block("power", billing.power_board.block, nothing, is_waited_for=False),
            system=Block("system", health.block, nothing),
        ),
        base.clock,
        plant=site.name if site else "Chocolate Factory",
        prices=board,
        past=PastBoard(
            Records(
                energy=prices.energy,
                forecasts=IssuedForecasts(SqliteIssuedLog(base.storage.state), learning.forecasts.paid),
                weather=weather.board,
                plans=SqlitePlanLog(base.storage.state),
                floor=planning.floor_board,
                advice=planning.advice,
                ledger=planning.ledger,
                heatmap=planning.heatmap,
                parts=parts,
            )
        ),
        writes=changes,
        fence=health.fence,
    )
