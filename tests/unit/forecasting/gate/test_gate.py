"""The gate: support before promotion, demotion over 28 days, and a replay in which the market turns overnight."""

from datetime import date

import numpy as np

from forecasting.data.grid import Floats
from forecasting.data.history import tables_of
from forecasting.gate.gate import Losses, Rival, Verdict, best_baseline, challenge, decide, fallen_behind, standing
from forecasting.gate.replay import losses_at, replay, scored
from forecasting.gate.support import needed
from forecasting.models.week_models import predict_baselines, realised
from unit.forecasting.forecasting_market import spot_history

RNG = np.random.default_rng(4)
NOISE = RNG.standard_normal(182)


def _losses(pinball: Floats, captured: float = 0.8) -> Losses:
    return Losses(pinball, np.full(pinball.size, captured), np.ones(pinball.size))


def _challenged(challenger: Losses, champion: Losses, baseline: Losses | None = None) -> Verdict:
    best = Rival("ewma_day_type", baseline) if baseline else Rival("lear", champion)
    return challenge(challenger, Rival("lear", champion), best, level=needed())


def test_a_better_challenger_with_support_is_promoted() -> None:
    verdict = _challenged(_losses(5.7 + 0.3 * NOISE), _losses(6.0 + 0.3 * NOISE[::-1]))
    assert verdict.promoted
    assert verdict.against_champion < 0.005


def test_a_better_mean_without_support_is_refused() -> None:
    verdict = _challenged(_losses(5.99 + 0.9 * NOISE), _losses(6.0 + 0.9 * NOISE[::-1]))
    assert not verdict.promoted
    assert "not better than lear with support" in verdict.reason


def test_support_that_would_do_for_one_asking_does_not_do_for_one_a_day() -> None:
    verdict = _challenged(_losses(5.90 + 0.5 * NOISE), _losses(6.0 + 0.5 * NOISE[::-1]))
    assert 0.0054 < verdict.against_champion < 0.05
    assert not verdict.promoted


def test_a_challenger_that_beats_who_serves_but_not_the_best_baseline_is_refused() -> None:
    champion, challenger = _losses(6.0 + 0.3 * NOISE), _losses(5.0 + 0.3 * NOISE)
    baseline = _losses(5.01 + 0.3 * NOISE[::-1])
    assert _challenged(challenger, champion).promoted
    verdict = _challenged(challenger, champion, baseline)
    assert not verdict.promoted
    assert "not better than ewma_day_type with support" in verdict.reason


def test_a_challenger_that_captures_less_is_refused() -> None:
    verdict = _challenged(_losses(5.0 + 0.3 * NOISE, 0.70), _losses(6.0 + 0.3 * NOISE[::-1], 0.80))
    assert not verdict.promoted
    assert "70.0%" in verdict.reason


def test_too_few_days_are_refused_and_named() -> None:
    verdict = _challenged(_losses(5.0 + 0.1 * NOISE[:40]), _losses(6.0 + 0.1 * NOISE[:40]))
    assert not verdict.promoted
    assert "40" in verdict.reason


def test_the_best_baseline_is_the_one_with_the_smallest_loss_now() -> None:
    records = {"ewma_day_type": _losses(np.full(182, 6.0)), "yesterday": _losses(np.full(182, 5.0))}
    assert best_baseline(records).name == "yesterday"


def test_a_part_of_a_mix_is_no_baseline() -> None:
    """`boost` asks for nothing by itself: the mix has to beat who serves and the baselines, not its own parts."""
    records = {
        "mix": _losses(5.0 + 0.3 * NOISE),
        "boost": _losses(4.99 + 0.3 * NOISE[::-1]),
        "yesterday": _losses(6.0 + 0.3 * NOISE[::-1]),
    }
    assert decide("yesterday", records, ("mix",), "yesterday").serves == "mix"


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


def test_a_margin_without_support_does_not_demote() -> None:
    lucky = np.where(np.arange(60) % 14 < 2, 12.0, 5.4)  # 6.3 on average, by two bad days in two weeks
    found = standing(lucky, np.full(60, 5.9))
    assert found.own > 1.05 * found.other
    assert not found.behind


def test_at_a_slow_pace_of_issues_the_last_days_that_came_are_judged() -> None:
    champion, baseline = np.full(182, np.nan), np.full(182, 6.0)
    champion[::6] = 6.4
    assert standing(champion, baseline).days == 28
    assert fallen_behind(champion, baseline)


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
