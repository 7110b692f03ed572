"""Alerts in time: they keep their since, end by themselves, and do not flap."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.alerts.alert import CLEAR_FOR, Finding, KeptAlert, following
from domain.messages import message

NOW = datetime(2026, 11, 18, 13, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SPIKE = Finding("price_spike", "price_spike", "warning", message("a"), message("c"))


def test_a_finding_begins_an_alert_once() -> None:
    (alert,) = following([], [SPIKE], NOW)
    assert alert == KeptAlert(SPIKE, NOW)
    assert following([alert], [SPIKE], NOW + MINUTE) == []


def test_new_figures_change_the_text_and_not_the_since() -> None:
    louder = replace(SPIKE, text=message("x"))
    (alert,) = following([KeptAlert(SPIKE, NOW)], [louder], NOW + MINUTE)
    assert (alert.since, alert.finding.text) == (NOW, message("x"))


def test_inside_the_band_none_begins_and_the_one_that_is_there_stays() -> None:
    band = replace(SPIKE, holds=False)
    assert following([], [band], NOW) == []
    assert following([KeptAlert(SPIKE, NOW)], [band], NOW + MINUTE) == []


def test_an_alert_ends_when_its_rule_was_silent_for_ten_minutes() -> None:
    (clearing,) = following([KeptAlert(SPIKE, NOW)], [], NOW + MINUTE)
    assert (clearing.ended_at, clearing.clear_since) == (None, NOW + MINUTE)
    assert following([clearing], [], NOW + MINUTE + CLEAR_FOR - MINUTE) == []
    (ended,) = following([clearing], [], NOW + MINUTE + CLEAR_FOR)
    assert ended.ended_at == NOW + MINUTE + CLEAR_FOR


def test_one_that_comes_back_within_that_time_is_the_same_alert() -> None:
    (clearing,) = following([KeptAlert(SPIKE, NOW)], [], NOW + MINUTE)
    (again,) = following([clearing], [SPIKE], NOW + 5 * MINUTE)
    assert again == KeptAlert(SPIKE, NOW)


def test_a_clock_that_was_ahead_keeps_no_alert_for_ever() -> None:
    """Seen at NOW + 400 days that the rule is silent; then the clock was set right."""
    (clearing,) = following([KeptAlert(SPIKE, NOW)], [], NOW + timedelta(days=400))
    (again,) = following([clearing], [], NOW)
    assert again.clear_since == NOW
    (ended,) = following([again], [], NOW + CLEAR_FOR)
    assert ended.ended_at == NOW + CLEAR_FOR
