"""The page as text: what it says for a whole document and for bad states."""

import gzip
import json
import re
import shutil
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from domain.messages import BatchName, Moment, Term, message, message_json
from routers.page.page import Offer, Page, choose_lang, csp, load_page, render_page, script_json
from support import documents
from support.documents import Json
from support.sayings import LABELS
from wording.localise import Lang

APP_DIR = Path(__file__).parents[4] / "src" / "fastapi-app"
Render = Callable[..., str]


@pytest.fixture(scope="module")
def page() -> Page:
    return load_page(APP_DIR, LABELS)


@pytest.fixture(scope="module")
def render(page: Page) -> Render:
    def rendered(document: Json, lang: Lang = "es") -> str:
        return render_page(page, document, lang=lang, nonce="n0nce", now=documents.NOW)

    return rendered


def words(html: str) -> str:
    """The text that a person reads: without head, script, and tags."""
    body = re.sub(r"<script.*?</script>|<head>.*?</head>|<svg.*?</svg>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_the_price_now_stands_with_its_unit_period_source_and_origin(render: Render) -> None:
    text = words(render(documents.spine_document()))
    assert re.search(r"Precio ahora · PVPC 0,0509 €/kWh", text)
    assert "baja a 0,0483 a las 15:00" in text
    assert "P2 2.0TD" in text
    assert "REE (REData) · publicado · a las 20:47" in text


def test_what_the_data_take_of_the_disk_is_said(render: Render) -> None:
    document = documents.spine_document()
    sizes = {"free": 74_200_000_000, "size": 252_000_000_000, "state": 3_140_000, "series": 9_700_000}
    document["system"]["disk"] = {"state": "ok", "detail": None, "sizes": sizes}
    assert "Historial 9,7 MB. Estado 3,1 MB. Libres 74,2 de 252,0 GB." in words(render(document))
    del sizes["series"]  # InfluxDB keeps the history
    text = words(render(document, "en"))
    assert "State 3.1 MB. 74.2 of 252.0 GB free." in text and "History 9.7" not in text


def test_a_price_that_is_made_of_the_tolls_of_another_year_says_so(render: Render) -> None:
    document = documents.spine_document()
    now = document["current"]["spot"]
    about = {"basis": "indexed", "tariff": "3.0TD", "period": "P2", "origin": "published", "price_eur_kwh": 0.1464}
    document["current"]["paid"] = {**now, **about, "tables_from": "2025-01-01"}
    assert "with the tolls and charges of 2025" in words(render(document, "en"))
    document["current"]["paid"]["tables_from"] = f"{documents.NOW.year}-01-01"
    assert "with the tolls and charges" not in words(render(document, "en"))
    assert "assumed" not in words(render(document, "en"))
    document["current"]["paid"] |= {"assumed": [{"figure": "ancillary", "last": "2026-08-31"}], "other_reading_eur_kwh": 0.1399}
    assert "assumed: ancillary services, published up to Monday 31 August 2026" in words(render(document, "en"))
    assert "o 0,1399 €/kWh si se aplica el impuesto eléctrico rebajado" in words(render(document, "es"))


def test_what_the_plant_pays_is_the_price_of_the_page_and_its_title_and_pvpc_stands_under_it(render: Render) -> None:
    document = documents.spine_document()
    now = document["current"]["spot"]
    about = {"basis": "indexed", "tariff": "3.0TD", "period": "P2", "origin": "published", "price_eur_kwh": 0.1464}
    document["current"]["paid"] = {**now, **about, "tables_from": f"{documents.NOW.year}-01-01"}
    page = render(document)
    text = words(page)
    assert "La planta paga ahora 0,1464 €/kWh P2 3.0TD" in text
    assert text.index("0,1464 €/kWh P2") < text.index("PVPC 0,0509 €/kWh")
    assert "<title>0,1464\u00a0€/kWh · " in page.replace("<title>\n", "<title>")
    document["current"]["price"] = None
    assert "No se conoce el precio de esta hora." in words(render(document))


def test_that_the_price_is_a_reference_stands_over_all_views(render: Render) -> None:
    document = documents.full_document()
    band = "Precio de referencia: cada euro está calculado con el PVPC"
    assert band not in words(render(document))
    document["plant"]["price_basis"] = "pvpc_reference"
    page = render(document)
    assert page.index(band) < page.index("</header>") < page.index('id="now"')


def test_the_page_says_why_there_is_no_plan(render: Render) -> None:
    document = documents.spine_document() | {"plan_reason": "market cost of efficiency_fund is not known"}
    assert "there is none (market cost of efficiency_fund is not known)" in words(render(document, "en"))


def test_english_has_english_words_and_points(render: Render) -> None:
    text = words(render(documents.spine_document(), "en"))
    assert "Price now · PVPC 0.0509 €/kWh" in text
    assert "falls to 0.0483 at 15:00" in text


def test_tomorrow_says_that_it_is_not_published_and_when_it_will_be(render: Render) -> None:
    assert "todavía no publicado; se espera hacia las 20:50" in words(render(documents.spine_document()))


def test_an_unknown_price_is_a_dash_with_its_reason_never_a_number(render: Render) -> None:
    text = words(render(documents.without_prices()))
    assert "– €/kWh No se conoce el precio de esta hora. Todavía no se ha descargado ningún precio." in text
    assert not re.search(r"\b0,0+\b", text)


@pytest.mark.parametrize("lang", ["es", "en"])
@pytest.mark.parametrize("make", [documents.full_document, documents.spine_document, documents.without_prices])
def test_no_section_of_a_good_document_fails(render: Render, make: Callable[[], Json], lang: Lang) -> None:
    assert "data-failed" not in render(make(), lang)


def test_a_machine_that_is_down_is_shown_also_where_there_is_no_plan(render: Render) -> None:
    document = documents.full_document() | {"plan": None}
    down = {"unit": "refining", "stage": "refining", "machine": None, "since": "2026-11-18T12:00:00Z", "until": None}
    document["floor"]["down"] = [down]
    text = render(document, "en")
    assert 'id="machine-refining"' in text
    assert "This part cannot be shown" not in text
    assert "Plan made" not in words(text)


def test_a_faulty_block_spoils_its_own_section_only_and_is_logged(render: Render, caplog: pytest.LogCaptureFixture) -> None:
    document = documents.full_document()
    del document["plan"]["batches"]
    text = words(render(document))
    assert "Esta parte no se puede mostrar (plan); el error está en el registro." in text
    assert text.count("no se puede mostrar") == 1
    assert "0,0509 €/kWh" in text
    assert "part_failed part=page.plan" in caplog.text


def test_a_record_that_is_too_short_says_so(render: Render) -> None:
    document = documents.full_document()
    document["forecast"]["record"] = {
        "window_days": 28,
        "issues": 3,
        "state": "too_short",
        "reason": "needs 7 scored issue days, has 3",
    }
    assert "Todavía no se puede decir: hay pocos días con pronóstico y precio. 3 pronósticos con precio" in words(render(document))


def test_a_baseline_that_serves_is_called_one(render: Render) -> None:
    document = documents.full_document()
    document["forecast"] |= {"model": "ewma_day_type", "model_version": "baseline:ewma_day_type"}
    assert "media ponderada por tipo de día, referencia: sin modelo entrenado" in words(render(document))


def test_simulated_data_says_so_and_real_data_does_not(render: Render) -> None:
    assert "Datos simulados" in words(render(documents.spine_document(simulated=True)))
    assert "Datos simulados" not in words(render(documents.spine_document(simulated=False)))


def test_a_document_without_system_renders(render: Render) -> None:
    document = documents.spine_document()
    document["system"] = None
    document["at"] = "2026-11-18T13:20:00+00:00"
    text = words(render(document))
    assert "Así se veía el 18 de noviembre de 2026, 14:20" in text
    assert "Precio entonces" in text
    assert "Todavía no" not in text.replace("todavía no publicado", "")
    assert "Datos al día" not in text


def test_the_policy_allows_nothing_that_the_page_needs_not(render: Render) -> None:
    html = render(documents.spine_document())
    assert not re.search(r"\sstyle=|\son[a-z]+=", re.sub(r"<script.*?</script>|<style.*?</style>", "", html, flags=re.DOTALL))
    assert set(re.findall(r'nonce="([^"]+)"', html)) == {"n0nce"}
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)
    assert "'unsafe" not in csp("n0nce")


