"""The texts of each language, read from `catalogues/LANGUAGE.po` at start. One more file is one more language."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from gettext import c2py
from io import BytesIO

from babel.core import Locale as CldrLocale
from babel.messages.pofile import read_po

FIRST = "es"
"""The language of a reader who asks for none that there is, and the first in every list."""
PLACE = re.compile(r"\{(\w+)\}")


class CatalogueError(Exception):
    """A catalogue that cannot be used: found at start."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language by key; several forms where a count decides."""

    lang: str
    cldr: CldrLocale
    """The rules of numbers and dates, by the header `Language` of the file."""
    texts: Mapping[str, tuple[str, ...]]
    form_of: Callable[[int], int]
    """Which form a count takes, by the header `Plural-Forms`."""

    def text(self, key: str, count: float | None = None) -> str:
        """The text of a key, in the form for a count; an unknown key is an error."""
        forms = self.texts[key]
        if len(forms) == 1:
            return forms[0]
        if count is None:
            raise CatalogueError(f"{key} has several forms: it needs a count")
        return forms[self.form_of(int(count) if count == int(count) else 2)]


def catalogues_of(files: Mapping[str, bytes]) -> Mapping[str, Catalogue]:
    """Every language of PO files by their code, the first one first. CatalogueError for a file that lacks what another has."""
    found = [_read(lang, files[lang]) for lang in sorted(files, key=lambda lang: (lang != FIRST, lang))]
    if not found or found[0].lang != FIRST:
        raise CatalogueError(f"there is no catalogue {FIRST}.po")
    for one in found[1:]:
        if odd := found[0].texts.keys() ^ one.texts.keys():
            raise CatalogueError(f"{one.lang}.po and {FIRST}.po do not have the same keys: {sorted(odd)[:5]}")
    return {one.lang: one for one in found}


def _read(lang: str, file: bytes) -> Catalogue:
    catalogue = read_po(BytesIO(file), locale=lang, abort_invalid=True)
    texts = {}
    for entry in catalogue:
        if not entry.id:
            continue
        key = entry.id if isinstance(entry.id, str) else entry.id[0]
        forms = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
        if not forms or not all(forms) or entry.fuzzy:
            raise CatalogueError(f"{lang}.po: {key} has no text, or one that is marked fuzzy")
        texts[key] = forms
    header = dict(catalogue.mime_headers)
    return Catalogue(lang, CldrLocale.parse(header["Language"]), texts, c2py(catalogue.plural_expr))
