"""The services of one running application, as the routes see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ports import Clock
from services.backfill_service import BackfillService
from services.dashboard_service import DashboardService
from services.energy_service import EnergyService
from services.gap_service import GapService
from services.health_service import HealthService
from services.ingest_service import IngestService


class SchedulerPort(Protocol):
    """The schedule as seen from outside."""

    @property
    def alive(self) -> bool:
        """Whether its loop turns."""
        ...

    async def status(self) -> list[dict[str, Any]]:
        """Each job with its next and last run."""
        ...

    async def run_now(self, job_id: str) -> bool:
        """Start a job; False when it runs already."""
        ...

    async def pause(self, job_id: str) -> None:
        """No further runs until resumed."""
        ...

    async def resume(self, job_id: str) -> None:
        """Run again."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes may call."""

    clock: Clock
    energy: EnergyService
    ingest: IngestService
    gaps: GapService
    backfill: BackfillService
    dashboard: DashboardService
    health: HealthService
    scheduler: SchedulerPort | None
    version: str
    simulated: bool
    clock_rate: float

    def now(self) -> datetime:
        """The instant."""
        return self.clock()
