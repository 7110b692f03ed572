"""README.md names every script and every route."""

import re
from pathlib import Path

from commands.access_table import routes

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_names_every_script_and_only_those() -> None:
    scripts = {path.name for path in (ROOT / "scripts").iterdir()} - {"env", "lib"}  # which the others read
    assert set(re.findall(r"scripts/([a-z-]+)", README)) == scripts


def test_it_names_every_route_and_only_those() -> None:
    """The forms of the plan in force are one row with it."""
    there = {re.sub(r"(/current)\.\w+$", r"\1", path) for _, path in routes()}
    named = {path.split("?")[0] for path in re.findall(r"`(?:GET|POST|DELETE) (/[^`]*)`", README)}
    assert named == there
