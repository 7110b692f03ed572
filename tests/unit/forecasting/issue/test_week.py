"""The entry of the service: published first, then the distribution; little history, dead sources, odd days; scenarios."""

import pickle
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from domain.timeline import MADRID
from forecasting.data.grid import HOUR_S, Bools, Floats, Ints
from forecasting.data.history import History, NotEnoughHistoryError, tables_of
from forecasting.gate.classifier import ClassSample, log_loss, sample_of, train_classifier
from forecasting.gate.training import train_week
from forecasting.issue.classes import class_inputs, production_probabilities
from forecasting.issue.intervals import LEVELS, rolling_offsets
from forecasting.issue.record import Record
from forecasting.issue.scenarios import draw_ranks, quantile_function
from forecasting.issue.week import StaleHistoryError, Window, forecast_week
from forecasting.models.states import TrainedWeek
from forecasting.models.week_models import realised
from unit.forecasting.forecasting_market import day_start, market, spot_history

FIRST, LAST = date(2024, 12, 1), date(2025, 10, 24)
NOW = day_start(date(2025, 10, 23)) + 21 * HOUR_S
"""21:00 on a day whose tomorrow is published, three days before the 25-hour day."""


@pytest.fixture(scope="module")
def history() -> History:
    return spot_history(FIRST, LAST, future_days=21)


@pytest.fixture(scope="module")
def state(history: History) -> TrainedWeek:
    return train_week(history, "WS", longest_record=120)


def test_a_week_has_168_hours_published_first_then_quantiles_in_order(history: History, state: TrainedWeek) -> None:
    week = forecast_week(history, NOW + 60, state)
    assert week.starts.size == 168
    assert week.starts[0] == NOW
    assert np.isfinite(week.published).sum() == 27
    assert np.isfinite(week.published[:27]).all()
    assert (np.diff(week.quantiles, axis=1) >= 0).all()
    assert (week.p10[27:] < week.p90[27:]).all()
    np.testing.assert_array_equal(week.p10[:27], week.published[:27])
    assert ((week.energy_score >= 0) & (week.energy_score <= 100)).all()
    np.testing.assert_allclose(week.probabilities.sum(axis=1), 1.0)


def test_scores_and_classes_rank_what_is_paid_and_prices_stay_those_of_the_market(history: History, state: TrainedWeek) -> None:
    """Two euros more in the hours of the afternoon make them the dearest of their weeks, whatever the market asks."""

    def afternoons(starts: Ints) -> Bools:
        return np.array([13 <= datetime.fromtimestamp(int(start), MADRID).hour < 15 for start in starts])

    def cost(starts: Ints, prices: Floats) -> Floats:
        return np.where(afternoons(starts), prices + 2, prices)

    plain, paid = forecast_week(history, NOW, state), forecast_week(history, NOW, state, cost=cost)
    np.testing.assert_array_equal(paid.quantiles, plain.quantiles)
    np.testing.assert_array_equal(paid.paths, plain.paths)
    dear = afternoons(paid.starts)
    assert paid.energy_score[dear].max() < 10 < paid.energy_score[~dear].min() + 10
    assert (paid.probabilities[dear, 3] > 0.98).all()
    assert (plain.probabilities[dear, 3] < 1).any()
    assert (paid.energy_score[~dear] > plain.energy_score[~dear] - 1e-9).all()


def test_both_hours_of_the_autumn_change_are_forecast(history: History, state: TrainedWeek) -> None:
    week = forecast_week(history, NOW, state)
    local = [datetime.fromtimestamp(int(start), UTC).astimezone(MADRID) for start in week.starts]
    twice = [i for i, at in enumerate(local) if (at.day, at.hour) == (26, 2)]
    assert len(twice) == 2
    assert week.p50[twice[0]] == week.p50[twice[1]]


def test_the_spring_day_is_forecast_without_its_missing_hour(state: TrainedWeek) -> None:
    longer = spot_history(FIRST, date(2026, 3, 27), future_days=21)
    week = forecast_week(longer, day_start(date(2026, 3, 27)), state)
    local = [datetime.fromtimestamp(int(start), UTC).astimezone(MADRID) for start in week.starts]
    assert (29, 2) not in [(at.day, at.hour) for at in local]
    assert np.isfinite(week.p50).all()


