"""What people call the plant's own qualities and stages, by language, from the text of `factory.toml`."""

import re
from collections.abc import Callable, Collection, Mapping

from domain.bounds import LONGEST_NAME
from domain.text import short_line
from domain.toml_lines import Table, parse

Labels = Mapping[str, Mapping[str, str]]
"""Language -> group and code, joined by a point (`quality.dark`) -> label."""
ByCode = Mapping[str, Mapping[str, str]]
EVERY_LANGUAGE = "*"
"""Stands for the language of a label that is the same in all of them."""
LANGUAGE = re.compile(r"[a-z]{2,3}")


def load_labels(text: str) -> Labels:
    """The labels of a plant; its other settings are not looked at."""
    root = Table(text, (), parse(text))
    head = root.table("plant")
    stages = [str(table.values.get("name")) for table in root.tables("stage")]
    return labels_of(root.table("label"), head.values.get("qualities", ()), stages)


def labels_of(table: Table, qualities: Collection[str], stages: Collection[str]) -> Labels:
    """The table `label`, checked: it names qualities and stages that there are."""
    found: dict[str, dict[str, str]] = {}
    for group, codes in (("quality", qualities), ("stage", stages)):
        given: ByCode = table.get(group, _by_code(codes), {})
        for code, label in given.items():
            for language, words in label.items():
                found.setdefault(language, {})[f"{group}.{code}"] = words
    table.close()
    return found


def _by_code(codes: Collection[str]) -> Callable[[object], ByCode]:
    def read(value: object) -> ByCode:
        if not isinstance(value, Mapping) or set(value) - set(codes):
            raise ValueError(f"must be a table with {', '.join(codes)}")
        return {code: _label(label) for code, label in value.items()}

    return read


def _label(value: object) -> Mapping[str, str]:
    """One text for every language, or a table by language."""
    if not isinstance(value, Mapping):
        return {EVERY_LANGUAGE: _words(value)}
    if not all(LANGUAGE.fullmatch(language) for language in value):
        raise ValueError('a label must be a text or a table by language, as { es = "amargo", en = "dark" }')
    return {language: _words(words) for language, words in value.items()}


def _words(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a label must be a text")
    return short_line(value, LONGEST_NAME)
