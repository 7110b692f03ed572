"""What is said against what was said before; what an event leaves out."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.errors import ContradictionError, InvalidRequestError, NotFoundError
from domain.plan.production import Batch
from domain.shop_floor.contradictions import check_event
from domain.shop_floor.events import Event, Recorded
from domain.shop_floor.facts import facts_of
from domain.shop_floor.fold import fold
from domain.shop_floor.resolve import resolved
from support.floor_cases import NINE, ONE, THREE, TWO, minutes, of_plan, planned, renumbered, said
from support.plan_cases import small_plant

PLANT = small_plant()
PLAN = of_plan(ONE, TWO, THREE)


def taken(log: list[Recorded], kind: Any, at: datetime, now: datetime, batch: Batch | None = None, **more: Any) -> Event:
    """The event as the log would take it."""
    facts, state = facts_of(log), fold(PLANT, log, now)
    event = resolved(PLANT, facts, state, Event("x", kind, at, batch=None if batch is None else batch.id, **more))
    check_event(PLANT, facts, event)
    return event


MIXED = said(said(PLAN, "began", NINE, ONE, stage="mix", unit=1), "ended", minutes(20), ONE, stage="mix", unit=1)


@pytest.mark.parametrize(
    ("log", "kind", "at", "batch", "more", "told"),
    [
        (MIXED, "began", 16, TWO, {"stage": "mix", "unit": 1}, 5),  # the first was in it until 20
        (MIXED, "began", 5, ONE, {"stage": "mix"}, 4),
        (MIXED, "ended", 25, ONE, {"stage": "mix"}, 5),
        (MIXED, "began", 18, ONE, {"stage": "kettle"}, 5),
        (MIXED, "interrupted", 25, ONE, {"stage": "mix"}, 5),
        (MIXED, "finished", 19, ONE, {}, 5),
        (said(PLAN, "began", minutes(40), ONE, stage="kettle", unit=1), "ended", 30, ONE, {"stage": "kettle"}, 4),
        (said(PLAN, "began", minutes(40), ONE, stage="kettle", unit=1), "began", 45, TWO, {"stage": "kettle", "unit": 1}, 4),
        (said(PLAN, "machine_down", minutes(10), stage="kettle", unit=1), "began", 15, ONE, {"stage": "kettle", "unit": 1}, 4),
        (said(PLAN, "spoiled", minutes(10), ONE), "began", 15, ONE, {"stage": "kettle"}, 4),
        (said(PLAN, "spoiled", minutes(10), ONE), "spoiled", 15, ONE, {}, 4),
        (said(PLAN, "finished", minutes(70), ONE), "finished", 75, ONE, {}, 4),
        (said(PLAN, "finished", minutes(70), ONE), "began", 75, ONE, {"stage": "fill"}, 4),
    ],
)
def test_what_contradicts_a_fact_names_it_and_offers_a_way(
    log: list[Recorded], kind: str, at: int, batch: Batch, more: dict[str, Any], told: int
) -> None:
    with pytest.raises(ContradictionError) as refused:
        taken(log, kind, minutes(at), minutes(90), batch, **more)
    assert refused.value.told == told and refused.value.offer["kind"] in ("correction", "ended", "machine_up")


@pytest.mark.parametrize(
    ("log", "kind", "at", "batch", "more"),
    [
        (PLAN, "began", 10, TWO, {"stage": "mix"}),  # the plan has another batch there: that was only assumed
        (MIXED, "began", 20, TWO, {"stage": "mix"}),
        (said(PLAN, "began", NINE, ONE, stage="mix", unit=1), "began", 12, TWO, {"stage": "mix"}),  # a little early
        (said(PLAN, "finished", minutes(70), ONE), "spoiled", 75, ONE, {"kg": 20.0}),
        (said(PLAN, "finished", minutes(70), ONE), "began", 5, ONE, {"stage": "mix"}),  # said late
        (said(PLAN, "ended", minutes(50), ONE, stage="kettle", unit=1, learnt_at=NINE), "ended", 48, ONE, {"stage": "kettle"}),
        (PLAN, "machine_up", 10, None, {"stage": "mix"}),
        (PLAN, "ended", 80, ONE, {"stage": "kettle"}),
        (PLAN, "resumed", 40, ONE, {"stage": "kettle"}),
    ],
)
def test_what_was_only_assumed_gives_way(
    log: list[Recorded], kind: str, at: int, batch: Batch | None, more: dict[str, Any]
) -> None:
    assert taken(log, kind, minutes(at), minutes(90), batch, **more).unit in (None, 1, 2)


def test_one_fact_is_enough() -> None:
    now = minutes(32)
    event = taken(PLAN, "began", now, now, stage="mix")
    assert (event.batch, event.unit) == (TWO.id, 1)  # the first is in a kettle, the second is next
    assert taken(PLAN, "ended", now, now, stage="kettle").batch == ONE.id
    assert taken(PLAN, "interrupted", now, now, ONE).stage == "kettle"
    assert taken(PLAN, "began", now, now, ONE).stage == "kettle"  # it is assumed to be in it: so it was
    assert taken(MIXED, "began", minutes(21), minutes(22), ONE).stage == "kettle"
    assert taken(PLAN, "spoiled", now, now, stage="kettle").batch == ONE.id


def test_another_machine_is_taken_where_the_planned_one_is_not_free() -> None:
    log = said(PLAN, "began", minutes(16), THREE, stage="kettle", unit=1)
    assert taken(log, "began", minutes(20), minutes(21), ONE, stage="kettle").unit == 2


@pytest.mark.parametrize(
    ("kind", "more", "name"),
    [
        ("began", {"stage": "oven"}, "stage"),
        ("began", {}, "batch"),
        ("machine_down", {}, "stage"),
        ("machine_down", {"stage": "kettle"}, "unit"),
        ("machine_down", {"stage": "kettle", "unit": 3}, "unit"),
        ("spoiled", {"batch": "nobody"}, "batch"),
        ("spoiled", {"batch": ONE.id, "kg": 101.0}, "kg"),
        ("nobody", {"until": minutes(20)}, "until"),
    ],
)
def test_what_cannot_be_is_refused_with_what_could(kind: Any, more: dict[str, Any], name: str) -> None:
    now = minutes(30)
    with pytest.raises(InvalidRequestError) as refused:
        resolved(PLANT, facts_of(PLAN), fold(PLANT, PLAN, now), Event("x", kind, now, **more))
    assert refused.value.name == name and refused.value.valid


def test_nothing_began_in_the_future_but_a_fast_clock_is_forgiven() -> None:
    now = minutes(30)
    assert taken(PLAN, "began", now + timedelta(minutes=4), now, ONE).at == now
    with pytest.raises(InvalidRequestError):
        taken(PLAN, "began", now + timedelta(minutes=6), now, ONE)
    assert taken(PLAN, "nobody", now + timedelta(hours=6), now).at == now + timedelta(hours=6)


def test_a_machine_with_nothing_in_it_has_no_batch_to_end() -> None:
    with pytest.raises(NotFoundError):
        taken(PLAN, "ended", NINE - timedelta(minutes=1), NINE - timedelta(minutes=1), stage="mix")


def test_a_batch_that_was_begun_without_a_word_and_that_the_plan_moved_later_can_be_told_as_spoiled() -> None:
    """Nobody told that it was begun at nine, as planned then; what is planned is no fact."""
    later = [*PLAN, *of_plan(replace(ONE, runs=planned(1, minutes(300)).runs), learnt_at=minutes(0))]
    assert taken(renumbered(later), "spoiled", minutes(10), minutes(15), ONE).batch == ONE.id


def test_a_batch_of_another_day_is_not_spoiled_by_a_wrong_name() -> None:
    log = of_plan(planned(9, minutes(20 * 60)))
    with pytest.raises(InvalidRequestError, match="can still be moved"):
        taken(log, "spoiled", minutes(10), minutes(15), planned(9, minutes(20 * 60)))