def test_the_embedded_document_cannot_end_its_element(render: Render) -> None:
    document = documents.spine_document()
    document["plant"]["name"] = "</script><script>alert(1)</script>"
    html = render(document)
    assert "<script>alert" not in html
    embedded = re.search(r'id="document" nonce="n0nce">(.*?)</script>', html, re.DOTALL)
    assert embedded is not None
    assert "<" not in embedded[1]
    assert json.loads(embedded[1]) == document


def test_not_a_number_is_refused_rather_than_embedded() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        script_json({"price": float("nan")})


@pytest.mark.parametrize(
    ("asked", "header", "lang"),
    [
        ("en", "es", "en"),
        (None, "en-GB,en;q=0.9,es;q=0.8", "en"),
        (None, "de, es;q=0.5, en;q=0.7", "en"),
        (None, "fr", "es"),
        (None, None, "es"),
        ("xx", "en;q=zero, es;q=0.1", "es"),
        (None, "en;q=0", "es"),
    ],
)
def test_the_language_is_the_one_asked_for_then_the_one_preferred(asked: str | None, header: str | None, lang: str) -> None:
    assert choose_lang(("es", "en"), asked, header) == lang


def test_the_whole_page_weighs_at_most_100_kb_with_gzip(render: Render) -> None:
    assert len(gzip.compress(render(documents.full_document()).encode(), 6)) < 100_000


