"""Another day beside the one that is shown: by the wall clock, also on days of 23 and 25 hours."""

import re
from datetime import date
from pathlib import Path

import pytest

from routers.page.compare import Block, compared, compared_rows, means, with_compared
from routers.page.page import load_page, render_page
from support import documents
from support.documents import Json
from support.sayings import LABELS
from wording.localise import Lang

APP_DIR = Path(__file__).parents[4] / "src" / "fastapi-app"
AUTUMN, SPRING, PLAIN = date(2026, 10, 25), date(2026, 3, 29), date(2026, 11, 18)


def beside(other: date, shown: date) -> tuple[Block, Json]:
    day = documents.day_block(shown)
    return compared(documents.day_block(other), day), day


def test_a_day_stands_hour_by_hour_over_the_other() -> None:
    compare, shown = beside(date(2026, 11, 11), PLAIN)
    assert [slot["over"] for slot in compare["slots"]] == [slot["start"].replace("Z", "+00:00") for slot in shown["slots"]]
    rows = compared_rows(compare, shown)
    assert [row.eur_per_kwh for row in rows] == [slot["price_eur_kwh"] for slot in compare["slots"]]
    assert [row.shown_eur_per_kwh for row in rows] == [slot["price_eur_kwh"] for slot in shown["slots"]]
    found = means(rows)
    assert found is not None and found.slots == 24
    assert found.other == pytest.approx(sum(row.eur_per_kwh for row in rows) / 24)


@pytest.mark.parametrize(
    ("other", "shown", "slots", "beside_none"), [(AUTUMN, PLAIN, 25, 1), (SPRING, PLAIN, 23, 0), (PLAIN, SPRING, 24, 1)]
)
def test_an_hour_that_the_shown_day_has_not_stands_beside_none(other: date, shown: date, slots: int, beside_none: int) -> None:
    compare, day = beside(other, shown)
    rows = compared_rows(compare, day)
    assert len(rows) == slots and sum(row.shown_eur_per_kwh is None for row in rows) == beside_none
    over = [slot["over"] for slot in compare["slots"] if slot["over"] is not None]
    assert len(set(over)) == len(over) == slots - beside_none


def test_the_same_autumn_day_has_all_its_hours() -> None:
    compare, day = beside(AUTUMN, AUTUMN)
    assert [slot["over"] for slot in compare["slots"]] == [slot["start"].replace("Z", "+00:00") for slot in day["slots"]]


def said(document: Block, lang: Lang = "es") -> str:
    html = render_page(load_page(APP_DIR, LABELS), document, lang=lang, nonce="n", now=documents.NOW)
    part = html.partition('id="compare"')[2].partition('<ul class="day-notes')[0]
    return re.sub(r"[\s\xa0]+", " ", re.sub(r"<[^>]+>", " ", part))


def test_the_page_says_what_both_days_cost_and_what_is_not_kept() -> None:
    document, other = documents.full_document(), documents.day_block(date(2026, 11, 11))
    text = said(with_compared(document, other))
    assert re.search(
        r"El miércoles, 11 de noviembre costaba de media 0,\d{4} €/kWh; este día, en las mismas horas, 0,\d{4} €/kWh\.", text
    ), text
    assert "00:00–01:00" in text and "Quitar" in text
    assert "Solo se conservan 3 precios de ese día." in said(
        with_compared(document, {**other, "slots": other["slots"][:3], "state": "partial"})
    )
    empty = said(with_compared(document, {**other, "slots": [], "state": "missing"}), "en")
    assert "No price of Wednesday 11 November is kept." in empty and "00:00" not in empty
    assert with_compared(document, None) is document and "costaba" not in said(document) and "Quitar" not in said(document)
