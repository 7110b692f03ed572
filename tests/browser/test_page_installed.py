"""The page as an app, in a real Chromium: what it needs to be installed, and the last page while the service is stopped."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Error, Page, expect

from support import documents
from support.page_server import Served, page_server

OpenPage = Callable[..., Page]
REGISTERED = "async () => (await navigator.serviceWorker.getRegistrations()).length"
KEPT = "async () => (await (await caches.open('last-page')).keys()).length"
ACTIVE = """async () => {
  await navigator.serviceWorker.ready;
  while (!navigator.serviceWorker.controller) await new Promise(done => setTimeout(done, 50));
}"""


@pytest.fixture
def served() -> Iterator[Served]:
    with page_server(documents.full_document()) as server:
        yield server


def kept(page: Page) -> None:
    """Wait until the worker looks after the page, and has kept it."""
    page.evaluate(ACTIVE)
    page.wait_for_function(f"async () => await ({KEPT})() === 1")


def test_a_browser_finds_a_manifest_and_icons(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard#now")
    address = page.locator('link[rel="manifest"]').get_attribute("href")
    with urllib.request.urlopen(f"{served.url}{address}", timeout=10) as answer:
        manifest = json.load(answer)
    assert (manifest["display"], manifest["scope"], manifest["start_url"]) == ("standalone", "/dashboard", "/dashboard?lang=es")
    sizes = page.evaluate(
        """srcs => Promise.all(srcs.map(src => new Promise((done, failed) => {
          const image = new Image();
          image.onload = () => done(`${image.naturalWidth}x${image.naturalHeight}`);
          image.onerror = failed;
          image.src = src;
        })))""",
        [icon["src"] for icon in manifest["icons"]],
    )
    assert sizes == [icon["sizes"] for icon in manifest["icons"]] and {"192x192", "512x512"} <= set(sizes)
    assert page.locator('meta[name="theme-color"]').count() == 2


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
def test_with_the_service_stopped_the_last_page_opens_marked_with_its_moment(open_page: OpenPage, width: int, height: int) -> None:
    with page_server(documents.full_document()) as served:
        page = open_page(f"{served.url}/dashboard#now", width=width, height=height)
        assert not page.locator("#offline").is_visible()
        kept(page)
        page.reload()
        assert page.locator("html").get_attribute("data-kept") is None, "the network is there: what it answers is shown"
    page.reload()
    band = page.locator("#offline")
    expect(band).to_be_visible()
    assert "Sin conexión" in band.inner_text() and "no es la de ahora" in band.inner_text()
    assert "miércoles, 18 de noviembre" in band.inner_text()
    assert page.locator("html").evaluate("html => html.classList.contains('away')")
    assert int(page.locator("html").get_attribute("data-kept") or "") > 0
    assert "€/kWh" in page.inner_text("#now")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    with pytest.raises(Error, match="ERR_"):
        page.goto(f"{served.url}/dashboard?lang=es&at=2026-11-11#prices")


def test_what_the_network_answers_is_never_replaced_by_what_was_kept(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard#now")
    kept(page)
    document = documents.full_document()
    served.document = {**document, "revision": "later", "plant": {**document["plant"], "name": "Otra planta"}}
    page.reload()
    assert page.inner_text(".plant") == "Otra planta"
    served.up = False  # 503: the service itself says that it cannot; nothing is put in its place
    with pytest.raises(Error, match="ERR_HTTP_RESPONSE_CODE_FAILURE"):  # a 503 without a body, as the browser tells it
        page.reload()


def test_ages_go_on_while_the_last_page_is_shown(open_page: OpenPage) -> None:
    with page_server(documents.full_document()) as served:
        page = open_page(f"{served.url}/dashboard#all")
        kept(page)
        page.evaluate(
            """async () => {
              const store = await caches.open("last-page");
              const page = await store.match("/dashboard");
              const headers = new Headers(page.headers);
              headers.set("X-Kept-At", String(Date.now() - 26 * 3600000));
              await store.put("/dashboard", new Response(await page.text(), { headers }));
            }"""
        )
    page.reload()
    age = page.locator("#money .age, #savings .age").first
    told = timedelta(milliseconds=int(page.locator("html").get_attribute("data-kept") or ""))
    assert told >= timedelta(hours=26)
    assert "jueves, 19" in page.inner_text("#clock")
    assert "día" in age.inner_text() or "39 h" in age.inner_text(), age.inner_text()


def test_it_can_be_turned_off_and_on_and_leaves_nothing_behind(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard#system")
    kept(page)
    expect(page.locator("#installed-said")).to_have_text("La última página se guarda en este aparato.")
    page.locator("#installed-switch").click()
    expect(page.locator("#installed-said")).to_have_text("La última página no se guarda en este aparato.")
    page.wait_for_function(f"async () => await ({REGISTERED})() === 0")
    page.wait_for_function("async () => !(await caches.has('last-page'))")
    page.reload()
    page.wait_for_timeout(4000)  # the first answer of the poll would start it
    assert page.evaluate(REGISTERED) == 0
    page.locator("#installed-switch").click()
    kept(page)


def test_polls_go_on_with_304_beside_the_worker(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard#now")
    kept(page)
    before = served.count("/dashboard", 200)
    page.wait_for_timeout(7000)
    assert served.count("/dashboard/complete", 304) >= 2
    assert served.count("/dashboard", 200) == before
