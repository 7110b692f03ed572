"""What people come for, in a real Chromium on a phone and on a desk, with taps and scrolls counted; going from day to day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from playwright.sync_api import Locator, Page, expect

from support import documents
from support.page_server import Served, page_server

OpenPage = Callable[..., Page]
SIZES = [(390, 844), (1440, 900)]
MOST_SCROLLS = 10
IN_SIGHT = """element => {
  const box = element.getBoundingClientRect();
  const bar = document.querySelector('#views').getBoundingClientRect();
  const end = bar.top > innerHeight / 2 ? bar.top : innerHeight;
  return element.checkVisibility() && box.height > 0 && box.top >= 0 && box.bottom <= end + 1;
}"""


@pytest.fixture
def served() -> Iterator[Served]:
    """A day without alerts and with nothing late."""
    document = documents.full_document()
    with page_server({**document, "alerts": [], "floor": {**document["floor"], "late": [], "asked": None}}) as server:
        yield server


@dataclass
class Hand:
    """Taps and scrolls as a person does, and counts them."""

    page: Page
    taps: int = 0
    scrolls: int = 0

    def tap(self, target: Locator) -> None:
        assert target.evaluate(IN_SIGHT) or target.locator("xpath=ancestor::nav").count()
        target.click()
        self.taps += 1

    def look_for(self, target: Locator) -> str:
        """Scroll until it is in sight; what it says."""
        expect(target).to_be_visible()
        while not target.evaluate(IN_SIGHT):
            assert self.scrolls < MOST_SCROLLS, "not found by scrolling"
            self.page.mouse.wheel(0, 500)
            self.page.wait_for_timeout(200)
            self.scrolls += 1
        return target.inner_text().replace("\n", " ").replace("\xa0", " ")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_is_now_a_good_hour_what_comes_next_and_tomorrow_without_a_tap(
    served: Served, open_page: OpenPage, width: int, height: int
) -> None:
    hand = Hand(open_page(f"{served.url}/dashboard#now", width=width, height=height))
    assert "Óptima" in hand.look_for(hand.page.locator("#now .class-now"))
    told = [hand.look_for(machine) for machine in hand.page.locator("#machines .machine").all()]
    assert len(told) >= 4 and any("hasta las" in words for words in told)
    tomorrow = hand.look_for(hand.page.locator("#tomorrow .big")), hand.page.inner_text("#tomorrow")
    assert "–" in tomorrow[0] and any(word in tomorrow[1] for word in ("ublicad", "ronóstico"))
    assert (hand.taps, hand.scrolls) == (0, 0)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_what_was_saved_last_month_and_against_what_takes_a_tap_and_at_most_one_scroll(
    served: Served, open_page: OpenPage, width: int, height: int
) -> None:
    hand = Hand(open_page(f"{served.url}/dashboard#now", width=width, height=height))
    hand.tap(hand.page.get_by_role("link", name="Dinero"))
    month = hand.page.locator("#savings .figures tbody tr").first
    assert "€" in hand.look_for(month)
    assert "sin plan" in hand.page.inner_text("#savings .figures thead").lower()
    assert hand.taps + hand.scrolls <= 2


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(
    ("view", "name", "at"),
    [("plan", "Plan", "2026-11-17T06:00"), ("prices", "Precios", "2026-11-17"), ("money", "Dinero", "2026-11-17")],
)
def test_yesterday_is_one_tap_away_in_each_view_and_the_view_stays(
    served: Served, open_page: OpenPage, width: int, height: int, view: str, name: str, at: str
) -> None:
    page = open_page(f"{served.url}/dashboard#{view}", width=width, height=height)
    page.locator(f'[data-of="{view}"] .days-nav').get_by_role("link", name="El día anterior").click()
    page.wait_for_url(f"**/dashboard?lang=es&at={at}#{view}")
    assert page.locator("#views [aria-current]").inner_text() == name
    page.go_back()
    page.wait_for_url(f"**/dashboard#{view}")


def test_a_day_is_chosen_from_the_calendar(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard#prices")
    page.locator('[data-day="prices"]').fill("2026-10-25")
    page.wait_for_url("**/dashboard?lang=es&at=2026-10-25#prices")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_week_ago_is_drawn_beside_today_with_its_words_and_table(
    served: Served, open_page: OpenPage, width: int, height: int
) -> None:
    other = documents.day_block(date(2026, 11, 11))
    served.days = {"2026-11-11": other, "2026-11-10": {**other, "date": "2026-11-10", "slots": [], "state": "missing"}}
    page = open_page(f"{served.url}/dashboard#prices", width=width, height=height)
    page.locator("#compare").get_by_role("link", name="una semana antes").click()
    page.wait_for_url("**/dashboard?lang=es&with=2026-11-11#prices")
    expect(page.locator("#days-chart .line-compare")).to_have_count(1)
    assert page.locator("#days-chart .compare-mark").text_content() == "mié 11"
    plot = page.locator('[data-chart="days"]')
    plot.focus()
    page.keyboard.press("ArrowLeft")
    assert "mié 11: 0," in page.locator("#days-chart .readout").inner_text()
    assert "costaba de media" in page.locator("#compare-said").inner_text()
    page.locator("#compare summary").click()
    assert page.locator("#compare tbody tr").count() == 24
    assert page.evaluate("document.documentElement.scrollWidth") == width
    served.document = {**served.document, "revision": "new"}  # what is compared stays when the page is made anew
    page.wait_for_timeout(4000)
    expect(page.locator("#days-chart .line-compare")).to_have_count(1)
    assert ("/dashboard", 200) in served.asked[2:]
    page.locator("[data-compare]").fill("2026-11-10")
    page.wait_for_url("**/dashboard?lang=es&with=2026-11-10#prices")
    assert "no se conserva ningún precio" in page.locator("#compare-said").inner_text()
    expect(page.locator("#days-chart .line-compare")).to_have_count(0)
    page.locator("#compare").get_by_role("link", name="Quitar").click()
    page.wait_for_url("**/dashboard?lang=es#prices")
