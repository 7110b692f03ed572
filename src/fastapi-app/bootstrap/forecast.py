"""Forecasts, models and their record, composed."""

from dataclasses import dataclass
from datetime import timedelta

from adapters.files.models import ModelFiles
from adapters.runtime.child import ChildProcess
from adapters.state.issued import SqliteIssuedLog
from bootstrap.foundation import Foundation
from ports import SeriesStore
from services.forecast.board import ForecastBoard
from services.forecast.issue import IssueService
from services.forecast.predictions import PredictionService
from services.forecast.record import RecordService
from services.forecast.service import ForecastService
from services.forecast.training import TrainingService
from services.influx_service import InfluxService
from services.ml_service import MlService
from services.prices.market import MarketService
from services.prices.paid_price import PaidPrice
from services.weather_service import WeatherService


@dataclass(frozen=True, slots=True)
class Learning:
    """Forecasts and models."""

    forecasts: ForecastService
    issues: IssueService
    record: RecordService
    training: TrainingService
    ml: MlService
    predictions: PredictionService
    board: ForecastBoard


def learning_of(base: Foundation, view: SeriesStore, market: MarketService, weather: WeatherService) -> Learning:
    """Forecasts from what a view of the history shows. What is forecast is PVPC, or the spot that the contract follows."""
    series, clock, plant = base.storage.series, base.clock, base.plant
    issued = SqliteIssuedLog(base.storage.state)
    paid = PaidPrice(plant.tariff, plant.price, base.tariffs)
    models = ModelFiles(base.settings.models_dir, base.settings.kind)
    influx = InfluxService(view, base.tariffs, market)
    forecasts = ForecastService(influx, models, clock, paid=paid, writes=lambda: series.writes)
    issues = IssueService(forecasts, series, issued, clock)
    record = RecordService(influx, issued, clock, paid)
    training = TrainingService(influx, forecasts, record, models, child=ChildProcess(), clock=clock)
    return Learning(
        forecasts=forecasts,
        issues=issues,
        record=record,
        training=training,
        ml=MlService(
            training,
            forecasts,
            record,
            models,
            clock=clock,
            directory=str(base.settings.models_dir),
            pinned_for=timedelta(days=base.settings.model_pin_days),
        ),
        predictions=PredictionService(forecasts, weather, plant.ambient_limits),
        board=ForecastBoard(forecasts, record),
    )
