"""What the rules of advice are told."""

from datetime import UTC, datetime
from typing import Any, cast

from domain.bill.certainty import Certainty
from domain.gaps import Look
from services.advice.facts import PlanFacts, PriceFacts, ServiceFacts
from services.advice.service import AdviceService, Watch
from services.forecast.record import ForecastRecord
from services.operations.fence import Fence
from services.operations.health import System
from support.clock import ManualClock
from support.system import series, system

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


class Nothing:
    """Prices and a plan of which nothing is told."""

    def __getattr__(self, _name: str) -> Any:
        async def nothing(*_: object) -> list[Any]:
            return []

        return nothing

    async def certainty(self, _now: object) -> Certainty:
        """No figure is needed for the price that is paid."""
        return Certainty((), (), (), ())

    def no_plan(self) -> None:
        """There is a plan."""


async def test_what_has_not_come_yet_is_no_gap_before_the_history_was_asked_for_once() -> None:
    lacking = Look((series(26_328, market="pvpc"),), NOW)

    async def rules(imported: bool) -> list[str]:
        async def was_imported() -> bool:
            return imported

        async def record() -> ForecastRecord:
            return ForecastRecord(28, 0, (), NOW, None)

        async def told() -> System:
            return system(gaps=lacking)

        clock, nothing = ManualClock(NOW), Nothing()
        facts = ServiceFacts(told, record, was_imported)
        watch = Watch(clock, Fence(clock), lambda: 0, looks=False)
        log: Any = None  # nothing is kept
        advice = AdviceService(cast("PriceFacts", nothing), cast("PlanFacts", nothing), facts, log, watch)
        found, not_judged = await advice.findings(NOW)
        assert not_judged == frozenset()
        return [finding.rule for finding in found if finding.rule == "data_gap"]

    assert await rules(False) == []
    assert await rules(True) == ["data_gap"]
