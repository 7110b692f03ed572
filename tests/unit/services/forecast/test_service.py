"""The forecast that is served: who speaks with how much history, what is kept when it is issued, what is not known. Real store."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domain.bill.tariff import load_tariffs
from domain.bill.terms import PriceTerms
from domain.errors import NotKnownError
from domain.series import series_key
from domain.timeline import day_bounds, local_day
from forecasting.data.history import History
from routers.answers.forecast import RecordOut, ShortRecordOut
from services.forecast.hours import ForecastHour, forecast_hours
from services.forecast.service import Current, ForecastService
from services.influx_service import InfluxService
from services.prices.paid_price import PaidPrice
from support.forecast_world import EVENING, ROOT, forecast_world


@pytest.mark.parametrize(
    ("days", "model"), [(2, "yesterday"), (9, "last_week"), (30, "four_week_same_weekday"), (70, "ewma_day_type")]
)
async def test_the_best_that_the_history_allows_serves(tmp_path: Path, days: int, model: str) -> None:
    async with forecast_world(tmp_path, days=days) as world:
        current = await world.forecasts.current()
        assert (current.forecast.model, current.version) == (model, f"baseline:{model}")
        assert np.isfinite(current.forecast.p50).all()


async def test_published_hours_come_first_and_the_band_holds_the_middle(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=70) as world:
        hours = forecast_hours(await world.forecasts.current())
        assert len(hours) == 168
        last_published = day_bounds(local_day(EVENING) + timedelta(days=1))[1]
        origins = [hour.published is not None for hour in hours]
        known = sum(hour.start < last_published for hour in hours)
        assert origins == [True] * known + [False] * (168 - known)
        assert all((hour.p10 or 0) <= (hour.p50 or 0) <= (hour.p90 or 0) for hour in hours)
        assert all(sum(hour.shares or ()) == pytest.approx(1, abs=0.01) for hour in hours)
        assert all(0 <= (hour.energy_score or -1) <= 100 for hour in hours)


async def test_from_the_auction_to_its_publication_pvpc_of_tomorrow_comes_from_the_spot(tmp_path: Path) -> None:
    evening = EVENING.replace(year=2023)  # before the futures basket: PVPC follows the spot alone
    noon, before = evening - timedelta(hours=6), evening - timedelta(hours=10)
    day = local_day(noon) + timedelta(days=1)
    async with forecast_world(tmp_path, days=150, now=before, spot=True) as world:
        early = _of_day(await world.forecasts.current(), day)
        world.clock.now = noon
        late = _of_day(await world.forecasts.current(), day)
        world.clock.now = evening
        came = _of_day(await world.forecasts.current(), day)
    assert not any(hour.published for hour in early + late)
    assert all(hour.published for hour in came)
    assert _error(late, came) < 0.002 < _error(early, came)
    assert _width(late) < _width(early) / 2


def _of_day(current: Current, day: date) -> list[ForecastHour]:
    return [hour for hour in forecast_hours(current) if local_day(hour.start) == day]


def _error(said: list[ForecastHour], came: list[ForecastHour]) -> float:
    return float(np.mean([abs((a.p50 or 0) - (b.p50 or 0)) for a, b in zip(said, came, strict=True)]))


def _width(said: list[ForecastHour]) -> float:
    return float(np.mean([(hour.p90 or 0) - (hour.p10 or 0) for hour in said]))


@pytest.mark.parametrize(
    ("model", "facts"),
    [
        ("energy_optimization", {"market": "pvpc", "basis": "pvpc"}),
        ("production_classifier", {"market": "spot", "basis": "indexed"}),
    ],
)
async def test_what_was_trained_for_another_contract_does_not_serve(tmp_path: Path, model: str, facts: dict[str, str]) -> None:
    fixed = PriceTerms("fixed", (0.20, 0.18, 0.16, 0.14, 0.12, 0.10))
    async with forecast_world(tmp_path, days=70, spot=True, terms=fixed) as world:
        entry = world.models.save(model, {"serves": "classifier"}, trained_at=EVENING, facts=facts)
        world.models.promote(entry, EVENING, "it led")
        current = await world.forecasts.current()
        assert (current.version, current.classes_by) == ("baseline:ewma_day_type", "price_distribution")
        assert (current.market, current.basis) == ("spot", "fixed")
        assert world.forecasts.serving.troubles == [f"{entry.version}: was trained for another contract"]


async def test_without_a_price_there_is_no_forecast_and_it_says_so(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=2, bend=lambda _, price: None) as world:
        with pytest.raises(NotKnownError, match="no pvpc price"):
            await world.forecasts.current()


async def test_after_three_weeks_without_a_source_nothing_is_forecast(tmp_path: Path) -> None:
    dead_since = EVENING - timedelta(days=10)
    async with forecast_world(tmp_path, days=70, bend=lambda at, price: price if at < dead_since else None) as world:
        assert (await world.forecasts.current()).forecast.model == "ewma_day_type"
        world.clock.now += timedelta(days=15)
        with pytest.raises(NotKnownError, match="days old"):
            await world.forecasts.current()


async def test_the_forecast_is_made_once_until_a_price_comes_or_the_hour_turns(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=30) as world:
        first = await world.forecasts.current()
        world.clock.now += timedelta(minutes=20)
        assert await world.forecasts.current() is first
        world.clock.now += timedelta(minutes=20)
        assert await world.forecasts.current() is not first


async def test_an_issue_is_kept_once_a_day_and_only_when_tomorrow_is_out(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=70, now=EVENING) as world:
        world.clock.now = EVENING - timedelta(hours=2)
        assert await world.issues.issue() == "tomorrow is not published yet"
        world.clock.now = EVENING
        assert await world.issues.issue() == "issued by baseline:ewma_day_type"
        assert await world.issues.issue() == "today's forecast is issued"
        entry = await world.issued.entry("forecast/pvpc/daily", EVENING)
        assert entry is not None
        first = day_bounds(local_day(EVENING) + timedelta(days=2))[0]
        assert entry.rows.times[0] == int(first.timestamp())
        assert {"p10", "p50", "p90", "days_ahead", "ewma_day_type", "last_week", "p_halt"} <= set(entry.rows.columns)


async def test_predictions_are_in_the_history_by_version_and_confidence(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=70) as world:
        await world.issues.issue()
        total = 0
        for label in ("low", "medium", "high"):
            key = series_key("predictions", model_version="baseline:ewma_day_type", confidence=label)
            rows = await world.store.read(key, EVENING - timedelta(days=1), EVENING + timedelta(days=8))
            total += len(rows)
        assert total == 168


async def test_a_reader_finds_one_row_an_hour_the_newest(tmp_path: Path) -> None:
    """Two evenings, between which the prices double: the hours that both forecast change their class, and are one row each."""
    async with forecast_world(tmp_path, days=70, ahead=2, bend=lambda at, price: price if at < EVENING else 2 * price) as world:
        latest = series_key("predictions", model_version="latest", confidence="any")
        await world.evening(0)
        first = await world.store.read(latest, EVENING - timedelta(days=1), EVENING + timedelta(days=9))
        await world.evening(1)
        both = await world.store.read(latest, EVENING - timedelta(days=1), EVENING + timedelta(days=9))
        assert (len(first), len(both), len(set(both.times))) == (168, 168 + 24, 168 + 24)
        issued = [int(at or 0) for at in both.columns["as_of"]]
        assert (len(set(issued[:24])), len(set(issued[24:]))) == (1, 1) and issued[23] < issued[24]


async def test_the_record_scores_what_was_issued_against_what_came(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=70, ahead=12) as world:
        for day in range(10):
            await world.evening(day)
        world.clock.now = EVENING + timedelta(days=11)
        record = await world.record.record(28)
        scores = record.scores
        assert scores is not None and record.issues == 10
        assert scores.mae_eur_kwh == pytest.approx(scores.baseline_mae_eur_kwh)  # the baseline itself was issued
        assert 0 < (scores.mae_eur_kwh or 0) < (scores.last_week_mae_eur_kwh or 0) * 1.5
        assert [day.day_ahead for day in scores.by_day_ahead] == [2, 3, 4, 5, 6, 7]
        assert 0.5 < scores.coverage_80 <= 1
        week, month = scores.watch
        assert (week.window_days, week.days, month.window_days) == (7, 7, 28)
        assert week.state != "too_short"
        assert 0 < (week.width or 0) < 0.5


async def test_a_short_record_says_what_it_needs(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=70) as world:
        await world.evening(0)
        shown = RecordOut.of(await world.record.record(28))
        assert isinstance(shown, ShortRecordOut) and "needs 7 scored issue days" in shown.reason


async def test_a_model_that_does_not_fit_is_one_line_and_a_remark_and_the_baseline_serves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with forecast_world(tmp_path, days=70) as world:
        for model in ("energy_optimization", "production_classifier"):
            facts = {"market": "pvpc", "basis": "pvpc"}
            entry = world.models.save(model, {"serves": "classifier", "record": 1}, trained_at=EVENING, facts=facts)
            world.models.promote(entry, EVENING, "it led")
        for _ in range(2):
            current = await world.forecasts.current()
            assert (current.forecast.model, current.classes_by) == ("ewma_day_type", "price_distribution")
            world.clock.now += timedelta(hours=1)
        lines = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
        assert [line.split(": does not fit")[0] for line in lines] == [
            f"model_refused {model}_20260320_203000" for model in ("energy_optimization", "production_classifier")
        ]
        assert len(world.forecasts.serving.troubles) == 2
        assert [model.is_loaded for model in (await world.ml.overview()).models.values()] == [False, False]


async def test_a_damaged_registry_is_a_remark_and_the_baseline_serves(tmp_path: Path) -> None:
    async with forecast_world(tmp_path, days=70) as world:
        (tmp_path / "models").mkdir(exist_ok=True)
        (tmp_path / "models" / "model_registry.json").write_text("{")
        assert (await world.forecasts.current()).version == "baseline:ewma_day_type"
        status = await world.ml.status()
        assert "is damaged" in status.troubles[0]
        described = status.overview.models["energy_optimization"]
        assert (described.state, described.is_loaded, described.serves) == ("unreadable", False, "ewma_day_type")
        assert "is damaged" in (described.why or "")


class Reads(InfluxService):
    """Counts how often a history is read."""

    times = 0

    async def history(self, *asked: Any) -> History:
        self.times += 1
        return await super().history(*asked)


async def test_that_there_is_no_forecast_is_found_out_once_a_minute_or_when_a_price_comes(tmp_path: Path) -> None:
    async with forecast_world(
        tmp_path, days=70, bend=lambda at, price: price if at < EVENING - timedelta(days=25) else None
    ) as world:
        tariffs = load_tariffs((ROOT / "src/configs/tariffs.toml").read_text(encoding="utf-8"))
        reads, came = Reads(world.store, tariffs), [0]
        paid = PaidPrice("3.0TD", PriceTerms("pvpc"), tariffs)
        forecasts = ForecastService(reads, world.models, world.clock, paid=paid, writes=lambda: came[0])

        async def asked() -> int:
            with pytest.raises(NotKnownError, match="days old"):
                await forecasts.current()
            return reads.times

        assert [await asked() for _ in range(3)] == [1, 1, 1]
        came[0] += 1
        assert [await asked(), await asked()] == [2, 2]
        world.clock.now += timedelta(minutes=1)
        assert [await asked(), await asked()] == [3, 3]
