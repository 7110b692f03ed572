"""The page in a real Chromium: what it draws, how it is read, how it refreshes, and what it does when the service is away."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from support import documents
from support.page_asks import answered, asked, drawn
from support.page_server import Served, page_server

OpenPage = Callable[..., Page]


@pytest.fixture
def served() -> Iterator[Served]:
    with page_server(documents.full_document()) as server:
        yield server


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["es", "en"])
def test_axe_finds_nothing(served: Served, open_page: OpenPage, axe_source: str, lang: str, scheme: str, width: int) -> None:
    page = open_page(f"{served.url}/dashboard?lang={lang}", width=width, scheme=scheme)
    page.evaluate(axe_source)
    found = page.evaluate(
        "axe.run({resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    assert [(rule["id"], [node["html"][:160] for node in rule["nodes"]][:3]) for rule in found["violations"]] == []


@pytest.mark.parametrize("width", [320, 360, 640])  # 640: a window of 1280 at 200 % zoom
def test_a_narrow_screen_needs_no_sideways_scroll(served: Served, open_page: OpenPage, width: int) -> None:
    page = open_page(f"{served.url}/dashboard", width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_document_alone_makes_the_page(served: Served, open_page: OpenPage) -> None:
    open_page(f"{served.url}/dashboard")
    assert served.asked == [("/dashboard", 200)]


def test_every_hour_of_both_days_is_drawn(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    assert page.locator("#days .plot rect.bar-cls").count() == 48
    assert page.locator("#week .plot rect[class^=shade]").count() == 168 + 9


@pytest.mark.parametrize(("day", "hours"), [("2025-10-26", 25), ("2025-03-30", 23)])
def test_clock_change_days_are_drawn_whole(open_page: OpenPage, day: str, hours: int) -> None:
    at = datetime.fromisoformat(f"{day}T11:20:00").replace(tzinfo=UTC)
    with page_server(documents.spine_document(at)) as server:
        page = open_page(f"{server.url}/dashboard")
        assert page.locator("#days .plot rect.bar-per").count() == hours
        assert page.locator("#days tbody tr").count() == hours + 1


def test_arrow_keys_read_the_hours_aloud(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    plot = page.locator("#days .plot")
    plot.focus()
    assert plot.get_attribute("aria-valuetext") == "mié 18, 14:00–15:00: 0,0509\u00a0€/kWh · P2 · Óptima · publicado"
    page.keyboard.press("ArrowRight")
    expect(page.locator("#days .readout")).to_have_text("mié 18, 15:00–16:00: 0,0483 €/kWh · P2 · Óptima · publicado")
    page.keyboard.press("Home")
    assert (plot.get_attribute("aria-valuetext") or "").startswith("mié 18, 00:00–01:00")


def test_pointer_and_keys_show_the_same_hour_of_the_week(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    page.locator("#week .plot").focus()
    page.keyboard.press("ArrowDown")
    by_key = page.locator("#hour").inner_text()
    assert by_key.startswith("jueves, 19 de noviembre, 14:00–15:00")
    page.keyboard.press("ArrowLeft")
    box = page.locator("#week .plot").bounding_box()
    assert box is not None
    step = (box["width"] - 52) / 24
    page.mouse.move(box["x"] + 52 + 14.5 * step, box["y"] + 20 + 1.5 * 30)
    assert page.locator("#hour").inner_text() == by_key


def test_the_switch_of_the_week_works_by_keyboard(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    page.locator("input[value=price]").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#week .plot rect.bar-cls").count() == 168
    assert page.locator("#week .plot text.cell-mark").count() == 168


def test_the_theme_switch_is_kept_over_a_reload(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(251, 248, 243)"
    page.locator("#theme").click()
    assert page.evaluate(ground) == "rgb(22, 16, 12)"
    page.reload()
    assert page.evaluate(ground) == "rgb(22, 16, 12)"


def test_the_language_follows_the_browser_and_the_switch(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard", locale="en-GB")
    assert "Price now" in page.inner_text("#now")
    page.locator(".langs a[hreflang=es]").click()
    assert "Precio ahora" in page.inner_text("#now")


def test_ages_are_counted_by_the_clock_of_the_service(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    assert page.locator("#now time.age").first.inner_text() == "hace 17 h"
    assert page.inner_text("#clock") == "miércoles, 18 de noviembre, 14:20"


def test_an_unchanged_document_is_answered_with_304_and_changes_nothing(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    page.evaluate("window.before = document.querySelector('#days svg')")
    for _ in range(2):
        answered(page)
    page.wait_for_timeout(50)
    assert served.count("/dashboard/complete", 304) == 1
    assert served.count("/dashboard", 200) == 1
    assert page.evaluate("window.before === document.querySelector('#days svg')")


def changed(document: documents.Json) -> documents.Json:
    """The same with another price now, without its alert, and with one source failing."""
    other: documents.Json = json.loads(json.dumps(document))
    other["revision"] = "5b3c"
    other["current"]["price"]["price_eur_kwh"] = 0.0777
    other["alerts"] = []
    other["system"]["sources"][0]["state"] = "degraded"
    return other


def refresh_to(page: Page, served: Served, document: documents.Json) -> None:
    served.document = document
    with page.expect_response("**/dashboard?lang=*"):
        asked(page)


def test_a_change_comes_in_without_loss_of_focus_scroll_or_open_tables(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    page.locator("#days summary").click()
    page.locator("#theme").focus()
    page.evaluate("scrollTo(0, 600)")
    refresh_to(page, served, changed(served.document))
    expect(page.locator("#now .big")).to_contain_text("0,0777")
    assert page.title().startswith("0,0777\u00a0€/kWh")
    assert page.locator("#alerts").count() == 0
    assert page.inner_text("#state") == "Datos incompletos"
    assert page.evaluate("document.activeElement.id") == "theme"
    assert page.locator("#days details").get_attribute("open") is not None


def test_a_change_leaves_the_scroll_and_an_open_table_in_their_place(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    page.locator("#forecast summary").first.click()
    page.locator("#forecast .scroll").evaluate("table => { table.scrollTop = 200; }")
    page.locator("#forecast").scroll_into_view_if_needed()
    box = "document.querySelector('#forecast').getBoundingClientRect().top"
    where = f"[scrollY, document.querySelector('#forecast .scroll').scrollTop, {box}]"
    before = page.evaluate(where)
    assert before[0] > 500
    refresh_to(page, served, {**changed(served.document), "alerts": served.document["alerts"]})
    expect(page.locator("#now .big")).to_contain_text("0,0777")
    drawn(page)
    assert page.evaluate(where) == before


def test_many_changes_leave_nothing_behind(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard?lang=es")
    states = [changed(served.document), served.document]

    def nodes_after(rounds: int) -> tuple[int, int]:
        for number in range(rounds):
            refresh_to(page, served, {**states[number % 2], "revision": f"{rounds}-{number}"})
            expect(page.locator("#now .big")).to_contain_text(("0,0777", "0,0509")[number % 2])
            drawn(page)
        return collected(page)

    (nodes, listeners), (nodes_later, listeners_later) = nodes_after(4), nodes_after(20)
    assert listeners_later <= listeners  # fewer, where the first count came before all was collected
    assert nodes_later - nodes < 20  # not one a change; the browser itself keeps a few more or less


def collected(page: Page) -> tuple[int, int]:
    """Nodes and listeners once collecting garbage changes nothing any more."""
    session = page.context.new_cdp_session(page)
    before = (-1, -1)
    for _ in range(10):
        session.send("HeapProfiler.collectGarbage")
        page.wait_for_timeout(50)
        counts = session.send("Memory.getDOMCounters")
        now = (counts["nodes"], counts["jsEventListeners"])
        if now == before:
            break
        before = now
    return before


def test_nothing_moves_for_who_wants_no_motion(served: Served, open_page: OpenPage) -> None:
    cases: tuple[tuple[Literal["reduce", "no-preference"], list[str]], ...] = (("reduce", []), ("no-preference", ["flash"]))
    for motion, fades in cases:
        served.document = documents.full_document()
        page = open_page(f"{served.url}/dashboard")
        page.emulate_media(reduced_motion=motion)
        refresh_to(page, served, changed(served.document))
        expect(page.locator("#now .big")).to_contain_text("0,0777")
        assert page.evaluate("document.getAnimations().map(one => one.animationName)") == fades


def test_a_change_leaves_the_reader_of_a_chart_where_it_is(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    page.locator("#days .plot").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    read = page.inner_text("#days .readout")
    assert read.startswith("mié 18, 17:00–18:00")
    refresh_to(page, served, changed(served.document))
    expect(page.locator("#now .big")).to_contain_text("0,0777")
    assert page.inner_text("#days .readout") == read


def test_after_a_change_the_page_is_what_a_fresh_load_gives(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    refresh_to(page, served, changed(served.document))
    expect(page.locator("#now .big")).to_contain_text("0,0777")
    page.locator("#system").scroll_into_view_if_needed()
    fresh = open_page(f"{served.url}/dashboard")
    assert shown_text(page) == shown_text(fresh)


def shown_text(page: Page) -> str:
    drawn(page)
    return re.sub(r"\s+", " ", page.locator("#page").evaluate("element => element.textContent"))


def test_sections_appear_when_they_have_content(open_page: OpenPage) -> None:
    with page_server(documents.spine_document()) as server:
        page = open_page(f"{server.url}/dashboard")
        assert page.locator("#week").count() == 0
        refresh_to(page, server, {**documents.full_document(), "revision": "new"})
        expect(page.locator("#week .plot svg")).to_be_visible()
        expect(page.locator(".todo")).to_have_count(0)


def test_without_the_service_the_last_state_stays_greyed_and_comes_back(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    served.up = False
    answered(page)
    expect(page.locator("#offline")).to_have_text(
        "Sin conexión con el servicio. Se muestra el último estado conocido, de las 14:20. La página se reconecta sola."
    )
    assert "0,0509" in page.inner_text("#now")
    assert page.evaluate("getComputedStyle(document.querySelector('main')).filter") == "grayscale(1)"
    assert page.inner_text("#live") == "Sin conexión con el servicio"
    served.up = True
    answered(page)
    expect(page.locator("#offline")).to_be_hidden()
    assert page.inner_text("#live") == "Conexión recuperada"


def test_no_prices_at_all_is_said_and_nothing_is_drawn_as_a_price(open_page: OpenPage) -> None:
    with page_server(documents.without_prices()) as server:
        page = open_page(f"{server.url}/dashboard")
        assert page.inner_text("#state") == "Sin precio ahora"
        assert page.locator("#days .plot rect.bar-per, #days .plot rect.bar-cls").count() == 0
        assert page.locator("#days .plot text", has_text="sin datos").count() == 1


def test_a_price_below_zero_stands_under_the_axis(open_page: OpenPage) -> None:
    document = documents.spine_document()
    document["prices"]["today"]["slots"][14]["price_eur_kwh"] = -0.02
    with page_server(document) as server:
        page = open_page(f"{server.url}/dashboard")
        zero = float(page.locator("#days line.axis").first.get_attribute("y1") or "nan")
        assert float(page.locator("#days rect.below-zero").get_attribute("y") or "nan") == pytest.approx(zero)


def test_simulated_data_is_marked_in_every_chart(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    unmarked = "[...document.querySelectorAll('.plot')].filter(plot => !plot.querySelector('.watermark')).length"
    assert page.evaluate(unmarked) == 0
    served.document = documents.full_document(simulated=False)
    assert open_page(f"{served.url}/dashboard").locator(".watermark").count() == 0


def test_the_shift_sheet_prints_on_one_page(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    page.emulate_media(media="print")
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1


def test_targets_are_large_enough(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard", width=360)
    sizes: list[Any] = page.evaluate(  # what can be pressed: its words, width and height [px]
        "[...document.querySelectorAll('button, summary, .langs a, .switch span')]"
        ".filter(e => e.offsetParent).map(e => [e.textContent, e.offsetWidth, e.offsetHeight])"
    )
    assert [size for size in sizes if size[1] < 24 or size[2] < 24] == []