def test_the_state_is_plain_and_says_the_same_after_a_round_trip(history: History, state: TrainedWeek) -> None:
    stored = pickle.dumps(state)
    assert b"forecasting" not in stored
    again = forecast_week(history, NOW, pickle.loads(stored))
    np.testing.assert_array_equal(again.quantiles, forecast_week(history, NOW, state).quantiles)


def test_what_was_forecast_in_the_past_did_not_see_what_came(history: History, state: TrainedWeek) -> None:
    earlier = day_start(date(2025, 9, 20)) + 21 * HOUR_S
    cut = history.known_at(day_start(date(2025, 9, 22)))
    shifted = replace(cut, price=np.where(np.isfinite(cut.price), cut.price, np.nan))
    said = forecast_week(cut, earlier, state)
    assert said.last_published == date(2025, 9, 21).toordinal()
    np.testing.assert_array_equal(said.quantiles, forecast_week(shifted, earlier, state).quantiles)
    truth = history.price[np.searchsorted(history.starts, said.starts)]
    assert np.abs(said.p50 - truth)[27:].mean() > 0.003


def test_the_forecast_is_near_the_truth_of_a_market_it_can_know(history: History, state: TrainedWeek) -> None:
    truth = market(FIRST, date(2025, 11, 14))
    week = forecast_week(history, NOW, state)
    came = truth[np.searchsorted(history.starts, week.starts)]
    assert np.abs(week.p50 - came).mean() < 0.02
    assert 0.6 < np.mean((came >= week.p10) & (came <= week.p90)) <= 1.0


def test_a_toll_that_is_not_given_is_an_error(history: History, state: TrainedWeek) -> None:
    short = history.between(day_start(date(2025, 1, 1)), int(history.starts[-1]))
    keep = short.starts < day_start(date(2025, 10, 28))
    cut = History(short.starts[keep], short.price[keep], short.toll[keep])
    with pytest.raises(ValueError, match="toll"):
        forecast_week(cut, NOW, state)


def test_the_window_ends_with_the_local_week_of_the_last_hour() -> None:
    window = Window.of(NOW, 168)
    assert window.end == day_start(date(2025, 11, 3))
    assert window.start <= day_start(date(2025, 10, 20))


@pytest.mark.parametrize(
    ("days", "model"),
    [(1, "yesterday"), (6, "yesterday"), (12, "last_week"), (30, "four_week_same_weekday"), (60, "ewma_day_type")],
)
def test_with_little_history_the_best_that_can_serve_does(days: int, model: str) -> None:
    first = date(2025, 3, 3)
    history = spot_history(first, date.fromordinal(first.toordinal() + days - 1), future_days=21)
    week = forecast_week(history, int(history.starts[np.isfinite(history.price)][-1]))
    assert week.model == model
    assert week.reason == "no trained model"
    assert np.isfinite(week.quantiles).all()


def test_too_little_history_is_said_with_figures() -> None:
    with pytest.raises(NotEnoughHistoryError) as caught:
        train_week(spot_history(date(2025, 1, 1), date(2025, 1, 12)), "WS")
    assert (caught.value.needs_days, caught.value.has_days) == (210, 12)
    nothing = spot_history(date(2025, 1, 1), date(2025, 1, 20))
    empty = replace(nothing, price=np.full(nothing.starts.size, np.nan))
    with pytest.raises(NotEnoughHistoryError, match="needs 1 days of history, has 0"):
        forecast_week(empty, int(nothing.starts[0]))


