"""docs/guia.html, the operator's guide: it quotes the page as the page says it, and its colours are the page's."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs/guia.html").read_text(encoding="utf-8")
CATALOGUE = (ROOT / "src/fastapi-app/wording/catalogues/es.po").read_text(encoding="utf-8")
SAID = set(re.findall(r'^msgstr(?:\[\d\])? "(.*)"$', CATALOGUE, re.MULTILINE))
QUOTED = sorted(set(re.findall(r"«([^»]+)»", GUIDE)))


@pytest.mark.parametrize("quoted", QUOTED)
def test_what_it_quotes_is_what_the_page_says(quoted: str) -> None:
    assert quoted in SAID


def test_it_quotes_the_buttons_of_the_floor() -> None:
    buttons = ("began", "ended", "interrupted", "resumed", "spoiled", "machine_down", "machine_up", "nobody", "back")
    for button in buttons:
        (text,) = re.findall(rf'^msgid "floor\.{button}"\nmsgstr "(.*)"$', CATALOGUE, re.MULTILINE)
        assert text in QUOTED, button


@pytest.mark.parametrize("name", ["optimal", "moderate", "reduced", "halt"])
def test_its_colours_are_those_of_the_page(name: str) -> None:
    tokens = (ROOT / "src/fastapi-app/static/css/tokens.css").read_text(encoding="utf-8")
    colour = re.search(rf"--{name}: (#[0-9a-f]+)", tokens)
    (text,) = re.findall(rf'^msgid "class\.{name}"\nmsgstr "(.*)"$', CATALOGUE, re.MULTILINE)
    assert colour and re.search(rf'background:{colour[1]}"></i> <b>«{text}»', GUIDE)


def test_its_pictures_are_there() -> None:
    pictures = re.findall(r'src="([^"]+)"', GUIDE)
    assert pictures and all((ROOT / "docs" / each).is_file() for each in pictures)
