"""What AEMET's answers say."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.sources.aemet.readers import data_of, envelope_of, forecast_of, observed_hours
from adapters.sources.responses import AmbiguousError, Answer
from domain.errors import (
    BadPayloadError,
    BlockedError,
    KeyRejectedError,
    NoDataError,
    NotPublishedError,
    RateLimitedError,
    SourceRejectedError,
    SourceUnavailableError,
)
from domain.intake.verdict import RefusedError, Tray

FIXTURES = Path(__file__).resolve().parents[4] / "fixtures" / "aemet"
RECEIVED = datetime(2026, 11, 22, 13, 25, 40, tzinfo=UTC)
BUSY = "Límite de peticiones o caudal por minuto excedido para este usuario. Espere al siguiente minuto."


def answer(content: object, status: int = 200, received: datetime = RECEIVED, **headers: str) -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode("iso-8859-15")
    return Answer("aemet", status, headers, body, received)


def fixture(name: str, received: datetime = RECEIVED) -> Answer:
    """A stored answer in the encoding in which AEMET sends it."""
    return answer((FIXTURES / name).read_text(encoding="utf-8").encode("iso-8859-15"), received=received)


def test_the_first_answer_names_the_address_of_the_data() -> None:
    assert envelope_of(answer({"descripcion": "exito", "estado": 200, "datos": "https://x/sh/1"})) == "https://x/sh/1"


@pytest.mark.parametrize("content", [[], {}, {"estado": 200}, {"estado": 200, "datos": 7}, "exito"])
def test_a_first_answer_without_address_is_not_understood(content: object) -> None:
    with pytest.raises(BadPayloadError):
        envelope_of(answer(content))


CASES: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"content": {"descripcion": BUSY, "estado": 429}}, RateLimitedError),
    ({"content": {"descripcion": BUSY, "estado": 429}, "status": 429}, RateLimitedError),
    ({"content": {"datos": "x"}, "aemet_estado": "429"}, RateLimitedError),
    ({"content": {"descripcion": "API key invalido", "estado": 401}}, KeyRejectedError),
    ({"content": b"", "status": 401}, KeyRejectedError),
    ({"content": {"descripcion": "No hay datos que satisfagan esos criterios", "estado": 404}}, NotPublishedError),
    ({"content": {"descripcion": "No hay datos que satisfagan esos criterios", "estado": 404}, "status": 404}, NotPublishedError),
    ({"content": {"descripcion": "El rango de fechas no puede ser superior a 1 mes", "estado": 404}}, SourceRejectedError),
    ({"content": {"descripcion": "algo", "estado": 500}}, SourceUnavailableError),
    ({"content": b"<html>503</html>", "status": 503}, SourceUnavailableError),
    ({"content": b"<html>mantenimiento</html>"}, NoDataError),
    ({"content": b""}, NoDataError),
    ({"content": b'{"estado": 200, "da'}, NoDataError),
    ({"content": b"<html>blocked</html>", "status": 403}, BlockedError),
]


@pytest.mark.parametrize(("given", "expected"), CASES, ids=[str(number) for number in range(len(CASES))])
def test_an_error_is_told_wherever_its_code_stands(given: dict[str, Any], expected: type[Exception]) -> None:
    with pytest.raises(expected) as caught:
        envelope_of(answer(**given))
    assert type(caught.value) is expected


def test_an_absence_in_other_words_may_be_passing_trouble() -> None:
    with pytest.raises(AmbiguousError):
        envelope_of(answer({"descripcion": "datos no disponibles", "estado": 404}))


def test_in_the_second_step_a_404_means_that_the_address_has_expired() -> None:
    with pytest.raises(SourceUnavailableError, match="expired"):
        data_of(answer({"descripcion": "datos expirados", "estado": 404}))
    with pytest.raises(NotPublishedError):
        data_of(answer({"descripcion": "No hay datos que satisfagan esos criterios", "estado": 404}))


def test_after_too_many_requests_the_wait_ends_in_the_next_minute() -> None:
    with pytest.raises(RateLimitedError) as caught:
        envelope_of(answer({"descripcion": BUSY, "estado": 429}))
    assert caught.value.retry_after_s == 22
    assert "Límite" in caught.value.detail


def test_a_reading_stands_for_the_hour_that_begins_at_its_instant_with_or_without_offset() -> None:
    hours = observed_hours(fixture("observations.json"))
    assert [(hour.start.hour, hour.as_of.hour) for hour in hours] == [(10, 10), (11, 11), (12, 12), (13, 13)]
    assert (hours[0].temperature, hours[0].humidity, hours[0].pressure) == (9.4, 81.0, 1021.8)


def test_the_pressure_at_the_station_is_never_taken_for_that_at_sea_level() -> None:
    assert observed_hours(fixture("observations.json"))[1].pressure is None


def test_an_impossible_reading_is_as_good_as_none_and_its_neighbours_stay() -> None:
    hour = observed_hours(fixture("observations.json"))[2]
    assert (hour.temperature, hour.humidity, hour.pressure) == (None, 70.0, 1021.2)


def test_a_row_of_frozen_sensors_says_nothing() -> None:
    assert observed_hours(fixture("observations.json"))[3].is_empty


def test_a_station_in_kelvin_is_not_understood() -> None:
    with pytest.raises(RefusedError, match="°C"):
        observed_hours(answer([{"idema": "5279X", "fint": "2026-11-22T10:00:00", "ta": 283.1, "hr": 80.0}]))


def test_no_rows_are_no_observations() -> None:
    with pytest.raises(NotPublishedError):
        observed_hours(answer([]))


def test_a_forecast_begins_with_the_hour_in_which_it_was_made() -> None:
    forecast = forecast_of(fixture("hourly_autumn.json"))
    assert forecast.issued_at == datetime(2026, 10, 24, 21, 25, 49, tzinfo=UTC)
    assert forecast.steps[0].start == datetime(2026, 10, 24, 21, tzinfo=UTC)  # 23 in Madrid: 21 and 22 are dropped


def test_on_the_autumn_day_02_is_the_first_of_the_two_and_the_second_stays_missing() -> None:
    steps = {step.start.strftime("%d %H"): step for step in forecast_of(fixture("hourly_autumn.json")).steps}
    assert list(steps) == ["24 21", "24 22", "24 23", "25 00", "25 02"]  # 25 01 UTC is 02 standard time
    assert (steps["25 00"].temperature, steps["25 00"].humidity) == (0.0, None)
    assert steps["25 02"].temperature == 9.0


def test_on_the_spring_day_02_is_dropped() -> None:
    steps = forecast_of(fixture("hourly_spring.json")).steps
    assert [(step.start.hour, step.temperature) for step in steps] == [(23, 11.0), (0, 10.0), (1, 8.0)]


def test_on_the_spring_day_02_does_not_stand_in_for_a_missing_03() -> None:
    text = (FIXTURES / "hourly_spring.json").read_text(encoding="utf-8").replace('"periodo": "03"', '"periodo": "04"')
    steps = forecast_of(answer(text.encode())).steps
    assert [(step.start.hour, step.temperature) for step in steps] == [(23, 11.0), (0, 10.0), (2, 8.0)]


def test_a_forecast_that_claims_to_be_of_the_future_is_known_since_its_answer() -> None:
    received = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    assert forecast_of(fixture("hourly_autumn.json", received)).issued_at == received


def test_an_impossible_cell_of_a_forecast_loses_itself() -> None:
    text = (FIXTURES / "hourly_spring.json").read_text(encoding="utf-8").replace('"11"', '"284"')
    tray = Tray()
    steps = forecast_of(answer(text.encode()), None, tray).steps
    assert [(step.start.hour, step.temperature, step.humidity) for step in steps] == [
        (23, None, 80.0),
        (0, 10.0, 82.0),
        (1, 8.0, 85.0),
    ]
    assert tray.counts() == {"impossible": 1}