def test_a_dead_source_widens_the_forecast_and_then_ends_it(history: History, state: TrainedWeek) -> None:
    fresh = forecast_week(history, NOW, state)
    ten_days_on = forecast_week(history, NOW + 10 * 86400, state)
    assert np.isfinite(ten_days_on.quantiles).all()
    assert (ten_days_on.days_ahead >= 9).all()
    assert (ten_days_on.p90 - ten_days_on.p10).mean() > (fresh.p90 - fresh.p10)[27:].mean()
    longer = history.extended(day_start(date(2026, 1, 1)))
    with pytest.raises(StaleHistoryError) as caught:
        forecast_week(longer, day_start(date(2025, 11, 20)), state)
    assert caught.value.last_day == LAST


def test_a_hole_in_a_published_day_is_forecast_and_not_filled_silently(history: History, state: TrainedWeek) -> None:
    price = history.price.copy()
    at = np.searchsorted(history.starts, NOW + 3 * HOUR_S)
    price[at] = np.nan
    week = forecast_week(replace(history, price=price), NOW, state)
    assert np.isnan(week.published[3])
    assert week.p10[3] < week.p50[3] < week.p90[3]


def test_a_named_model_or_baseline_can_be_asked_for(history: History, state: TrainedWeek) -> None:
    assert forecast_week(history, NOW, state, model="last_week").model == "last_week"
    assert forecast_week(history, NOW, state, model="lear").model == "lear"


def test_the_record_goes_on_after_training(history: History, state: TrainedWeek) -> None:
    later = spot_history(FIRST, date(2025, 11, 5), future_days=21)
    week = forecast_week(later, day_start(date(2025, 11, 4)) + 21 * HOUR_S, state)
    assert np.isfinite(week.quantiles).all()
    assert week.model == state["serves"]


def test_scenarios_keep_the_correlation_between_hours_and_the_distribution_of_each() -> None:
    rng = np.random.default_rng(8)
    day = rng.standard_normal((300, 7, 1))
    errors = 0.02 * (0.9 * day + 0.44 * rng.standard_normal((300, 7, 24)))
    quantiles = np.quantile(errors, LEVELS, axis=0).transpose(1, 2, 0)
    paths = quantile_function(quantiles, draw_ranks(errors, 300, 1))
    past, drawn = (np.atleast_2d(np.corrcoef(x[:, 2].T))[0, 23] for x in (errors, paths))
    assert drawn == pytest.approx(past, abs=0.05)
    assert past > 0.7
    assert abs(np.corrcoef(paths[:, 2, 0], paths[:, 5, 0])[0, 1]) < 0.2
    np.testing.assert_allclose(np.quantile(paths[:, 3, 7], [0.1, 0.9]), quantiles[3, 7, [3, -4]], atol=0.004)


def _drawn(probabilities: Floats, rng: np.random.Generator) -> Ints:
    """One class for each hour, drawn from its probabilities."""
    below = rng.random((len(probabilities), 1)) > probabilities.cumsum(axis=1)[:, :-1]
    return np.asarray(below.sum(axis=1), dtype=np.int64)


def test_a_classifier_that_adds_nothing_does_not_serve(history: History, state: TrainedWeek) -> None:
    """Labels drawn from the implied probabilities themselves cannot be predicted better than by them."""
    week = forecast_week(history, NOW, state)
    rng = np.random.default_rng(6)
    hours = np.flatnonzero(np.isnan(week.published))[::5]
    drawn = [_drawn(week.probabilities[hours], rng) for _ in range(150)]
    inputs = np.tile(class_inputs(week)[hours], (150, 1))
    sample = ClassSample(
        inputs, np.tile(week.probabilities[hours], (150, 1)), np.concatenate(drawn), np.repeat(np.arange(150), hours.size)
    )
    trained = train_classifier(sample)
    assert trained["serves"] == "implied"
    probabilities, who = production_probabilities(week, trained)
    assert who == "implied"
    np.testing.assert_array_equal(probabilities, week.probabilities)