def test_controls_are_there_for_who_may_change_the_plan_and_not_for_a_view_of_the_past(page: Page) -> None:
    def rendered(document: Json, *, controls: bool) -> str:
        offers: list[Offer] = ["controls"] if controls else []
        return render_page(page, document, lang="es", nonce="n0nce", now=documents.NOW, offers=offers)

    assert "data-edit" not in rendered(documents.full_document(), controls=False).split("<script nonce")[0]
    assert 'data-edit="pin"' in rendered(documents.full_document(), controls=True)
    past = {**documents.full_document(), "at": documents.iso(documents.NOW)}
    assert '<form data-edit="pin"' not in rendered(past, controls=True)


def test_a_clash_says_what_does_not_fit_and_what_would_mend_it(render: Render) -> None:
    document = documents.full_document()
    clash = {
        "limits": ["machines"],
        "text": {"es": "No caben 300 kg el jueves.", "en": "300 kg do not fit on Thursday."},
        "reliefs": [{"text": {"es": "Dos horas más el jueves.", "en": "Two more hours on Thursday."}}],
    }
    document["plan"] |= {"status": "infeasible", "batches": [], "objective_eur": None, "saving_eur": None, "clash": clash}
    text = words(render(document))
    assert "No hay plan posible. No caben 300 kg el jueves. Dos horas más el jueves." in text
    assert "menos que sin plan" not in text


def test_a_plan_with_something_late_is_told_as_in_force_and_one_that_stays_as_the_last(render: Render) -> None:
    document = documents.full_document()
    clash = {"limits": ["machines"], "text": {"es": "No caben 300 kg.", "en": "300 kg do not fit."}, "reliefs": []}
    late, blocked = (document | {"plan": document["plan"] | {name: clash}} for name in ("clash", "blocked"))
    unknown = document | {"plan": document["plan"] | {"blocked": clash | {"limits": []}}}
    assert "Sigue en vigor el plan anterior: no se ha encontrado otro. No caben 300 kg." in words(render(unknown))
    assert "En vigor, con retraso. No caben 300 kg." in words(render(late))
    assert "Sigue en vigor el plan anterior: el nuevo no es posible. No caben 300 kg." in words(render(blocked))


def test_the_weather_says_when_the_air_is_outside_the_limits_and_what_a_missing_source_would_give(render: Render) -> None:
    document = documents.full_document()
    start, end = documents.NOW, documents.NOW + 2 * documents.HOUR
    limit = document["weather"]["production"][0]
    limit["spans"] = [
        {"start": documents.iso(start), "end": documents.iso(end), "status": "at_cost", "extra_kw": 1.0, "margins": {}},
    ]
    document["weather"]["missing"][0]["what"] = ["pressure_forecast"]
    document["weather"]["forecast_errors"] = {
        "AEMET": {"temperature_c": {"1": {"pairs": 24, "bias": 0.1, "mean_absolute_error": 0.84}}}
    }
    text = words(render(document))
    assert "Fuera de los límites: mié 18 14:20–16:20 (+1,0 kW)" in text
    assert "OpenWeatherMap: sin configurar; falta: la presión prevista" in text
    assert "Error medio de la previsión de AEMET, por días de antelación: +1 d 0,8 °C" in text


def test_batches_are_named_as_people_say_them_also_inside_sentences(render: Render) -> None:
    document = documents.full_document()
    batch = BatchName("20261119-standard-2", "standard", date(2026, 11, 19), 2)
    said = message("advice.start", stage=Term("stage", "mixing"), batch=batch, at=Moment(documents.NOW))
    document["recommendations"][0]["text"] = message_json(said)
    assert "Empieza el lote estándar 2 (jue 19): mezclado, el miércoles 18 a las 14:20." in words(render(document))


