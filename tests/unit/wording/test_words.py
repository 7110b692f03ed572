"""The page as text: what it names, what it hides until asked, what it offers to take away."""

import re
from pathlib import Path

import pytest

from domain.alerts.alert import KeptAlert
from domain.alerts.system_rules import data_gap, job_failing, source_stale
from domain.errors import SourceError
from routers.answers.advice import AlertOut
from routers.page.page import Offer, Page, load_page, render_page
from support import documents
from support.documents import Json
from support.sayings import LABELS
from support.system import job, series, source
from wording.localise import Lang

APP_DIR = Path(__file__).parents[3] / "src" / "fastapi-app"
FILES = re.compile(r'<p class="files">(.*?)</p>', re.DOTALL)


@pytest.fixture(scope="module")
def page() -> Page:
    return load_page(APP_DIR, LABELS)


def rendered(page: Page, document: Json, lang: Lang = "es", *offers: Offer) -> str:
    html = render_page(page, document, lang=lang, nonce="n0nce", now=documents.NOW, offers=offers)
    return html.split("<body>")[1].split('<script type="application/json"')[0]


def test_a_failing_source_says_why_in_the_language_of_the_page_and_its_own_words_only_in_details(page: Page) -> None:
    document = documents.full_document()
    failing = {"state": "degraded", "last_error": "Connection refused", "last_error_class": "UnreachableError"}
    document["system"]["sources"][0] |= failing
    html = rendered(page, document)
    assert "· no hay conexión con ella" in html
    outside = re.sub(r"<details.*?</details>", "", html, flags=re.DOTALL)
    assert "Connection refused" in html
    assert "Connection refused" not in outside


def kinds_of(error: type[SourceError]) -> list[str]:
    """The class and all that are finer."""
    return [
        error.__name__,
        *(name for finer in error.__subclasses__() if finer.__module__ == error.__module__ for name in kinds_of(finer)),
    ]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_every_way_in_which_a_source_fails_has_words(page: Page, lang: Lang) -> None:
    kinds = kinds_of(SourceError)[1:]
    said = [page.wording.locale(lang).word("fault", kind) for kind in kinds]
    assert "BlockedError" in kinds
    assert not {*said} & {*kinds}


@pytest.mark.parametrize(
    ("lang", "said"),
    [("es", "La fuente REE (REData) falla: no responde."), ("en", "Source REE (REData) fails: it does not answer.")],
)
def test_an_alert_names_what_it_is_about_as_people_do(page: Page, lang: Lang, said: str) -> None:
    failing = source(
        "redata",
        state="degraded",
        since=documents.NOW - 2 * documents.HOUR,
        last_error="HTTP 503",
        last_error_class="SourceUnavailableError",
    )
    (finding,) = source_stale([failing], documents.NOW)
    document = documents.full_document()
    document["alerts"] = [AlertOut.of(KeptAlert(finding, documents.NOW)).plain()]
    html = rendered(page, document, lang)
    assert said in html
    assert "HTTP 503" not in html


def test_an_alert_of_a_job_or_a_series_has_its_name(page: Page) -> None:
    failed = job("plan", last_outcome="failed", last_error="boom", failures=1)
    lacking = series(3, market="pvpc", resolution="60")
    document = documents.full_document()
    document["alerts"] = [
        AlertOut.of(KeptAlert(finding, documents.NOW)).plain() for finding in (*job_failing([failed]), *data_gap([lacking]))
    ]
    html = rendered(page, document)
    assert "La tarea «Plan de producción» ha fallado." in html
    assert "Faltan 3 valores en precios PVPC." in html


def test_a_long_list_of_changes_shows_four_and_the_rest_when_asked(page: Page) -> None:
    document = documents.full_document()
    document["plan"]["changes"] = [{"text": {"es": f"Cambio {n}.", "en": f"Change {n}."}} for n in range(1, 12)]
    html = rendered(page, document)
    shown = re.sub(r"<details.*?</details>", "", html, flags=re.DOTALL)
    assert [n for n in range(1, 12) if f"Cambio {n}." in shown] == [1, 2, 3, 4]
    assert "Ver 7 más" in html
    assert "Cambio 11." in html


def test_files_are_offered_to_who_may_open_them_and_not_for_a_view_of_the_past(page: Page) -> None:
    document = documents.full_document()
    offered = " ".join(FILES.findall(rendered(page, document, "en", "files", "price_files")))
    for address in ("current.html?lang=en", "current.ics?lang=en", "current.csv", "/prices?format=csv", "/savings?by=day"):
        assert address in offered
    assert "/prices" not in " ".join(FILES.findall(rendered(page, document, "en", "files")))
    assert FILES.findall(rendered(page, document)) == []
    assert FILES.findall(rendered(page, {**document, "at": documents.iso(documents.NOW)}, "es", "files", "price_files")) == []


def test_without_a_price_it_is_said_when_a_price_source_is_asked_again(page: Page) -> None:
    document = documents.without_prices()
    first, *others = document["system"]["sources"]
    weather = {**first, "source": "aemet", "open_until": documents.iso(documents.NOW)}
    resting = [
        {**first, "source": name, "open_until": documents.iso(documents.NOW + n * documents.HOUR)}
        for name, n in (("redata", 2), ("omie", 1))
    ]
    document["system"]["sources"] = [weather, *resting]
    assert "Se vuelve a pedir automáticamente a las 15:20." in rendered(page, document)
    document["system"]["sources"] = [weather, *({**one, "open_until": None} for one in others)]
    assert "Se vuelve a pedir" not in rendered(page, document)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-03-29", "23 horas: a las 2:00 serán las 3:00"),
        ("2026-10-25", "25 horas: a las 3:00 volverán a ser las 2:00"),
    ],
)
def test_a_day_of_23_or_25_hours_says_so(page: Page, day: str, said: str) -> None:
    document = documents.full_document()
    assert " horas: a las" not in rendered(page, document)
    document["prices"]["tomorrow"] |= {"date": day}
    assert said in rendered(page, document)


def test_a_plan_that_cost_more_than_working_as_usual_has_a_plus(page: Page) -> None:
    document = documents.full_document()
    today = document["prices"]["today"]["date"]
    day = {**document["savings"]["days"][-1], "date": today, "saving_eur": -1.58, "saving_percent": -0.6, "captured_percent": -6.0}
    document["savings"]["days"] = [day]
    html = rendered(page, document).split('id="euros"')[1].split("</section>")[0]
    assert "+1,58\u00a0€" in html
    assert "aprovechado" not in html
    document["savings"]["days"] = [{**day, "saving_eur": 1.58, "saving_percent": 0.6, "captured_percent": 6.0}]
    html = rendered(page, document).split('id="euros"')[1].split("</section>")[0]
    assert "−1,58\u00a0€" in html
    assert "aprovechado el 6\u00a0%" in html
