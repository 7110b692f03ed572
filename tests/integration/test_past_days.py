"""Views of the past (`?at=`) of a service that lived some days: plan, forecast, alerts, advice and savings as they were known."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.state.alerts import SqliteAlertLog
from adapters.state.file import open_state
from adapters.state.issued import SqliteIssuedLog
from domain.alerts.alert import Finding, KeptAlert
from domain.classes import CLASSES
from domain.messages import message
from domain.series import Rows
from domain.timeline import HOUR, epoch
from ports import Issue
from support.service import Service, running_service, settings_for
from support.simulator_server import SettableClock
from support.small_factory import small_config

NIGHT = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)  # midnight in Madrid: Wednesday 11 begins
DAY = timedelta(days=1)
ISSUED = NIGHT + 20 * HOUR
WARNED = NIGHT + 8 * HOUR, NIGHT + 10 * HOUR


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NIGHT)


@pytest.fixture
async def service(tmp_path: Path, clock: SettableClock) -> AsyncGenerator[Service]:
    settings = settings_for(None, tmp_path, CONFIG_DIR=str(small_config(tmp_path)), SCHEDULER_ENABLED="false")
    async with running_service(settings, clock) as running:
        yield running


async def past(service: Service, at: datetime) -> Any:
    return await service.json(f"/dashboard/complete?at={at.strftime('%Y-%m-%dT%H:%M:%SZ')}")


def gaps(document: Any) -> dict[str, tuple[str, str | None]]:
    return {gap["part"]: (gap["why"], gap["since"]) for gap in document["not_kept"]}


async def keep_what_sources_would_bring(folder: Path) -> None:
    """A forecast that was issued on the first evening, and an alert that held for two hours of the first morning."""
    state = open_state(folder / "data" / "state.sqlite", "simulated")
    try:
        starts = [epoch(NIGHT + DAY + hour * HOUR) for hour in range(48)]
        columns: dict[str, list[Any]] = {name: [value] * 48 for name, value in (("p10", 0.08), ("p50", 0.1), ("p90", 0.13))}
        columns |= {"days_ahead": [1] * 48, "model": ["week-7"] * 48}
        columns |= {f"p_{name}": [share] * 48 for name, share in zip(CLASSES, (0.7, 0.1, 0.1, 0.1), strict=True)}
        await SqliteIssuedLog(state).append(Issue("forecast/pvpc/daily", ISSUED, Rows(starts, columns)))
        await SqliteIssuedLog(state).append(Issue("forecast/spot/daily", ISSUED, Rows(starts, columns)))
        finding = Finding("door_open", "door_open", "warning", message("alert.door_open"), message("alert.door_open.action"))
        await SqliteAlertLog(state).put([KeptAlert(finding, WARNED[0], WARNED[1])])
    finally:
        state.close()


async def test_a_past_day_shows_the_plan_that_was_in_force_then_and_says_since_when_plans_are_kept(
    service: Service, clock: SettableClock
) -> None:
    first = await service.plan()
    clock.advance(2 * DAY)
    second = await service.plan()
    assert first["plan_id"] != second["plan_id"]
    then = await past(service, NIGHT + HOUR)
    assert then["plan"]["plan_id"] == first["plan_id"]
    assert then["recommendations"] and all(one["id"].startswith("start-") for one in then["recommendations"])
    assert "plan" not in gaps(then)
    assert (await past(service, NIGHT + 2 * DAY))["plan"]["plan_id"] == second["plan_id"]

    before = await past(service, NIGHT - HOUR)
    assert before["plan"] is None and before["recommendations"] == []
    why, since = gaps(before)["plan"]
    assert (why, since is not None and datetime.fromisoformat(since) >= NIGHT) == ("before", True)


async def test_a_machine_is_down_in_the_past_only_from_when_it_was_said(service: Service, clock: SettableClock) -> None:
    await service.plan()
    clock.advance(9 * HOUR)
    said = {"kind": "machine_down", "unit": "kettle-2", "at": (NIGHT + 7 * HOUR).isoformat()}
    assert (await service.post("/floor/events", {"id": "down", **said})).status_code == 201
    clock.advance(HOUR)
    assert (await past(service, NIGHT + 8 * HOUR))["floor"]["down"] == []
    assert [one["unit"] for one in (await past(service, NIGHT + 9.5 * HOUR))["floor"]["down"]] == ["kettle-2"]


async def test_savings_of_a_past_day_are_those_of_the_ledger_up_to_it(service: Service, clock: SettableClock) -> None:
    await service.plan()
    clock.advance(2 * DAY)
    await service.plan()
    await service.app.state.services.ledger.close()
    now = await service.json("/dashboard/complete")
    then = await past(service, NIGHT + 12 * HOUR)
    assert [day["date"] for day in then["savings"]["days"]] == ["2026-03-11"]
    assert then["savings"]["days"][0] == now["savings"]["days"][0]
    assert then["savings"]["months"][0]["plan_eur"] == pytest.approx(then["savings"]["days"][0]["plan_eur"])
    assert gaps(await past(service, NIGHT - HOUR))["savings"] == ("before", NIGHT.isoformat())


async def test_forecast_and_alerts_are_those_of_then(service: Service, clock: SettableClock, tmp_path: Path) -> None:
    await keep_what_sources_would_bring(tmp_path)
    clock.advance(3 * DAY)
    shown = await past(service, ISSUED + HOUR)
    assert (shown["forecast"]["issued_at"], shown["forecast"]["model_version"]) == (ISSUED.isoformat(), "week-7")
    assert [hour["p90"] for hour in shown["forecast"]["hours"]] == [0.13] * 48
    assert (await past(service, NIGHT + DAY + HOUR))["current"]["class"]["production_class"].lower() == "optimal"
    assert gaps(await past(service, ISSUED - HOUR))["forecast"] == ("before", ISSUED.isoformat())
    held = [(await past(service, at))["alerts"] for at in (WARNED[0] - HOUR, *WARNED)]
    assert [[alert["id"] for alert in alerts] for alerts in held] == [[], ["door_open"], []]
    assert gaps(await past(service, WARNED[0] - HOUR))["alerts"] == ("before", WARNED[0].isoformat())
    assert "alerts" not in gaps(await past(service, WARNED[1]))


@pytest.mark.parametrize("lang", ["es", "en"])
async def test_the_page_of_a_past_day_names_what_was_not_kept_and_has_no_failed_section(
    service: Service, clock: SettableClock, lang: str
) -> None:
    await service.plan()
    clock.advance(DAY)
    page = (await service.get(f"/dashboard?at=2026-03-11T06:00&lang={lang}")).text
    assert "data-failed" not in page and 'id="plan-chart"' in page and 'id="kept-forecast"' in page and 'id="kept-system"' in page
    early = (await service.get(f"/dashboard?at=2026-03-01&lang={lang}")).text
    words = {"es": "Plan de producción: no se guardaba antes del 11 de marzo", "en": "Production plan: not kept before 11 March"}
    assert words[lang] in early


async def test_a_part_that_cannot_be_made_spoils_no_other(
    service: Service, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await service.plan()
    clock.advance(DAY)

    async def broken(_self: object, _at: datetime) -> Any:
        raise KeyError("gone")

    monkeypatch.setattr("services.savings.ledger.LedgerService.past", broken)
    then = await past(service, NIGHT + HOUR)
    assert then["plan"]["plan_id"] == plan["plan_id"]
    assert gaps(then)["savings"] == ("failed", None)


@pytest.mark.parametrize(
    ("at", "status", "words"),
    [
        ("soon", 422, {"es": "«soon» no es una fecha", "en": "“soon” is not a date"}),
        ("<script>alert(1)</script>", 422, {"es": "&lt;script&gt;", "en": "&lt;script&gt;"}),
        ("2030-01-01", 409, {"es": "aún no ha llegado", "en": "has not come yet"}),
    ],
)
@pytest.mark.parametrize("lang", ["es", "en"])
async def test_a_bad_date_answers_a_browser_with_a_page_and_others_with_a_problem(
    service: Service, at: str, status: int, words: dict[str, str], lang: str
) -> None:
    page = await service.get(f"/dashboard?at={at}&lang={lang}", accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert words[lang] in page.text and f'href="/dashboard?lang={lang}"' in page.text and "<script>alert" not in page.text
    problem = await service.get(f"/dashboard?at={at}&lang={lang}", accept="*/*")
    assert (problem.status_code, problem.headers["content-type"]) == (status, "application/problem+json")
    assert problem.json()["errors"][0]["name"] == "at"
