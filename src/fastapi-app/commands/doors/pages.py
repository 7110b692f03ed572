"""The page: the document that it carries, its tables, and one language against the other."""

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

from commands.doors.book import At, Book, shown
from commands.doors.reading import LANGS, Doors, embedded

WITHOUT = frozenset({"text", "action", "why", "reason", "generated_at", "late", "revision", "runs", "progress", "last_detail"})
"""Sentences are in the page in its own language alone; stamps are of the moment."""
SKIPPED = ("script", "style")
GROUPS = {"en": (",", "."), "es": (".", ",")}
NUMBER = {
    "en": re.compile(r"(?<![\w.:,])[-−]?\d[\d,]*(?:\.\d+)?(?=th\b|(?![\w:]|[.,]\d))"),
    "es": re.compile(r"(?<![\w.:,])[-−]?\d[\d.]*(?:,\d+)?(?![\w:]|[.,]\d)"),
}
LICENCE = re.compile(r"CC BY\S* [\d.]+")
"""Its number is a name."""
VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})


class Page(HTMLParser):
    """The tables of each section, cell by cell, and its text; apart from it what is marked as of another language."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.foreign: dict[str, list[str]] = {}
        """The words of a program, as they are on every page."""
        self._quoted: list[tuple[str, int]] = []
        self.tables: dict[str, list[list[list[str]]]] = {}
        self.text: dict[str, list[str]] = {}
        self._sections: list[tuple[str, int]] = []
        self._depth = 0
        self._skipped = 0
        self._cell: list[str] | None = None
        self.feed(html)

    @property
    def _here(self) -> str:
        return self._sections[-1][0] if self._sections else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A section, a table, a row or a cell begins."""
        if tag in VOID:
            return
        self._depth += 1
        self._skipped += tag in SKIPPED
        name, lang = (dict(attrs).get(key) for key in ("id", "lang"))
        if lang and tag != "html":
            self._quoted.append((lang, self._depth))
        if tag == "section" and name:
            self._sections.append((name, self._depth))
        tables = self.tables.setdefault(self._here, [])
        if tag == "table":
            tables.append([])
        elif tag == "tr" and tables:
            tables[-1].append([])
        elif tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        """It ends."""
        if tag in VOID:
            return
        if tag in ("td", "th") and self._cell is not None:
            rows = self.tables[self._here]
            if rows and rows[-1]:
                rows[-1][-1].append(" ".join("".join(self._cell).split()))
            self._cell = None
        self._skipped -= tag in SKIPPED
        if self._quoted and self._quoted[-1][1] == self._depth:
            self._quoted.pop()
        if self._sections and self._sections[-1][1] == self._depth:
            self._sections.pop()
        self._depth -= 1

    def handle_data(self, data: str) -> None:
        """Text that is seen."""
        if self._quoted and not self._skipped:
            self.foreign.setdefault(self._here, []).append(f"{self._quoted[-1][0]}: {' '.join(data.split())}")
        elif not self._skipped:
            self.text.setdefault(self._here, []).append(data)
            if self._cell is not None:
                self._cell.append(data)


def check_pages(book: Book, doors: Doors) -> None:
    """Both languages against the document, and against each other."""
    pages = {lang: Page(html) for lang, html in doors.pages.items()}
    for lang, html in doors.pages.items():
        door = f"/dashboard?lang={lang}"
        carried = At(door, "", embedded(html))
        for name in ("prices", "plan", "savings", "forecast", "week"):
            if carried[name].value is not None:
                book.alike(carried[name], At("/dashboard/complete", name, doors.complete[name]), WITHOUT)
        _check_tables(book, pages[lang], At(door, "", lang), doors)
    one, other = (pages[lang] for lang in LANGS)
    for section in sorted({*one.text, *other.text}):
        numbers = [_numbers(" ".join(page.text.get(section, [])), lang) for page, lang in ((one, LANGS[0]), (other, LANGS[1]))]
        only = [sorted((counted - against).elements()) for counted, against in (numbers, numbers[::-1])]
        here, there = (
            At(f"/dashboard?lang={lang}", f"#{section} alone has", found) for lang, found in zip(LANGS, only, strict=True)
        )
        book.same(here, there)
    for section in sorted({*one.foreign, *other.foreign}):
        here, there = (
            At(f"/dashboard?lang={lang}", f"#{section} quotes", page.foreign.get(section))
            for lang, page in zip(LANGS, (one, other), strict=True)
        )
        book.same(here, there)


def _check_tables(book: Book, page: Page, door: At, doors: Doors) -> None:
    lang, content = door.value, doors.complete
    plan = content["plan"]
    if plan and plan["batches"]:
        stages = [stage for batch in plan["batches"] for stage in batch["stages"]]
        _columns(book, page, At(door.door, "plan", lang), stages, {-2: "energy_kwh", -1: "cost_eur"})
    if content["savings"]:
        known = content["savings"]["days"]
        names = {1: "plan_eur", 2: "baseline_eur", 3: "saving_eur", 4: "captured_percent"}
        _columns(book, page, At(door.door, "savings", lang), known, names)
    if content["forecast"]:
        names = {-4: "price_eur_kwh", -3: "p10", -2: "p50", -1: "p90"}
        _columns(book, page, At(door.door, "forecast", lang), content["forecast"]["hours"], names)
    for number, name in enumerate(("today", "tomorrow")):
        if content["prices"][name]["slots"]:
            _columns(book, page, At(door.door, "days", lang), content["prices"][name]["slots"], {1: "price_eur_kwh"}, number)


def _columns(book: Book, page: Page, at: At, records: list[Any], names: dict[int, str], number: int = 0) -> None:
    """The rows of a table are the records, in order; a cell has what the document has, to its last digit."""
    tables = page.tables.get(at.place, [])
    rows = [row for row in tables[number][1:] if row] if number < len(tables) else []
    book.same(At(at.door, f"#{at.place} rows", len(rows)), At("/dashboard/complete", f"{at.place} records", len(records)))
    for row, record in zip(rows, records, strict=False):
        for place, name in names.items():
            found = NUMBER[at.value].search(row[place])
            told, value = (None if found is None else found[0]), record[name]
            where = f"#{at.place} {record.get('date') or record.get('start')} {name}"
            if told is None or value is None:
                book.same(At(at.door, where, told), At("/dashboard/complete", where, value))
                continue
            _, point = GROUPS[at.value]
            decimals = len(told.partition(point)[2])
            book.same(At(at.door, where, _value(told, at.value)), At("/dashboard/complete", where, value), shown(value, decimals))


def _numbers(text: str, lang: str) -> Counter[float]:
    return Counter(_value(found, lang) for found in NUMBER[lang].findall(LICENCE.sub("", text.replace("−€", "−"))))


def _value(number: str, lang: str) -> float:
    group, point = GROUPS[lang]
    return float(number.replace("−", "-").replace(group, "").replace(point, "."))
