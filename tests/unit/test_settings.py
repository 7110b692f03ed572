"""Settings: what the environment may say, and that .env.example says the same."""

from pathlib import Path

import pytest

from env_file import parse
from settings import OTHER_PROGRAMS, Given, Settings, gathered, read_settings, secret_names, unknown_names

ROOT = Path(__file__).resolve().parents[2]
OTHERS = {"COMPOSE_FILE", "COMPOSE_PROFILES"} | OTHER_PROGRAMS - {"VERSION", "REVISION", "BUILT_AT"}
STRONG = "k3J9-vQ2x-77Lm-pp41"


def example() -> dict[str, str]:
    return {name: entry.value for name, entry in parse((ROOT / ".env.example").read_bytes(), {}).items()}


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    assert set(example()) - OTHERS == {name.upper() for name in Settings.model_fields}


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


@pytest.mark.parametrize("token", ["", "changeme", "short", "passwordpassword", "Chocolate-Factory-2026"])
def test_production_refuses_a_weak_token(token: str) -> None:
    with pytest.raises(ValueError, match="API_TOKEN"):
        read_settings({"ENVIRONMENT": "production", "API_TOKEN": token})


def test_production_listens_to_nginx_only_when_it_can_prove_itself() -> None:
    production = {"ENVIRONMENT": "production", "API_TOKEN": STRONG, "LISTEN_LEVELS": "1,2"}
    with pytest.raises(ValueError, match="NGINX_SECRET is empty: scripts/init-env"):
        read_settings(production)
    assert read_settings(production | {"NGINX_SECRET": STRONG[::-1]}).listen_levels == (1, 2)


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


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("HOST", ["127.0.0.1 ", '"127.0.0.1"', "[::1]", "1.2.3", "300.1.1.1", "a b", "http://x"]),
        ("PORT", ["abc", "-1", "70000", "65534", "'8000'", "8.000", "8000.0", "8_000", "80 00", "+8000", "٨٠٠٠"]),
        ("LISTEN_LEVELS", ["4", "1,x", ",", "0"]),
        ("ALLOW_OPEN", ["perhaps"]),
        ("DATA_DIR", ["~/data", '"data"', "'data'", "data ", "data\r"]),
        ("API_TOKEN", ['"abc"', "'abc'", "a b", "a\rb", "a\nb"]),
        ("ALLOWED_HOSTS", ["*", ",", "http://x/", "x:8000", "a b"]),
        ("HISTORY_START", ["0", "0001-01-01", "1900-01-01", "2014-03-31", "01/01/2024", "2024-13-01", "20240101"]),
        (
            "REE_BASE_URL",
            [
                "http://x y",
                "http://a:99999",
                "http://a:0",
                "http://",
                "ftp://x",
                "http://u:p@x",
                "http://x?y",
                "http://x#y",
                "http://x/\\",
                "http://x/\u200b",
                "http:/x",
            ],
        ),
        ("INFLUXDB_URL", ["http://127.0.0.1:abc", "http://", "127.0.0.1:8086", "http://1.2.3.4.5"]),
        ("AEMET_STATION", ["xxx!", ",", "5279x"]),
        ("AEMET_MUNICIPALITY", ["Linares", "2305", "230555"]),
        ("AEMET_DATA_HOSTS", ["a b", "http://x"]),
        ("REE_API_TOKEN", ['"abc"', "a b"]),
        ("INFLUXDB_BUCKET", [" x", "x\n"]),
        ("SCHEDULER_ENABLED", ["si"]),
        ("MODEL_PIN_DAYS", ["0", "91", "-1", "1.5", "two", "14.0", "1_4", "14,0", "14 days"]),
        ("SIM_SPEED", ["0", "-1", "fast", "nan", "inf", "2e6"]),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name(name: str, values: list[str]) -> None:
    for value in values:
        with pytest.raises(ValueError, match=f"^{name}: [^\n]+$") as refused:
            read_settings({name: value, "ALLOW_OPEN": "1"} if name != "ALLOW_OPEN" else {name: value})
        assert "TOKEN" not in name or len(value) < 4 or value not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("HOST", ["::1", "localhost", "0.0.0.0", "factory.local", "fe80::1%eth0"]),
        ("ALLOWED_HOSTS", ["localhost,[::1],192.168.1.20,factory.example.com", "fastapi-app"]),
        ("HISTORY_START", ["2014-04-01", "2023-12-31"]),
        ("MODEL_PIN_DAYS", ["1", "90"]),
        ("INFLUXDB_URL", ["http://influxdb:8086", "https://my_influx.example.com/path", "http://[::1]:8086/"]),
        ("AEMET_STATION", ["5279X", "3195, C447A"]),
        ("API_TOKEN", ["abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG=", "a'b\"c$#", "ñandú-ñandú-ñandú"]),
        ("DATA_DIR", ["/srv/FÁBRICA DE CHOCO/data", "data"]),
    ],
)
def test_what_can_be_meant_is_taken(name: str, values: list[str]) -> None:
    for value in values:
        read_settings({name: value, "ALLOW_OPEN": "1"})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.20", "factory.local"])
