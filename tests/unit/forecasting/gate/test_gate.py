"""The gate: support before promotion, demotion over 28 days, and a replay in which the market turns overnight."""

from datetime import date

import numpy as np

from forecasting.data.grid import Floats
from forecasting.data.history import tables_of
from forecasting.gate.gate import Losses, challenge, decide, fallen_behind
from forecasting.gate.replay import losses_at, replay, scored
from forecasting.models.week_models import predict_baselines, realised
from unit.forecasting.forecasting_market import spot_history

RNG = np.random.default_rng(4)
NOISE = RNG.standard_normal(182)


def _losses(pinball: Floats, captured: float = 0.8) -> Losses:
    return Losses(pinball, np.full(pinball.size, captured), np.ones(pinball.size))


def test_a_better_challenger_with_support_is_promoted() -> None:
    verdict = challenge(_losses(5.7 + 0.3 * NOISE), _losses(6.0 + 0.3 * NOISE[::-1]))
    assert verdict.promoted
    assert verdict.comparison.p_value < 0.05


def test_a_better_mean_without_support_is_refused() -> None:
    verdict = challenge(_losses(5.99 + 0.9 * NOISE), _losses(6.0 + 0.9 * NOISE[::-1]))
    assert not verdict.promoted
    assert "support" in verdict.reason


def test_a_challenger_that_captures_less_is_refused() -> None:
    verdict = challenge(_losses(5.0 + 0.3 * NOISE, 0.70), _losses(6.0 + 0.3 * NOISE[::-1], 0.80))
    assert not verdict.promoted
    assert "70.0%" in verdict.reason


def test_too_few_days_are_refused_and_named() -> None:
    verdict = challenge(_losses(5.0 + 0.1 * NOISE[:40]), _losses(6.0 + 0.1 * NOISE[:40]))
    assert not verdict.promoted
    assert "40" in verdict.reason


def test_a_champion_behind_for_28_days_is_demoted_and_the_reason_says_so() -> None:
    champion, baseline = np.full(182, 5.0), np.full(182, 6.0)
    champion[-28:] = 6.4
    records = {"lear": _losses(champion), "ewma_day_type": _losses(baseline)}
    decision = decide("lear", records, ("lear",), "ewma_day_type")
    assert decision.serves == "ewma_day_type"
    assert "fell behind" in decision.reason


def test_a_difference_that_is_luck_does_not_demote() -> None:
    assert not fallen_behind(np.full(60, 6.2), np.full(60, 6.0))
    assert fallen_behind(np.full(60, 6.4), np.full(60, 6.0))


def test_missing_days_are_no_days() -> None:
    champion = np.full(60, 9.0)
    champion[::2] = np.nan
    assert fallen_behind(champion, np.full(60, 6.0))
    assert not fallen_behind(champion[-40:], np.full(40, 6.0))


def _market_with_a_model(doubles: bool, dead: slice | None = None) -> tuple[tuple[str, ...], int]:
    """A model that knows the market until the level doubles on row 250 (it repeats what it learnt), and who serves."""
    history = spot_history(date(2024, 6, 1), date(2025, 5, 31), noise=0.004)
    tables = tables_of(history)
    values = tables.base.values
    if doubles:
        values[250:] *= 2
    if dead is not None:
        values[dead] = np.nan
    tables = tables_of(history.__class__(history.starts, _back(tables.hours, values, tables.first), history.toll))
    issues = np.arange(60, 340)
    truth = np.nan_to_num(realised(tables, issues), nan=0.08)
    known = np.where(issues[:, None, None] + 8 <= 250, truth, truth / 2) if doubles else truth
    model = known + 0.004 * RNG.standard_normal(known.shape)
    forecasts = {"model": model, "ewma_day_type": predict_baselines(tables, issues)["ewma_day_type"]}
    scores = {name: scored(tables, issues, forecast) for name, forecast in forecasts.items()}
    return replay(scores, issues, ("model",), "ewma_day_type").names, int(issues[0])


def _back(hours: object, values: Floats, first: int) -> Floats:
    from forecasting.data.grid import LocalHours, from_table

    assert isinstance(hours, LocalHours)
    return from_table(hours, values, first)


def test_the_replay_promotes_then_demotes_when_the_level_doubles_overnight() -> None:
    names, first = _market_with_a_model(doubles=True)
    assert names[0] == "ewma_day_type"
    assert names[245 - first] == "model"
    assert names[250 + 30 - first] == "ewma_day_type"
    assert names[-1] == "ewma_day_type"


def test_ten_days_of_a_dead_source_neither_promote_nor_demote() -> None:
    names, first = _market_with_a_model(doubles=False, dead=slice(250, 260))
    assert set(names[245 - first :]) == {"model"}


def test_losses_are_by_target_day_and_only_of_days_that_are_over() -> None:
    tables = tables_of(spot_history(date(2024, 6, 1), date(2024, 12, 31)))
    issues = np.arange(60, 120)
    score = scored(tables, issues, predict_baselines(tables, issues)["last_week"])
    losses = losses_at(score, issues, 100, days=30)
    assert np.isfinite(losses.pinball).all()
    by_hand = np.mean([score.pinball[100 - k - 60, k - 1].mean() for k in range(1, 8)])
    np.testing.assert_allclose(losses.pinball[-1], by_hand)
    assert losses.gained.size == 30
