"""The page as one HTML text: frame, texts and tables by Jinja; the document and the texts for the charts embedded as JSON."""

import json
import logging
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from routers.page.assets import Assets, load_assets
from routers.page.view import PageView
from wording.localise import LANGS, Lang, Locale
from wording.texts import browser_texts

logger = logging.getLogger("page")
Offer = Literal["controls", "files", "price_files"]
"""Changing the plan; the shift sheet, the calendar and the CSV of plan and savings; the CSV of the prices."""


@dataclass(frozen=True, slots=True)
class Page:
    """The page's files, read once at start."""

    assets: Assets
    templates: Environment


def load_page(app_dir: Path) -> Page:
    """Read `static/` and `templates/` of the application's folder."""
    templates = Environment(
        loader=FileSystemLoader(app_dir / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    return Page(load_assets(app_dir / "static"), templates)


def render_page(
    page: Page,
    document: Mapping[str, Any],
    *,
    lang: Lang,
    nonce: str,
    now: datetime,
    clock_rate: float = 1.0,
    offers: Collection[Offer] = (),
) -> str:
    """The whole page for a document of GET /dashboard/complete.

    `now` is the instant of the service's clock, which the browser counts on from (at `clock_rate`); for a view of the past it is
    that instant, and the page does not refresh. `offers`: what else is open to this reader.
    """
    words: dict[str, Any] = {
        "document": document,
        "view": PageView(document),
        "f": Locale(lang),
        "t": Locale(lang).t,
        "lang": lang,
        "langs": LANGS,
        "now": now,
        "controls": "controls" in offers and not document.get("at"),
        "links": "files" in offers and not document.get("at"),
        "price_links": "price_files" in offers and not document.get("at"),
    }
    return page.templates.get_template("page.html").render(
        **words,
        section=partial(_section, page.templates, words),
        document_json=script_json(document),
        texts_json=script_json(browser_texts(LANGS.index(lang))),
        nonce=nonce,
        clock_rate=clock_rate,
        css=Markup(page.assets.css),  # noqa: S704  our own file, read at start
        js=Markup(page.assets.js),  # noqa: S704  our own file, read at start
    )


def _section(templates: Environment, words: Mapping[str, Any], name: str) -> Markup:
    """One section. A block that is not as expected spoils its own section only: the page says so and the log holds the error."""
    try:
        return Markup(templates.get_template(f"_{name}.html").render(words))  # noqa: S704  autoescaped by its own template
    except Exception:  # whatever is wrong with one block, the price must still be shown
        logger.exception("page_section_failed section=%s revision=%s", name, words["document"].get("revision"))
        return Markup(templates.get_template("_failed.html").render(words, name=name))  # noqa: S704  autoescaped


def script_json(value: object) -> Markup:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(character, escape)
    return Markup(text)  # noqa: S704  escaped above


def new_nonce() -> str:
    """A nonce for one response: 128 random bits."""
    return secrets.token_urlsafe(16)


def csp(nonce: str) -> str:
    """The Content-Security-Policy of the page: its own inline style and script, its own origin for data, nothing else."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def choose_lang(asked: str | None, accept_language: str | None) -> Lang:
    """The language asked for in the query, else the first known one by weight in Accept-Language, else Spanish."""
    for lang in LANGS:
        if asked == lang:
            return lang
    weighted = sorted(_weights(accept_language or ""), reverse=True)
    for weight, _, tag in weighted:
        for lang in LANGS:
            if weight > 0 and tag.split("-")[0] == lang:
                return lang
    return "es"


def _weights(header: str) -> list[tuple[float, int, str]]:
    """(weight, minus the place in the list, tag) of each part of an Accept-Language header that is understood."""
    found = []
    for place, part in enumerate(header.lower().split(",")):
        tag, _, parameter = part.strip().partition(";")
        quality = parameter.strip().removeprefix("q=") or "1"
        try:
            found.append((float(quality), -place, tag.strip()))
        except ValueError:
            continue
    return found
