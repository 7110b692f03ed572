"""Another week, kept aside while the first was mended: two machines down at once, an order withdrawn after it was begun, the last
batch of a day spoiled, a kill between two answers, Monday put right on Wednesday, and nobody here on Saturday.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bench.week_play import Play, Scene, Seen, expect, late_of, starts

NIGHT = "2026-10-19T03:30:00Z"
ATTENDED = {"mixing", "refining", "tempering", "moulding"}
WANTED = {"quality": "standard", "kg": 100, "due": "2026-10-21", "reference": "withdrawn later"}


def other_week(play: Play) -> None:
    """From Monday to Saturday."""
    two_down(play)
    withdrawn(play)
    last_of_the_day(play)
    put_right(play)
    nobody_on_saturday(play)


def two_down(play: Play) -> None:
    """Monday: the refiner and a conche break in the same minute, nobody knows for how long; hours later both are mended."""
    with play.at("2026-10-19T07:10:00Z") as scene:

        def both() -> str:
            for unit in ("refining", "conching-1"):
                scene.tell("machine_down", unit=unit)
            used = sorted({stage["stage"] for one in scene.plan()["batches"] for stage in to_begin(scene, one)})
            return expect(
                "refining" not in used,
                f"begins in {used}; late {late_of(scene)}; status {scene.plan()['status']}; {len(starts(scene))} batches",
            )

        play.row("O1 two machines down at once, no end known", both)
    with play.at("2026-10-19T11:05:00Z") as scene:

        def mended() -> str:
            told_late = late_of(scene)
            for unit in ("conching-1", "refining"):
                scene.tell("machine_up", unit=unit)
            refined = [s["start"] for one in scene.plan()["batches"] for s in to_begin(scene, one) if s["stage"] == "refining"]
            return expect(refined, f"late before {told_late}, after {late_of(scene)}; {len(refined)} times refining to come")

        play.row("O2 both mended", mended)


def to_begin(scene: Scene, batch: dict[str, Any]) -> list[dict[str, Any]]:
    """Stages of a batch of the plan that are still to begin."""
    now = scene.plan()["as_of"]
    return [stage for stage in batch["stages"] if datetime.fromisoformat(stage["start"]) >= datetime.fromisoformat(now)]


def withdrawn(play: Play) -> None:
    """An order is withdrawn after the batch that was to be made for it was begun: the batch goes on, its goods are stock."""
    with play.at("2026-10-20T04:20:00Z") as scene:
        kept: dict[str, Any] = {}

        def placed() -> str:
            count = len(starts(scene))
            kept.update(scene.said("/orders", WANTED))
            return expect(len(starts(scene)) == count + 1, f"{count} to {len(starts(scene))} batches; {kept['cost_eur']} EUR")

        play.row("O3 an order of one batch", placed)

        def taken_back() -> str:
            begun = next(one for one in scene.plan()["batches"] if one["quality"] == "standard" and not is_begun(scene, one["id"]))
            scene.tell("began", batch=begun["id"], stage="mixing", at="2026-10-20T04:18:00+00:00")
            count = len(starts(scene))
            code = scene.delete(f"/orders/{kept['id']}")
            left = patient(lambda: len(starts(scene)), lambda number: number < count)
            listed = kept["id"] in {one["id"] for one in scene.json("/orders")["orders"]}
            scene.lawful()
            there = begun["id"] in starts(scene)
            return expect(
                code == 200 and not listed and there and left == count - 1,
                f"{code}, listed {listed}; {begun['id']} goes on {there}; {count} to {left} batches",
            )

        play.row("O4 withdrawn after a batch was begun", taken_back)
        play.row("O5 withdrawn twice", lambda: expect((code := scene.delete(f"/orders/{kept['id']}")) == 404, str(code)))


def is_begun(scene: Scene, batch: str) -> bool:
    """Whether the floor has a run of a batch."""
    return any(one["id"] == batch and one["runs"] for one in scene.json("/floor")["batches"])


def patient(look: Callable[[], int], holds: Callable[[int], bool]) -> int:
    """What is seen once it holds, or after a while."""
    end = time.monotonic() + 30.0
    while not holds(seen := look()) and time.monotonic() < end:
        time.sleep(0.3)
    return seen


def last_of_the_day(play: Play) -> None:
    """Tuesday night: the last batch of the day comes out spoiled an hour before the day ends, and the service dies just after."""
    with play.at("2026-10-20T21:05:00Z") as scene:
        done = finished(scene)
        name = done[-1]["id"] if done else ""

        def spoiled() -> str:
            if not done:
                raise Seen(f"nothing finished: {[(b['id'], b['state']) for b in scene.json('/floor')['batches']]}")
            known = set(starts(scene))
            scene.tell("spoiled", batch=name)
            new = sorted(set(starts(scene)) - known)
            return expect(new or late_of(scene) != "nothing", f"{name} (due {done[-1]['due']}): new {new}; late {late_of(scene)}")

        play.row("O6 the last batch of the day is spoiled", spoiled)
        sent = {"id": "before-the-end", "kind": "machine_down", "unit": "tempering", "until": "2026-10-21T03:00:00+00:00"}
        code = scene.post("/floor/events", sent).status_code
        scene.running.process.kill()
    with play.at("2026-10-20T23:40:00Z") as scene:

        def survived() -> str:
            log = scene.json("/floor/events")["events"]
            once = [sum(one["kind"] == kind for one in log) for kind in ("spoiled",)]
            kept = sum(one["id"] == "before-the-end" for one in log)
            again = scene.post("/floor/events", sent).status_code
            scene.lawful()
            return expect((kept, again) == (1, 200) or code != 201, f"answered {code}; kept {kept}, again {again}; spoiled {once}")

        play.row("O7 killed just after an answer", survived)


def finished(scene: Scene) -> list[dict[str, Any]]:
    """Batches of the floor that are finished, in the order of their last ends."""
    found = [one for one in scene.json("/floor")["batches"] if one["state"] == "finished" and one["runs"]]
    return sorted(found, key=lambda one: str(one["runs"][-1]["end"]))


def put_right(play: Play) -> None:
    """Wednesday: what was assumed of Monday was not so. Its kilograms and its money are reckoned anew, what lacks is owed."""
    with play.at("2026-10-21T05:10:00Z") as scene:
        scene.run("ledger")
        before = scene.days("2026-10-19")
        made = [one for one in finished(scene) if one["runs"][-1]["end"].startswith("2026-10-19")]
        if not made:
            made = finished(scene)

        def less() -> str:
            if not made:
                raise Seen("nothing was finished")
            one = made[0]
            scene.tell("finished", batch=one["id"], kg=60.0, at=one["runs"][-1]["end"])
            scene.run("ledger")
            after = scene.days("2026-10-19")
            lost = sum(kg for kg, _ in before.values()) - sum(kg for kg, _ in after.values())
            return expect(lost == 40.0, f"{one['id']} gave 60 kg: {before} become {after}; late {late_of(scene)}")

        play.row("O8 two days later: a batch of Monday gave 60 kg", less)

        def back() -> str:
            log = scene.json("/floor/events")["events"]
            last = next(one for one in reversed(log) if one["kind"] == "finished" and one.get("kg") == 60.0)
            scene.tell("correction", of=last["sequence"])
            scene.run("ledger")
            after = scene.days("2026-10-19")
            return expect({d: kg for d, (kg, _) in after.items()} == {d: kg for d, (kg, _) in before.items()}, f"{before}, {after}")

        play.row("O9 no, it gave all", back)


def nobody_on_saturday(play: Play) -> None:
    """Saturday morning nobody comes, and nobody says for how long; at noon it is said that it is for the day."""
    with play.at("2026-10-24T04:30:00Z") as scene:

        def nobody() -> str:
            scene.tell("nobody")
            return expect(
                not attended_on(scene, "2026-10-24"), f"attended {attended_on(scene, '2026-10-24')}; late {late_of(scene)}"
            )

        play.row("O10 nobody comes on Saturday", nobody)
    with play.at("2026-10-24T10:00:00Z") as scene:

        def still() -> str:
            scene.lawful()
            assumed = [
                f"{b['id']} {r['stage']}"
                for b in scene.json("/floor")["batches"]
                for r in b["runs"]
                if r["stage"] in ATTENDED and not r["start_said"] and "2026-10-24T04:30" <= r["start"] < "2026-10-24T10:00"
            ]
            return expect(not assumed and not attended_on(scene, "2026-10-24"), f"assumed {assumed}; late {late_of(scene)}")

        play.row("O11 at ten still nobody: nothing is assumed to have begun", still)

        def came() -> str:
            scene.tell("back")
            seen = [b["id"] for b in scene.plan()["batches"] if b["stages"][0]["start"] < "2026-10-26"]
            return f"{len(seen)} batches begin before Monday; late {late_of(scene)}"

        play.row("O12 somebody comes after all", came)


def attended_on(scene: Scene, day: str) -> list[str]:
    """Attended stages that begin on a day from now on."""
    return [
        f"{one['id']} {stage['stage']} {stage['start'][11:16]}"
        for one in scene.plan()["batches"]
        for stage in to_begin(scene, one)
        if stage["stage"] in ATTENDED and stage["start"].startswith(day)
    ]
