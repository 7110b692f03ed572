"""What OpenWeatherMap's answers say."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.sources.openweather import BLOCKED_S, current_hour, forecast_of
from adapters.sources.responses import Answer
from domain.errors import (
    BadPayloadError,
    BlockedError,
    KeyRejectedError,
    NotSubscribedError,
    RateLimitedError,
    SourceRejectedError,
    SourceUnavailableError,
)
from domain.intake.verdict import RefusedError

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "owm"
RECEIVED = datetime(2026, 11, 22, 11, 55, 40, 700, tzinfo=UTC)


def answer(content: object, status: int = 200, received: datetime = RECEIVED, **headers: str) -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer("openweathermap", status, headers, body, received)


def fixture(name: str, *changes: tuple[str, str]) -> Answer:
    text = (FIXTURES / name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return answer(text.encode())


def test_the_current_weather_is_that_of_the_hour_in_progress_with_the_pressure_at_sea_level() -> None:
    hour = current_hour(fixture("current.json"))
    assert (hour.start, hour.as_of) == (datetime(2026, 11, 22, 11, tzinfo=UTC), datetime(2026, 11, 22, 11, 50, tzinfo=UTC))
    assert (hour.temperature, hour.humidity, hour.pressure, hour.kind) == (12.34, 75.0, 1021.0, "observed")


def test_a_forecast_is_as_old_as_its_answer_and_keeps_its_steps() -> None:
    forecast = forecast_of(fixture("forecast.json"))
    assert forecast.issued_at == RECEIVED.replace(microsecond=0)
    assert [step.start.hour for step in forecast.steps] == [12, 15, 18]
    assert [step.pressure for step in forecast.steps] == [1021.0, 1018.0, 1019.0]
    assert [step.wind_speed for step in forecast.steps] == [3.2, 4.0, None]
    assert [step.humidity for step in forecast.steps] == [70.0, 55.0, None]


def test_kelvin_never_passes_for_degrees() -> None:
    with pytest.raises(RefusedError, match="temperature"):
        current_hour(fixture("current.json", ("12.34", "285.49")))
    steps = forecast_of(fixture("forecast.json", ("12.0", "285.15"))).steps
    assert steps[0].temperature is None
    assert all(step.temperature is None or step.temperature < 50 for step in steps)


def test_current_weather_of_the_future_is_refused() -> None:
    with pytest.raises(RefusedError, match="future"):
        current_hour(fixture("current.json", ("1795348200", "1795352400")))


def test_milliseconds_are_no_time_stamp() -> None:
    with pytest.raises(RefusedError, match="no_instant"):
        current_hour(fixture("current.json", ("1795348200", "1795348200000")))


@pytest.mark.parametrize("cod", [401, "401"])
@pytest.mark.parametrize("status", [401, 200])
def test_a_refused_key_is_told_by_status_or_code(cod: object, status: int) -> None:
    with pytest.raises(KeyRejectedError, match=r"^openweathermap: Invalid API key\.$"):
        current_hour(answer({"cod": cod, "message": "Invalid API key."}, status))


def test_the_401_of_one_call_is_a_missing_subscription_and_not_a_bad_key() -> None:
    text = "Please note that using One Call 3.0 requires a separate subscription to the One Call by Call plan."
    with pytest.raises(NotSubscribedError, match=f"^openweathermap: {re.escape(text)}$"):
        forecast_of(answer({"cod": 401, "message": text}, 401))


def test_a_blocked_account_rests_ten_minutes_unless_told_otherwise() -> None:
    cases: tuple[tuple[dict[str, str], float], ...] = (({}, BLOCKED_S), ({"retry-after": "30"}, 30.0))
    for headers, wait in cases:
        with pytest.raises(RateLimitedError) as caught:
            current_hour(answer({"cod": 429, "message": "Your account is temporary blocked"}, 429, RECEIVED, **headers))
        assert caught.value.retry_after_s == wait


@pytest.mark.parametrize(("status", "cod"), [(400, "400"), (404, "404"), (200, "404")])
def test_what_was_asked_wrongly_is_not_asked_again(status: int, cod: str) -> None:
    with pytest.raises(SourceRejectedError, match="city not found"):
        current_hour(answer({"cod": cod, "message": "city not found"}, status))


def test_one_call_is_an_unknown_shape() -> None:
    with pytest.raises(BadPayloadError, match="unknown shape"):
        forecast_of(answer({"lat": 42.1, "lon": -3.5, "timezone": "Europe/Madrid", "hourly": [], "daily": []}))


@pytest.mark.parametrize("content", [{"cod": 200, "main": {}}, {"cod": "200", "list": []}])
def test_a_forecast_without_steps_is_not_understood(content: dict[str, object]) -> None:
    with pytest.raises(BadPayloadError):
        forecast_of(answer(content))


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_is_passing_trouble(status: int) -> None:
    with pytest.raises(SourceUnavailableError):
        current_hour(answer(b"<html>", status))


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"cod": 200, "ma'])
def test_no_json_is_passing_trouble(body: bytes) -> None:
    with pytest.raises(SourceUnavailableError):
        current_hour(answer(body))


def test_a_firewall_is_told_apart() -> None:
    with pytest.raises(BlockedError):
        current_hour(answer(b"<html>", 403))


def test_current_weather_without_any_value_is_refused() -> None:
    content = json.loads((FIXTURES / "current.json").read_text(encoding="utf-8"))
    with pytest.raises(RefusedError, match="main: empty"):
        current_hour(answer(content | {"main": None}))


def test_a_forecast_whose_temperatures_are_texts_is_refused() -> None:
    content = json.loads((FIXTURES / "forecast.json").read_text(encoding="utf-8"))
    for step in content["list"]:
        step["main"]["temp"] = str(step["main"]["temp"])
    with pytest.raises(RefusedError, match="temperature: empty"):
        forecast_of(answer(content))
