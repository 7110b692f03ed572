"""What people call the plant's own things, by language, from `factory.toml`."""

import pytest

from domain.plan.labels import load_labels
from domain.toml_lines import ConfigError

PLANT = '[plant]\nqualities = ["dark", "milk"]\n[[stage]]\nname = "roasting"\n'


def test_labels_are_by_language_or_one_for_all() -> None:
    text = PLANT + '[label]\nquality = { dark = { es = "amargo", en = "dark" }, milk = "Milka" }\nstage.roasting.es = "Tostado"\n'
    assert load_labels(text) == {
        "es": {"quality.dark": "amargo", "stage.roasting": "Tostado"},
        "en": {"quality.dark": "dark"},
        "*": {"quality.milk": "Milka"},
    }
    assert load_labels(PLANT) == {}


@pytest.mark.parametrize(
    ("label", "line", "fault"),
    [
        ('quality.white = "blanco"', 5, "must be a table with dark, milk"),
        ("quality.dark = 7", 5, "a label must be a text"),
        ('quality.dark = { Spanish = "amargo" }', 5, "by language"),
        ('quality.dark.es = " "', 5, "a label must be a text"),
        ('machine.mill = "molino"', 5, "is not a setting here"),
    ],
)
def test_a_label_of_nothing_or_of_no_words_names_its_line(label: str, line: int, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault) as caught:
        load_labels(f"{PLANT}[label]\n{label}\n")
    assert caught.value.line == line
