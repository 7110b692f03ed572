"""Every rule of the alerts: figures that make it fire, figures that keep it silent, and the band between the two."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from domain.alerts.plan_rules import Broken, LatePlan, Load, ambient_limit, contracted_power, plan_impossible, plan_late
from domain.alerts.price_rules import HourPrice, cheap_window, negative_spot, price_spike, pvpc_missing, quantile, tables_end
from domain.alerts.system_rules import (
    band_failing,
    data_gap,
    forecast_biased,
    job_failing,
    model_degraded,
    model_refused,
    plan_failing,
    savings_differ,
    source_stale,
    store_away,
)
from domain.bill.certainty import certainty_of, figures_of_price
from domain.bill.tariff import load_tariffs
from domain.bill.terms import PriceTerms
from domain.operations import StoreState
from domain.watched import State, Watched
from support.sayings import en, es
from support.system import job, series, source

NOW = datetime(2026, 11, 18, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
PAST = [n / 1000 for n in range(1, 1001)]
"""0.001 to 1.000 €/kWh: the 95th percentile is 0.95005, the 10th 0.1009."""


def prices(*values: float) -> list[HourPrice]:
    return [HourPrice(NOW + n * HOUR, value) for n, value in enumerate(values)]


def test_quantiles_are_linear_between_two_values() -> None:
    assert quantile(PAST, 0.95) == pytest.approx(0.95005)
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0


def test_a_price_above_the_95th_percentile_is_a_spike_and_names_its_hours() -> None:
    (finding,) = price_spike(prices(0.5, 0.96, 0.99, 0.5), PAST)
    assert finding.holds and finding.level == "warning"
    assert dict(finding.figures) == {
        "price_eur_kwh": 0.99,
        "percentile_95_eur_kwh": pytest.approx(0.95005),
        "start": (NOW + 2 * HOUR).isoformat(),
    }
    assert "miércoles 18 a las 16:00: 0,9900\u00a0€/kWh" in es(finding.text)
    assert "Wednesday 18 from 15:00 to 17:00" in en(finding.action)


@pytest.mark.parametrize(("top", "found", "holds"), [(0.93, False, False), (0.94, True, False), (0.951, True, True)])
def test_a_spike_sets_in_above_the_percentile_and_goes_two_percent_below_it(top: float, found: bool, holds: bool) -> None:
    findings = price_spike(prices(0.5, top), PAST)
    assert [finding.holds for finding in findings] == ([holds] if found else [])


def test_without_two_weeks_of_history_no_price_is_called_remarkable() -> None:
    assert price_spike(prices(9.0), [0.1] * 300) == []
    assert cheap_window(prices(0.0, 0.0, 0.0), [0.1] * 300) == []


def test_three_cheap_hours_in_a_row_are_a_window() -> None:
    (finding,) = cheap_window(prices(0.5, 0.05, 0.04, 0.06, 0.5), PAST)
    assert finding.holds and "from 15:00 to 18:00: 0.0500" in en(finding.text)


@pytest.mark.parametrize("values", [(0.05, 0.05, 0.5, 0.05), (0.05, 0.05), (0.2, 0.2, 0.2)])
def test_fewer_or_dearer_hours_are_none(values: tuple[float, ...]) -> None:
    assert cheap_window(prices(*values), PAST) == []


def test_a_window_that_is_there_stays_within_two_percent() -> None:
    (finding,) = cheap_window(prices(0.102, 0.102, 0.102), PAST)
    assert not finding.holds


def test_a_spot_of_zero_or_less_is_told_with_the_lowest() -> None:
    (finding,) = negative_spot(prices(0.02, 0.0, -0.0055))
    assert "2 hours" in en(finding.text) and "−5.50\u00a0€/MWh" in en(finding.text) and "16:00" in en(finding.text)
    assert negative_spot(prices(0.02, 0.0001)) == []


@pytest.mark.parametrize(
    ("kw", "level", "holds"), [(139.0, None, None), (140.0, "warning", False), (143.0, "warning", True), (151.0, "critical", True)]
)
def test_planned_power_near_the_contract(kw: float, level: str | None, holds: bool | None) -> None:
    found = contracted_power([Load(NOW, 60.0, 150.0), Load(NOW + HOUR, kw, 150.0)])
    assert [(finding.level, finding.holds) for finding in found] == ([] if level is None else [(level, holds)])


def test_air_beyond_a_limit_is_one_alert_a_stage_with_its_cost() -> None:
    hours = [
        Broken(NOW, "tempering", "temperature", 27.0, 26.0, 0.04, hard=False),
        Broken(NOW + HOUR, "tempering", "temperature", 29.5, 26.0, 0.14, hard=False),
        Broken(NOW, "conching", "humidity", 80.0, 75.0, None, hard=True),
    ]
    first, second = ambient_limit(hours)
    assert (first.id, first.level, dict(first.figures)["cost_eur"]) == ("ambient_limit:tempering", "warning", pytest.approx(0.18))
    assert "29,5\u00a0°C (límite 26\u00a0°C)" in es(first.text)
    assert (second.id, second.level) == ("ambient_limit:conching", "critical")
    assert ambient_limit([]) == []


@pytest.mark.parametrize(("hour_utc", "there", "fires"), [(21, False, True), (20, False, False), (21, True, False)])
def test_tomorrows_pvpc_is_missed_from_22_in_madrid_on(hour_utc: int, there: bool, fires: bool) -> None:
    now = datetime(2026, 11, 18, hour_utc, tzinfo=UTC)
    assert bool(pvpc_missing(now, tomorrow_is_there=there)) == fires


@pytest.mark.parametrize(
    ("state", "minutes", "level"),
    [("degraded", 61, "warning"), ("attention", 1, "critical"), ("degraded", 59, None), ("waiting", 600, None), ("ok", 600, None)],
)
def test_a_source_that_fails_for_an_hour_or_needs_a_person(state: str, minutes: int, level: str | None) -> None:
    failing = source("redata", state=state, since=NOW - timedelta(minutes=minutes), last_error="ConnectError")
    assert [finding.level for finding in source_stale([failing], NOW)] == ([] if level is None else [level])


@pytest.mark.parametrize(("failures", "found"), [(2, []), (3, ["critical"]), (9, ["critical"])])
def test_a_plan_that_cannot_be_made_three_times_is_an_alert_whatever_the_reason(failures: int, found: list[str]) -> None:
    jobs = [job("plan", failures_in_a_row=failures, last_error="ValueError: x"), job("advice", failures_in_a_row=9)]
    assert [finding.level for finding in plan_failing(jobs)] == found


@pytest.mark.parametrize(
    ("error", "differs"),
    [("AuditError: 6 differences: 2026-03-11: kg is 100, audited 0", True), ("StoreUnavailableError: away", False)],
)
def test_a_difference_that_the_audit_found_is_an_alert_of_its_own(error: str, differs: bool) -> None:
    jobs = [
        job("audit", last_outcome="failed", failures=1, last_error=error),
        job("plan", failures=1),
    ]
    assert [(finding.level, finding.rule) for finding in (*savings_differ(jobs), *job_failing(jobs))] == [
        ("critical", "savings_differ") if differs else ("warning", "job_failing")
    ]


def test_a_store_that_is_away() -> None:
    store = StoreState("sqlite", "away", NOW, detail="connection refused")
    assert [finding.level for finding in store_away(store)] == ["critical"]
    assert store_away(replace(store, state="ok")) == []


def test_a_series_that_lacks_two_values_or_more() -> None:
    assert [finding.id for finding in data_gap([series(3, market="spot")])] == ["data_gap:energy_prices/spot"]
    assert data_gap([series(1, market="spot"), series(0, market="spot")]) == []


def test_a_job_whose_last_run_failed() -> None:
    failed = job("gaps", last_outcome="failed", last_error="boom", failures=2)
    assert [finding.id for finding in job_failing([failed])] == ["job_failing:gaps"]
    assert job_failing([replace(failed, last_outcome="ok"), replace(failed, last_outcome=None)]) == []


@pytest.mark.parametrize(("model", "found", "holds"), [(0.0110, True, True), (0.0102, True, False), (0.0100, False, False)])
def test_a_model_that_errs_more_than_the_baseline(model: float, found: bool, holds: bool) -> None:
    findings = model_degraded(model, 0.0100)
    assert [finding.holds for finding in findings] == ([holds] if found else [])


def window(days: int, coverage: float, state: State, above: float = 0.5) -> Watched:
    bounds = ({7: 0.45, 28: 0.65}[days], 0.94)
    return Watched(days, days, 24 * days, coverage, bounds, above, (0.2, 0.8), -0.021, 0.06, state)


def test_a_band_that_fails_says_how_much_of_which_days_it_held() -> None:
    (finding,) = band_failing([window(7, 0.44, "failing"), window(28, 0.71, "held")])
    assert finding.holds
    assert en(finding.text) == "Of the last 7 days, 44% of the hours were in the band that is to hold 80%."
    assert es(finding.text) == "De los últimos 7 días, el 44\u00a0% de las horas quedó en la banda que debe contener el 80\u00a0%."
    assert dict(finding.figures)["coverage_from"] == 0.45
    (later,) = band_failing([window(7, 0.7, "held"), window(28, 0.6, "failing")])
    assert (later.id, later.holds) == ("band_failing", True)
    assert "last 28 days, 60%" in en(later.text)


def test_an_alert_of_the_band_stays_until_half_of_the_way_back_and_none_begins_there() -> None:
    assert [finding.holds for finding in band_failing([window(7, 0.6, "held")])] == [False]
    assert band_failing([window(7, 0.63, "held"), window(28, 0.8, "held")]) == []
    assert band_failing([window(7, 0.1, "too_short")]) == band_failing([]) == []


def test_prices_on_one_side_of_the_forecast_are_said_with_the_side() -> None:
    (cheaper,) = forecast_biased([window(7, 0.7, "held"), window(28, 0.7, "biased", above=0.1)])
    (dearer,) = forecast_biased([window(28, 0.7, "biased", above=0.9)])
    assert en(cheaper.text) == "For 28 days, prices have been below the forecast, by 0.0210\u00a0€/kWh on average."
    assert "above the forecast" in en(dearer.text)
    assert "por encima" in es(dearer.text)
    assert forecast_biased([window(28, 0.7, "held")]) == forecast_biased([]) == []


def test_a_model_file_that_was_refused_and_a_record_that_is_too_short() -> None:
    assert [finding.id for finding in model_refused(["20261118: hash differs"])] == ["model_refused"]
    assert model_degraded(None, None) == model_refused([]) == []


def test_deliveries_that_come_late_are_counted_and_what_would_be_enough_is_told() -> None:
    (finding,) = plan_late(LatePlan((100.0, 50.0), ({"es": "150 kg menos", "en": "150 kg less"},)))
    assert en(finding.text) == "2 deliveries cannot be in time (150\u00a0kg)."
    assert (finding.level, en(finding.action)) == ("warning", "150 kg less would be enough.")
    (finding,) = plan_late(LatePlan((100.0,), ()))
    assert (en(finding.text), en(finding.action)) == (
        "1 delivery cannot be in time (100\u00a0kg).",
        "The page says which, and by how much.",
    )
    assert plan_late(None) == []


def test_a_plan_that_cannot_be_made_says_what_mends_it() -> None:
    said = {"es": "No caben.", "en": "They do not fit."}
    relief = {"text": {"es": "100 kg menos", "en": "100 kg less"}}
    (finding,) = plan_impossible({"text": said, "limits": ["demand", "shifts"], "reliefs": [relief]})
    assert (finding.level, en(finding.action), dict(finding.figures)) == (
        "critical",
        "100 kg less would be enough.",
        {"limits": "demand, shifts"},
    )
    assert plan_impossible(None) == []


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 8, 20), set()),  # a mean of the month cannot be there before its end
        (date(2026, 11, 1), set()),
        (date(2026, 11, 2), {"ancillary"}),
        (date(2026, 11, 30), {"ancillary"}),
        (date(2026, 12, 1), {"ancillary", "toll_and_charge", "losses", "capacity", "electricity_tax"}),
        (date(2027, 1, 2), {"ancillary", "toll_and_charge", "losses", "capacity", "electricity_tax"}),
    ],
)
def test_figures_are_asked_for_30_days_before_they_end(day: date, said: set[str]) -> None:
    tables = load_tariffs((Path(__file__).parents[4] / "src/configs/tariffs.toml").read_text(encoding="utf-8"))
    indexed, fixed = PriceTerms("indexed"), PriceTerms("fixed", (0.1,) * 6)
    found = tables_end(certainty_of(figures_of_price(tables, "3.0TD", indexed), day), day)
    assert {name for finding in found for name, _ in finding.figures} == said
    assert tables_end(certainty_of(figures_of_price(tables, "3.0TD", fixed), day), day) == []
