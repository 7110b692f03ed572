"""What the rules of advice are told."""

from typing import Any

from services.advice.facts import ServiceFacts


async def test_what_has_not_come_yet_is_no_gap_before_the_history_was_asked_for_once() -> None:
    lacking = {"measurement": "energy_prices", "missing": 26_328}

    async def told(imported: bool) -> Any:
        async def was_imported() -> bool:
            return imported

        nothing: Any = None  # the gaps need neither
        return await ServiceFacts(nothing, nothing, was_imported).gaps({"gaps": {"series": [lacking]}})

    assert await told(False) == []
    assert await told(True) == [lacking]
