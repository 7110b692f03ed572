"""docs/operations.md names what there is: scripts, containers, alerts, settings."""

import re
from pathlib import Path

from settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOC = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
COMPOSE = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("docker-compose.yml", "docker-compose.override.yml"))


def test_every_script_that_it_names_exists() -> None:
    named = set(re.findall(r"scripts/([a-z-]+)", DOC))
    assert {"init-env", "backup", "restore", "restore-drill"} <= named
    assert {name for name in named if not (ROOT / "scripts" / name).is_file()} == set()


def test_every_container_is_in_its_table() -> None:
    for name in re.findall(r"container_name: (\S+)", COMPOSE):
        assert f"`{name}`" in DOC


def test_every_alert_is_explained() -> None:
    rules = [path.read_text(encoding="utf-8") for path in (ROOT / "src/fastapi-app/domain/alerts").glob("*_rules.py")]
    names = {name for text in rules for name in re.findall(r'Finding\(\s*f?"[^"]+",\s*"([a-z_]+)"', text)}
    assert {"store_away", "source_stale"} <= names
    assert {name for name in names if f"`{name}`" not in DOC} == set()


def test_compose_passes_every_setting_that_a_container_may_choose() -> None:
    of_the_image = {"HOST", "PORT", "DATA_DIR", "LOG_DIR", "MODELS_DIR", "CONFIG_DIR", "BACKUP_DIR", "ALLOW_OPEN"}
    of_others = {"INFLUXDB_ADMIN_PASSWORD", "TAILSCALE_AUTHKEY"}
    service = COMPOSE[COMPOSE.index("fastapi-app:") : COMPOSE.index("influxdb:\n    <<")]
    passed = set(re.findall(r"^      ([A-Z_]+): ", service, re.MULTILINE)) & {name.upper() for name in Settings.model_fields}
    for_production = {name.upper() for name in Settings.model_fields if not name.startswith("sim_")}
    assert passed == for_production - of_the_image - of_others
