"""The state of the floor from the log: what was said counts, the rest is assumed by the plan's times."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ContradictionError
from domain.plan.plant import Plant
from domain.shop_floor.contradictions import check_event
from domain.shop_floor.events import Recorded
from domain.shop_floor.facts import facts_of
from domain.shop_floor.fold import fold
from domain.shop_floor.state import FloorBatch, FloorRun
from support.floor_cases import NINE, ONE, THREE, TWO, minutes, of_plan, planned, renumbered, said
from support.plan_cases import small_plant

PLANT = small_plant()
PLAN = of_plan(ONE, TWO, THREE)
EVENING = minutes(600)


def one(log: list[Recorded], now: datetime, plant: Plant = PLANT) -> FloorBatch:
    found = fold(plant, log, now).batch(ONE.id)
    assert found is not None
    return found


def run(log: list[Recorded], stage: str, now: datetime = EVENING, plant: Plant = PLANT) -> FloorRun:
    return next(run for run in one(log, now, plant).runs if run.stage == stage)


def after(rule: str) -> Plant:
    mix, kettle, fill = PLANT.stages
    return replace(PLANT, stages=(mix, replace(kettle, after_interruption=rule), fill))  # type: ignore[arg-type]


def test_what_nobody_reported_is_assumed_by_the_plans_times() -> None:
    batch = one(PLAN, EVENING)
    assert [(item.start, item.end) for item in batch.runs] == [(item.start, item.end) for item in ONE.runs]
    assert (batch.state, batch.kg, batch.ends_at, batch.is_assumed, batch.is_reported) == (
        "finished",
        100.0,
        minutes(60),
        True,
        False,
    )


def test_before_its_time_a_batch_is_planned() -> None:
    assert one(PLAN, NINE - timedelta(minutes=1)).state == "planned"


def test_a_late_begin_moves_what_follows() -> None:
    log = said(PLAN, "began", minutes(40), ONE, stage="mix", unit=1)
    assert (run(log, "mix").end, run(log, "kettle").start, run(log, "fill").end) == (minutes(55), minutes(55), minutes(100))
    assert (run(log, "mix").start_said, run(log, "kettle").start_said) == (True, False)


def test_a_delay_can_be_announced_while_the_stage_runs() -> None:
    log = said(PLAN, "ended", minutes(130), ONE, stage="kettle", unit=1, learnt_at=minutes(20))
    state = fold(PLANT, log, minutes(25))
    batch = state.batch(ONE.id)
    assert batch is not None and batch.state == "under_way" and batch.runs[-1].end == minutes(130)
    assert [(machine.stage, machine.unit) for machine in state.machines if machine.batch == ONE.id] == [("kettle", 1)]
    assert run(log, "fill").start == minutes(130)


def test_a_stage_that_overruns_is_expected_to_end_in_the_future_where_ends_are_told() -> None:
    log = said(PLAN, "began", NINE, ONE, stage="mix", unit=1)
    log = said(log, "ended", minutes(15), ONE, stage="mix", unit=1)
    log = said(log, "began", minutes(15), ONE, stage="kettle", unit=1)
    overrun = run(log, "kettle", minutes(50))  # it should have ended at 45
    assert overrun.state == "running" and overrun.end > minutes(50)


def test_a_begin_alone_does_not_hold_a_machine_for_ever() -> None:
    log = said(PLAN, "began", NINE, ONE, stage="mix", unit=1)
    assert run(log, "mix", minutes(20)).end == minutes(15)


@pytest.mark.parametrize(("rule", "end", "left"), [("resume", 65, 15), ("restart", 80, 30)])
def test_after_an_interruption_a_stage_goes_on_or_begins_again(rule: str, end: int, left: int) -> None:
    log = said(PLAN, "interrupted", minutes(30), ONE, stage="kettle", unit=1)
    standing = run(log, "kettle", minutes(40), after(rule))
    assert (standing.state, standing.left) == ("interrupted", timedelta(minutes=left))
    log = said(log, "resumed", minutes(50), ONE, stage="kettle", unit=1)
    resumed = run(log, "kettle", EVENING, after(rule))
    assert (resumed.end, resumed.worked[0]) == (minutes(end), (minutes(15), minutes(30)))


def test_a_batch_that_an_interruption_spoils_makes_nothing() -> None:
    log = said(PLAN, "interrupted", minutes(30), ONE, stage="kettle", unit=1)
    assert (one(log, EVENING, after("lost")).state, one(log, EVENING, after("lost")).kg) == ("spoiled", 0.0)


def test_a_machine_down_stops_the_batch_in_it_and_nothing_is_assumed_to_begin_there() -> None:
    log = said(PLAN, "machine_down", minutes(20), stage="kettle", unit=1)
    state = fold(PLANT, log, minutes(200))
    assert state.batch(ONE.id).runs[-1].state == "interrupted"  # type: ignore[union-attr]
    assert state.batch(ONE.id).why == "machine_down"  # type: ignore[union-attr]
    assert state.batch(TWO.id).runs[-1].stage == "fill"  # type: ignore[union-attr] # the other kettle is not touched
    down = [machine for machine in state.machines if machine.state == "down"]
    assert [(machine.stage, machine.unit, machine.batch, machine.since) for machine in down] == [("kettle", 1, ONE.id, minutes(20))]
    log = said(log, "machine_up", minutes(80), stage="kettle", unit=1)
    assert run(log, "kettle").end == minutes(105)  # 5 minutes done, 25 left


def test_what_is_planned_while_nobody_is_here_is_not_assumed() -> None:
    log = said(PLAN, "nobody", minutes(10), until=minutes(400), learnt_at=NINE)
    state = fold(PLANT, log, EVENING)
    first, second = state.batch(ONE.id), state.batch(TWO.id)
    assert first is not None and first.runs[0].worked[0] == (NINE, minutes(10))
    assert second is not None and (second.state, second.why, second.runs) == ("waiting", "nobody", ())


def test_a_batch_that_did_not_begin_may_be_reported_late() -> None:
    log = said(PLAN, "nobody", minutes(10), until=minutes(400), learnt_at=NINE)
    log = said(log, "began", minutes(30), TWO, stage="mix", unit=1, learnt_at=minutes(500))
    state = fold(PLANT, log, minutes(35))
    assert state.batch(TWO.id).state == "under_way"  # type: ignore[union-attr]


def test_spoiled_is_nothing_made_and_part_of_it_is_part() -> None:
    assert one(said(PLAN, "spoiled", minutes(20), ONE), EVENING).state == "spoiled"
    assert one(said(PLAN, "spoiled", minutes(90), ONE), EVENING).kg == 0.0  # after it was finished
    assert one(said(PLAN, "spoiled", minutes(90), ONE, kg=30.0), EVENING).kg == 70.0
    assert one(said(PLAN, "finished", minutes(70), ONE, kg=95.0), EVENING).kg == 95.0


def test_a_batch_that_another_one_is_said_to_have_followed_was_over() -> None:
    log = said(PLAN, "began", minutes(25), THREE, stage="mix", unit=1)
    state = fold(PLANT, log, minutes(26))
    assert state.batch(ONE.id).runs[0].end == minutes(15)  # type: ignore[union-attr]
    log = said(PLAN, "began", minutes(12), THREE, stage="mix", unit=1)
    assert run(log, "mix").end == minutes(12)
    early = said(PLAN, "began", minutes(3), THREE, stage="mix", unit=1)
    assert one(early, minutes(4)).runs == ()  # it can hardly have been mixed in three minutes: the other one was


def test_later_stages_that_were_said_bring_the_earlier_ones() -> None:
    log = said(PLAN, "nobody", NINE, until=minutes(400), learnt_at=NINE)
    log = said(log, "began", minutes(50), ONE, stage="kettle", unit=2)
    kettle = run(log, "kettle", minutes(60))
    assert (kettle.unit, kettle.start, run(log, "mix", minutes(60)).end <= minutes(50)) == (2, minutes(50), True)


def test_lengths_are_learnt_from_what_was_told() -> None:
    log = list(PLAN)
    for number in range(5):
        batch = replace(ONE, id=f"20260310-plain-{number + 1}")
        log = renumbered([*of_plan(batch), *log])
        log = said(log, "began", NINE - timedelta(days=1, hours=number), batch, stage="kettle", unit=1)
        log = said(log, "ended", log[-1].event.at + timedelta(minutes=40 + number), batch, stage="kettle", unit=1)
    assert run(log, "kettle").needs == timedelta(minutes=30)  # nobody said that it began: as planned
    log = said(log, "began", minutes(16), ONE, stage="kettle", unit=1)
    assert run(log, "kettle").needs == timedelta(minutes=42)


def test_undo_is_an_event_and_can_be_undone() -> None:
    log = said(PLAN, "spoiled", minutes(90), ONE)
    undone = said(log, "correction", minutes(95), of=4, at_said=False)
    assert one(undone, EVENING).state == "finished"
    again = said(undone, "correction", minutes(96), of=5, at_said=False)
    assert one(again, EVENING).state == "spoiled"


def test_a_correction_may_say_another_time() -> None:
    log = said(PLAN, "began", minutes(40), ONE, stage="mix", unit=1)
    log = said(log, "correction", minutes(10), of=4)
    assert run(log, "mix").start == minutes(10)
    assert run(said(log, "correction", minutes(11), of=5, at_said=False), "mix").start == minutes(40)


REPORTS = [
    *said(PLAN, "began", minutes(5), ONE, stage="mix", unit=1)[3:],
    *said(PLAN, "ended", minutes(22), ONE, stage="mix", unit=1)[3:],
    *said(PLAN, "interrupted", minutes(30), ONE, stage="kettle", unit=1)[3:],
    *said(PLAN, "resumed", minutes(42), ONE, stage="kettle", unit=1)[3:],
    *said(PLAN, "machine_down", minutes(60), stage="kettle", unit=2)[3:],
    *said(PLAN, "machine_up", minutes(70), stage="kettle", unit=2)[3:],
    *said(PLAN, "nobody", minutes(110), until=minutes(140))[3:],
    *said(PLAN, "spoiled", minutes(200), THREE)[3:],
    *said(PLAN, "finished", minutes(95), TWO, kg=90.0)[3:],
]


@given(st.permutations(REPORTS), st.integers(0, 700), st.lists(st.sampled_from(range(len(REPORTS))), max_size=4))
def test_reports_in_any_order_corrected_and_corrected_back_are_one_clean_pass(
    order: list[Recorded], minute: int, corrected: list[int]
) -> None:
    now = minutes(minute)
    clean = fold(PLANT, renumbered([*PLAN, *REPORTS]), now)
    log = renumbered([*PLAN, *order])
    for place in corrected:  # taken back, and that taken back
        log = said(log, "correction", now, of=4 + place, at_said=False)
        log = said(log, "correction", now, of=len(log), at_said=False)
    found = fold(PLANT, log, now)
    assert (found.batches, found.machines, found.down, found.absent) == (
        clean.batches,
        clean.machines,
        clean.down,
        clean.absent,
    )


@given(st.lists(st.tuples(st.sampled_from(REPORTS), st.integers(-20, 40)), max_size=8), st.integers(0, 400))
def test_whatever_was_said_no_machine_has_two_and_no_run_ends_before_it_begins(
    told: list[tuple[Recorded, int]], minute: int
) -> None:
    log = list(PLAN)
    for item, by in told:  # as a sender says it, one after the other; what the door refuses is not in the log
        event = replace(item.event, at=item.event.at + timedelta(minutes=by), until=None)
        try:
            check_event(PLANT, facts_of(log), event)
        except ContradictionError:
            continue
        log.append(Recorded(len(log) + 1, event.at, event))
    state = fold(PLANT, log, minutes(minute))
    spans = [((run.stage, run.unit), run.start, run.released or run.end, batch.id) for batch in state.batches for run in batch.runs]
    for machine, start, end, id_ in spans:
        assert start < end
        others = [other for other in spans if other[0] == machine and other[3] != id_ and other[1] < end and start < other[2]]
        assert not others, f"two in {machine}"


def test_one_end_that_was_told_is_enough_and_stages_that_may_still_run_say_nothing_against_it() -> None:
    log = said(said(PLAN, "began", minutes(0), ONE, stage="mix", unit=1), "ended", minutes(14), ONE, stage="mix", unit=1)
    log = said(said(log, "began", minutes(15), ONE, stage="kettle", unit=1), "began", minutes(30), TWO, stage="mix", unit=1)
    assert facts_of(log).ends_are_told
    assert not facts_of(said(PLAN, "began", minutes(0), ONE, stage="mix", unit=1)).ends_are_told


def test_whoever_tells_begins_alone_does_not_tell_ends() -> None:
    log = said(PLAN, "began", minutes(0), ONE, stage="mix", unit=1)
    log = said(said(log, "began", minutes(15), ONE, stage="kettle", unit=1), "began", minutes(45), ONE, stage="fill", unit=1)
    assert not facts_of(log).ends_are_told


def test_a_stage_that_overruns_keeps_its_machine_for_as_long_as_nine_of_ten_of_its_kind_took() -> None:
    """Five mixings took 14 to 22 minutes: one that began is expected after 16, the median; then after 20.8, the 90th percentile."""
    batches = [planned(number, minutes(-600 + 60 * number)) for number in range(10, 15)]
    log = of_plan(*batches, planned(20, NINE))
    for batch, took in zip(batches, (14, 15, 16, 19, 22), strict=True):
        log = said(log, "began", batch.start, batch, stage="mix", unit=1, learnt_at=NINE - timedelta(hours=1))
        log = said(
            log, "ended", batch.start + timedelta(minutes=took), batch, stage="mix", unit=1, learnt_at=NINE - timedelta(hours=1)
        )
    log = said(log, "began", NINE, planned(20, NINE), stage="mix", unit=1)
    found = [fold(PLANT, log, minutes(at)).batch("20260311-plain-20") for at in (5, 17)]
    ends = [run.end for batch in found if batch is not None for run in batch.runs if run.stage == "mix"]
    assert ends == [minutes(16), minutes(20.8)]


def test_a_stage_that_overruns_has_left_its_machine_when_another_batch_is_said_to_have_begun_in_it() -> None:
    log = said(said(PLAN, "began", NINE, ONE, stage="mix", unit=1), "ended", minutes(15), ONE, stage="mix", unit=1)
    log = said(log, "began", minutes(15), ONE, stage="kettle", unit=1)
    log = said(log, "began", minutes(48), TWO, stage="kettle", unit=1)
    state = fold(PLANT, log, minutes(50))
    assert [(one.batch, one.since) for one in state.machines if (one.stage, one.unit) == ("kettle", 1)] == [(TWO.id, minutes(48))]
    assert run(log, "kettle", minutes(50)).state == "done"
