"""The doors of the floor and of orders over real sockets, on a small plant at a fixed price."""

import asyncio
import csv
import io
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from support.service import Service, running_service, settings_for
from support.simulator_server import SettableClock
from support.small_factory import small_config

NIGHT = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)  # midnight in Madrid: Wednesday 11 begins
ONE = "20260311-plain-1"
"""Planned in the cheap hours before 08:00 local, from the first shift at 06:00 on: 05:00 UTC."""


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(NIGHT)


@pytest.fixture
async def service(tmp_path: Path, clock: SettableClock) -> AsyncGenerator[Service]:
    settings = settings_for(None, tmp_path, CONFIG_DIR=str(small_config(tmp_path)), SCHEDULER_ENABLED="false")
    async with running_service(settings, clock) as running:
        answer = await running.post("/optimize/production")
        while answer.status_code == 202:
            await asyncio.sleep(0.1)
            answer = await running.get(answer.json()["href"])
        yield running


def iso(minutes: float) -> str:
    """Minutes after 05:00 UTC."""
    return (NIGHT + timedelta(hours=6, minutes=minutes)).isoformat()


def to(clock: SettableClock, minutes: float) -> None:
    clock.advance(NIGHT + timedelta(hours=6, minutes=minutes) - clock())


async def say(service: Service, id_: str, kind: str, **more: Any) -> httpx2.Response:
    return await service.post("/floor/events", {"id": id_, "kind": kind, **more})


async def batch(service: Service, id_: str = ONE) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in (await service.json("/floor"))["batches"] if one["id"] == id_)
    return found


async def test_a_machine_that_is_down_is_on_the_page_until_it_is_up(service: Service, clock: SettableClock) -> None:
    to(clock, 20)
    await say(service, "a", "machine_down", unit="kettle-2", at=iso(10))
    await say(service, "b", "machine_down", unit="fill", at=iso(15), until=iso(300))

    async def down() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await service.json("/dashboard/complete"))["floor"]["down"]
        return found

    one, other = sorted(await down(), key=lambda machine: machine["unit"])
    assert one == {"unit": "fill", "stage": "fill", "machine": None, "since": iso(15), "until": iso(300)}
    assert other == {"unit": "kettle-2", "stage": "kettle", "machine": 2, "since": iso(10), "until": None}
    await say(service, "c", "machine_up", unit="kettle-2")
    assert [machine["unit"] for machine in await down()] == ["fill"]


async def test_the_floor_knows_what_is_assumed_and_what_was_said(service: Service, clock: SettableClock) -> None:
    to(clock, 20)
    floor = await service.json("/floor")
    assert [(one["stage"], one["batch"], one["said"]) for one in floor["machines"] if one["state"] == "busy"] == [
        ("kettle", ONE, False)
    ]
    assert (await batch(service))["assumed"] is True
    told = await say(service, "a", "began", stage="kettle", at=iso(17))
    assert told.status_code == 201, told.text
    assert set(told.json()) == {"sequence", "plan_id", "late"}
    runs = (await batch(service))["runs"]
    assert [(run["stage"], run["start"], run["start_said"]) for run in runs] == [
        ("mix", iso(0), False),
        ("kettle", iso(17), True),
    ]


async def test_the_same_id_again_is_the_same_answer_and_another_thing_under_it_is_refused(
    service: Service, clock: SettableClock
) -> None:
    to(clock, 20)
    first = await say(service, "a", "began", stage="kettle", at=iso(17))
    again = await say(service, "a", "began", stage="kettle", at=iso(17))
    assert (again.status_code, again.json()) == (200, first.json())
    other = await say(service, "a", "spoiled", batch=ONE)
    assert (other.status_code, other.json()["contradicts"]) == (409, first.json()["sequence"])
    assert len([one for one in (await service.json("/floor/events"))["events"] if one["by"] == "operator"]) == 1


