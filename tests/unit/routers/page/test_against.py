"""What a day's saving is against, and what a day without one means: sentences by its figures."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from routers.page.against import days_in_words, meaning, month_note
from routers.page.page import Page, load_page, render_page
from support import documents
from support.documents import Json
from support.sayings import LABELS
from wording.localise import Lang

APP_DIR = Path(__file__).parents[4] / "src" / "fastapi-app"
Told = Callable[..., list[str]]


@pytest.fixture(scope="module")
def page() -> Page:
    return load_page(APP_DIR, LABELS)


@pytest.fixture(scope="module")
def told(page: Page) -> Told:
    def of(day: Json, lang: Lang = "es") -> list[str]:
        return [sentence.replace("\xa0", " ") for sentence in meaning(page.wording.locale(lang), day)]

    return of


def day(saving: float | None, **more: object) -> Json:
    return {"saving_eur": saving, "baseline_eur": 90.0, "perfect_eur": 90.0, **more}


def test_a_day_that_saved_says_nothing_more(told: Told) -> None:
    assert told(day(0.01)) == told(day(None)) == []


def test_a_day_with_nothing_saved_says_whether_there_was_something_to_save(told: Told) -> None:
    assert told(day(0.0)) == ["Cuesta lo mismo que sin plan: no había hora más barata que la de siempre."]
    assert told(day(-0.004)) == told(day(0.0))
    assert told(day(0.0, perfect_eur=88.5)) == [
        "Cuesta lo mismo que sin plan; con los precios sabidos de antemano se podían ahorrar 1,50 €."
    ]
    assert told(day(0.0, perfect_eur=None)) == ["Cuesta lo mismo que sin plan."]
    assert told(day(0.0, production_days=0)) == ["No había nada que fabricar para este día: nada que ahorrar."]


def test_a_day_that_cost_more_says_by_how_much_and_why(told: Told) -> None:
    assert told(day(-1.38, limits_eur=0.9, forecast_error_eur=0.48)) == [
        "Más caro que sin plan: 1,38 € más.",
        "Por peticiones, averías, retrasos o lotes perdidos: 0,90 €.",
        "Porque los precios no fueron los previstos: 0,48 €.",
    ]
    assert told(day(-1.38, limits_eur=0.0, forecast_error_eur=1.38), "en")[1:] == [
        "Because prices were not the ones forecast: €1.38."
    ]
    assert told(day(-1.38, limits_eur=0.0, forecast_error_eur=None))[1].startswith("Puede ser que los precios")


def test_the_days_of_the_chart_are_explained_where_there_are_such_days(page: Page) -> None:
    f = page.wording.locale("es")
    assert days_in_words(f, [day(3.0), day(None)]) == []
    assert [text[:14] for text in days_in_words(f, [day(0.0), day(-2.0)])] == ["Un día con 0 c", "Un día bajo ce"]
    assert len(days_in_words(f, [day(-2.0)])) == 1


@pytest.mark.parametrize(
    ("first", "last", "closed", "said"),
    [
        ("2026-10-01", "2026-10-31", True, ""),
        ("2026-10-30", "2026-10-31", True, "solo del 30 al 31"),
        ("2026-11-01", "2026-11-18", False, "solo del 1 al 18"),
        ("2026-11-01", "2026-11-30", False, "solo del 1 al 30"),
        ("2028-02-01", "2028-02-28", True, "solo del 1 al 28"),
    ],
)
def test_a_month_that_is_not_whole_says_of_which_days_it_is(page: Page, first: str, last: str, closed: bool, said: str) -> None:
    assert month_note(page.wording.locale("es"), {"date": first, "last": last, "closed": closed}) == said


def shown(page: Page, document: Json, lang: Lang = "es") -> str:
    html = render_page(page, document, lang=lang, nonce="n", now=documents.NOW)
    section = html.partition('id="usual"')[2].partition("</section>")[0]
    return re.sub(r"[\s\xa0]+", " ", re.sub(r"<[^>]+>", " ", section.partition(">")[2]))


def test_working_as_usual_is_shown_by_batch_and_sums_to_what_the_day_would_have_cost(page: Page) -> None:
    document = documents.full_document()
    text = shown(page, document)
    usual, entry = document["savings"]["usual"]["batches"], document["savings"]["days"][-1]
    assert round(sum(batch["cost_eur"] for batch in usual) + entry["base_load_eur"], 4) == entry["baseline_eur"]
    assert "Con qué se compara el miércoles, 18 de noviembre" in text and "Sin plan 91,00 €; con el plan 72,00 €." in text
    assert re.search(r"estándar 1 \(mié 18\) 06:00–09:00 38,50 Mezclado 06:00–07:00 ·", text), text
    assert re.search(r"Carga base del día 12,00 Sin plan, con carga base 91,00", text), text
    assert "Without a plan €91.00; with the plan €72.00." in shown(page, document, "en")


def test_what_was_not_kept_of_a_day_is_not_shown(page: Page) -> None:
    document = documents.full_document()
    document["savings"]["usual"]["date"] = "2026-11-17"
    assert shown(page, document) == ""
    document["savings"] |= {"usual": None}
    assert shown(page, document) == ""


def test_the_price_in_its_parts_sums_to_the_price_on_the_page(page: Page) -> None:
    document = documents.full_document()
    html = render_page(page, document, lang="es", nonce="n", now=documents.NOW)
    section = html.partition('id="price-parts"')[2].partition("</section>")[0]
    rows = [re.findall(r'<td class="num">([^<]*)</td>', row) for row in section.split("<tr>")[2:]]
    columns = [[round(float(row[i].replace(",", ".")) * 1e6) for row in rows] for i in (0, 1)]
    assert len(rows) == 11 and all(sum(column[:-1]) == column[-1] for column in columns)
    told = document["price_parts"]
    assert [column[-1] for column in columns] == [round(1e6 * block["price_eur_kwh"]) for block in (told, told["month"])]
    text = re.sub(r"[\s\xa0]+", " ", re.sub(r"<[^>]+>", " ", section))
    assert "Servicios de ajuste 0,018200 0,018200 17 publicado solo hasta el 31 de agosto de 2026; se supone que sigue" in text
    assert "Peajes 0,012000 0,007300 7 en vigor desde el 1 de enero de 2026 · BOE" in text
    assert "media de 418 horas, del dom 1 al mié 18; cada hora cuenta igual. Falta 1 hora." in text
    assert "sin IVA" in text


def test_without_the_parts_there_is_no_such_section(page: Page) -> None:
    document = {**documents.full_document(), "price_parts": None}
    assert 'id="price-parts"' not in render_page(page, document, lang="es", nonce="n", now=documents.NOW)
    html = render_page(page, {**documents.full_document(), "price_parts": {"start": 1}}, lang="es", nonce="n", now=documents.NOW)
    assert 'id="savings"' in html and 'id="price-parts"' not in html
