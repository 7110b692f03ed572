"""The roles that the services need filled. Adapters fill them; `bootstrap` chooses which."""

from domain.operations import ProductHealth, Severity, SourceHealth
from ports.child import ChildRunner, ChildSide
from ports.clock import Clock
from ports.floor import FloorLog
from ports.gaps import GapLedger
from ports.jobs import Job, JobLog, JobRun, SchedulerPort, Trigger
from ports.log import HealthLog, Issue, IssuedLog, Notes, ProductLog
from ports.models import (
    LoadedModel,
    ModelStore,
)
from ports.plans import AlertLog, KeptPlant, LedgerLog, PlanLog, PlantLog, Sent, SentLog, StoredPlan, StoredWish, WishLog
from ports.sources import MarketForecaster, PointForecaster, PriceSource, WeatherSource
from ports.store import Extent, Kind, Remarks, SeriesStore, Trouble

__all__ = [
    "AlertLog",
    "ChildRunner",
    "ChildSide",
    "Clock",
    "Extent",
    "FloorLog",
    "GapLedger",
    "HealthLog",
    "Issue",
    "IssuedLog",
    "Job",
    "JobLog",
    "JobRun",
    "KeptPlant",
    "Kind",
    "LedgerLog",
    "LoadedModel",
    "MarketForecaster",
    "ModelStore",
    "Notes",
    "PlanLog",
    "PlantLog",
    "PointForecaster",
    "PriceSource",
    "ProductHealth",
    "ProductLog",
    "Remarks",
    "SchedulerPort",
    "Sent",
    "SentLog",
    "SeriesStore",
    "Severity",
    "SourceHealth",
    "StoredPlan",
    "StoredWish",
    "Trigger",
    "Trouble",
    "WeatherSource",
    "WishLog",
]
