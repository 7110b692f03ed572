"""docs/access.md is what the code says."""

from pathlib import Path

from commands.access_table import document, routes

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_is_the_table_of_the_code() -> None:
    written = (ROOT / "docs/access.md").read_text(encoding="utf-8")
    assert written == document(), "run scripts/access-table (scripts/fix does)"


def test_a_parameter_of_a_path_stands_for_any_value() -> None:
    assert "| GET | `/models/{name}/metrics` | yes | yes | yes | yes |  |" in document().splitlines()


def test_the_routes_are_those_of_the_application() -> None:
    found = routes()
    assert {("GET", "/dashboard"), ("GET", "/prices"), ("POST", "/gaps/backfill"), ("GET", "/metrics")} <= set(found)
    assert len(found) == len(set(found)) > 30


def test_a_row_says_who_may() -> None:
    lines = document().splitlines()
    assert "| GET | `/dashboard` | yes | yes | yes | yes |  |" in lines
    assert "| GET | `/metrics` | yes |  |  |  |  |" in lines
    assert "| POST | `/gaps/backfill` | yes |  | yes |  | token |" in lines
