"""What the rules of advice are told."""

from datetime import UTC, datetime
from typing import Any, cast

from services.advice.facts import PlanFacts, PriceFacts, ServiceFacts
from services.advice.service import AdviceService, Watch
from services.operations.fence import Fence
from support.clock import ManualClock

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


class Nothing:
    """Prices and a plan of which nothing is told."""

    def __getattr__(self, _name: str) -> Any:
        async def nothing(*_: object) -> list[Any]:
            return []

        return nothing

    def no_plan(self) -> None:
        """There is a plan."""


async def test_what_has_not_come_yet_is_no_gap_before_the_history_was_asked_for_once() -> None:
    lacking = {"measurement": "energy_prices", "missing": 26_328, "gaps": 1, "tags": {"market": "pvpc"}}
    store = {"state": "ok"}

    async def told(imported: bool) -> list[str]:
        async def was_imported() -> bool:
            return imported

        async def record() -> dict[str, Any]:
            return {}

        async def system() -> dict[str, Any]:
            return {
                "sources": [],
                "jobs": [],
                "store": store,
                "models": None,
                "gaps": {"series": [lacking]},
                "backup": None,
                "doors": None,
                "disk": None,
                "folders": None,
                "failed": [],
            }

        clock, nothing = ManualClock(NOW), Nothing()
        facts = ServiceFacts(system, record, was_imported)
        watch = Watch(clock, Fence(clock), lambda: 0, looks=False)
        log: Any = None  # nothing is kept
        advice = AdviceService(cast("PriceFacts", nothing), cast("PlanFacts", nothing), facts, log, watch)
        found, not_judged = await advice.findings(NOW)
        assert not_judged == frozenset()
        return [finding.rule for finding in found if finding.rule == "data_gap"]

    assert await told(False) == []
    assert await told(True) == ["data_gap"]