async def test_two_at_once_under_one_id_are_one(service: Service, clock: SettableClock) -> None:
    to(clock, 20)
    answers = await asyncio.gather(*(say(service, "a", "began", stage="kettle", at=iso(17)) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
    assert len({answer.json()["sequence"] for answer in answers}) == 1


async def test_what_contradicts_names_both_and_the_offer_settles_it(service: Service, clock: SettableClock) -> None:
    to(clock, 40)
    said = (await say(service, "a", "ended", stage="mix", batch=ONE, at=iso(18))).json()
    refused = await say(service, "b", "began", stage="kettle", batch=ONE, at=iso(16))
    assert refused.status_code == 409 and refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["contradicts"] == said["sequence"] and ONE in refused.json()["detail"]
    offer = refused.json()["offer"]
    assert (await say(service, "c", **offer)).status_code == 201
    assert (await say(service, "b", "began", stage="kettle", batch=ONE, at=iso(16))).status_code == 201


async def test_undo_is_an_event(service: Service, clock: SettableClock) -> None:
    to(clock, 70)
    spoiled = await say(service, "a", "spoiled", batch=ONE)
    assert (await batch(service))["state"] == "spoiled"
    assert (await say(service, "b", "correction", of=spoiled.json()["sequence"])).status_code == 201
    assert (await batch(service))["state"] == "finished"
    kinds = [one["kind"] for one in (await service.json("/floor/events"))["events"] if one["by"] == "operator"]
    assert kinds == ["spoiled", "correction"]


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        ({"kind": "began"}, 422, "id"),
        ({"id": "x", "kind": "exploded"}, 422, "kind"),
        ({"id": "x", "kind": "began"}, 409, "batch"),
        ({"id": "x", "kind": "began", "unit": "oven-1"}, 409, "unit"),
        ({"id": "x", "kind": "began", "stage": "mix", "at": "tomorrow"}, 422, "at"),
        ({"id": "x", "kind": "began", "stage": "mix", "at": "2026-03-12T05:00:00+00:00"}, 409, "at"),
        ({"id": "x", "kind": "correction"}, 409, "of"),
        ({"id": "x", "kind": "correction", "of": 1}, 404, None),  # the service's own
        ({"id": "x", "kind": "machine_down", "stage": "kettle"}, 409, "unit"),
        ({"id": "x", "kind": "spoiled", "batch": "nobody"}, 409, "batch"),
        ({"id": "x", "kind": "began", "colour": "red"}, 422, "colour"),
    ],
)
async def test_what_cannot_be_is_a_problem_with_what_could(
    service: Service, body: dict[str, Any], status: int, name: str | None
) -> None:
    answer = await service.post("/floor/events", body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    if name is not None:
        assert name in {error["name"] for error in answer.json()["errors"]}
    assert not [one for one in (await service.json("/floor/events"))["events"] if one["by"] == "operator"]


async def test_the_log_is_there_as_csv(service: Service, clock: SettableClock) -> None:
    to(clock, 20)
    await say(service, "a", "began", unit="kettle-1", batch=ONE, at=iso(17))
    rows = list(csv.DictReader(io.StringIO((await service.get("/floor/events?format=csv")).text)))
    assert [row["sequence"] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    (said,) = [row for row in rows if row["by"] == "operator"]
    assert (said["kind"], said["stage"], said["unit"], said["at"]) == ("began", "kettle", "1", iso(17))
    later = await service.json(f"/floor/events?after={int(said['sequence']) - 1}&limit=1")
    assert [one["id"] for one in later["events"]] == ["a"]


async def test_an_order_is_priced_before_it_counts_kept_once_changed_and_withdrawn(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is only tried is waited for, however little others wait."""
    monkeypatch.setattr("services.plan.service.SOON_S", 0.0)
    for patience in ("KNOWN_S", "TRIED_S"):
        monkeypatch.setattr(f"services.plan.order_costs.{patience}", 120.0)
    wanted = {"quality": "plain", "kg": 100, "due": "2026-03-12", "reference": "ERP 7"}
    tried = await service.post("/orders?dry_run=true", wanted)
    assert (tried.status_code, tried.json()["id"]) == (200, None)
    assert tried.json()["cost_eur"] == pytest.approx(1.375, abs=0.05)  # a batch of 13.75 kWh in P6
    assert not [one for one in (await service.json("/orders"))["orders"] if one["source"] == "order"]
    key = {"Idempotency-Key": "k1"}
    kept = await service.client.post(service.url("/orders"), json=wanted, headers=key)
    assert (kept.status_code, kept.json()["id"]) == (201, "order-1"), kept.text
    again = await service.client.post(service.url("/orders"), json=wanted, headers=key)
    assert (again.status_code, again.json()["id"]) == (200, "order-1")
    other = await service.client.post(service.url("/orders"), json=wanted | {"kg": 50}, headers=key)
    assert other.status_code == 409
    (order,) = [one for one in (await service.json("/orders"))["orders"] if one["source"] == "order"]
    assert (order["id"], order["kg"], order["due"], order["reference"]) == ("order-1", 100, "2026-03-12T23:00:00+00:00", "ERP 7")
    changed = await service.client.put(service.url("/orders/order-1"), json=wanted | {"kg": 150})
    assert changed.status_code == 200, changed.text
    (order,) = [one for one in (await service.json("/orders"))["orders"] if one["source"] == "order"]
    assert order["kg"] == 150
    gone = await service.client.request("DELETE", service.url("/orders/order-1"))
    assert gone.status_code == 200
    assert not [one for one in (await service.json("/orders"))["orders"] if one["source"] == "order"]
    assert (await service.client.request("DELETE", service.url("/orders/order-1"))).status_code == 404


async def test_an_order_that_cannot_be_is_refused(service: Service) -> None:
    wanted = {"quality": "bitter", "kg": 100, "due": "2026-03-12"}
    assert (await service.post("/orders", wanted)).status_code == 409
    assert (await service.post("/orders", wanted | {"quality": "plain", "due": "2026-03-01"})).status_code == 409
    assert (await service.post("/orders", wanted | {"quality": "plain", "due": "soon"})).status_code == 422
    assert (await service.post("/orders", wanted | {"quality": "plain", "due": "2026-99-99"})).status_code == 422


async def test_at_the_end_of_the_shift_one_tap_says_that_all_ran_as_planned(service: Service, clock: SettableClock) -> None:
    to(clock, 60 * 16)  # 22:00 in Madrid, the end of the shift
    asked = (await service.json("/floor"))["asked"]
    assert asked["batches"] == [ONE] and [run["stage"] for run in asked["runs"]] == ["mix", "kettle", "fill"]
    assert asked["until"] == iso(60 * 16)
    first = await service.post("/floor/confirmed", {"id": "tap", "until": asked["until"]})
    again = await service.post("/floor/confirmed", {"id": "tap", "until": asked["until"]})
    assert (first.status_code, again.status_code) == (201, 200) and first.json() == again.json()
    assert [run["stage"] for run in first.json()["confirmed"]] == ["mix", "kettle", "fill"]
    floor = await service.json("/floor")
    assert (floor["asked"], floor["assumed"], (await batch(service))["assumed"]) == (None, 0, False)
    other = await service.post("/floor/confirmed", {"id": "tap", "but": [ONE]})
    assert (other.status_code, other.json()["contradicts"]) == (409, first.json()["sequence"])
    assert (await say(service, "undo", "correction", of=first.json()["sequence"])).status_code == 201
    assert (await service.json("/floor"))["asked"]["batches"] == [ONE]
    rows = list(csv.DictReader(io.StringIO((await service.get("/floor/events?format=csv")).text)))
    assert [row["confirmed"] for row in rows if row["kind"] == "confirmed"] == [
        " ".join(f"{ONE}/{s}" for s in ("mix", "kettle", "fill"))
    ]


async def test_all_but_one_batch_leaves_that_one_to_be_reported(service: Service, clock: SettableClock) -> None:
    to(clock, 60 * 16)
    told = await service.post("/floor/confirmed", {"id": "tap", "but": [ONE]})
    assert (told.status_code, told.json()["confirmed"]) == (201, [])
    assert (await service.json("/floor"))["asked"]["batches"] == [ONE]
    assert (await service.post("/floor/confirmed", {"id": "b", "but": ["nothing"]})).status_code == 404
    assert (await service.post("/floor/confirmed", {"id": "c", "until": iso(60 * 20)})).status_code in (409, 422)


WISH = {"kind": "forbidden", "stage": "mix", "start": iso(60 * 24), "end": iso(60 * 25)}


async def test_a_wish_that_is_sent_again_under_its_key_is_one_wish_with_one_answer(service: Service) -> None:
    async def wish(body: dict[str, Any], key: str) -> httpx2.Response:
        return await service.client.post(service.url("/plan/wishes"), json=body, headers={"Idempotency-Key": key})

    first, second = await asyncio.gather(wish(WISH, "k"), wish(WISH, "k"))
    again = await wish(WISH, "k")
    assert first.status_code == 201 and first.json() == second.json() == again.json()
    other = await wish(WISH | {"end": iso(60 * 26)}, "k")
    assert other.status_code == 409 and "Idempotency-Key k" in other.json()["detail"]
    assert [one["end"] for one in (await service.json("/plan/wishes"))["wishes"]] == [WISH["end"]]
    assert (await wish(WISH, "l")).json()["wish"]["id"] != first.json()["wish"]["id"]


async def test_a_report_that_comes_again_late_does_not_undo_what_was_said_since(service: Service, clock: SettableClock) -> None:
    async def report(body: dict[str, Any], key: str) -> httpx2.Response:
        return await service.client.post(service.url("/plan/actuals"), json=body, headers={"Idempotency-Key": key})

    to(clock, 70)
    lost = await report({"batch_id": ONE, "made": False}, "a")
    ran = await report({"batch_id": ONE, "stages": [{"stage": "mix", "start": iso(2)}]}, "b")
    again = await report({"batch_id": ONE, "made": False}, "a")
    assert [one.status_code for one in (lost, ran, again)] == [200, 200, 200] and again.json() == lost.json()
    assert (await batch(service))["state"] == "finished"
    assert (await report({"batch_id": ONE, "stages": [{"stage": "mix", "start": iso(3)}]}, "a")).status_code == 409
