"""What the air means for a stage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.plan.plant import AmbientLimit
from domain.weather.suitability import humidity_when_warmed, judge, worst

TEMPERING = AmbientLimit("tempering", 26.0, 75.0, cooling_kw_per_c=0.4, drying_kw_per_percent=0.05)
HARD = AmbientLimit("tempering", 26.0, 75.0, cooling_kw_per_c=0.4, drying_kw_per_percent=0.05, hard=True)


def test_within_the_limits_it_is_allowed_with_its_margins() -> None:
    verdict = judge(TEMPERING, 20.0, 60.0)
    assert (verdict.status, verdict.extra_kw) == ("allowed", 0.0)
    assert [(check.quantity, check.limit, check.margin) for check in verdict.checks] == [
        ("temperature", 26.0, 6.0),
        ("humidity", 75.0, 15.0),
    ]


def test_the_limit_itself_is_still_within() -> None:
    assert judge(HARD, 26.0, 75.0).status == "allowed"


def test_beyond_a_soft_limit_it_costs_power() -> None:
    verdict = judge(TEMPERING, 31.0, 85.0)
    assert verdict.status == "at_cost"
    assert verdict.extra_kw == pytest.approx(5 * 0.4 + 10 * 0.05)


def test_beyond_a_hard_limit_it_is_not_allowed_even_if_the_other_value_is_missing() -> None:
    assert judge(HARD, 31.0, None).status == "not_allowed"
    assert judge(HARD, 31.0, 50.0).extra_kw is None


def test_a_missing_value_is_not_taken_as_a_good_one() -> None:
    verdict = judge(TEMPERING, 20.0, None)
    assert (verdict.status, verdict.extra_kw) == ("unknown", None)


def test_a_cost_that_is_only_half_known_is_not_stated() -> None:
    verdict = judge(TEMPERING, 31.0, None)
    assert (verdict.status, verdict.extra_kw) == ("at_cost", None)


def test_a_stage_without_a_limit_on_humidity_does_not_need_it() -> None:
    assert judge(AmbientLimit("mixing", max_temperature_c=30.0), 20.0, None).status == "allowed"


def test_a_stage_without_limits_is_always_allowed() -> None:
    assert judge(AmbientLimit("moulding"), None, None).status == "allowed"


def test_cold_damp_air_is_dry_once_warmed() -> None:
    assert humidity_when_warmed(3.0, 95.0, 26.0) == pytest.approx(21.4, abs=0.2)


def test_the_worst_counts_and_nothing_known_is_unknown() -> None:
    assert worst(["allowed", "at_cost", "unknown"]) == "at_cost"
    assert worst([]) == "unknown"


@given(st.floats(-40, 55), st.floats(1, 100), st.booleans())
def test_a_verdict_agrees_with_what_the_plan_is_charged(celsius: float, percent: float, hard: bool) -> None:
    limit = AmbientLimit("tempering", 26.0, 75.0, 0.4, 0.05, hard)
    verdict = judge(limit, celsius, percent)
    assert verdict.extra_kw == limit.extra_kw(celsius, percent)
    assert (verdict.status == "not_allowed") == (limit.extra_kw(celsius, percent) is None)
    assert (verdict.status == "at_cost") == ((verdict.extra_kw or 0.0) > 0)