def test_nobody_listens_to_others_without_a_token(host: str) -> None:
    with pytest.raises(ValueError, match=r"^HOST: .* API_TOKEN .* ALLOW_OPEN=1"):
        read_settings({"HOST": host})
    assert not read_settings({"HOST": host, "API_TOKEN": STRONG}).is_open
    assert read_settings({"HOST": host, "ALLOW_OPEN": "1"}).is_open


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine_needs_none(host: str) -> None:
    settings = read_settings({"HOST": host})
    assert settings.is_local and not settings.is_open


def test_a_secret_file_that_is_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\n")
    with pytest.raises(ValueError, match=r"^API_TOKEN_FILE: .* is empty$"):
        read_settings({"API_TOKEN_FILE": str(tmp_path / "key")})


def test_what_is_no_secret_comes_from_no_file() -> None:
    with pytest.raises(ValueError, match="HOST_FILE: only a secret"):
        read_settings({"HOST_FILE": "/etc/hostname"})


def written(folder: Path, text: str, **environment: str) -> dict[str, Given]:
    (folder / "settings.env").write_text(text)
    return gathered(environment, folder / "settings.env")


def test_the_environment_wins_over_the_file_and_each_knows_where_it_is_from(tmp_path: Path) -> None:
    given = written(tmp_path, "PORT=1\nHOST=::1\nPORT=2\n", HOST="localhost")
    assert given == {"PORT": Given("2", "settings.env, line 3"), "HOST": Given("localhost", "the environment")}


def test_an_unknown_name_of_the_file_is_refused_with_the_nearest(tmp_path: Path) -> None:
    text = "HIST0RY_START=2024-01-01\nCOMPOSE_FILE=x\nNGINX_BIND=1\nAPI_TOKEN_FILE=/x\nzzz=1\n"
    assert unknown_names(written(tmp_path, text, TYPO_OF_ANOTHER_PROGRAM="1")) == [
        "settings.env, line 1: HIST0RY_START is no setting; did you mean HISTORY_START?",
        "settings.env, line 5: zzz is no setting",
    ]


def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"settings\.env, line 2: "):
        written(tmp_path, "PORT=1\nHOST='x\n")


def test_a_figure_out_of_its_bounds_is_told_with_them_and_their_unit() -> None:
    with pytest.raises(ValueError, match=r"^SIM_SPEED: must be 0\.001 to 1000000 times as fast as the real clock$"):
        read_settings({"SIM_SPEED": "2000000"})
    with pytest.raises(ValueError, match=r"^PORT: must be 0 to 65533 as the first of three ports$"):
        read_settings({"PORT": "65534"})


def test_lists_are_split_at_commas() -> None:
    assert read_settings({"AEMET_STATION": "5279X, 5270B"}).aemet_station == ("5279X", "5270B")
