"""scripts/init-env on a fresh copy of the project: strong secrets for their owner only, folders for the containers, and again."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from settings import read_settings
from support.requires import missing

ROOT = Path(__file__).resolve().parents[2]
SECRETS = ("API_TOKEN", "NGINX_SECRET", "INFLUXDB_TOKEN", "INFLUXDB_ADMIN_PASSWORD")
SOMEBODY = 12345


@pytest.fixture
def server(tmp_path: Path) -> Path:
    if os.geteuid() != 0:
        missing("to give folders to the containers' user needs root")
    for name in (".env.example", "scripts/init-env", "src/fastapi-app/env_file.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "scripts/lib", tmp_path / "scripts/lib", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def init(server: Path) -> str:
    ended = subprocess.run([str(server / "scripts/init-env")], cwd="/", capture_output=True, text=True, timeout=60, check=True)
    return ended.stdout + ended.stderr


def settings_of(server: Path) -> dict[str, str]:
    lines = (server / ".env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def test_the_secrets_are_strong_each_another_and_shown_to_nobody(server: Path) -> None:
    said = init(server)
    settings = settings_of(server)
    values = [settings[name] for name in SECRETS]
    assert all(len(value) == 40 and value.isalnum() for value in values) and len(set(values)) == len(values)
    assert not any(value in said for value in values)
    assert (server / ".env").stat().st_mode & 0o777 == 0o600
    assert read_settings(settings).environment == "production"
    assert (settings["STORE"], settings["COMPOSE_FILE"]) == ("influxdb", "docker-compose.yml")


def test_run_again_it_changes_no_setting(server: Path) -> None:
    init(server)
    with (server / ".env").open("a", encoding="utf-8") as file:
        file.write("AEMET_API_KEY=given\n")
    before = (server / ".env").read_text(encoding="utf-8")
    assert "API_TOKEN is set already" in init(server)
    assert (server / ".env").read_text(encoding="utf-8") == before


def test_a_copy_of_the_example_has_the_store_of_the_containers(server: Path) -> None:
    shutil.copy(server / ".env.example", server / ".env")
    said = init(server)
    assert "STORE: influxdb, the store of the containers" in said and "ENVIRONMENT in .env is not production" in said
    assert settings_of(server)["STORE"] == "influxdb"


def test_a_secret_that_comes_from_a_file_is_left_to_it(server: Path) -> None:
    (server / ".env").write_text("API_TOKEN=\nAPI_TOKEN_FILE=/run/secrets/api_token\n", encoding="utf-8")
    init(server)
    assert settings_of(server)["API_TOKEN"] == "" and settings_of(server)["INFLUXDB_TOKEN"]


@pytest.mark.parametrize("line", ["export API_TOKEN=given", "API_TOKEN = 'given'", 'API_TOKEN: "given"', "\ufeffAPI_TOKEN=given\r"])
def test_a_secret_that_compose_would_read_is_left_as_it_is(server: Path, line: str) -> None:
    (server / ".env").write_text(line + "\n", encoding="utf-8")
    assert "API_TOKEN is set already" in init(server)
    assert (server / ".env").read_bytes().startswith(f"{line}\n".encode())


def test_settings_that_cannot_be_read_are_one_line_and_stay_as_they_are(server: Path) -> None:
    (server / ".env").write_text("API_TOKEN='abc\n", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        init(server)
    assert refused.value.stderr == ".env, line 1: API_TOKEN: the quote ' is not closed\n"
    assert (server / ".env").read_text(encoding="utf-8") == "API_TOKEN='abc\n"


def test_folders_belong_to_the_containers_and_the_settings_to_whose_checkout_it_is(server: Path) -> None:
    os.chown(server, SOMEBODY, SOMEBODY)
    (server / "models").mkdir()
    (server / "models/old.pkl").touch()
    init(server)
    containers = ("data", "models", "models/old.pkl", "docker/services/influxdb/data", "docker/services/tailscale/state")
    assert {(server / name).stat().st_uid for name in containers} == {1000}
    assert {(server / name).stat().st_uid for name in (".env", "backups")} == {SOMEBODY}
    closed = ("backups", "docker/services/nginx/certs", "docker/services/nginx/auth", "docker/services/tailscale/state")
    assert {(server / name).stat().st_mode & 0o777 for name in closed} == {0o700}
