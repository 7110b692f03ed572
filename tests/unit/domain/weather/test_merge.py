"""The rule by which one weather is made of several."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.weather.hours import KINDS, QUANTITIES, SOURCES, Kind, Source, WeatherHour
from domain.weather.merge import SAME_AGE, merge

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def said(source: Source, kind: Kind, as_of: datetime, start: datetime = NOON, **values: float) -> WeatherHour:
    return WeatherHour(start, source, kind, as_of, **(values or {"temperature": 10.0}))


def test_what_was_observed_comes_before_any_forecast_however_new() -> None:
    observed = said("OpenWeatherMap", "observed", NOON + HOUR / 2)
    (hour,) = merge([said("AEMET", "forecast", NOON + 5 * HOUR), observed])
    assert hour.main == observed


def test_the_official_observation_comes_first_and_the_other_fills_what_it_lacks() -> None:
    official = said("AEMET", "observed", NOON + HOUR, temperature=9.0, humidity=80.0)
    other = said("OpenWeatherMap", "observed", NOON + HOUR, temperature=10.0, humidity=70.0, pressure=1020.0)
    (hour,) = merge([other, official])
    assert [hour.value(quantity) for quantity in QUANTITIES] == [9.0, 80.0, 1020.0]
    assert hour.origin("pressure") == other


def test_of_forecasts_of_about_the_same_age_the_municipal_one_counts() -> None:
    municipal, grid = said("AEMET", "forecast", NOON - 8 * HOUR), said("OpenWeatherMap", "forecast", NOON - 2 * HOUR)
    assert merge([grid, municipal])[0].main == municipal


def test_a_forecast_that_is_clearly_older_does_not_count() -> None:
    stale, young = said("AEMET", "forecast", NOON - 9 * HOUR), said("OpenWeatherMap", "forecast", NOON - 2 * HOUR)
    assert merge([stale, young])[0].main == young


def test_the_pressure_of_an_hour_may_come_from_the_only_source_that_forecasts_it() -> None:
    municipal = said("AEMET", "forecast", NOON - HOUR, temperature=9.0, humidity=80.0)
    grid = said("OpenWeatherMap", "forecast", NOON - HOUR, temperature=10.0, humidity=70.0, pressure=1020.0)
    (hour,) = merge([municipal, grid])
    assert (hour.value("temperature"), hour.value("pressure")) == (9.0, 1020.0)


def test_an_hour_of_which_nobody_says_anything_is_missing() -> None:
    empty = WeatherHour(NOON, "AEMET", "observed", NOON)
    assert merge([empty, said("AEMET", "observed", NOON, NOON + 3 * HOUR)])[0].start == NOON + 3 * HOUR


def _number(low: float, high: float) -> st.SearchStrategy[float | None]:
    return st.none() | st.floats(low, high)


statements = st.builds(
    WeatherHour,
    start=st.integers(0, 4).map(lambda i: NOON + i * HOUR),
    source=st.sampled_from(SOURCES),
    kind=st.sampled_from(KINDS),
    as_of=st.integers(-40, 6).map(lambda i: NOON + i * HOUR / 2),
    temperature=_number(-30, 50),
    humidity=_number(1, 100),
    pressure=_number(950, 1050),
)
crowds = st.lists(statements, max_size=25)


@given(crowds)
def test_merging_never_invents_an_hour_or_a_value(crowd: list[WeatherHour]) -> None:
    merged = merge(crowd)
    assert [hour.start for hour in merged] == sorted({one.start for one in crowd if not one.is_empty})
    for hour in merged:
        for quantity in QUANTITIES:
            anybody = [one for one in crowd if one.start == hour.start and one.value(quantity) is not None]
            origin = hour.origin(quantity)
            assert (origin is None) == (not anybody)
            assert origin is None or origin in anybody


@given(crowds)
def test_merging_never_prefers_an_older_forecast(crowd: list[WeatherHour]) -> None:
    """Never an older one of the same source; between sources, whose stamps are not comparable to the hour, none that is older by
    more than SAME_AGE."""
    for hour in merge(crowd):
        for quantity in QUANTITIES:
            chosen = hour.origin(quantity)
            if chosen is None or chosen.kind == "observed":
                continue
            rivals = [
                one for one in crowd if one.start == hour.start and one.kind == "forecast" and one.value(quantity) is not None
            ]
            assert all(one.as_of <= chosen.as_of for one in rivals if one.source == chosen.source)
            assert all(one.as_of - chosen.as_of <= SAME_AGE for one in rivals)


@given(crowds, st.randoms(use_true_random=False))
def test_merging_does_not_depend_on_the_order_of_arrival(crowd: list[WeatherHour], dice: object) -> None:
    shuffled = list(crowd)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merge(shuffled) == merge(crowd)


@given(crowds)
def test_observations_beat_forecasts_and_aemet_beats_openweathermap(crowd: list[WeatherHour]) -> None:
    for hour in merge(crowd):
        for quantity in QUANTITIES:
            chosen = hour.origin(quantity)
            rivals = [
                one for one in crowd if one.start == hour.start and one.kind == "observed" and one.value(quantity) is not None
            ]
            if chosen is not None and rivals:
                assert chosen.kind == "observed"
                assert chosen.source == min((one.source for one in rivals), key=SOURCES.index)


def test_the_rule_has_a_stated_tolerance() -> None:
    assert pytest.approx(6.0) == SAME_AGE / HOUR