def test_while_the_store_is_away_no_source_is_blamed(render: Render) -> None:
    document = documents.without_prices()
    document["system"]["store"]["state"] = "away"
    text = words(render(document))
    assert "La base de datos no responde." in text
    assert "Hoy: no se sabe: la base de datos no responde" in text
    assert "la fuente no los ha dado" not in text
    assert "falta un modelo" not in text


def test_weather_that_is_not_set_up_names_the_settings(render: Render) -> None:
    document = documents.spine_document()
    names = ("AEMET_API_KEY", "OPENWEATHERMAP_API_KEY")
    document["weather"] = {"hours": [], "sources": [{"setting": name, "state": "not_configured"} for name in names]}
    assert "Tiempo: sin configurar (AEMET_API_KEY, OPENWEATHERMAP_API_KEY)." in words(render(document))


def test_lines_of_templates_are_at_most_100_columns() -> None:
    lines = [(path.name, line) for path in (APP_DIR / "templates").glob("*.html") for line in path.read_text("utf-8").splitlines()]
    assert len(lines) > 500
    assert [name for name, line in lines if len(line) > 100] == []


def test_a_third_language_is_one_file_for_the_whole_page_and_every_answer(tmp_path: Path) -> None:
    shutil.copytree(APP_DIR, tmp_path / "app", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    catalogues = tmp_path / "app" / "wording" / "catalogues"
    german = (catalogues / "en.po").read_text("utf-8").replace("Language: en_GB", "Language: de_DE")
    german = german.replace('"Price now"', '"Preis jetzt"').replace('"No batch moves."', '"Kein Los wird verschoben."')
    (catalogues / "de.po").write_text(german, "utf-8")
    page = load_page(tmp_path / "app", LABELS)
    html = render_page(page, documents.full_document(), lang="de", nonce="n0nce", now=documents.NOW)
    assert "Preis jetzt" in html
    assert "0,0509" in html
    assert 'hreflang="de"' in html
    assert '"locale":"de-DE"' in html
    assert choose_lang(page.wording.langs, None, "de") == "de"
    said = page.wording.filled(message_json(message("changes.none")))
    assert [said["es"], said["de"]] == ["Ningún lote cambia de hora ni de máquina.", "Kein Los wird verschoben."]


def test_the_first_steps_offer_other_plants_while_the_plant_is_the_shipped_one(render: Render) -> None:
    shipped = tomllib.loads((APP_DIR.parent / "configs/factory.toml").read_text(encoding="utf-8"))["plant"]["name"]
    first = documents.spine_document()
    assert "scripts/init-plant" in words(render({**first, "plant": {"name": shipped}}))
    assert "scripts/init-plant" not in words(render({**first, "plant": {"name": "Obrador Ruiz"}}))
    assert "scripts/init-plant" not in words(render({**documents.full_document(), "plant": {"name": shipped}}))


def test_a_plan_without_advice_lacks_nothing(render: Render) -> None:
    document = {**documents.full_document(), "recommendations": []}
    assert "falta un plan" not in words(render(document))


def test_a_plan_that_makes_more_than_working_as_usual_says_why_it_has_no_saving(render: Render) -> None:
    document = documents.full_document()
    batches = document["plan"]["batches"]
    document["plan"] |= {"saving_eur": None, "baseline": {"batches": batches[:-2]}}
    told = f"Sin comparación: sin plan no se haría lo mismo (lotes: {len(batches) - 2}; con plan: {len(batches)})"
    assert told in words(render(document))
    document["plan"] |= {"baseline": {"batches": None}}
    assert "without a plan the same would not be made (batches: 0; with it: " in words(render(document, "en"))
    assert "Sin comparación" not in words(render(documents.full_document()))


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_day_that_cannot_be_compared_is_shown_without_a_saving(render: Render, lang: Lang) -> None:
    document = documents.full_document()
    nothing = dict.fromkeys(("saving_eur", "saving_percent", "baseline_eur", "perfect_eur", "captured_percent"))
    document["savings"]["days"][-1] |= nothing
    html = render(document, lang)
    section = words(html[html.index('id="euros"') :].partition("</section>")[0])
    plan = document["savings"]["days"][-1]["plan_eur"]
    assert f"{plan:.2f}" in section.replace(",", "."), section
    assert not re.search(r"[+−]\s*(€|\d)", section), section
