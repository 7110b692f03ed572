"""The page of the real service over the simulator, in a real Chromium: what it shows, how it lives on, what can be asked of it."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bench.ports import reserved_port
from support.page_asks import answered, asked
from support.page_world import World, clock_from, service, simulator

OpenPage = Callable[..., Page]
AT = "2026-03-18T10:20:00+00:00"
"""A Wednesday, 11:20 in Madrid."""
AXE = "axe.run({resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
pytestmark = pytest.mark.timeout(600)


@dataclass
class Live:
    """A service that can be stopped and started again on the same ports."""

    folder: Path
    simulator: str
    settings: dict[str, str]
    world: World = field(init=False)
    _running: ExitStack = field(default_factory=ExitStack, init=False)

    def start(self) -> None:
        self.world = self._running.enter_context(service(self.folder, self.simulator, self.settings))

    def stop(self) -> None:
        self._running.close()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One service for all tests: five weeks of history, a forecast by the baseline, a plan, advice."""
    folder, clock = tmp_path_factory.mktemp("live"), clock_from(AT)
    with simulator(folder, clock) as address:
        running = Live(folder, address, clock | {"HISTORY_START": "2026-02-09", "PORT": str(reserved_port(3))})
        running.start()
        running.world.until("/ready", lambda answer: answer["ingestion"]["state"] == "done")
        running.world.run("weather_observed", "weather_forecast", "forecast_issue", "plan", "advice")
        yield running
        running.stop()


@pytest.fixture
def url(live: Live) -> str:
    return live.world.url


def test_every_section_has_real_content(live: Live, open_page: OpenPage) -> None:
    document = live.world.json("/dashboard/complete")
    page = open_page(f"{live.world.url}/dashboard")
    price = document["current"]["price"]["price_eur_kwh"]
    assert f"{price:.4f}".replace(".", ",") in page.inner_text("#now")
    assert page.locator("#days rect.bar-cls").count() == len(document["prices"]["today"]["slots"]) == 24
    assert page.locator("#week rect[class^=shade], #week rect.below-zero").count() >= 168
    stages = [stage for batch in document["plan"]["batches"] for stage in batch["stages"]]
    assert page.locator("#plan rect.block").count() == len(stages) > 0
    assert page.locator("#advice li").count() == len(document["recommendations"]) > 0
    assert page.locator("#alerts li, #notes li").count() == len(document["alerts"])
    assert page.locator("#forecast tbody tr").count() == len(document["forecast"]["hours"])
    assert page.locator("#weather-title").is_visible()
    assert "© AEMET" in page.inner_text("#weather")
    assert "OpenWeather (openweathermap.org)" in page.inner_text("#weather")
    assert page.locator("#system-sources li[id^=source-]").count() == len(document["system"]["sources"]) > 0
    assert page.locator("[data-failed]").count() == 0


def test_every_figure_of_a_source_has_its_age(url: str, open_page: OpenPage) -> None:
    page = open_page(f"{url}/dashboard")
    for section in ("now", "days", "week", "plan-cost", "forecast", "weather", "system"):
        assert page.locator(f"#{section} time.age").count() > 0, section
    assert page.locator("time.age", has_text=re.compile("^a las ")).count() == 0  # the script has replaced every one


def test_simulated_data_cannot_be_overlooked(url: str, open_page: OpenPage) -> None:
    page = open_page(f"{url}/dashboard")
    assert page.inner_text(".band.simulated") == "Datos simulados: ningún precio es real"
    assert page.evaluate("[...document.querySelectorAll('.plot')].every(plot => plot.querySelector('.watermark'))")


def test_no_word_of_the_other_language_stays(url: str, open_page: OpenPage) -> None:
    spanish, english = (open_page(f"{url}/dashboard?lang={lang}").inner_text("#page") for lang in ("es", "en"))
    assert re.findall(r"\b(?:the|hours|price|not|with|forecast|observed)\b", spanish) == []
    assert re.findall(r"\b(?:hoy|mañana|precio|horas|lote|previsto|observado|miércoles|jueves)\b", english) == []


def test_what_has_not_changed_is_answered_with_304(url: str, open_page: OpenPage) -> None:
    page = open_page(f"{url}/dashboard")
    statuses: list[int] = []
    page.on("response", lambda answer: statuses.append(answer.status) if answer.url.endswith("/dashboard/complete") else None)
    page.reload()  # so that its first question is heard, however soon it is asked
    while 304 not in statuses and len(statuses) < 20:  # a job that ends in between is a change
        answered(page)
    assert statuses[0] == 200
    assert statuses[-1] == 304


