"""README and docs against the code, both ways: commands, Python, settings, alerts, links."""

import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from domain.bill.terms import PriceTerms
from routers.page.views import VIEWS
from settings import OTHER_PROGRAMS, Settings
from support.doc_commands import BY_HAND, DOCUMENTS, ROOT, commands

TEXTS = {path: path.read_text(encoding="utf-8") for path in DOCUMENTS}
OPERATIONS = TEXTS[ROOT / "docs/operations.md"]
BLOCKS = [
    pytest.param(block, id=f"{path.name}-{number}")
    for path, text in TEXTS.items()
    for number, block in enumerate(re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
]
COMPOSE_ALONE = {"COMPOSE_FILE", "COMPOSE_PROFILES", "INFLUXDB_ADMIN_PASSWORD", "TAILSCALE_AUTHKEY"}


def test_every_command_is_run_by_something_that_names_it_or_it_is_said_why_not() -> None:
    found = list(commands())
    assert len(found) > 100
    assert [f"{each.document.name}:{each.line} {each.text}" for each in found if each.run_by is None] == []
    lacking = {
        run_by for each in found if (run_by := each.run_by) and run_by[0] != BY_HAND and not names(ROOT / run_by[0], run_by[1])
    }
    assert lacking == set()


def names(path: Path, word: str) -> bool:
    """Whether a file is there and has a word."""
    return path.is_file() and word in path.read_text(encoding="utf-8")


def test_what_nothing_runs_is_a_tenth_at_most() -> None:
    found = list(commands())
    assert sum(each.run_by is not None and each.run_by[0] == BY_HAND for each in found) <= len(found) / 10


@pytest.mark.parametrize("block", BLOCKS)
def test_python_in_a_document_runs_as_it_stands(block: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src/fastapi-app")}
    ended = subprocess.run([sys.executable, "-c", block], env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr


def test_every_setting_has_its_row_by_way_of_running_and_no_row_is_of_another() -> None:
    table = OPERATIONS[OPERATIONS.index("### Settings by way of running") :]
    named = set(re.findall(r"`([A-Z_]{4,})`", table[: table.index("\n\nA secret")])) - {"NAME_FILE"}
    known = {name.upper() for name in Settings.model_fields}
    assert named <= known | OTHER_PROGRAMS | COMPOSE_ALONE
    assert (OTHER_PROGRAMS | COMPOSE_ALONE) - named <= {"VERSION", "REVISION", "BUILT_AT"}
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    service = compose[compose.index("fastapi-app:") : compose.index("influxdb:\n    <<")]
    chosen = set(re.findall(r"\$\{([A-Z_]+)[:}]", service)) & known
    not_in_containers = known - chosen
    assert not_in_containers <= named, "what Compose does not pass has a row that says so"


def test_every_alert_of_the_table_is_a_rule() -> None:
    table = OPERATIONS[OPERATIONS.index("### Alerts") : OPERATIONS.index("### A model by hand")]
    named = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`([a-z_]+)`", row)}
    rules = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/fastapi-app/domain/alerts").glob("*.py"))
    assert len(named) > 15 and {name for name in named if f'"{name}"' not in rules} == set()


def test_every_document_is_reached_from_the_readme() -> None:
    readme = TEXTS[ROOT / "README.md"]
    assert {path.name for path in DOCUMENTS if path.parent == ROOT / "docs" and f"(docs/{path.name})" not in readme} == set()


def test_every_link_to_a_file_leads_to_one() -> None:
    broken = {
        f"{path.name}: {target}"
        for path, text in TEXTS.items()
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
        if not (path.parent / target).exists()
    }
    assert broken == set()


def test_a_decision_has_a_number_of_its_own_which_is_that_of_its_file_and_is_not_long() -> None:
    decisions = sorted((ROOT / "docs/adr").glob("*.md"))
    numbers = [int(path.name[:4]) for path in decisions]
    assert len(numbers) == len(set(numbers)) > 15
    for number, path in zip(numbers, decisions, strict=True):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith(f"# {number}. ") and len(lines) <= 30, path.name


def test_a_decision_that_is_named_by_its_number_is_there_and_so_is_the_document_that_a_decision_links() -> None:
    told = {*TEXTS.values(), *(path.read_text(encoding="utf-8") for path in (ROOT / "docs/adr").glob("*.md"))}
    named = {int(number) for text in told for number in re.findall(r"\bADR (\d+)", text)}
    assert named and {number for number in named if not list((ROOT / "docs/adr").glob(f"{number:04d}-*.md"))} == set()
    broken = {
        f"{path.name}: {target}"
        for path in (ROOT / "docs/adr").glob("*.md")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    }
    assert broken == set()


def test_each_key_of_a_contracts_price_is_explained() -> None:
    keys = {field.name for field in dataclasses.fields(PriceTerms)} - {"told"}
    said = " ".join(re.findall(r"`([^`]+)`", TEXTS[ROOT / "docs/contract.md"].replace("\n", " ")))
    assert {key for key in keys if not re.search(rf"\b{key}\b", said)} == set()


def test_the_views_of_the_page_are_those_that_there_are() -> None:
    table = TEXTS[ROOT / "docs/page.md"].partition("## Views\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `#(\w+)` \|", table, re.MULTILINE) == [*VIEWS, "all"]


OTHER_WORDS = ("message",)
"""Words of the glossary that the page's English has in their everyday meaning."""
WORDS = (
    "baseline",
    "gap",
    "source",
    "period",
    "day ahead",
    "door",
    "archive",
    "served",
    "wish",
    "pin",
    "freeze",
    "relief",
    "ledger",
)


def test_the_glossary_says_each_word_that_has_a_meaning_of_its_own_once() -> None:
    glossary = TEXTS[ROOT / "docs/glossary.md"]
    said = [word for row in re.findall(r"^\| ([^|]+) \|", glossary, re.MULTILINE) for word in row.split(", ")]
    assert sorted(set(WORDS) - set(said)) == []
    assert [word for word in said if said.count(word) > 1] == []


def said_by(language: str) -> str:
    """All texts of a catalogue, in small letters."""
    text = (ROOT / f"src/fastapi-app/wording/catalogues/{language}.po").read_text(encoding="utf-8")
    return "\n".join(re.findall(r'^(?:msgstr(?:\[\d\])? )?"(.*)"$', text, re.MULTILINE)).lower()


def test_the_glossary_has_the_spanish_that_the_page_says_and_none_where_it_says_nothing() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \|", TEXTS[ROOT / "docs/glossary.md"], re.MULTILINE)[2:]
    spanish, english = said_by("es"), said_by("en")
    assert len(rows) > 40
    assert [
        f"{name}: {word}" for name, words in rows if words != "–" for word in words.split(", ") if word.lower() not in spanish
    ] == []
    unnamed = [
        name for name, words in rows if words == "–" for word in name.split(", ") if re.search(rf"\b{word.lower()}\b", english)
    ]
    assert sorted(set(unnamed)) == sorted(OTHER_WORDS)
