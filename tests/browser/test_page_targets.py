"""What a finger and weak eyes need, in a real Chromium at 390 px: targets of 44 px on every view, and text of 200 %."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from support import documents
from support.page_server import Served, page_server

OpenPage = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
VIEWS = ("now", "plan", "prices", "money", "system")
LEAST_PX = 44
OPENED = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
SMALL = """least => [...document.querySelectorAll('a, button, summary, input, select, textarea, [role=slider], label:has(input)')]
  .filter(one => one.checkVisibility({ visibilityProperty: true }) && !one.closest('.skip, .visually-hidden'))
  .filter(one => !(one.matches('input') && one.closest('label')?.getBoundingClientRect().height >= least))
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([one, box]) => box.height > 1 && (box.height < least - 0.5 || box.width < least - 0.5))
  .map(([one, box]) => `${one.outerHTML.slice(0, 90)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""
LARGE_TEXT = "document.documentElement.style.setProperty('font-size', '200%')"
WIDER = """() => [...document.querySelectorAll('main *, header *, nav *')]
  .filter(one => one.checkVisibility({ contentVisibilityAuto: true }))
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.plot, .scroll, svg, table, pre, code'))
  .map(one => one.outerHTML.slice(0, 100)).slice(0, 5)"""


@pytest.fixture
def served() -> Iterator[Served]:
    with page_server(documents.full_document()) as server:
        server.controls = True
        yield server


@pytest.mark.parametrize("view", VIEWS)
def test_every_target_is_as_large_as_a_finger(served: Served, open_page: OpenPage, view: str) -> None:
    page = open_page(f"{served.url}/dashboard#{view}", **PHONE)
    page.evaluate(OPENED)
    assert page.evaluate(SMALL, LEAST_PX) == []


@pytest.mark.parametrize("view", VIEWS)
def test_text_of_twice_the_size_needs_no_sideways_scroll(served: Served, open_page: OpenPage, view: str) -> None:
    page = open_page(f"{served.url}/dashboard#{view}", **PHONE)
    page.evaluate(LARGE_TEXT)
    page.wait_for_timeout(300)
    assert (page.evaluate("document.documentElement.scrollWidth"), page.evaluate(WIDER)) == (390, [])