def test_the_theme_follows_the_system_and_the_switch(url: str, open_page: OpenPage) -> None:
    page = open_page(f"{url}/dashboard", scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(22, 16, 12)"
    page.locator("#theme").click()
    assert page.evaluate(ground) == "rgb(251, 248, 243)"


def test_keys_reach_every_control_and_chart_in_the_order_of_reading(url: str, open_page: OpenPage) -> None:
    page = open_page(f"{url}/dashboard")
    seen: list[str] = []
    for _ in range(80):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("(e => e.dataset.chart ?? e.id ?? e.tagName)(document.activeElement)"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none" or page.evaluate("document.activeElement.matches('.switch input, body')"), seen[-1]
    charts = [name for name in seen if name in ("days", "week", "gantt", "fan", "temperature", "humidity")]
    assert charts[:6] == ["gantt", "days", "week", "fan", "temperature", "humidity"]
    assert "theme" in seen[:5]


@pytest.mark.parametrize(("lang", "scheme", "width"), [("es", "light", 360), ("en", "dark", 768), ("es", "dark", 1440)])
def test_axe_finds_nothing(url: str, open_page: OpenPage, axe_source: str, lang: str, scheme: str, width: int) -> None:
    page = open_page(f"{url}/dashboard?lang={lang}", scheme=scheme, width=width)
    page.evaluate(axe_source)
    found: Any = page.evaluate(AXE)
    assert [(rule["id"], [node["html"][:160] for node in rule["nodes"]][:3]) for rule in found["violations"]] == []


def test_the_page_prints_on_one_sheet(url: str, open_page: OpenPage) -> None:
    page = open_page(f"{url}/dashboard")
    page.emulate_media(media="print")
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1


def test_the_tailnet_sees_the_page_without_controls(live: Live, open_page: OpenPage) -> None:
    level_3 = f"http://127.0.0.1:{live.world.ports[2]}"
    page = open_page(f"{level_3}/dashboard")
    assert page.locator("#plan rect.block").count() > 0
    assert page.locator("#plan-tools, form[data-edit]").count() == 0


def test_a_forbidden_stretch_is_planned_around_and_undone(live: Live, open_page: OpenPage) -> None:
    page = open_page(f"{live.world.url}/dashboard")
    page.locator("#plan-tools summary").click()
    expect(page.locator("#edit-list")).to_have_text("No hay peticiones.")
    page.fill("[data-edit=forbidden] [name=start]", "2026-03-19T06:00")
    page.fill("[data-edit=forbidden] [name=end]", "2026-03-19T10:00")
    page.locator("[data-edit=forbidden] button").click()
    expect(page.locator("#edit-list [data-undo]")).to_be_visible(timeout=60_000)
    assert "Horas prohibidas: Todas las etapas, jue 19 06:00" in page.inner_text("#edit-list")
    page.locator("#edit-list [data-undo]").click()
    expect(page.locator("#edit-list")).to_have_text("No hay peticiones.", timeout=60_000)
    assert live.world.json("/plan/wishes")["wishes"] == []


def test_the_page_outlives_the_service_and_comes_back_by_itself(live: Live, open_page: OpenPage) -> None:
    page = open_page(f"{live.world.url}/dashboard")
    shown = page.inner_text("#now .big")
    live.stop()
    asked(page)
    expect(page.locator("#offline")).to_contain_text("Sin conexión con el servicio.")
    assert page.inner_text("#now .big") == shown
    live.start()
    asked(page)
    expect(page.locator("#offline")).to_be_hidden(timeout=30_000)
    assert page.inner_text("#now .big") == shown


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
def test_a_breakdown_is_told_with_two_taps_and_undone_where_it_was_told(
    live: Live, open_page: OpenPage, width: int, height: int
) -> None:
    """Four taps with the undo and the close; what it costs comes into view by itself, and the page is never loaded anew."""
    page = open_page(f"{live.world.url}/dashboard#now", width=width, height=height)
    page.evaluate("window.taps = 0; addEventListener('click', event => { if (event.isTrusted) taps += 1; }, true)")
    page.locator("#machine-refining [data-ask]").click()
    expect(page.locator("#sheet-title")).to_have_text("Refinado")
    page.get_by_role("button", name="Avería: 4 h").click()
    expect(page.locator("#sheet-said")).to_contain_text("Anotado", timeout=60_000)
    expect(page.locator("#sheet-said")).to_contain_text("El plan cuesta", timeout=60_000)
    expect(page.locator("#sheet-said")).to_be_in_viewport(ratio=1)
    assert page.evaluate("taps") == 2 and page.evaluate("scrollY") == 0
    down = next(machine for machine in live.world.json("/floor")["machines"] if machine["stage"] == "refining")
    assert down["state"] == "down"
    expect(page.locator("#machine-refining .down")).to_contain_text("Parada hasta el", timeout=30_000)
    page.locator("#sheet-said").get_by_role("button", name="Deshacer").click()
    expect(page.get_by_role("button", name="Avería: 4 h")).to_be_visible(timeout=60_000)
    up = next(machine for machine in live.world.json("/floor")["machines"] if machine["stage"] == "refining")
    assert up["state"] != "down"
    page.get_by_role("button", name="Cerrar").click()
    expect(page.locator("#machine-refining .down")).to_have_count(0, timeout=30_000)
    assert page.evaluate("taps") == 4, "the page is the one that was opened"
