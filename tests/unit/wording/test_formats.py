"""Numbers, hours, dates and names of the server, by the examples that the browser's are held to as well."""

import json
from pathlib import Path
from typing import Any

import pytest
from babel.numbers import format_currency, format_decimal, format_percent
from hypothesis import given
from hypothesis import strategies as st

from support.sayings import WORDING
from wording.localise import Lang, Locale
from wording.numbers import MINUS

ROOT = Path(__file__).parents[3]
FORMATS = json.loads((ROOT / "tests" / "fixtures" / "formats.json").read_text("utf-8"))
EXAMPLES = FORMATS["examples"]
ES, EN = WORDING.locale("es"), WORDING.locale("en")


def written(locale: Locale, example: dict[str, Any]) -> str:
    value = example["value"]
    match example["kind"]:
        case "number" | "euros" | "percent" as kind:
            return str(getattr(locale, kind)(value, example["digits"]))
        case "with_unit":
            return locale.with_unit(value, example["unit"], example["digits"])
        case "machine":
            return locale.machine(value["stage"], value["machine"])
        case "short_day":
            return locale.short_moment_day(value)
        case "span":
            return locale.span(*value)
        case kind:
            return str(getattr(locale, kind)(value))


@pytest.mark.parametrize("lang", WORDING.langs)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['kind']} {example['value']}")
def test_the_server_writes_as_the_examples_say(example: dict[str, Any], lang: Lang) -> None:
    assert written(WORDING.locale(lang), example) == example[lang]


@pytest.mark.parametrize("lang", WORDING.langs)
def test_the_texts_of_the_examples_are_those_that_the_browser_gets(lang: Lang) -> None:
    given_to_it = WORDING.browser_texts(lang)
    assert FORMATS["texts"][lang] == {key: given_to_it[key] for key in FORMATS["texts"][lang]}


@given(cents=st.integers(-(10**9), 10**9))
def test_numbers_are_those_of_cldr_but_for_the_sign(cents: int) -> None:
    value, digits = cents / 100, "0.00"
    for f in (ES, EN):
        cldr = f.catalogue.cldr
        assert f.number(value, 2) == format_decimal(value, f"#,##{digits}", locale=cldr).replace("-", MINUS)
        assert f.euros(value) == format_currency(value, "EUR", locale=cldr).replace("-", MINUS)
        assert f.percent(cents, 0) == format_percent(cents / 100, locale=cldr).replace("-", MINUS)


def test_a_remaining_time_is_never_nothing() -> None:
    assert ES.minutes(5) == "1\u00a0min"
    assert ES.minutes(150) == "3\u00a0min"
    assert ES.minutes(3 * 3600) == "3\u00a0h"


def test_days_and_months_have_their_names_and_years() -> None:
    assert (ES.long_day("2026-01-05"), EN.long_day("2026-01-05")) == ("5 de enero de 2026", "5 January 2026")
    assert (ES.month("2026-11"), EN.month("2026-11")) == ("nov 2026", "Nov 2026")


def test_a_model_is_called_alike_by_its_name_its_version_and_as_a_baseline() -> None:
    assert ES.source("energy_optimization_20261118_021500") == ES.source("energy_optimization") == "modelo de precios"
    assert EN.source("baseline:last_week") == "as last week"
    assert EN.source("energy_optimizations") == "energy_optimizations"


def test_what_the_plant_calls_its_own_things_goes_before_the_catalogue() -> None:
    own = Locale(ES.catalogue, {"quality.dark": "amargo 70 %", "stage.mixing": "Amasado"})
    assert (own.quality("dark"), own.stage("mixing"), own.stage("conching")) == ("amargo 70 %", "Amasado", "Conchado")
    assert own.in_sentence("stage", "mixing") == "Amasado"
    assert ES.quality("dark") == "dark"
