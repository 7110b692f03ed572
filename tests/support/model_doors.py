"""What all doors of a running service say of who forecasts: asked together, and held against each other."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any, Protocol

from forecasting.models.baselines import BASELINES
from services.forecast.serving import MODEL
from support.service import Service

LOOK_AGAIN = timedelta(seconds=61)
"""After so long the service looks at its model files anew."""


class Settable(Protocol):
    """A clock that stands until it is moved."""

    at: datetime


@dataclass
class Seen:
    """What the doors say at one instant."""

    server: str
    troubles: tuple[str, ...]
    values: tuple[float, ...]


async def seen(service: Service, clock: Settable) -> Seen:
    """Ask every door, and check that all of them name the same server, by the same reason, and tell the same troubles."""
    clock.at += LOOK_AGAIN
    predicted = await service.json("/predict/prices/hourly?hours=168")
    server = predicted["model_version"]
    named = None if server.startswith("baseline:") else server
    serves = "lear" if named else server.removeprefix("baseline:")
    assert (predicted["model"], predicted["origin"], predicted["source"]) == (serves, "forecast", server)
    assert named or serves in BASELINES
    status, short = await service.json("/models/status"), await service.json("/models/status-direct")
    described = status["models"][MODEL]
    assert (described["version"], described["loaded"], described["serves"]) == (named, named is not None, serves)
    assert short["models"] == status["models"]
    registry, metrics = await service.json("/models/registry"), await service.json(f"/models/{MODEL}/metrics")
    assert (registry["serving"][MODEL], metrics["version"]) == (named, named)
    decisions = (await service.json(f"/models/{MODEL}/decisions"))["decisions"]
    assert described["decisions"] == decisions[: len(described["decisions"])]
    troubles = tuple(status["troubles"])
    assert str(service.settings.models_dir) not in " ".join(troubles)
    ready = (await service.get("/ready")).json()["models"]
    told = [(one["models"][MODEL], one["troubles"]) for one in (ready, status)]
    assert told[0] == told[1], f"/ready and /models/status: {told}"
    await _page(service, server, serves, described, troubles)
    await service.until("/dashboard/alerts", lambda told: ("model_refused" in kinds_of(told)) == bool(troubles))
    _of_prometheus((await service.get("/metrics")).text, named, serves, troubles)
    return Seen(server, troubles, tuple(hour["p50"] for hour in predicted["hours"] if hour["p50"] is not None))


async def _page(service: Service, server: str, serves: str, described: dict[str, Any], troubles: tuple[str, ...]) -> None:
    """The document behind the page, and the page in both languages."""

    def says_so(page: Any) -> bool:
        forecast, models = page["forecast"], page["system"]["models"]
        return (forecast["model_version"], forecast["model"], tuple(models["troubles"]), models["models"][MODEL]) == (
            server,
            serves,
            troubles,
            described,
        )

    await service.until("/dashboard/complete", says_so)  # its parts are made anew behind the answer
    assert (await service.get("/dashboard/heatmap")).status_code == 200
    for language in ("en", "es"):
        page = unescape((await service.get(f"/dashboard?lang={language}")).text)
        (part,) = re.findall(rf'<li id="model-{MODEL}">.*?</li>', page, re.DOTALL)
        shown = re.sub(r"<[^>]*>", " ", part)
        if described["loaded"]:
            assert shown.split("·")[0].split()[-1] == server
        for panel in re.findall(r'<section[^>]* id="forecast">.*?</section>', page, re.DOTALL):
            assert not re.search(rf"{MODEL}_\d+", panel), "a version is a word of the system's panel alone"


def _of_prometheus(text: str, named: str | None, serves: str, troubles: tuple[str, ...]) -> None:
    assert f'chocolate_model_serving{{model="{MODEL}",serves="{serves}",version="{named or ""}"}} 1.0' in text
    assert f"chocolate_model_troubles {float(len(troubles))}" in text
    assert ('level="warning",rule="model_degraded"' in text) >= bool(troubles)


def kinds_of(alerts: Any) -> set[str]:
    """Which alerts there are."""
    return {alert["id"].split(":")[0] for alert in alerts["alerts"]}
