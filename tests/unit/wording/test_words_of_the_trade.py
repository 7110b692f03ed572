"""Words that may not stand on the page: nobody in the hall says them. The list only grows."""

import re
from pathlib import Path

import pytest

from routers.page.page import catalogue_files, load_page, render_page
from support import documents
from support.sayings import LABELS
from wording.catalogue import PLACE, catalogues_of
from wording.localise import Lang

APP_DIR = Path(__file__).parents[3] / "src" / "fastapi-app"
FORBIDDEN: dict[Lang, tuple[str, ...]] = {
    "es": (
        *("almac[eé]n", "congelad", "descongelad", "libro de ahorro", "median[ao]s?", "percentil", "cuantil", "horizonte"),
        *("pinball", "backfill", "spool", "fichero", "job", "timestamp", "dataset"),
    ),
    "en": ("frozen", "ledger", "median", "percentile", "quantile", "pinball", "backfill", "spool", "timestamp", "dataset"),
}
"""What a database, a planner or a statistician says."""
ALLOWED = {("es", "limit.stock"): "almac[eé]n"}
"""There the store of the finished goods is meant."""
FILE_NAMES = re.compile(r"\b(?:energy_optimization|production_classifier|day_ahead_spot)(?:_\d+)?\b|\.pkl\b|\.sqlite\b")


@pytest.mark.parametrize("lang", ["es", "en"])
def test_no_text_of_the_catalogue_has_a_word_that_nobody_in_the_hall_says(lang: Lang) -> None:
    texts = catalogues_of(catalogue_files(APP_DIR / "wording" / "catalogues"))[lang].texts
    assert len(texts) > 500
    found = [
        (key, word)
        for key, forms in texts.items()
        for word in FORBIDDEN[lang]
        if word != ALLOWED.get((lang, key)) and re.search(rf"\b{word}", PLACE.sub("", " ".join(forms)), re.I)
    ]
    assert found == []


@pytest.mark.parametrize("lang", ["es", "en"])
def test_no_file_of_a_model_is_named_where_nobody_asked_for_it(lang: Lang) -> None:
    document = documents.full_document()
    document["forecast"] |= {"model": "energy_optimization", "model_version": "energy_optimization_20261118T0215"}
    page = load_page(APP_DIR, LABELS)
    html = render_page(page, document, lang=lang, nonce="n", now=documents.NOW)
    told = html.split("<body>")[1].split('<script type="application/json"')[0].split('id="system"')[0]
    assert FILE_NAMES.findall(re.sub(r"<[^>]*>", " ", told)) == []
