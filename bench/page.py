"""What the page costs, in Chromium on loopback: `scripts/bench page [--refreshes 1000]`. Takes about five minutes.

A service over the simulator with ten weeks of history, a forecast, a plan and advice. Paint, bytes and main thread are medians of
cold loads in fresh contexts. What a page costs that stays open is in `page_life.py`.
"""

import argparse
import gzip
import json
import re
import signal
import statistics
import sys
import tempfile
from functools import partial
from pathlib import Path

import httpx2
from playwright.sync_api import Browser, Route

from bench.page_life import live, metrics
from routers.page.page import script_json
from support.page_world import World, chromium, world

AT = "2026-03-18T10:20:00+00:00"
HISTORY = "2026-01-07"
LOADS = 5
DRAWN = "() => [...document.querySelectorAll('[data-chart]')].every(plot => plot.firstChild)"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
FIRST_BYTE = "performance.getEntriesByType('navigation')[0].responseStart"
LAST_BYTE = "performance.getEntriesByType('navigation')[0].responseEnd"
PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length > 0"
BELOW = ("week", "hour-panel", "plan", "plan-cost", "forecast", "record", "weather", "savings", "system")
MAIN_THREAD = {
    "TaskDuration": "main thread",
    "ScriptDuration": "of it script",
    "LayoutDuration": "of it layout",
    "RecalcStyleDuration": "of it style",
}


def main() -> None:
    """Print the figures."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends its processes too
    parser = argparse.ArgumentParser()
    parser.add_argument("--refreshes", type=int, default=1000)
    refreshes = parser.parse_args().refreshes
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        with world(Path(folder), AT, settings={"HISTORY_START": HISTORY}) as running:
            running.until("/ready", lambda answer: answer["ingestion"]["state"] == "done")
            running.run("weather_observed", "weather_forecast", "forecast_issue", "plan", "advice")
            sizes(running)
            loads(browser, running)
            first_screen(browser, running)
            document = running.json("/dashboard/complete")
        live(browser, document, refreshes)


def sizes(running: World) -> None:
    """Bytes of the page and of its document, as they are and as Nginx compresses them (gzip 6)."""
    for path in ("/dashboard", "/dashboard/complete"):
        body = httpx2.get(running.url + path, timeout=60).content
        print(f"{path}: {len(body):,} bytes, {len(gzip.compress(body, 6)):,} with gzip")


def loads(browser: Browser, running: World) -> None:
    """Medians of cold loads."""
    found: dict[str, list[float]] = {}
    for _ in range(LOADS):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        spent = metrics(page)
        before = spent()
        page.goto(f"{running.url}/dashboard", wait_until="load", timeout=120_000)
        page.wait_for_function(DRAWN, timeout=120_000)
        after = spent()
        figures = {words: 1000 * (after[name] - before[name]) for name, words in MAIN_THREAD.items()}
        times = {"first byte": FIRST_BYTE, "last byte": LAST_BYTE, "first contentful paint": PAINT}
        figures |= {name: page.evaluate(at) for name, at in times.items()}
        for name, value in figures.items():
            found.setdefault(name, []).append(value)
        context.close()
    report("load", found)


def first_screen(browser: Browser, running: World) -> None:
    """The page as it is beside one that leaves for later what is below the first screen: bytes, and paint; served from memory."""
    answer = httpx2.get(f"{running.url}/dashboard", timeout=60)
    light = without_the_rest(answer.text)
    sizes = [len(gzip.compress(html.encode(), 6)) for html in (answer.text, light)]
    print(f"below the first screen: {sizes[0] - sizes[1]:,} of {sizes[0]:,} bytes with gzip")
    found: dict[str, list[float]] = {}
    headers = {name: answer.headers[name] for name in ("content-type", "content-security-policy")}
    for name, html in (("whole", answer.text), ("first screen alone", light)) * LOADS:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.route("**/dashboard", partial(_answer, html, headers))
        page.goto(f"{running.url}/dashboard", wait_until="load", timeout=120_000)
        page.wait_for_function(PAINTED, timeout=120_000)
        found.setdefault(f"{name}, from last byte to paint", []).append(page.evaluate(PAINT) - page.evaluate(LAST_BYTE))
        page.context.close()
    report("paint", found)


def without_the_rest(html: str) -> str:
    """The page without the sections below the first screen and without their part of the document."""
    for name in BELOW:
        html = re.sub(rf'<section class="[^"]*" id="{name}".*?</section>', "", html, flags=re.DOTALL)
    start, end = (
        html.index(part) for part in ('<script type="application/json" id="document"', '<script type="application/json" id="texts"')
    )
    opening = html[start : html.index(">", start) + 1]
    document = json.loads(html[start + len(opening) : html.rindex("</script>", start, end)])
    kept = document | dict.fromkeys(("plan", "forecast", "weather", "savings", "week", "system"))
    return html[:start] + opening + script_json(kept) + "</script>" + html[end:]


def _answer(html: str, headers: dict[str, str], route: Route) -> None:
    route.fulfill(body=html, headers=headers)


def report(kind: str, found: dict[str, list[float]]) -> None:
    """A line for each: median, least and most."""
    for name, values in found.items():
        print(f"{kind}, {name}: {statistics.median(values):.0f} ms (of {len(values)}: {min(values):.0f} to {max(values):.0f})")


if __name__ == "__main__":
    main()
