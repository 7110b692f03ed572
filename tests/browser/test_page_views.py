"""The views of the page in a real Chromium: the first screen of a phone, the address, and the clock that moves the machines on."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from support import documents
from support.page_server import Served, page_server

OpenPage = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
BOTTOM = "element => element.getBoundingClientRect().bottom"
TOP_OF_BAR = "document.querySelector('#views').getBoundingClientRect().top"


@pytest.fixture
def quiet() -> Iterator[Served]:
    """A day without alerts and with nothing late."""
    document = documents.full_document()
    with page_server({**document, "alerts": [], "floor": {**document["floor"], "late": [], "asked": None}}) as server:
        yield server


def test_a_phone_shows_the_answer_without_scrolling(quiet: Served, open_page: OpenPage) -> None:
    page = open_page(f"{quiet.url}/dashboard#now", **PHONE)
    assert page.evaluate("scrollY") == 0
    bar = page.evaluate(TOP_OF_BAR)
    ends = [page.locator(part).evaluate(BOTTOM) for part in ("#now", "#machines", "#tomorrow .big", "#euros .big")]
    assert ends[:2] == sorted(ends[:2])
    assert max(ends) <= bar
    assert "Óptima hasta las 17:00" in page.inner_text("#now").replace("\n", " ")


def test_each_view_shows_its_own_sections_and_the_address_says_which(quiet: Served, open_page: OpenPage) -> None:
    page = open_page(f"{quiet.url}/dashboard#plan")
    assert page.locator("main .panel:visible").evaluate_all("all => all.map(one => one.id)") == ["plan", "plan-cost"]
    page.get_by_role("link", name="Precios").click()
    expect(page.locator("#days .plot svg")).to_be_visible()
    expect(page.locator("#plan")).to_be_hidden()
    assert page.url.endswith("#prices")
    assert page.locator("#views [aria-current]").inner_text() == "Precios"
    assert page.evaluate("scrollY") == 0
    page.go_back()
    expect(page.locator("#plan")).to_be_visible()
    assert page.locator("#views [aria-current]").inner_text() == "Plan"


def test_an_address_of_a_section_opens_the_view_that_holds_it(quiet: Served, open_page: OpenPage) -> None:
    page = open_page(f"{quiet.url}/dashboard#savings")
    assert page.locator("#views [aria-current]").inner_text() == "Dinero"
    assert page.locator("#savings").is_visible()
    page = open_page(f"{quiet.url}/dashboard#no-such-thing")
    assert page.locator("#views [aria-current]").inner_text() == "Ahora"


def test_a_new_document_leaves_the_view(quiet: Served, open_page: OpenPage) -> None:
    page = open_page(f"{quiet.url}/dashboard#prices")
    quiet.document = {**quiet.document, "revision": "other"}
    with page.expect_response("**/dashboard?lang=*"):
        page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_timeout(100)
    assert page.locator("#views [aria-current]").inner_text() == "Precios"
    assert page.locator("#days").is_visible()


def test_critical_alerts_stand_open_in_every_view_and_others_are_one_line(open_page: OpenPage) -> None:
    document = documents.full_document()
    (alert,) = document["alerts"]
    document["alerts"] = [{**alert, "id": level, "level": level} for level in ("critical", "warning", "info")]
    with page_server(document) as served:
        page = open_page(f"{served.url}/dashboard#system")
        assert page.locator("#alert-critical").is_visible()
        assert page.locator("#alert-warning").is_hidden()
        page.locator("#all-alerts summary").click()
        assert page.locator("#alert-warning").is_visible()
        assert page.locator("#alert-info").is_hidden()


def test_a_machine_moves_on_with_the_clock_without_a_new_document(open_page: OpenPage) -> None:
    with page_server(documents.full_document()) as served:
        page = open_page(f"{served.url}/dashboard#now")
        assert "estándar 2 (mié 18) hasta las 14:30." in page.inner_text("#machine-refining")
        assert "Libre. A las 14:30: estándar 2 (mié 18)" in page.inner_text("#machine-conching-1").replace("\n", " ")
        served.now += timedelta(minutes=11)
        with page.expect_response("**/dashboard/complete"):
            page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator("#machine-conching-1")).to_have_class("machine busy", timeout=15_000)
        assert "estándar 2 (mié 18) hasta las 17:00" in page.inner_text("#machine-conching-1")
        assert page.locator("#machine-refining .idle").is_visible()


@pytest.mark.parametrize("view", ["now", "plan", "prices", "money", "system"])
@pytest.mark.parametrize("width", [320, 390])
def test_no_view_scrolls_sideways_on_a_phone(open_page: OpenPage, view: str, width: int) -> None:
    with page_server(documents.full_document()) as served:
        served.controls = True
        page = open_page(f"{served.url}/dashboard#{view}", width=width, height=844)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("view", ["now", "plan", "prices", "money", "system"])
def test_axe_finds_nothing_in_a_view(open_page: OpenPage, axe_source: str, view: str) -> None:
    with page_server(documents.full_document()) as served:
        served.controls = True
        page = open_page(f"{served.url}/dashboard#{view}", **PHONE)
        page.evaluate(axe_source)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        assert [(rule["id"], [node["html"][:160] for node in rule["nodes"]][:3]) for rule in found["violations"]] == []
