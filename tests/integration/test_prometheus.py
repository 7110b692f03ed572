"""GET /metrics and the alert rules by Prometheus's own checker: names, types, units; every name in a rule is one that we serve."""

import re
import subprocess
from pathlib import Path

import httpx2

from support.process_service import ROOT, environment_for, served
from support.requires import require

RULES = ROOT / "docs/prometheus"
OF_PROMETHEUS = {"up"}


def metrics(folder: Path) -> str:
    """What a service in front of no source serves, after one request."""
    with served(folder, environment_for(folder, SIM_SEED="1")) as running:
        assert httpx2.get(running.url("/health")).status_code == 200
        return httpx2.get(running.url("/metrics"), timeout=30).text


def test_promtool_has_nothing_to_say_and_every_rule_has_its_metrics(tmp_path: Path) -> None:
    promtool = require("promtool")
    text = metrics(tmp_path)
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    assert types["chocolate_job_runs_total"] == types["chocolate_http_requests_total"] == "counter"
    assert re.search(r'^chocolate_http_requests_total\{method="GET",status="2xx"\} [1-9]', text, re.MULTILINE)
    labels = r'revision="([0-9a-f]{40}|unknown)",simulated="true",version="\d+\.\d+\.\d+"'
    assert re.search(rf"^chocolate_build_info\{{{labels}\}} 1.0$", text, re.MULTILINE)
    assert 'job_id="plan"' in text and not re.search(r"[{,]job=", text)
    assert types.keys() >= {"process_resident_memory_bytes", "chocolate_disk_free_bytes", "chocolate_database_size_bytes"}
    asked = set(
        re.findall(r"\b(chocolate_\w+|up)\b", "\n".join(re.findall(r"^ *expr: (.*)$", (RULES / "rules.yml").read_text(), re.M)))
    )
    asked = {name.removesuffix("_bucket") for name in asked}  # of a histogram
    assert asked - OF_PROMETHEUS <= types.keys() | {"chocolate_backup_made_age_seconds", "chocolate_backup_proven_age_seconds"}


def test_the_rules_fire_when_they_should_and_not_before() -> None:
    promtool = require("promtool")
    for command in (["check", "rules", "rules.yml"], ["test", "rules", "rules.test.yml"]):
        ended = subprocess.run([promtool, *command], cwd=RULES, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
