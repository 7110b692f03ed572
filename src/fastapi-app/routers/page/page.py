"""The page as one HTML text: frame, texts and tables by Jinja; the document and the texts for the charts embedded as JSON."""

import json
import logging
import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from domain.errors import InvalidRequestError, MalformedRequestError
from domain.plan.labels import Labels
from domain.timeline import local_day
from routers.page.assets import Assets, load_assets
from routers.page.view import PageView
from routers.page.views import DATED, VIEWS
from wording.localise import Lang
from wording.wording import Wording, wording_of

logger = logging.getLogger("page")
Offer = Literal["controls", "files", "price_files", "bill"]
"""Changing the plan; the shift sheet, the calendar and the CSV of plan and savings; the CSV of the prices;
the bill to print."""

PARTS: Mapping[str, tuple[str, ...]] = {
    "advice": ("recommendations",),
    "days": ("prices.today", "prices.tomorrow", "prices.spot_today", "prices.spot_tomorrow"),
    "shift": ("floor",),
    "now": ("current.price", "current.paid", "current.class"),
    "facts": ("current.spot", "current.weather"),
    "machines": ("plan",),
    "usual": (),
}
"""Section -> the parts of the document that it shows, where they are not called as it is."""

LONGEST_GIVEN = 40
"""Characters of a bad date that are shown."""
NOTHING_NOW: Mapping[str, None] = dict.fromkeys(("price", "spot", "paid", "class", "weather"))
NOTHING_ELSE: Mapping[str, None] = dict.fromkeys(
    ("week", "plan", "floor", "forecast", "savings", "weather", "bill", "power", "system")
)


class Faults(Protocol):
    """Remembers what fails, and logs it once."""

    def fails(self, part: str, error: Exception) -> None:
        """A part failed."""
        ...

    def works(self, part: str) -> None:
        """A part did its work."""
        ...


class Unremembered:
    """Logs every fault."""

    def fails(self, part: str, error: Exception) -> None:
        """A part failed."""
        logger.error("part_failed part=%s", part, exc_info=error)

    def works(self, part: str) -> None:
        """A part did its work."""


ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='4' fill='%237A3E1D'/%3E"
    "%3Cpath d='M3 12h2.5V8H3zm3.75 0h2.5V4h-2.5zm3.75 0H13V6h-2.5z' fill='%23FBF8F3'/%3E%3C/svg%3E"
)
"""Three bars on chocolate, for the tab of the browser."""


@dataclass(frozen=True, slots=True)
class PageClock:
    """How fast the clock of the service goes, and the local day on which a view of the past is looked at."""

    rate: float = 1.0
    today: date | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The page's files, read once at start, and who is told of the sections that fail."""

    assets: Assets
    templates: Environment
    wording: Wording
    faults: Faults = field(default_factory=Unremembered)


def load_page(app_dir: Path, names: Labels | None = None) -> Page:
    """Read `static/`, `templates/` and the catalogues of the application's folder. `names`: what the plant calls its own things."""
    templates = Environment(
        loader=FileSystemLoader(app_dir / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    return Page(load_assets(app_dir / "static"), templates, wording_of(catalogue_files(app_dir / "wording" / "catalogues"), names))


def catalogue_files(folder: Path) -> dict[Lang, bytes]:
    """The PO file of each language."""
    return {path.stem: path.read_bytes() for path in folder.glob("*.po")}


def render_page(
    page: Page,
    document: Mapping[str, Any],
    *,
    lang: Lang,
    nonce: str,
    now: datetime,
    clock: PageClock | None = None,
    offers: Collection[Offer] = (),
) -> str:
    """The whole page for a document of GET /dashboard/complete.

    `now` is the instant of the service's clock, which the browser counts on from (as `clock` says); for a view of the past it is
    that instant, and the page does not refresh. `offers`: what else is open to this reader.
    """
    clock = clock or PageClock()
    f = page.wording.locale(lang)
    words: dict[str, Any] = {
        "document": document,
        "view": PageView(document),
        "f": f,
        "t": f.t,
        "lang": lang,
        "langs": page.wording.langs,
        "views": VIEWS,
        "dated": DATED,
        "today": (clock.today or local_day(now)).isoformat(),
        "now": now,
        "controls": "controls" in offers and not document.get("at"),
        "links": "files" in offers and not document.get("at"),
        "bill_links": "bill" in offers and not document.get("at"),
        "price_links": "price_files" in offers and not document.get("at"),
    }
    return page.templates.get_template("page.html").render(
        **words,
        section=partial(_section, page.templates, words, page.faults),
        document_json=script_json(page.wording.spoken(document, lang)),
        texts_json=script_json(page.wording.browser_texts(lang)),
        nonce=nonce,
        icon=ICON,
        clock_rate=clock.rate,
        css=Markup(page.assets.css),  # noqa: S704  our own file, read at start
        js=Markup(page.assets.js),  # noqa: S704  our own file, read at start
    )


def render_bad_date(
    page: Page, error: InvalidRequestError | MalformedRequestError, *, lang: Lang, nonce: str, now: datetime
) -> str:
    """What a reader sees who asks for a day that is none, or that has not been yet."""
    f = page.wording.locale(lang)
    return page.templates.get_template("bad_date.html").render(
        f=f,
        t=f.t,
        lang=lang,
        now=now,
        nonce=nonce,
        icon=ICON,
        why="none" if isinstance(error, MalformedRequestError) else "to_come",
        given=str(error.value)[:LONGEST_GIVEN],
        css=Markup(page.assets.css),  # noqa: S704  our own file, read at start
    )


def _section(templates: Environment, words: Mapping[str, Any], faults: Faults, name: str, of_view: str | None = None) -> Markup:
    """One section. A block that is not as expected spoils its own section only: the page says so and the log holds the error."""
    failed = next((one for one in words["document"].get("failed", ()) if one["part"] in PARTS.get(name, (name,))), None)
    try:
        text = templates.get_template(f"_{name}.html").render(words, of_view=of_view)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one block, the price must still be shown
        faults.fails(f"page.{name}", error)
        return _instead(templates, words, name, failed)
    if not words["document"].get("at"):
        faults.works(f"page.{name}")
    if failed is not None and not text.strip():
        text = templates.get_template("_failed.html").render(words, name=name, failed=failed)
    return Markup(text)  # noqa: S704  autoescaped by its own template


def _instead(templates: Environment, words: Mapping[str, Any], name: str, failed: Mapping[str, str] | None) -> Markup:
    """What stands where a section failed: that it did; of the section of now the price alone, of the title the plant."""
    if name == "title":
        return Markup.escape(words["document"]["plant"]["name"])
    text = Markup(templates.get_template("_failed.html").render(words, name=name, failed=failed))  # noqa: S704  autoescaped
    if name == "now":
        current = {**NOTHING_NOW, "price": words["document"]["current"]["price"]}
        document = {**words["document"], **NOTHING_ELSE, "current": current}
        with suppress(Exception):  # else the price itself is what failed
            alone = {**words, "document": document, "view": PageView(document)}
            return text + Markup(templates.get_template("_now.html").render(alone))  # noqa: S704  autoescaped
    return text


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
        "manifest-src 'self'; worker-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def choose_lang(langs: Sequence[Lang], asked: str | None, accept_language: str | None) -> Lang:
    """The language asked for in the query, else the first known one by weight in Accept-Language, else the first of all."""
    if asked is not None and asked in langs:
        return asked
    weighted = sorted(_weights(accept_language or ""), reverse=True)
    for weight, _, tag in weighted:
        lang = tag.split("-")[0]
        if weight > 0 and lang in langs:
            return lang
    return langs[0]


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
