"""The first steps of an installation, and which of them are done: from what is, not from what somebody ticked. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

StepName = Literal["keys", "station", "plant", "import", "backup"]
WEATHER = ("aemet", "openweathermap")


@dataclass(frozen=True, slots=True)
class Step:
    """A step; `job` is what asks the source once, where there is something to ask."""

    name: StepName
    done: bool
    job: str | None = None


def first_steps(document: Mapping[str, Any], *, own_plant: bool) -> Sequence[Step]:
    """Every step, or none once all are done, where data are simulated, or of a past view."""
    system = document.get("system") or {}
    if document.get("at") or document.get("simulated") or not system:
        return ()
    sources = {one["source"]: one for one in system.get("sources", [])}
    has_key = [name for name in WEATHER if sources.get(name, {}).get("state", "not_configured") != "not_configured"]
    steps = (
        Step("keys", bool(has_key), "weather_forecast" if has_key else None),
        Step("station", bool(sources.get("aemet", {}).get("last_success")), "weather_observed" if "aemet" in has_key else None),
        Step("plant", own_plant),
        Step("import", (system.get("ingestion") or {}).get("state") == "done", "prices_pvpc"),
        Step("backup", bool((system.get("backup") or {}).get("made_at"))),
    )
    return () if all(step.done for step in steps) else steps
