"""The score of a day, checked by hand.

The small plant: mix 10 kW for 15 min, kettle 20 kW for 30 min, fill 5 kW for 15 min: 2.5 + 10 + 1.25 = 13.75 kWh a batch; base
load 1 kW. The day costs 0.20 €/kWh until 22:00 and 0.10 €/kWh after. Working as usual starts at midnight: 13.75 x 0.20 = 2.75 €.
The best is 22:00: 1.375 €. The base load costs 22 x 0.20 + 2 x 0.10 = 4.60 €.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random

import pytest

from domain.plan.plant_config import load_plant
from domain.plan.production import Batch, Demand, Forbidden, StageRun
from domain.shop_floor.energy import StageWork
from domain.shop_floor.execution import Execution, worked_of
from domain.timeline import MADRID, QUARTER, day_bounds, local_instant
from planning.milp.engine import SearchLimits
from planning.milp.grid import grid_of
from planning.search.baseline import baseline
from services.savings.score import Period, demand_of, figures, saving_of, score
from services.savings.usual import usual_json
from support.plan_cases import ROOT, WEDNESDAY, days_problem, small_plant

DAY = timedelta(days=1)
PRICES = [0.20] * 88 + [0.10] * 8
LIMITS = SearchLimits()


def batch(clock: str, id_: str = "20260311-plain-1") -> Batch:
    """A batch of the small plant that mixes at a local time of WEDNESDAY, each stage at once after the one before."""
    start = local_instant(WEDNESDAY, time.fromisoformat(clock))
    runs, at = [], start
    for stage, quarters in (("mix", 1), ("kettle", 2), ("fill", 1)):
        end = at + quarters * QUARTER
        runs.append(StageRun(stage, 1, at, end, end))
        at = end
    return Batch(id_, "plain", WEDNESDAY, tuple(runs))


def period(carried: Sequence[Execution], prices: Sequence[float] = PRICES, **changes: object) -> Period:
    plant = small_plant()
    problem = days_problem(plant, WEDNESDAY, 1, list(prices), demand=demand_of(carried, plant.batch_kg))
    return Period(problem, WEDNESDAY, WEDNESDAY, tuple(carried), **changes)  # type: ignore[arg-type]


def test_a_day_as_planned_is_scored_against_usual_and_perfect() -> None:
    """Mixed at 21:30: 2.5 x 0.20 + (5 x 0.20 + 5 x 0.10) + 1.25 x 0.10 = 2.125 €."""
    planned = batch("21:30")
    found = score(period([Execution(planned, "planned", planned)]), LIMITS)
    assert found.baseline_eur == pytest.approx(2.75 + 4.60)
    assert found.actual_eur == pytest.approx(2.125 + 4.60)
    assert found.perfect_eur == pytest.approx(1.375 + 4.60)
    assert found.saving_eur == pytest.approx(0.625)
    assert found.captured_percent == pytest.approx(100 * 0.625 / 1.375)
    assert (found.forecast_error_eur, found.limits_eur) == (pytest.approx(0.75), pytest.approx(0.0))
    assert (found.kg, found.kwh, found.production_days) == (100.0, pytest.approx(13.75 + 24), 1)


def test_what_was_possible_does_not_depend_on_what_the_plan_did() -> None:
    found = [score(period([Execution(made, "planned", made)]), LIMITS) for made in map(batch, ("08:00", "21:30", "22:00"))]
    assert len({one.actual_eur for one in found}) == 3
    assert [(one.perfect_eur, one.baseline_eur) for one in found] == [(pytest.approx(1.375 + 4.60), pytest.approx(2.75 + 4.60))] * 3


def test_what_the_operator_did_otherwise_counts_as_limits_and_not_as_forecast_error() -> None:
    carried = Execution(batch("21:30"), "reported", batch("22:00"))
    found = score(period([carried]), LIMITS)
    assert found.actual_eur == pytest.approx(2.125 + 4.60)
    assert (found.limits_eur, found.forecast_error_eur) == (pytest.approx(0.75), pytest.approx(0.0))


def test_what_a_wish_cost_counts_as_limits() -> None:
    """Mixing forbidden from 22:00: at 21:45 the best is 2.5 x 0.20 + 11.25 x 0.10 = 1.625 €, 0.25 € more than without."""
    planned = batch("21:45")
    wish = Forbidden("w1", local_instant(WEDNESDAY, time(22)), day_bounds(WEDNESDAY)[1], "mix")
    found = score(period([Execution(planned, "planned", planned)], wishes=(wish,)), LIMITS)
    assert found.actual_eur == pytest.approx(1.625 + 4.60)
    assert (found.limits_eur, found.forecast_error_eur) == (pytest.approx(0.25), pytest.approx(0.0))


def test_a_batch_that_was_spoiled_cost_what_it_used_and_made_nothing() -> None:
    """From 22:30 to 23:00 it was mixed and a quarter of an hour in the kettle: (2.5 + 5) x 0.10 = 0.75 €."""
    one, two = batch("22:00"), batch("22:30", "20260311-plain-2")
    cut = replace(two, runs=two.runs[:1])
    worked = (*worked_of(cut), StageWork("kettle", ((two.runs[1].start, two.runs[1].start + QUARTER),), None, is_said=True))
    made = [Execution(one, "planned", one), Execution(two, "not_made", two, worked)]
    found = score(period(made), LIMITS)
    assert (found.kg, found.baseline_eur) == (100.0, pytest.approx(2.75 + 4.60))
    assert (found.spoiled_kwh, found.spoiled_eur) == (pytest.approx(7.5), pytest.approx(0.75))
    assert found.actual_eur == pytest.approx(1.375 + 0.75 + 4.60)
    assert (found.limits_eur, found.forecast_error_eur) == (pytest.approx(0.75), pytest.approx(0.0))
    assert found.reported_share_kwh == pytest.approx(5 / (13.75 + 7.5))


def test_minutes_count() -> None:
    """Mixed from 21:55 to 22:10, reported: 5 minutes at 0.20 and 10 at 0.10 €/kWh, 10 kW: 0.3333 €."""
    start = local_instant(WEDNESDAY, time(21, 55))
    whole = batch("22:00")
    mixed = StageWork("mix", ((start, start + QUARTER),), None, is_said=True)
    found = score(period([Execution(whole, "reported", whole, (mixed, *worked_of(whole)[1:]))]), LIMITS)
    assert found.actual_eur == pytest.approx(10 * (5 * 0.20 + 10 * 0.10) / 60 + 11.25 * 0.10 + 4.60)


def test_no_more_than_all_of_what_was_possible_is_captured() -> None:
    """15 of the 30 minutes in the kettle: 13.75 - 5 = 8.75 kWh at 0.10 €/kWh, less than the best with the plant's lengths."""
    whole = batch("22:00")
    kettle = StageWork("kettle", ((whole.runs[1].start, whole.runs[1].start + QUARTER),), None, is_said=True)
    mix, _, fill = worked_of(whole)
    found = score(period([Execution(whole, "reported", whole, (mix, kettle, fill))]), LIMITS)
    assert found.actual_eur == pytest.approx(0.875 + 4.60)
    assert (found.perfect_eur, found.captured_percent) == (pytest.approx(0.875 + 4.60), pytest.approx(100.0))


