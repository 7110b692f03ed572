"""The simulated weather: physically possible, of its season, and forecast with an error that grows with the distance."""

from datetime import UTC, datetime

import numpy as np
import pytest

from simulator.aemet_rows import hourly_forecast, issue_time, observations
from simulator.climate import grid, hour_of, regime
from simulator.market import forecast_load
from simulator.places import LINARES, PLACES, nearest
from simulator.sky import AEMET_SKY, OWM_SKY, aemet_sky, owm_sky, sun_times
from simulator.weather import Climate, vapour_hpa

START = hour_of(datetime(2025, 1, 1, tzinfo=UTC))
YEAR = 8760


@pytest.fixture(scope="module")
def climate() -> Climate:
    return Climate(1)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_every_place_has_possible_weather(climate: Climate, place: object) -> None:
    assert isinstance(place, type(LINARES))
    weather = climate.observed(place, START, START + YEAR)
    assert -25 < weather.temperature_c.min() < weather.temperature_c.max() < 50
    assert (weather.dew_c < weather.temperature_c).all()
    assert 0 < weather.humidity.min() <= weather.humidity.max() <= 100
    assert 960 < weather.msl_hpa.min() < weather.msl_hpa.max() < 1060
    assert 0 <= weather.cloud.min() <= weather.cloud.max() <= 100
    assert 0 < weather.wind_ms.min() <= weather.wind_ms.max() < 30
    assert (weather.gust_ms > weather.wind_ms).all()
    assert 50 < weather.rain_mm.sum() < 3_000


def test_linares_has_hot_dry_afternoons_and_cool_damp_nights(climate: Climate) -> None:
    weather = climate.observed(LINARES, START, START + YEAR)
    july = slice(181 * 24, 212 * 24)
    january = slice(0, 31 * 24)
    assert weather.temperature_c[july].mean() == pytest.approx(29.0, abs=2.5)
    assert weather.temperature_c[january].mean() == pytest.approx(7.5, abs=2.5)
    assert weather.humidity[january].mean() > 1.6 * weather.humidity[july].mean()
    assert np.corrcoef(weather.temperature_c[july], weather.humidity[july])[0, 1] < -0.7
    assert weather.temperature_c[july].reshape(-1, 24).argmax(axis=1).mean() == pytest.approx(14.7, abs=1)


def test_the_station_stands_60_hpa_below_sea_level_pressure(climate: Climate) -> None:
    weather = climate.observed(LINARES, START, START + YEAR)
    assert (weather.msl_hpa - weather.station_hpa).mean() == pytest.approx(60, abs=3)


def test_vapour_pressure_at_20_degrees() -> None:
    assert vapour_hpa(np.array([20.0]))[0] == pytest.approx(23.4, abs=0.1)


def test_a_forecast_misses_more_the_further_it_looks(climate: Climate) -> None:
    truth = climate.observed(LINARES, START, START + 3_000).temperature_c
    misses = []
    for issue in range(0, 2_800, 12):
        forecast = climate.forecast(LINARES, "owm", START + issue, START + issue, START + issue + 120)
        misses.append(forecast.temperature_c - truth[issue : issue + 120])
    rmse = np.sqrt(np.mean(np.square(misses), axis=0))
    assert rmse[0] < 0.7 < rmse[24] < rmse[72] < rmse[96] < 4.5


def test_an_issue_always_says_the_same(climate: Climate) -> None:
    whole = climate.forecast(LINARES, "owm", START, START, START + 120)
    again = Climate(1).forecast(LINARES, "owm", START, START, START + 120)
    assert np.array_equal(whole.temperature_c, again.temperature_c)
    later = climate.forecast(LINARES, "owm", START + 6, START, START + 120)
    assert not np.array_equal(whole.temperature_c, later.temperature_c)


def test_wind_blows_where_the_market_says_so(climate: Climate) -> None:
    at = grid(START, YEAR)
    generation = forecast_load(1, at, regime(1, at.hours)).wind
    wind = np.mean([climate.observed(place, START, START + YEAR).wind_ms for place in PLACES], axis=0)
    assert np.corrcoef(generation, wind)[0, 1] > 0.6


def test_observations_end_with_the_last_hour_that_is_out(climate: Climate) -> None:
    early, late = (observations(climate, 1, LINARES, datetime(2026, 3, 28, 15, minute, tzinfo=UTC)) for minute in (10, 30))
    assert early[-1]["fint"] == "2026-03-28T14:00:00+0000"
    assert late[-1]["fint"] == "2026-03-28T15:00:00+0000"
    assert early[1:] == late[:-1]
    assert len(late) == 24


def test_some_rows_lack_what_a_frozen_sensor_gives(climate: Climate) -> None:
    rows = [row for day in range(1, 29) for row in observations(climate, 1, LINARES, datetime(2026, 1, day, 0, 30, tzinfo=UTC))]
    for key in ("vv", "hr", "pres_nmar"):
        assert 0.9 < sum(key in row for row in rows) / len(rows) < 1
    assert all(row["tamin"] <= row["ta"] <= row["tamax"] for row in rows)


def test_a_forecast_document_holds_48_labels_from_before_its_issue(climate: Climate) -> None:
    now = datetime(2026, 3, 28, 15, 30, tzinfo=UTC)
    assert issue_time(now) == datetime(2026, 3, 28, 14, 40, tzinfo=UTC)
    [document] = hourly_forecast(climate, LINARES, now)
    assert document["elaborado"] == "2026-03-28T15:40:00"
    days = document["prediccion"]["dia"]
    assert [day["fecha"] for day in days] == ["2026-03-28T00:00:00", "2026-03-29T00:00:00", "2026-03-30T00:00:00"]
    periods = [[hour["periodo"] for hour in day["temperatura"]] for day in days]
    assert (periods[0][0], periods[1][2], sum(map(len, periods))) == ("06", "02", 48)
    assert [part["value"] for part in days[2]["probPrecipitacion"]][1:] == ["", "", ""]
    assert all(isinstance(hour["value"], str) for day in days for hour in day["humedadRelativa"])


def test_sky_codes_are_known_ones() -> None:
    for cloud in range(101):
        for rain in (0.0, 0.2, 4.0):
            assert aemet_sky(cloud, rain) in AEMET_SKY
            assert owm_sky(cloud, rain) in OWM_SKY
    assert (owm_sky(5, 0), owm_sky(90, 0), owm_sky(90, 0.3)) == (800, 804, 500)


def test_the_sun_rises_in_madrid_when_the_almanac_says() -> None:
    rise, fall = sun_times(datetime(2026, 6, 21, 12, tzinfo=UTC), 40.4168, -3.7038)
    assert abs((rise - datetime(2026, 6, 21, 4, 44, tzinfo=UTC)).total_seconds()) < 300
    assert abs((fall - datetime(2026, 6, 21, 19, 48, tzinfo=UTC)).total_seconds()) < 300


def test_a_point_takes_the_climate_of_the_nearest_place() -> None:
    assert nearest(36.1, -5.5).name == "Tarifa"
    assert nearest(LINARES.latitude, LINARES.longitude) is LINARES
