"""Settings: what the environment may say, and that .env.example says the same."""

import re
from pathlib import Path

import pytest

from settings import Settings, read_settings, secret_names

ROOT = Path(__file__).resolve().parents[2]
OTHER_PROGRAMS = {"COMPOSE_FILE", "COMPOSE_PROFILES", "NGINX_BIND"}
STRONG = "k3J9-vQ2x-77Lm-pp41"


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    assert set(example()) - OTHER_PROGRAMS == {name.upper() for name in Settings.model_fields}


def test_the_example_states_the_defaults() -> None:
    assert read_settings(example()) == read_settings({})


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("abc\n")
    secret = read_settings({"AEMET_API_KEY_FILE": str(tmp_path / "key")}).aemet_api_key
    assert secret is not None and secret.get_secret_value() == "abc"


def test_a_secret_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no-such"):
        read_settings({"API_TOKEN_FILE": str(tmp_path / "no-such")})


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("abc")
    with pytest.raises(ValueError, match="keep one"):
        read_settings({"API_TOKEN": "x", "API_TOKEN_FILE": str(tmp_path / "key")})


def test_secrets_never_print() -> None:
    settings = read_settings({name.upper(): "planted-secret" for name in secret_names()})
    assert "planted-secret" not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize(
    "wrong", [{"ENVIRONMENT": "production"}, {"PORT": "x"}, {"INFLUXDB_URL": "planted-url"}, {"SIM_SPEED": "0", "STORE": "planted"}]
)
def test_a_refusal_is_one_line_without_any_value(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"[A-Z]") as refused:
        read_settings({name.upper(): "planted-key" for name in secret_names()} | wrong)
    assert "planted" not in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("token", ["", "changeme", "short"])
def test_production_refuses_a_weak_token(token: str) -> None:
    with pytest.raises(ValueError, match="API_TOKEN"):
        read_settings({"ENVIRONMENT": "production", "API_TOKEN": token})


def test_production_needs_the_token_of_the_database_it_uses() -> None:
    with pytest.raises(ValueError, match="INFLUXDB_TOKEN"):
        read_settings({"ENVIRONMENT": "production", "API_TOKEN": STRONG, "STORE": "influxdb"})


def test_production_refuses_a_simulated_world() -> None:
    with pytest.raises(ValueError, match="SIM_"):
        read_settings({"ENVIRONMENT": "production", "API_TOKEN": STRONG, "SIM_SEED": "1"})


def test_production_starts_with_strong_secrets() -> None:
    assert read_settings({"ENVIRONMENT": "production", "API_TOKEN": STRONG}).kind == "real"


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "70000"), ("STORE", "postgres"), ("REE_BASE_URL", "apidatos"), ("SIM_SPEED", "0")]
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: [^\n]+$"):
        read_settings({name: value})


def test_lists_are_split_at_commas() -> None:
    assert read_settings({"AEMET_STATION": "5279X, 5270B"}).aemet_station == ("5279X", "5270B")
