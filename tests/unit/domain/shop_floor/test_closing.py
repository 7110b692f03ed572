"""The end of a shift: what nobody reported is asked for, and one event says that it ran as planned."""

from datetime import timedelta

from domain.shop_floor.closing import asked, shift_end
from domain.shop_floor.events import Event, Recorded
from domain.shop_floor.facts import facts_of
from domain.shop_floor.fold import fold
from support.floor_cases import ONE, THREE, TWO, minutes, of_plan, said
from support.plan_cases import small_plant

PLANT = small_plant()
EVENING = minutes(600)
LOG = of_plan(ONE, TWO, THREE)


def confirmed(log: list[Recorded], at: float = 600, excepted: tuple[str, ...] = ()) -> list[Recorded]:
    """The log with everything confirmed that is assumed at an instant."""
    found = asked(fold(PLANT, log, minutes(at)), minutes(at), excepted)
    event = Event("shift", "confirmed", minutes(at), runs=found.runs, excepted=excepted)
    return [*log, Recorded(len(log) + 1, minutes(at), event)]


def test_what_nobody_reported_is_asked_for_by_batch_and_stage() -> None:
    log = said(said(LOG, "began", minutes(0), ONE, stage="mix", unit=1), "ended", minutes(15), ONE, stage="mix", unit=1)
    found = asked(fold(PLANT, log, minutes(60)), minutes(60))
    assert [(one.batch.id, [run.stage for run in one.runs]) for one in found.batches] == [
        (ONE.id, ["kettle", "fill"]),
        (TWO.id, ["mix"]),
    ]


def test_a_begin_alone_leaves_the_end_to_be_asked_for() -> None:
    log = said(LOG, "began", minutes(4), ONE, stage="mix", unit=1)
    run = asked(fold(PLANT, log, minutes(30)), minutes(30)).runs[0]
    assert (run.stage, run.start, run.end) == ("mix", minutes(4), minutes(19))


def test_a_stage_that_runs_is_asked_for_when_it_is_over() -> None:
    assert [run.stage for run in asked(fold(PLANT, LOG, minutes(20)), minutes(20)).runs] == ["mix"]


def test_what_was_confirmed_is_said_and_changes_nothing_else() -> None:
    before, after = (fold(PLANT, log, EVENING) for log in (LOG, confirmed(LOG)))
    assert all(run.is_said for batch in after.batches for run in batch.runs)
    assert not any(run.is_said for batch in before.batches for run in batch.runs)
    times = [
        [(run.stage, run.unit, run.start, run.end, run.released) for batch in state.batches for run in batch.runs]
        for state in (before, after)
    ]
    assert times[0] == times[1]
    assert asked(after, EVENING).runs == ()


def test_all_but_one_is_still_asked_for() -> None:
    found = asked(fold(PLANT, confirmed(LOG, excepted=(TWO.id,)), EVENING), EVENING)
    assert [one.batch.id for one in found.batches] == [TWO.id]


def test_it_is_taken_back_as_one() -> None:
    log = confirmed(LOG)
    undone = said(log, "correction", minutes(610), of=len(log), at_said=False)
    assert fold(PLANT, undone, EVENING).batches == fold(PLANT, LOG, EVENING).batches


def test_whoever_names_one_thing_knows_it_better() -> None:
    log = said(confirmed(LOG), "ended", minutes(50), ONE, stage="kettle", unit=1)
    runs = next(batch for batch in fold(PLANT, log, EVENING).batches if batch.id == ONE.id).runs
    assert [(run.stage, run.end) for run in runs][:2] == [("mix", minutes(15)), ("kettle", minutes(50))]


def test_another_batch_that_was_seen_in_the_machine_ends_what_was_only_confirmed() -> None:
    log = said(confirmed(LOG), "began", minutes(30), TWO, stage="kettle", unit=1)
    state = fold(PLANT, log, EVENING)
    runs = {(batch.id, run.stage): run for batch in state.batches for run in batch.runs}
    assert runs[ONE.id, "kettle"].end <= runs[TWO.id, "kettle"].start == minutes(30)


def test_a_confirmation_teaches_no_length_and_no_habit() -> None:
    facts = facts_of(confirmed(said(LOG, "began", minutes(0), ONE, stage="mix", unit=1)))
    assert (dict(facts.lengths), facts.ends_are_told) == ({}, False)


def test_the_shift_that_is_over_is_the_last_one() -> None:
    now = minutes(600)
    end = shift_end(PLANT, now)
    shifts = [until for _, until in PLANT.shifts_of(now.date()) if until <= now]
    assert end <= now and (not shifts or end == max(shifts))
    assert shift_end(PLANT, end) == end and shift_end(PLANT, end - timedelta(minutes=1)) < end