def test_a_classifier_that_corrects_a_bias_serves(history: History, state: TrainedWeek) -> None:
    week = forecast_week(history, NOW, state)
    rng = np.random.default_rng(6)
    hours = np.flatnonzero(np.isnan(week.published))[::5]
    wrong = week.probabilities[hours][:, ::-1]
    drawn = np.concatenate([_drawn(week.probabilities[hours], rng) for _ in range(130)])
    sample = ClassSample(
        np.tile(class_inputs(week)[hours], (130, 1)), np.tile(wrong, (130, 1)), drawn, np.repeat(np.arange(130), hours.size)
    )
    trained = train_classifier(sample)
    assert trained["serves"] == "classifier"
    probabilities, who = production_probabilities(week, trained)
    assert who == "classifier"
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert log_loss(probabilities[hours], drawn[: hours.size]).mean() < log_loss(wrong, drawn[: hours.size]).mean()


def test_a_sample_takes_only_forecast_hours_of_whole_published_weeks(history: History, state: TrainedWeek) -> None:
    earlier = day_start(date(2025, 10, 1)) + 21 * HOUR_S
    week = forecast_week(history.known_at(day_start(date(2025, 10, 3))), earlier, state)
    sample = sample_of([week], history.starts, history.price)
    until = day_start(date(2025, 10, 8)) + 21 * HOUR_S
    assert sample.label.size == (until - day_start(date(2025, 10, 3))) // HOUR_S
    last_week_open = sample_of([forecast_week(history, NOW, state)], history.starts, history.price)
    assert last_week_open.label.size == 0


def test_tomorrows_spot_replaces_the_first_day_and_its_paths(history: History, state: TrainedWeek) -> None:
    tomorrow = np.linspace(0.19, 0.21, len(LEVELS)) + np.zeros((24, 1))
    week = forecast_week(history, NOW, state, tomorrow=tomorrow)
    first = week.days_ahead == 1
    np.testing.assert_allclose(week.quantiles[first], tomorrow[: first.sum()])
    assert (week.paths[:, first] >= 0.19 - 1e-12).all()
    assert (week.p50[week.days_ahead == 2] < 0.19).all()


@pytest.mark.parametrize("days", [60, 90, 130, 200])
def test_a_store_that_begins_after_the_record_is_as_one_whose_older_prices_are_missing(
    history: History, state: TrainedWeek, days: int
) -> None:
    """The record of the state has issues that the shorter store does not reach: they count as missing, never as other days."""
    since = day_start(date.fromordinal(LAST.toordinal() - days))
    short = history.between(since, int(history.starts[-1]) + HOUR_S)
    holey = replace(history, price=np.where(history.starts < since, np.nan, history.price))
    of_short, of_holey = (forecast_week(known, NOW, state) for known in (short, holey))
    assert of_short.model == of_holey.model
    np.testing.assert_allclose(of_short.quantiles, of_holey.quantiles, rtol=1e-9, atol=1e-12)


def test_rows_outside_the_history_are_missing(history: History) -> None:
    tables = tables_of(history)
    truth = realised(tables, np.array([-9, -3, len(tables.base.values) - 3]))
    assert np.isnan(truth[0]).all()
    assert np.isnan(truth[1, :2]).all() and np.isfinite(truth[1, 3]).any()
    assert np.isnan(truth[2, 2:]).all()


def test_the_live_band_is_that_of_the_replay_of_the_same_days(history: History, state: TrainedWeek) -> None:
    """Both are a fold over what was issued and what came: no state of the band's own can set them apart."""
    end = day_start(date(2025, 10, 14))
    live = forecast_week(history.known_at(end), end - 3 * HOUR_S, state, model="lear")
    tables = tables_of(history)
    record = Record.of_state(state["record"])
    issues = record.days - tables.first
    row = int(np.flatnonzero(record.days == live.last_published)[0])
    errors = realised(tables, issues) - record.forecasts["lear"]
    offsets, _, _ = rolling_offsets(errors[: row + 1], issues[: row + 1], record.scales[: row + 1])
    ahead, hour = live.days_ahead, (np.arange(168) + 21) % 24
    forecast = (ahead >= 1) & np.isnan(live.published)
    expected = (
        record.forecasts["lear"][row][ahead[forecast] - 1, hour[forecast], None] + offsets[row][ahead[forecast] - 1, hour[forecast]]
    )
    np.testing.assert_allclose(live.quantiles[forecast], expected, atol=1e-12)
