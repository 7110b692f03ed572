"""Numbers, hours and dates of the server, by the examples that the browser's are held to as well; the catalogue of texts."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from wording.localise import LANGS, Lang, Locale
from wording.texts import TEXTS, browser_texts

ROOT = Path(__file__).parents[3]
EXAMPLES = json.loads((ROOT / "tests" / "fixtures" / "formats.json").read_text("utf-8"))
APP = ROOT / "src" / "fastapi-app"


def written(locale: Locale, example: dict[str, Any]) -> str:
    value = example["value"]
    if example["kind"] == "number":
        return locale.number(value, example["digits"])
    if example["kind"] == "short_day":
        return locale.short_moment_day(value)
    if example["kind"] == "span":
        return locale.span(*value)
    return str(getattr(locale, example["kind"])(value))


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['kind']} {example['value']}")
def test_the_server_writes_as_the_examples_say(example: dict[str, Any], lang: Lang) -> None:
    assert written(Locale(lang), example) == example[lang]


def test_euros_carry_their_sign_where_the_language_has_it() -> None:
    assert Locale("es").euros(-6.2) == "−6,20\u00a0€"
    assert Locale("en").euros(-6.2) == "−€6.20"
    assert Locale("en").euros(1900, 0) == "€1,900"
    assert Locale("es").euros(None) == "–"


def test_a_remaining_time_is_never_nothing() -> None:
    assert Locale("es").minutes(5) == "1 min"
    assert Locale("es").minutes(150) == "3 min"
    assert Locale("es").minutes(3 * 3600) == "3 h"


def test_both_languages_fill_the_same_places() -> None:
    places = {key: [set(re.findall(r"\{(\w+)\}", text)) for text in texts] for key, texts in TEXTS.items()}
    assert {key: found for key, found in places.items() if found[0] != found[1]} == {}


def test_no_text_is_empty() -> None:
    assert [key for key, texts in TEXTS.items() if not all(text.strip() for text in texts)] == []


def test_every_text_that_the_script_asks_for_is_handed_to_it() -> None:
    script = "".join(path.read_text("utf-8") for path in (APP / "static" / "js").glob("*.js"))
    asked = set(re.findall(r'\bt\("([\w.]+)"', script))
    assert asked
    assert asked - set(browser_texts(0)) == set()


def test_every_text_of_the_templates_is_in_the_catalogue() -> None:
    templates = "".join(path.read_text("utf-8") for path in (APP / "templates").glob("*.html"))
    asked = set(re.findall(r'\bt\("([\w.]+)"[,)]', templates))
    assert len(asked) > 50
    assert asked - set(TEXTS) == set()


def test_every_job_has_a_name_in_both_languages() -> None:
    sources = "".join(path.read_text("utf-8") for path in APP.rglob("*.py"))
    jobs = set(re.findall(r'\bJob\("(\w+)"', sources))
    assert jobs
    assert {f"job.{job}" for job in jobs} - set(TEXTS) == set()


def test_no_template_holds_words_of_its_own() -> None:
    for path in (APP / "templates").glob("*.html"):
        markup = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<script.*?</script>|<svg.*?</svg>", " ", path.read_text("utf-8"), flags=re.DOTALL
        )
        words = set(re.findall(r"[^\W\d_]{3,}", re.sub(r"<[^>]*>", " ", markup)))
        assert words <= {"hPa", "MWh", "kWh"}, path.name


def test_a_sentence_keeps_numbers_beside_their_units_and_english_puts_the_euro_first() -> None:
    said = {"es": "Cuesta 33,42 € más a -10,03 €/MWh y 5 h.", "en": "Costs 33.42 € more at -10.03 €/MWh and 5 h."}
    assert Locale("es").said(said) == "Cuesta 33,42\u00a0€ más a −10,03\u00a0€/MWh y 5\u00a0h."
    clash = {"es": "retirar w2 o 600 kg de standard", "en": "without w2 or 600 kg of standard"}
    assert Locale("es").sentence(clash) == "Retirar la petición 2 o 600\u00a0kg de estándar"
    assert Locale("en").sentence(clash) == "Without request 2 or 600\u00a0kg of standard"
    assert Locale("en").said(said) == "Costs €33.42 more at −10.03\u00a0€/MWh and 5\u00a0h."