def test_a_day_without_batches_is_its_base_load() -> None:
    found = score(period([]), LIMITS)
    assert (found.kg, found.actual_eur, found.baseline_eur) == (0.0, pytest.approx(4.60), pytest.approx(4.60))
    assert (found.kwh, found.production_days, found.saving_eur) == (pytest.approx(24.0), 0, pytest.approx(0.0))


def test_what_was_possible_is_not_told_where_little_is_proven() -> None:
    """A week of the plant that comes with the program at prices of 0.05 to 0.30 €/kWh: a search of no node proves little."""
    plant = load_plant((ROOT / "src/configs/factory.toml").read_text(encoding="utf-8"))
    counts = ((0, "premium", 1), (0, "standard", 1), (1, "standard", 2), (2, "premium", 1), (3, "standard", 2), (4, "standard", 3))
    demand = tuple(Demand(WEDNESDAY + day * DAY, quality, count * plant.batch_kg) for day, quality, count in counts)
    random = Random(1)
    prices = [price for price in (random.uniform(0.05, 0.30) for _ in range(6 * 24)) for _ in range(4)]
    problem = days_problem(plant, WEDNESDAY - 2 * DAY, 6, prices, demand=demand)
    usual = baseline(problem, grid_of(problem))
    assert usual is not None
    week = Period(problem, WEDNESDAY, WEDNESDAY + 3 * DAY, tuple(Execution(one, "planned", one) for one in usual))
    quick = score(week, SearchLimits(rel_gap=1.0, nodes=0))
    assert quick.gap_percent is not None and quick.gap_percent > 1.0
    assert (quick.perfect_eur, quick.captured_percent, quick.forecast_error_eur) == (None, None, None)
    assert (figures(quick)["possible_gap_percent"], figures(quick)["perfect_eur"]) == (round(quick.gap_percent, 4), None)
    assert quick.saving_eur == pytest.approx(0.0, abs=1e-6)  # what needs no search is told


