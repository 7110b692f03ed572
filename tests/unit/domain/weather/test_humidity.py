"""Dew point and humidity against published figures, and by their laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.weather.humidity import dew_point_c, humidity_percent, saturation_hpa


@pytest.mark.parametrize(("celsius", "hpa"), [(0.0, 6.112), (10.0, 12.272), (20.0, 23.373), (30.0, 42.430), (40.0, 73.777)])
def test_saturation_agrees_with_the_meteorological_tables(celsius: float, hpa: float) -> None:
    """WMO-No. 8 (Magnus form of Annex 4.B): 6.112 exp(17.62 t / (243.12 + t)); 0.4 % is the stated accuracy."""
    assert saturation_hpa(celsius) == pytest.approx(hpa, rel=0.004)


def test_the_dew_point_of_25_degrees_and_60_percent_is_about_16_7() -> None:
    assert dew_point_c(25.0, 60.0) == pytest.approx(16.7, abs=0.1)


def test_aemet_states_the_dew_point_of_its_own_rows() -> None:
    """Retiro, 2025-04-29 22:00: ta 15.6, hr 60, tpr 7.8."""
    assert dew_point_c(15.6, 60.0) == pytest.approx(7.8, abs=0.15)


@given(st.floats(-40, 50), st.floats(1, 100))
def test_the_dew_point_lies_below_the_temperature_and_gives_the_humidity_back(celsius: float, percent: float) -> None:
    dew_point = dew_point_c(celsius, percent)
    assert dew_point <= celsius + 1e-9
    assert humidity_percent(celsius, dew_point) == pytest.approx(percent, rel=1e-9)


@pytest.mark.parametrize("percent", [0.0, -3.0, 100.5])
def test_a_humidity_that_cannot_be_has_no_dew_point(percent: float) -> None:
    with pytest.raises(ValueError, match="humidity"):
        dew_point_c(20.0, percent)
