"""Changing the plan in a real Chromium: by mouse, by keys, with the token of the service, and not where it is not open."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from support import documents
from support.page_server import Served, page_server

OpenPage = Callable[..., Page]
PIN = "[data-edit=pin] [name=start]"


@pytest.fixture
def served() -> Iterator[Served]:
    with page_server(documents.full_document()) as server:
        server.controls = True
        yield server


def test_a_reader_without_controls_sees_none(served: Served, open_page: OpenPage) -> None:
    served.controls = False
    page = open_page(f"{served.url}/dashboard")
    assert page.locator("#plan-tools, [data-edit], [data-undo]").count() == 0
    page.locator("#plan .plot").focus()
    page.keyboard.press("Enter")
    assert served.asked == [("/dashboard", 200)]


def test_keys_choose_move_and_pin_a_stage_and_undo_it(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    plot = page.locator("#plan .plot")
    plot.focus()
    page.keyboard.press("Home")
    assert (plot.get_attribute("aria-valuetext") or "").startswith("Lote estándar 1 (mié 18) · Mezclado: mié 18, 06:30–07:00")
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")
    assert page.inner_text("#plan .readout") == "estándar 1 (mié 18), Mezclado: mié 18, 07:00"
    page.keyboard.press("Enter")
    assert page.input_value(PIN) == "2026-11-18T07:00"
    assert page.evaluate("document.activeElement.name") == "start"
    page.keyboard.press("Enter")
    expect(page.locator("#edit-said")).to_have_text("Hecho. El plan cuesta 221 €.")
    assert served.sent == [{"kind": "pin", "quality": "standard", "stage": "mixing", "start": "2026-11-18T07:00"}]
    undo = page.locator("#edit-list [data-undo]")
    expect(undo).to_have_accessible_name("Deshacer: Fijado: Mezclado, estándar, mié 18 07:00")
    undo.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#edit-list")).to_have_text("No hay peticiones.")
    assert served.sent == []


def test_escape_leaves_the_stage_where_it_was(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    page.locator("#plan .plot").focus()
    page.keyboard.press("Shift+ArrowRight")
    assert page.locator("#plan .ghost").get_attribute("visibility") == "visible"
    page.keyboard.press("Escape")
    assert page.locator("#plan .ghost").get_attribute("visibility") == "hidden"
    assert page.locator("#plan-tools").get_attribute("open") is None


def test_the_mouse_drags_a_stage_into_the_form(served: Served, open_page: OpenPage) -> None:
    page = open_page(f"{served.url}/dashboard")
    page.locator("#plan .plot").scroll_into_view_if_needed()
    page.locator("#plan .plot").evaluate("plot => { plot.scrollLeft = 1e6; }")
    block = page.locator("#plan rect.block").last.bounding_box()
    assert block is not None
    x, y = block["x"] + 3, block["y"] + 8
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 26, y, steps=4)
    page.mouse.up()
    last = documents.full_document()["plan"]["batches"][-1]["stages"][-1]
    assert page.input_value("[data-edit=pin] [name=stage]") == last["stage"]
    moved = datetime.fromisoformat(page.input_value(PIN)).replace(tzinfo=documents.MADRID)
    planned = datetime.fromisoformat(last["start"])
    assert planned - moved == 2 * documents.HOUR


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("rests", [True, False])
def test_a_finger_that_rests_on_a_stage_drags_it_and_one_that_does_not_scrolls(
    served: Served, open_page: OpenPage, width: int, rests: bool
) -> None:
    page = open_page(f"{served.url}/dashboard#plan", width=width, height=844)
    cdp = page.context.new_cdp_session(page)
    cdp.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    page.reload()
    plot = page.locator("#plan .plot")
    plot.scroll_into_view_if_needed()
    plot.evaluate("plot => { plot.scrollLeft = 1e6; }")
    block = page.locator("#plan rect.block").last.bounding_box()
    assert block is not None
    x, y = block["x"] + 3, block["y"] + 8

    def touch(kind: str, *points: float) -> None:
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at, "y": y} for at in points]})

    touch("touchStart", x)
    page.wait_for_timeout(600 if rests else 0)
    for step in range(1, 5):
        touch("touchMove", x - 6.5 * step)
        page.wait_for_timeout(20)
    scrolled = plot.evaluate("plot => plot.scrollWidth - plot.clientWidth - plot.scrollLeft")
    touch("touchEnd")
    last = documents.full_document()["plan"]["batches"][-1]["stages"][-1]
    if rests:
        assert page.input_value("[data-edit=pin] [name=stage]") == last["stage"]
        moved = datetime.fromisoformat(page.input_value(PIN)).replace(tzinfo=documents.MADRID)
        assert datetime.fromisoformat(last["start"]) - moved == 2 * documents.HOUR
        assert scrolled < 1, "it moves the stage, not the chart"
    else:
        assert page.input_value(PIN) == "" and page.locator("#plan .ghost").get_attribute("visibility") == "hidden"


def test_the_token_is_asked_for_once(served: Served, open_page: OpenPage) -> None:
    served.token = "the-token-of-this-test"
    page = open_page(f"{served.url}/dashboard")
    page.locator("#plan-tools summary").click()
    page.fill("[data-edit=forbidden] [name=start]", "2026-11-19T18:00")
    page.fill("[data-edit=forbidden] [name=end]", "2026-11-19T22:00")
    page.locator("[data-edit=forbidden] button").click()
    expect(page.locator("#token")).to_be_visible()
    page.fill("#token input", served.token)
    page.keyboard.press("Enter")
    expect(page.locator("#edit-said")).to_contain_text("Hecho.")
    page.locator("[data-edit=forbidden] button").click()
    expect(page.locator("#edit-said")).to_contain_text("Hecho.")
    assert len(served.sent) == 2
    assert page.locator("#token").is_hidden()
    assert page.evaluate("sessionStorage.getItem('api-token')") == served.token


def test_without_the_token_nothing_is_changed(served: Served, open_page: OpenPage) -> None:
    served.token = "the-token-of-this-test"
    page = open_page(f"{served.url}/dashboard")
    page.locator("#plan-tools summary").click()
    page.fill(PIN, "2026-11-19T18:00")
    page.locator("[data-edit=pin] button").click()
    expect(page.locator("#token")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#edit-said")).to_have_text("No se ha cambiado nada: falta la clave.")
    assert served.sent == []


def test_axe_finds_nothing_in_the_open_tools(served: Served, open_page: OpenPage, axe_source: str) -> None:
    page = open_page(f"{served.url}/dashboard", width=360)
    page.locator("#plan-tools summary").click()
    page.evaluate(axe_source)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    assert [(rule["id"], [node["html"][:160] for node in rule["nodes"]][:3]) for rule in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_plan_that_does_not_fit_says_what_would_mend_it(open_page: OpenPage) -> None:
    document = documents.full_document()
    said = {"es": "Con las dos concheadoras paradas no sale lo del jueves.", "en": "With both conches down Thursday cannot be met."}
    relief = {"es": "300 kg menos el jueves.", "en": "300 kg less on Thursday."}
    document["plan"]["blocked"] = {"limits": ["machines", "demand"], "text": said, "reliefs": [{"text": relief}]}
    with page_server(document) as server:
        page = open_page(f"{server.url}/dashboard")
        assert "no sale lo del jueves" in page.inner_text("#plan-clash")
        assert "300 kg menos el jueves." in page.inner_text("#plan-clash li")
