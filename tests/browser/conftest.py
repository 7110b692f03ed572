"""A real Chromium for the page, and the audit rules of axe-core."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from support.requires import missing, require

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
JS_TESTS = Path(__file__).parents[1] / "js"

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = require("chromium")  # before its driver, which a bare machine cannot start either
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens an address, with every view unless it names one.

    When the test ends, nothing may have been wrong in the console nor asked of another host.
    """
    faults: list[str] = []
    contexts = []

    def opened(url: str, *, width: int = 1280, height: int = 900, scheme: str = "light", locale: str = "es-ES") -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda request: None if request.url.startswith((url.split("/dash")[0], "data:")) else faults.append(request.url),
        )
        page.goto(url if "#" in url else f"{url}#all")
        page.wait_for_function(
            "() => [...document.querySelectorAll('[data-chart]')].every(plot => plot.firstChild || !plot.offsetParent)"
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    expected = (
        "503 (Service Unavailable)",
        "status of 503 ()",
        "net::ERR_",
        "401 (Unauthorized)",
        "error occurred when fetching the script",
    )
    # the last: a page that is closed while its worker is being fetched, which begins after the first poll
    assert [fault for fault in faults if not any(words in fault for words in expected)] == []


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The script of axe-core, brought by npm from the hash-pinned lock file when it is not there yet."""
    script = JS_TESTS / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        command = [require("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        installed = subprocess.run(command, cwd=JS_TESTS, capture_output=True, text=True, timeout=120, check=False)
        if installed.returncode:
            missing(f"axe-core could not be installed: {installed.stderr[-300:]}")
    return script.read_text("utf-8")