def test_at_a_flat_price_nothing_is_saved_and_nothing_is_captured() -> None:
    planned = batch("21:30")
    found = score(period([Execution(planned, "planned", planned)], [0.1] * 96), LIMITS)
    assert found.saving_eur == pytest.approx(0.0, abs=1e-9)
    assert found.captured_percent is None


def test_a_day_that_the_usual_way_could_not_have_made_has_its_cost_and_no_saving() -> None:
    made = [Execution(batch("22:00", f"20260311-plain-{n}"), "planned", None) for n in range(1, 200)]
    found = score(period(made), LIMITS)
    assert (found.baseline_eur, found.saving_eur, found.perfect_eur) == (None, None, None)
    assert found.actual_eur == pytest.approx(199 * 1.375 + 4.60)


def test_an_entry_carries_the_whole_saving() -> None:
    planned = batch("21:30")
    found = score(period([Execution(planned, "planned", planned)]), LIMITS)
    again = saving_of(figures(found))
    assert again is not None and again.captured_percent == pytest.approx(found.captured_percent or 0.0, abs=0.01)


def test_times_of_the_helper() -> None:
    assert batch("21:30").start == datetime(2026, 3, 11, 21, 30, tzinfo=MADRID)
    assert batch("21:30").end - batch("21:30").start == timedelta(hours=1)


def test_nought_has_no_sign() -> None:
    found = score(period([]), LIMITS)
    told = figures(replace(found, limits_eur=-0.00001, spoiled_eur=-0.0))
    assert (str(told["limits_eur"]), str(told["spoiled_eur"])) == ("0.0", "0.0")


def test_working_as_usual_is_told_by_batch_and_sums_to_its_cost() -> None:
    made = [batch("21:30"), batch("22:30", "20260311-plain-2")]
    found = score(period([Execution(one, "planned", one) for one in made]), LIMITS)
    told = usual_json(found.usual, small_plant())
    assert told is not None and found.baseline_eur is not None
    assert sum(one["cost_eur"] for one in told) + found.base_eur == pytest.approx(found.baseline_eur, abs=1e-4)
    first = told[0]
    assert first["start"] == "2026-03-10T23:00:00+00:00" and [step["stage"] for step in first["stages"]] == [
        "mix",
        "kettle",
        "fill",
    ]
    assert first["cost_eur"] == pytest.approx(2.75) and first["end"] == first["stages"][-1]["end"]


def test_nothing_made_is_compared_with_no_batch() -> None:
    found = score(period([]), LIMITS)
    assert usual_json(found.usual, small_plant()) is None
