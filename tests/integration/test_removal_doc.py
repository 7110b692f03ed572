"""The removal of docs/operations.md, typed as it stands there in a checkout that was used: what is left is the checkout."""

import re
import subprocess
from pathlib import Path

import pytest

from support.requires import missing, require

ROOT = Path(__file__).resolve().parents[2]
MADE = (
    *("data/series.sqlite", "models/old.pkl", "models/latest/a", "models/.model_registry.json.7.tmp", ".env", "backups/a.tar.gz"),
    *("docker/services/influxdb/data/a", "docker/services/influxdb/config/a", "docker/services/tailscale/state/a"),
    *("docker/services/nginx/certs/tls.key", "docker/services/nginx/auth/htpasswd", "docker/services/fastapi/logs/app.log"),
    *(".venv/bin/python3", ".venv.lock", ".env.before-restore", "src/configs/factory.toml.before-restore"),
    *("src/fastapi-app/__pycache__/main.pyc", "data/state.sqlite.before-restore"),
)
"""What running, backing up and restoring leave in a checkout."""


def git(folder: Path, *words: str) -> str:
    ended = subprocess.run([require("git"), *words], cwd=folder, capture_output=True, text=True, timeout=60, check=True)
    return ended.stdout


@pytest.fixture
def used(tmp_path: Path) -> Path:
    if not (ROOT / ".git").exists():
        missing("what is tracked is known in a checkout alone")
    folder = tmp_path / "chocolate-factory"
    subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}/.git", "clone", "-q", "--no-hardlinks", str(ROOT), str(folder)],
        check=True,
        timeout=60,
    )
    (folder / ".gitignore").write_bytes((ROOT / ".gitignore").read_bytes())
    for name in MADE:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x", encoding="utf-8")
    return folder


def test_after_the_removal_nothing_is_left_but_the_checkout(used: Path) -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    (typed,) = re.findall(r"^    sudo (git clean [^#\n]+)", text[text.index("## Removal") :], re.MULTILINE)
    subprocess.run(["sh", "-c", typed], cwd=used, check=True, timeout=60)
    assert git(used, "status", "--porcelain", "--ignored") == ""
