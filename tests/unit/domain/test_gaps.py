"""Gaps: joining missing slots, severity, and a ledger that follows what is found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.gaps import Attempt, Gap, Span, cause_after, intervals, reconcile, severity_of
from domain.timeline import HOUR, QUARTER

NOW = datetime(2025, 11, 5, 12, 0, tzinfo=UTC)
ZERO = datetime(2025, 11, 1, tzinfo=UTC)


def hours(*numbers: int) -> list[Span]:
    return [(ZERO + n * HOUR, ZERO + (n + 1) * HOUR) for n in numbers]


def gap(first: int, last: int, **more: object) -> Gap:
    missing = last - first
    values: dict[str, object] = {"id": 7, **more}
    start, end = ZERO + first * HOUR, ZERO + last * HOUR
    return Gap("energy_prices/pvpc", start, end, missing, "not_fetched", "warning", ZERO, **values)  # type: ignore[arg-type]


def test_slots_that_touch_are_one_interval() -> None:
    assert intervals(hours(1, 2, 3, 7)) == [(ZERO + HOUR, ZERO + 4 * HOUR, 3), (ZERO + 7 * HOUR, ZERO + 8 * HOUR, 1)]


def test_slots_of_another_length_join_too() -> None:
    quarter = (ZERO + HOUR, ZERO + HOUR + timedelta(minutes=15))
    assert intervals([*hours(0), quarter]) == [(ZERO, quarter[1], 2)]


@given(st.sets(st.integers(0, 300)))
def test_intervals_hold_exactly_the_missing_slots(numbers: set[int]) -> None:
    found = intervals(hours(*numbers))
    held = [n for n in range(301) for start, end, _ in found if start <= ZERO + n * HOUR < end]
    assert sorted(numbers) == held
    assert sum(slots for _, _, slots in found) == len(numbers)


def test_severity_looks_at_how_near_the_gap_is() -> None:
    assert severity_of(NOW + HOUR, NOW) == "critical"
    assert severity_of(NOW - timedelta(days=2), NOW) == "warning"
    assert severity_of(NOW - timedelta(days=90), NOW) == "info"


def test_severity_at_its_edges() -> None:
    second = timedelta(seconds=1)
    assert severity_of(NOW - QUARTER + second, NOW) == "critical"  # the quarter-hour of now is not whole
    assert severity_of(NOW - QUARTER, NOW) == "warning"
    assert severity_of(NOW - timedelta(days=56) + second, NOW) == "warning"
    assert severity_of(NOW - timedelta(days=56), NOW) == "info"


def test_a_new_hole_is_added_with_its_cause_and_when_it_was_seen() -> None:
    result = reconcile("energy_prices/pvpc", [], hours(3, 4), NOW, "not_fetched")
    assert [(new.start, new.end, new.missing, new.cause, new.first_seen) for new in result.new] == [
        (ZERO + 3 * HOUR, ZERO + 5 * HOUR, 2, "not_fetched", NOW)
    ]
    assert result.changed == ()


def test_a_gap_that_is_half_filled_keeps_its_interval_and_counts_what_is_left() -> None:
    result = reconcile("energy_prices/pvpc", [gap(3, 7)], hours(5, 6), NOW, "not_fetched")
    assert (result.new, [(each.start, each.missing, each.state) for each in result.changed]) == ((), [(ZERO + 3 * HOUR, 2, "open")])


def test_a_filled_gap_is_closed_and_says_by_whom() -> None:
    tried = (Attempt("redata", NOW, "zero_rows", ""), Attempt("omie", NOW, "filled", ""))
    (closed,) = reconcile("energy_prices/pvpc", [gap(3, 7, tried=tried)], [], NOW, "not_fetched").changed
    assert (closed.state, closed.filled_by, closed.filled_at, closed.missing) == ("filled", "omie", NOW, 0)


def test_a_hole_that_came_by_itself_was_filled_by_ingestion() -> None:
    (closed,) = reconcile("energy_prices/pvpc", [gap(3, 7)], [], NOW, "not_fetched").changed
    assert closed.filled_by == "ingestion"


def test_nothing_changes_while_nothing_happens() -> None:
    result = reconcile("energy_prices/pvpc", [gap(3, 5)], hours(3, 4), NOW, "not_fetched")
    assert (result.new, result.changed) == ((), ())


def test_an_open_gap_that_goes_on_grows_and_stays_one() -> None:
    (longer,) = reconcile("energy_prices/pvpc", [gap(3, 5)], hours(3, 4, 5, 6), NOW, "not_fetched").changed
    assert (longer.id, longer.start, longer.end, longer.missing) == (7, ZERO + 3 * HOUR, ZERO + 7 * HOUR, 4)


def test_a_gap_whose_end_is_filled_or_that_is_given_up_does_not_grow() -> None:
    half_filled = reconcile("energy_prices/pvpc", [gap(3, 5)], hours(3, 5), NOW, "not_fetched")
    assert [(new.start, new.missing) for new in half_filled.new] == [(ZERO + 5 * HOUR, 1)]
    given_up = reconcile("weather_data/observed", [gap(3, 5, state="unavailable")], hours(3, 4, 5), NOW, "not_fetched")
    assert [(new.start, new.state) for new in given_up.new] == [(ZERO + 5 * HOUR, "open")]


@given(st.lists(st.sets(st.integers(0, 60)), min_size=1, max_size=6))
def test_after_every_look_the_ledger_holds_exactly_what_is_missing(looks: list[set[int]]) -> None:
    ledger: dict[int, Gap] = {}
    for numbers in looks:
        known = [each for each in ledger.values() if each.state == "open"]
        result = reconcile("energy_prices/pvpc", known, hours(*numbers), NOW, "not_fetched")
        for changed in result.changed:
            ledger[changed.id or 0] = changed
        for new in result.new:
            ledger[len(ledger) + 1] = replace(new, id=len(ledger) + 1)
        open_now = [each for each in ledger.values() if each.state == "open"]
        assert sum(each.missing for each in open_now) == len(numbers)
        assert all(sum(each.start <= ZERO + n * HOUR < each.end for each in open_now) == 1 for n in numbers)


def test_why_it_is_still_missing_is_what_the_sources_said() -> None:
    away, none = Attempt("redata", NOW, "failed", ""), Attempt("omie", NOW, "zero_rows", "")
    assert cause_after([away, none], gap(3, 5), NOW) == "source_away"
    assert cause_after([none], gap(3, 5), NOW) == "source_has_none"
    assert cause_after([none], gap(3, 5), ZERO) == "not_published"
    assert cause_after([], gap(3, 5), NOW) == "not_fetched"
