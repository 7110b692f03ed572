"""Plans on a real state file, solved in real child processes: in force, wishes, reports, savings, restarts."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.errors import InvalidRequestError, NotFoundError, NotKnownError
from domain.messages import message_of
from domain.plan.plant import Shift
from domain.plan.production import Demand
from domain.shop_floor.events import Event
from domain.timeline import HOUR, MADRID, QUARTER, day_bounds, local_instant
from services.plan.problem import Given
from services.plan.service import Answer
from services.shop_floor.actuals import RunReport
from support.plan_cases import WEDNESDAY
from support.plan_world import MIDNIGHT, PlanWorld, made_plant, plan_world
from support.sayings import en, es

DAY = timedelta(days=1)


@asynccontextmanager
async def planned(folder: Path, **changes: object) -> AsyncGenerator[PlanWorld]:
    """A world with a plan in force, made at the midnight of WEDNESDAY."""
    async with plan_world(folder, made_plant(**changes)) as world:  # type: ignore[arg-type]
        await world.plans.replan()
        yield world


async def document(world: PlanWorld) -> Any:
    return json.loads((await world.plans.current()).document or "null")


async def settled(world: PlanWorld, answer: Answer) -> Any:
    """The document of an answer, once it is there."""
    while answer.document is None:
        await asyncio.sleep(0.05)
        answer = await world.plans.find(answer.id)
    return json.loads(answer.document)


def local_start(batch: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(batch["start"]).astimezone(MADRID)


async def test_the_first_plan_makes_every_day_in_its_cheapest_period(tmp_path: Path) -> None:
    """At 0.10 €/kWh in P6 (0-8 h, and all day on Saturday and Sunday) a batch of 13.75 kWh costs 1.375 €."""
    async with planned(tmp_path) as world:
        plan = await document(world)
    assert plan["status"] == "optimal"
    assert [batch["due"] for batch in plan["batches"]] == [str(WEDNESDAY + n * DAY) for n in range(7)]
    assert plan["objective_eur"] == pytest.approx(7 * 1.375)
    assert plan["checks"] == {"passed": True, "limits": plan["checks"]["limits"], "cost_eur": plan["objective_eur"]}
    assert all(en(message_of(batch["why"])) for batch in plan["batches"])
    power = plan["fixed_power_eur_per_day"]  # 100 kW in six periods of 3.0TD in 2026: 0.118679 €/kW and day
    assert power["total"] == pytest.approx(11.8679, abs=1e-3) and power["P1"] == pytest.approx(5.5827, abs=1e-3)
    stages = plan["batches"][0]["stages"]
    assert [(stage["unit"], stage["energy_kwh"]) for stage in stages] == [("mix", 2.5), ("kettle-1", 10.0), ("fill", 1.25)]


async def test_nothing_changed_means_the_same_plan_byte_for_byte(tmp_path: Path) -> None:
    async with planned(tmp_path) as world:
        before = await world.plans.current()
        assert await world.plans.replan() == "nothing changed"
        assert await world.plans.ask() == before
        await world.clock.move(10 * timedelta(minutes=1))
        assert await world.plans.replan() == "nothing changed"


async def test_the_same_inputs_give_the_same_bytes_in_another_state_file_and_after_a_restart(tmp_path: Path) -> None:
    texts = []
    for name in ("one", "two"):
        async with planned(tmp_path / name) as world:
            texts.append((await world.plans.current()).document)
    async with plan_world(tmp_path / "one", made_plant()) as again:
        assert await again.plans.replan() == "nothing changed"
        texts.append((await again.plans.current()).document)
    assert texts[0] == texts[1] == texts[2]


async def test_a_question_is_answered_and_not_put_in_force(tmp_path: Path) -> None:
    async with planned(tmp_path, max_stock_kg={}) as world:
        in_force = await world.plans.current()
        given = Given(demand=(Demand(WEDNESDAY, "plain", 300.0),))
        answer = await settled(world, await world.plans.ask(given))
        assert len(answer["batches"]) == 3
        assert (await world.plans.find(answer["plan_id"])).document == json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        assert await world.plans.current() == in_force


async def test_after_the_first_shift_has_begun_the_first_plan_begins_tomorrow(tmp_path: Path) -> None:
    day_shift = (Shift(frozenset(range(7)), time(6), time(14)),)
    noon = local_instant(WEDNESDAY, time(12))
    async with plan_world(tmp_path, made_plant(shifts=day_shift), noon) as world:
        await world.plans.replan()
        assert (await document(world))["batches"][0]["due"] == str(WEDNESDAY + DAY)


async def test_what_is_made_counts_and_the_next_day_is_planned_on(tmp_path: Path) -> None:
    async with planned(tmp_path, move_threshold_eur=0.01) as world:
        before = await document(world)
        await world.clock.move(DAY)
        assert (await world.plans.replan()).startswith("the horizon")
        after = await document(world)
        carried = await world.plans.carried(WEDNESDAY, WEDNESDAY, world.clock())
    assert [item.state for item in carried] == ["planned"]
    assert [batch["due"] for batch in after["batches"]] == [str(WEDNESDAY + n * DAY) for n in range(1, 8)]
    assert [b["start"] for b in after["batches"]][:6] == [b["start"] for b in before["batches"]][1:]


async def test_a_wish_is_planned_with_costed_and_undone(tmp_path: Path) -> None:
    """All hours of P6 of Wednesday are forbidden: P4 is not in March, so P3 at 0.16 €/kWh: 13.75 x 0.06 = 0.825 € more."""
    async with planned(tmp_path) as world:
        wanted = {"kind": "forbidden", "start": MIDNIGHT, "end": local_instant(WEDNESDAY, time(8)), "stage": None}
        said = await world.wishes.add(wanted)
        await settled(world, Answer(said["plan"]["plan_id"], None))
        (wish,) = await world.wishes.all()
        assert wish["cost_eur"] == pytest.approx(0.825, abs=0.02)
        assert (wish["possible"], wish["kind"]) == (True, "forbidden")
        gone = await world.wishes.remove(wish["id"])
        assert (await settled(world, Answer(gone["plan"]["plan_id"], None)))["objective_eur"] == pytest.approx(7 * 1.375)
        assert await world.wishes.all() == []
        with pytest.raises(NotFoundError):
            await world.wishes.remove(wish["id"])


async def test_a_wish_that_is_withdrawn_while_it_is_planned_with_never_comes_in_force(tmp_path: Path) -> None:
    async with planned(tmp_path) as world:
        before = await world.plans.current()
        until = (MIDNIGHT + 8 * HOUR).isoformat()
        body = {"kind": "forbidden", "start": MIDNIGHT.isoformat(), "end": until, "until": until, "stage": None}
        number = await world.logs.wishes.add(body, MIDNIGHT)
        planning = asyncio.create_task(world.plans.replan())
        while not world.answers.busy:
            assert not planning.done()
            await asyncio.sleep(0)
        await world.wishes.remove(number)
        await planning
        assert await world.plans.current() == before


async def test_a_wish_that_makes_something_late_names_the_clash_and_what_mends_it(tmp_path: Path) -> None:
    async with planned(tmp_path) as world:
        wanted = {"kind": "machine_down", "start": MIDNIGHT, "end": MIDNIGHT + 3 * DAY, "stage": "mix", "unit": 1}
        said = await world.wishes.add(wanted)
        answer = await settled(world, Answer(said["plan"]["plan_id"], None))
        assert answer["late"] and "wishes" in answer["clash"]["limits"]
        assert {relief["limit"] for relief in answer["clash"]["reliefs"]} >= {"wishes", "demand"}
        assert all(relief["confirmed"] for relief in answer["clash"]["reliefs"])
        assert world.plans.no_plan is None
        await world.wishes.remove(said["wish"]["id"])


async def test_an_impossible_wish_is_set_aside_by_name_and_costs_the_others_nothing(tmp_path: Path) -> None:
    async with planned(tmp_path) as world:
        wanted = {"kind": "forbidden", "start": MIDNIGHT, "end": local_instant(WEDNESDAY, time(8)), "stage": None}
        await world.wishes.add(wanted)
        pin = {"kind": "pin", "quality": "plain", "start": MIDNIGHT + 4 * HOUR}
        later = await world.wishes.add(pin)
        answer = await settled(world, Answer(later["plan"]["plan_id"], None))
        assert (answer["status"], answer["late"]) == ("optimal", [])
        assert answer["set_aside"] == [f"w{later['wish']['id']}"]
        assert local_start(answer["batches"][0]).hour == 8  # the wish that can be had holds
        assert [wish["possible"] for wish in await world.wishes.all()] == [True, False]
        assert (await document(world))["plan_id"] == answer["plan_id"]


async def test_a_machine_that_is_down_makes_late_and_never_impossible(tmp_path: Path) -> None:
    """Nothing can be mixed for two days: Wednesday's and Thursday's batch come on Friday, and that is said at once."""
    async with planned(tmp_path) as world:
        down = Event("e1", "machine_down", MIDNIGHT, stage="mix", unit=1, until=MIDNIGHT + 2 * DAY)
        answer, is_new = await world.desk.take(down, at_said=True)
        plan = await settled(world, Answer(answer.plan_id or (await pending(world)), None))
        assert is_new and plan["status"] in ("optimal", "feasible")
        assert [late["order"] for late in plan["late"]] == ["plant-20260311-plain", "plant-20260312-plain"]
        assert plan["late"][0]["by_minutes"] >= 24 * 60
        assert all(datetime.fromisoformat(batch["start"]) >= MIDNIGHT + 2 * DAY for batch in plan["batches"])
        assert (await document(world))["plan_id"] == plan["plan_id"]


async def pending(world: PlanWorld) -> str:
    """The plan that is being computed, or is in force."""
    return (await world.plans.ask()).id


async def test_a_plan_that_facts_have_overtaken_is_in_force_nowhere_until_the_next_one_is(tmp_path: Path) -> None:
    async with planned(tmp_path) as world:
        before = await world.plans.current()
        event = Event("e1", "machine_down", MIDNIGHT, stage="mix", unit=1, until=MIDNIGHT + 4 * HOUR)
        await world.logs.floor.tell(event, at_said=True)
        with pytest.raises(NotKnownError, match="machine_down"):
            await world.plans.current()
        assert await world.plans.replan() != "nothing changed"
        assert (await world.plans.current()).id != before.id


async def test_where_it_is_known_that_there_is_none_no_door_waits_for_a_plan(tmp_path: Path) -> None:
    """A fact has overtaken the plan in force, and the answer of now is that there is none: nothing is being made anew."""
    async with planned(tmp_path) as world:
        stored = await world.plans.in_force()
        event = Event("e1", "machine_down", MIDNIGHT, stage="mix", unit=1, until=MIDNIGHT + 4 * HOUR)
        taken, _ = await world.logs.floor.tell(event, at_said=True)
        none = replace(stored, id="none", inputs={**stored.inputs, "sequence": taken.sequence})
        world.plans._no_plan = none
        assert await world.plans.in_force() == none
        again = Event("e2", "machine_down", MIDNIGHT, stage="fill", unit=1, until=MIDNIGHT + 4 * HOUR)
        await world.logs.floor.tell(again, at_said=True)
        with pytest.raises(NotKnownError, match="machine_down"):
            await world.plans.in_force()


async def test_a_report_that_it_went_as_planned_changes_no_plan(tmp_path: Path) -> None:
    async with planned(tmp_path) as world:
        before = await world.plans.current()
        start = datetime.fromisoformat(json.loads(before.document or "")["batches"][0]["start"])
        await world.clock.move(start + 10 * timedelta(minutes=1) - world.clock())
        event = Event("e1", "began", start, batch="20260311-plain-1", stage="mix")
        await world.desk.take(event, at_said=True)
        assert await world.plans.current() == before
        assert await world.plans.replan() == "nothing changed"


@pytest.mark.parametrize("number", range(3), ids=["mix", "kettle", "fill"])
async def test_an_end_within_its_quarter_of_an_hour_leaves_the_plan_in_force(tmp_path: Path, number: int) -> None:
    """A stage ends three minutes before it should, and that is said at once: a new plan would be the same."""
    async with planned(tmp_path) as world:
        before = await world.plans.current()
        batch = json.loads(before.document or "")["batches"][0]
        stage = batch["stages"][number]
        at = datetime.fromisoformat(stage["end"]) - 3 * timedelta(minutes=1)
        await world.clock.move(at + timedelta(minutes=1) - world.clock())
        event = Event("e1", "ended", at, batch=batch["id"], stage=stage["stage"])
        answer, _ = await world.desk.take(event, at_said=True)
        assert answer.plan_id == before.id
        assert await world.plans.current() == before


async def test_a_batch_under_way_stays_in_every_plan_whatever_it_takes(tmp_path: Path) -> None:
    """The kettle takes 25 minutes longer than it should, and that is said while it runs."""
    async with planned(tmp_path) as world:
        first = (await document(world))["batches"][0]
        kettle = first["stages"][1]
        ends = datetime.fromisoformat(kettle["end"])
        await world.clock.move(ends - 5 * timedelta(minutes=1) - world.clock())
        event = Event("e1", "ended", ends + 25 * timedelta(minutes=1), batch=first["id"], stage="kettle")
        answer, _ = await world.desk.take(event, at_said=True)
        plan = await settled(world, Answer(answer.plan_id or (await pending(world)), None))
        mine = next(batch for batch in plan["batches"] if batch["id"] == first["id"])
        fill = mine["stages"][2]
        assert datetime.fromisoformat(fill["start"]) >= ends + 2 * QUARTER
        assert mine["stages"][1]["unit"] == kettle["unit"]
        assert not [batch for batch in plan["batches"] if batch["id"] != first["id"] and batch["due"] == str(WEDNESDAY)]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"stage": "oven"}, "stage"),
        ({"unit": 2}, "unit"),
        ({"end": None}, "end"),
        ({"end": MIDNIGHT}, "end"),
        ({"start": MIDNIGHT - DAY, "end": MIDNIGHT}, "start"),
        ({"kind": "pin", "quality": "bitter"}, "quality"),
        ({"kind": "pin", "quality": "plain", "start": MIDNIGHT + timedelta(minutes=7)}, "start"),
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused_and_leaves_nothing(tmp_path: Path, changes: dict[str, Any], name: str) -> None:
    async with plan_world(tmp_path, made_plant()) as world:
        wanted = {"kind": "machine_down", "start": MIDNIGHT, "end": MIDNIGHT + DAY, "stage": "mix", "unit": 1, **changes}
        with pytest.raises(InvalidRequestError) as refused:
            await world.wishes.add(wanted)
        assert refused.value.name == name
        assert await world.logs.wishes.standing_since(MIDNIGHT - DAY) == []


async def test_a_batch_that_was_not_made_is_made_again_under_a_name_of_its_own(tmp_path: Path) -> None:
    async with planned(tmp_path, max_stock_kg={"plain": 200.0}, min_stock_kg={}) as world:
        await world.clock.move(12 * HOUR)
        said = await world.wishes.report_not_made("20260311-plain-1")
        after = await settled(world, Answer(said["plan"]["plan_id"], None))
        assert said["reported"]["state"] == "not_made"
        assert (after["batches"][0]["id"], after["batches"][0]["due"]) == ("20260311-plain-2", str(WEDNESDAY))
        again = await world.wishes.report_not_made("20260311-plain-1")  # said twice it is said once
        assert again["plan"]["plan_id"] == after["plan_id"]
        with pytest.raises(InvalidRequestError, match="can still be moved"):
            await world.wishes.report_not_made("20260312-plain-1")
        with pytest.raises(NotFoundError):
            await world.wishes.report_not_made("20260311-plain-9")


async def test_a_plan_that_another_plant_made_is_not_shown(tmp_path: Path) -> None:
    async with planned(tmp_path):
        pass
    half_day = (Shift(frozenset(range(7)), time(10), time(14)),)
    async with plan_world(tmp_path, made_plant(shifts=half_day)) as world:
        with pytest.raises(NotKnownError, match="the plant"):
            await world.plans.current()
        assert (await world.plans.replan()).startswith("the plant")
        plan = await document(world)
    assert all(10 <= local_start(batch).hour < 14 for batch in plan["batches"])


async def test_a_plant_with_another_stage_is_planned_anew_in_the_middle_of_a_batch(tmp_path: Path) -> None:
    async with planned(tmp_path) as world:
        start = datetime.fromisoformat((await document(world))["batches"][0]["start"]) + QUARTER
    plant = made_plant()
    renamed = replace(plant, stages=(plant.stages[0], replace(plant.stages[1], name="oven", units=1), plant.stages[2]))
    async with plan_world(tmp_path, renamed, start) as world:
        assert (await world.plans.replan()).startswith("the plant")
        plan = await document(world)
    assert {stage["stage"] for batch in plan["batches"] for stage in batch["stages"]} == {"mix", "oven", "fill"}


async def test_savings_of_closed_days_by_hand(tmp_path: Path) -> None:
    """Working as usual begins at midnight in P6 as well: nothing to save at the fixed price. A report of 20:00 (P2, 0.18 €/kWh)
    costs 13.75 x 0.08 = 1.10 € more than planned, and that is no error of a forecast.
    """
    async with planned(tmp_path) as world:
        await world.clock.move(21 * HOUR)
        evening = local_instant(WEDNESDAY, time(20))
        runs = [
            RunReport("mix", evening),
            RunReport("kettle", evening + QUARTER),
            RunReport("fill", evening + 3 * QUARTER),
        ]
        await world.wishes.report("20260311-plain-1", runs)
        await world.clock.move(DAY)
        await world.plans.replan()
        await world.ledger.close()
        days = await world.ledger.entries("day", WEDNESDAY, WEDNESDAY + DAY)
        assert await world.ledger.close() == "0 entries"
        months = await world.ledger.entries("month", WEDNESDAY + DAY, WEDNESDAY + DAY)
        years = await world.ledger.entries("year", WEDNESDAY + DAY, WEDNESDAY + DAY)
    wednesday, thursday = days
    assert (wednesday["closed"], thursday["closed"]) == (True, False)
    assert wednesday["saving_eur"] == pytest.approx(-1.10)
    assert wednesday["limits_eur"] == pytest.approx(1.10)
    assert wednesday["forecast_error_eur"] == pytest.approx(0.0)
    assert wednesday["captured_percent"] is None
    assert thursday["saving_eur"] == pytest.approx(0.0)
    # asked for Thursday: the whole month and year that it lies in
    assert [(month["month"], month["date"]) for month in months] == [("2026-03", str(WEDNESDAY))]
    assert [(year["year"], year["date"]) for year in years] == [("2026", str(WEDNESDAY))]
    assert months[0]["saving_eur"] == years[0]["saving_eur"] == pytest.approx(-1.10)


async def test_without_any_price_there_is_no_plan_and_the_first_published_day_gives_one(tmp_path: Path) -> None:
    """The cheap hour of the published day is found; the days after it are planned on what a baseline makes of that day."""

    def cheap_at_noon(at: datetime) -> float:
        return 0.05 if at.astimezone(MADRID).hour == 12 else 0.15

    async with plan_world(tmp_path, made_plant("pvpc")) as world:
        assert (await world.plans.replan()).startswith("no plan: no price")
        with pytest.raises(NotKnownError, match="no price"):
            await world.plans.current()
        await world.publish(WEDNESDAY, cheap_at_noon)
        await world.plans.replan()
        plan = await document(world)
    first = plan["batches"][0]
    assert (first["due"], local_start(first).hour) == (str(WEDNESDAY), 12)
    assert sum(stage["cost_eur"] for stage in first["stages"]) == pytest.approx(13.75 * 0.05, abs=1e-3)
    assert plan["origin"] == "forecast" and plan["source"].startswith("baseline:")
    assert plan["cost_eur"]["p10"] <= plan["cost_eur"]["p50"] <= plan["cost_eur"]["p90"]


async def test_prices_that_change_move_a_batch_and_say_why(tmp_path: Path) -> None:
    """At 16:00 the price falls from 0.15 to -0.02 €/kWh, 0.07 below that of 10:00: 13.75 x 0.07 = 0.96 €."""

    def cheap_at(hours: dict[int, float]) -> Any:
        return lambda at: hours.get(at.astimezone(MADRID).hour, 0.15)

    async with plan_world(tmp_path, made_plant("pvpc", move_threshold_eur=0.1)) as world:
        await world.publish(WEDNESDAY, cheap_at({10: 0.05}))
        await world.plans.replan()
        await world.publish(WEDNESDAY, cheap_at({10: 0.05, 16: -0.02}))
        assert (await world.plans.replan()).startswith("prices")
        plan = await document(world)
    assert local_start(plan["batches"][0]).hour == 16
    first = next(change for change in plan["changes"] if change["batch"] == "20260311-plain-1")
    said = es(message_of(first["text"]))
    assert said.startswith("El lote plain 1 (mié 11) pasa del miércoles 11 a las 10:00 al miércoles 11 a las 16:00: ahorra 0,96")
    said = en(message_of(plan["changes"][0]["text"]))
    assert re.search(r"because the price fell on \w+day \d+ in the afternoon", said), said  # the forecast of the days after follows


async def test_a_gain_below_the_threshold_moves_nothing(tmp_path: Path) -> None:
    def at_hour(cheap: int) -> Any:
        return lambda at: 0.145 if at.astimezone(MADRID).hour == cheap else 0.15

    async with plan_world(tmp_path, made_plant("pvpc", move_threshold_eur=0.5)) as world:
        await world.publish(WEDNESDAY, at_hour(12))
        await world.plans.replan()
        await world.publish(WEDNESDAY, at_hour(16))
        await world.plans.replan()
        plan = await document(world)
    assert local_start(plan["batches"][0]).hour == 12 and plan["changes"] == []


async def test_at_a_flat_price_the_plan_saves_nothing(tmp_path: Path) -> None:
    async with planned(tmp_path, price=replace(made_plant().price, fixed_eur_per_kwh=(0.15,) * 6)) as world:
        plan = await document(world)
    assert plan["saving_eur"] == pytest.approx(0.0, abs=0.01)
    assert plan["baseline_eur"] == pytest.approx(plan["objective_eur"], abs=0.01)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
async def test_days_of_23_and_25_hours_are_planned(tmp_path: Path, day: date, hours: int) -> None:
    start, end = day_bounds(day)
    assert end - start == hours * HOUR
    async with plan_world(tmp_path, made_plant(), start) as world:
        await world.plans.replan()
        plan = await document(world)
    assert plan["checks"]["passed"] and len(plan["batches"]) == 7
    assert datetime.fromisoformat(plan["horizon"]["end"]) == day_bounds(day + 7 * DAY)[0]
