"""The first steps and the form of the plant, on the real service in a real Chromium."""

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from support.process_service import environment_for, served
from support.small_factory import SMALL_FACTORY, small_config

OpenPage = Callable[..., Page]
POWER = """input[name='["stages","kettle","power_kw"]']"""
PATIENCE_MS = 60_000


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return small_config(tmp_path)


@pytest.fixture
def url(tmp_path: Path, config: Path) -> Iterator[str]:
    with served(tmp_path / "service", environment_for(tmp_path, CONFIG_DIR=str(config))) as running:
        yield running.url("/dashboard")


@pytest.mark.parametrize("width", [390, 1440])
def test_a_power_is_tried_while_one_types_saved_and_undone(
    url: str, config: Path, open_page: OpenPage, axe_source: str, width: int
) -> None:
    page = open_page(f"{url}#system", width=width)
    page.locator("#plant-tools summary").click()
    expect(page.locator(POWER)).to_have_value("20", timeout=PATIENCE_MS)
    page.fill(POWER, "30")
    expect(page.locator("#plant-said")).to_have_text("Es posible. Aún no está guardado.", timeout=PATIENCE_MS)
    expect(page.locator("#plant-effect pre")).to_contain_text("+power_kw = 30.0")
    expect(page.locator("#plant-effect li")).to_contain_text("lotes por semana")
    assert (config / "factory.toml").read_text() == SMALL_FACTORY
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(axe_source)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    assert [(one["id"], one["nodes"][0]["html"][:100]) for one in found["violations"]] == []
    page.click("#plant-form [value=save]")
    expect(page.locator("#plant-said")).to_have_text("Guardado y en vigor: sigue un plan nuevo.", timeout=PATIENCE_MS)
    assert tomllib.loads((config / "factory.toml").read_text())["stage"][1]["power_kw"] == 30.0
    page.click("#plant-form [data-plant-undo]")
    expect(page.locator(POWER)).to_have_value("20", timeout=PATIENCE_MS)
    assert (config / "factory.toml").read_text() == SMALL_FACTORY


def test_a_shift_is_added_and_what_cannot_be_is_said_at_its_field(url: str, browser: Browser) -> None:
    page = browser.new_page(locale="en-GB")  # a refusal stands in the console too
    page.goto(f"{url}?lang=en#system")
    page.locator("#plant-tools summary").click()
    page.locator("#plant-form [data-more]").click(timeout=PATIENCE_MS)
    page.locator("#plant-form [data-row]").last.locator("[value=monday]").check()
    expect(page.locator("#plant-effect pre")).to_contain_text('+days = ["monday"]', timeout=PATIENCE_MS)
    page.fill(POWER, "20000")
    expect(page.locator("#plant-said")).to_contain_text("must be 0 to 10000 kW (W for kW?)", timeout=PATIENCE_MS)
    expect(page.locator(f"{POWER}[aria-invalid]")).to_be_visible()
    expect(page.locator("#plant-form [value=save]")).to_be_disabled()
    page.close()


def test_the_first_steps_are_those_that_are_open_and_a_button_asks_once(url: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, locale="es-ES")  # what is asked already is a 409
    page.goto(f"{url}#system")
    done = {step: page.locator(f"#step-{step} .word").inner_text() for step in ("keys", "station", "plant", "import", "backup")}
    assert done == {"keys": "pendiente", "station": "pendiente", "plant": "hecho", "import": "pendiente", "backup": "pendiente"}
    assert page.locator("[data-try]").count() == 1  # without a key there is nobody to ask for the weather
    page.click("#step-import [data-try]")
    said = page.locator("#step-import [role=status]")
    expect(said).not_to_have_text("Preguntando…", timeout=2 * PATIENCE_MS)
    expect(said).not_to_be_empty()
    page.close()
