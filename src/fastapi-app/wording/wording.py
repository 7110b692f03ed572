"""All languages together: a text in each, and documents whose messages get their sentences where they go out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.messages import Message, message_json
from domain.plan.labels import EVERY_LANGUAGE, Labels
from wording.catalogue import FIRST, catalogues_of
from wording.localise import Lang, Locale

BROWSER_GROUPS = (
    "class.", "origin.", "hour.", "unit.", "unit_of.", "date.", "batch.", "machine.", "stage.", "in_sentence.stage.",
    "wish.", "basis.",
)  # fmt: skip
"""Groups of texts that the page's script needs beside those of its own, which begin with `js.`."""


SPOKEN_BLOCKS = ("plan", "floor", "recommendations", "alerts")
"""Blocks of the page's document that hold messages."""


@dataclass(frozen=True)
class Wording:
    """The languages that there are, the first one first."""

    locales: Mapping[Lang, Locale]
    langs: tuple[Lang, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "langs", tuple(self.locales))

    def locale(self, lang: Lang) -> Locale:
        """One language."""
        return self.locales[lang]

    @property
    def first(self) -> Lang:
        """The language of a reader who asks for none that there is."""
        return FIRST

    def texts(self, message: Message) -> dict[str, Any]:
        """A message as it goes out: its sentence by language, its code, its figures."""
        return {**{lang: f.message(message) for lang, f in self.locales.items()}, **message_json(message)}

    def filled(self, value: Any, lang: Lang | None = None) -> Any:
        """A document in which every message has its sentences before its code and figures; with a language, that one alone."""
        if isinstance(value, Mapping):
            if "code" in value and "figures" in value:
                if lang is not None:
                    return {lang: self.locales[lang].said(value)}
                return {**{one: f.said(value) for one, f in self.locales.items()}, **value}
            return {name: self.filled(part, lang) for name, part in value.items()}
        if isinstance(value, list):
            return [self.filled(part, lang) for part in value]
        return value

    def spoken(self, document: Mapping[str, Any], lang: Lang | None = None) -> dict[str, Any]:
        """The page's document with its sentences; they are in the blocks that hold messages."""
        return {name: self.filled(part, lang) if name in SPOKEN_BLOCKS else part for name, part in document.items()}

    def browser_texts(self, lang: Lang) -> dict[str, str]:
        """The texts that the page's script needs, without their prefix, and the names that the plant gives."""
        f = self.locales[lang]
        texts = {key: forms[0] for key, forms in f.catalogue.texts.items() if key.startswith(("js.", *BROWSER_GROUPS))}
        own = {**f.names, **{f"in_sentence.{key}": name for key, name in f.names.items()}}
        plain = {key.removeprefix("js."): text for key, text in {**texts, **own}.items()}
        cldr = f.catalogue.cldr
        return {"locale": "-".join(part for part in (cldr.language, cldr.territory) if part), **plain}


def wording_of(files: Mapping[Lang, bytes], names: Labels | None = None) -> Wording:
    """The languages of PO files by their code. `names`: what the plant calls its qualities and stages, by language."""
    given = names or {}
    everywhere = given.get(EVERY_LANGUAGE, {})
    return Wording(
        {lang: Locale(catalogue, {**everywhere, **given.get(lang, {})}) for lang, catalogue in catalogues_of(files).items()}
    )
