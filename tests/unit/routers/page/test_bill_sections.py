"""Bill and contracted power on the page."""

import re
from pathlib import Path

import pytest

from routers.page.page import Offer, load_page, render_page
from support import documents
from support.documents import Json
from support.sayings import LABELS

PAGE = load_page(Path(__file__).parents[4] / "src" / "fastapi-app", LABELS)


def section(document: Json, name: str, lang: str = "es", *offers: Offer) -> str:
    """The text of a section; empty where there is none."""
    html = render_page(PAGE, document, lang=lang, nonce="n", now=documents.NOW, offers=offers)
    found = re.search(rf'<(section|li)[^>]* ?id="{name}".*?</\1>', html, re.DOTALL)
    return found.group() if found else ""


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_month_so_far_stands_line_by_line_with_what_is_missing_and_how_it_ends() -> None:
    told = words(section(documents.full_document(), "bill"))
    for text in (
        "Término de potencia P1 80 kW × 20,376927 €/kW y año",
        "Término de energía P2 1.204,25 kWh × 0,159176 €/kWh",
        "Excesos de potencia P2",
        "Energía reactiva P2 306 kVArh",
        "Impuesto sobre la electricidad 5,11 % de 589,69 €",
        "Alquiler de equipos de medida 17 días",
        "IVA 21,00 % de 620,60 €",
        "750,93 € o 718,01 €",
        "faltan 3 cuartos de hora",
        "entre 1.290 € y 1.423 €",
        "En los últimos 12 meses enteros esta cuenta se desvió entre −4,1 % y 5,2 %",
        "sept 2026 6.211 kWh · faltan 96 cuartos de hora · 4 lecturas estimadas",
    ):
        assert text in told


@pytest.mark.parametrize(("why", "said"), [("days_missing", "falta algún día"), ("months_missing", "meses enteros medidos")])
def test_an_end_that_cannot_be_told_says_why(why: str, said: str) -> None:
    document = documents.full_document()
    document["bill"] |= {"projection": None, "no_projection": why}
    told = words(section(document, "bill"))
    assert said in told and "entre" not in told.split("Concepto")[0]


def test_without_a_curve_one_sentence_says_how_to_get_it() -> None:
    document = documents.full_document() | {"bill": documents.NO_CURVE, "power": None}
    assert section(document, "bill") == "" and section(document, "power") == ""
    assert "scripts/import ARCHIVO" in words(section(document, "todo-bill"))


def test_a_bill_that_was_not_made_yet_says_nothing_of_an_import() -> None:
    assert section(documents.full_document() | {"bill": None}, "todo-bill") == ""


def test_a_curve_without_this_month_says_until_when_it_is() -> None:
    document = documents.full_document()
    document["bill"] |= {"month": None, "curve_to": "2026-10-31"}
    assert "lo último es del 31 de octubre de 2026" in words(section(document, "bill"))


def test_the_bill_to_print_is_linked_where_it_is_open() -> None:
    document = documents.full_document()
    address = "/bill?from=2026-10-01&amp;to=2026-10-31&amp;format=html&amp;lang=es"
    assert address in section(document, "bill", "es", "bill")
    assert "/bill?" not in section(document, "bill", "es", "files")


def test_the_highest_power_stands_beside_the_contracted_and_the_best() -> None:
    told = words(section(documents.full_document(), "power"))
    assert "P6 101,5 117,0 2 117,0" in told
    assert "P1 – 80,0 – 62,0" in told  # nothing of it was measured
    assert "902 € menos al año" in told
    assert "habría ahorrado entre 840 € y 900 €" in told
    assert "Con un 10 % de margen: 612 €" in told
    assert "Faltan 96 cuartos de hora" in told


def test_powers_that_are_right_are_said_to_be() -> None:
    document = documents.full_document()
    document["power"]["study"]["choices"][0]["saving_eur"] = 0.0
    told = words(section(document, "power"))
    assert "ninguna otra potencia habría costado menos" in told and "Mejor" not in told


def test_a_short_curve_says_what_advice_would_take() -> None:
    document = documents.full_document()
    document["power"]["study"] = None
    assert "doce meses enteros, del 1 de noviembre de 2025 al 31 de octubre de 2026" in words(section(document, "power"))
