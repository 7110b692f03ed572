"""What the page costs, in Chromium on loopback: `scripts/bench page [--refreshes 1000]`.

A service over the simulator with ten weeks of history, a forecast, a plan and advice. Paint, bytes and main thread are medians of
cold loads in fresh contexts; memory is the JavaScript heap after a forced collection, before and after refreshes that each bring a
new page.
"""

import argparse
import gzip
import itertools
import signal
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Browser, Page

from support.page_world import World, chromium, world

AT = "2026-03-18T10:20:00+00:00"
HISTORY = "2026-01-07"
LOADS = 5
DRAWN = "[...document.querySelectorAll('[data-chart]')].every(plot => plot.firstChild)"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
LAST_BYTE = "performance.getEntriesByType('navigation')[0].responseEnd"
SETTLE_MS = 400
"""Time for the page to be morphed in and drawn after its last answer; the main thread is idle at its end."""
SAMPLE = 20
COMPLETE, PAGE = "**/dashboard/complete", "**/dashboard?lang=*"
REFRESH = "dispatchEvent(new Event('online'))"
MAIN_THREAD = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration", "TaskDuration")


def main() -> None:
    """Print the figures."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends its processes too
    parser = argparse.ArgumentParser()
    parser.add_argument("--refreshes", type=int, default=1000)
    refreshes = parser.parse_args().refreshes
    with tempfile.TemporaryDirectory() as folder, world(Path(folder), AT, settings={"HISTORY_START": HISTORY}) as running:
        running.until("/ready", lambda answer: answer["ingestion"]["state"] == "done")
        running.run("weather_observed", "weather_forecast", "forecast_issue", "plan", "advice")
        sizes(running)
        with chromium("--js-flags=--expose-gc") as browser:
            loads(browser, running)
            lived(browser, running, refreshes)


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
        figures = {name: 1000 * (spent()[name] - before[name]) for name in MAIN_THREAD}
        figures |= {"first contentful paint": page.evaluate(PAINT), "last byte": page.evaluate(LAST_BYTE)}
        for name, value in figures.items():
            found.setdefault(name, []).append(value)
        context.close()
    for name, values in found.items():
        print(f"load, {name}: {statistics.median(values):.0f} ms (of {LOADS}: {min(values):.0f} to {max(values):.0f})")


def lived(browser: Browser, running: World, refreshes: int) -> None:
    """Main thread of an unchanged and of a changed refresh; memory over many of the latter."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{running.url}/dashboard", timeout=120_000)
    page.wait_for_function(DRAWN, timeout=120_000)
    spent = metrics(page)
    refreshed(page, 1, COMPLETE)
    for words, last in (("unchanged", COMPLETE), ("changed", PAGE)):
        if words == "changed":
            page.route(COMPLETE, partial(_as_changed, itertools.count()))
        before = spent()
        refreshed(page, SAMPLE, last)
        print(f"refresh, {words}: main thread {1000 * (spent()['TaskDuration'] - before['TaskDuration']) / SAMPLE:.1f} ms each")
    print(f"memory after {SAMPLE} changed refreshes: {heap(page)}")
    refreshed(page, refreshes, PAGE)
    print(f"memory after {SAMPLE + refreshes} changed refreshes: {heap(page)}")


def refreshed(page: Page, count: int, last: str) -> None:
    """Refresh, one after the other; `last` is the answer that ends one."""
    for _ in range(count):
        with page.expect_response(last):
            page.evaluate(REFRESH)
        page.wait_for_timeout(SETTLE_MS)


def _as_changed(numbers: Iterator[int], route: Any) -> None:
    """Each answer has a revision of its own, so that the page is rendered, fetched and drawn anew."""
    answer = route.fetch(headers={name: value for name, value in route.request.headers.items() if name != "if-none-match"})
    body = answer.json()
    body["revision"] = f"changed {next(numbers)}"
    route.fulfill(response=answer, json=body)


def heap(page: Page) -> str:
    """Size of the JavaScript heap after a collection, and the count of nodes."""
    page.evaluate("gc(); gc();")
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    nodes = session.send("Memory.getDOMCounters")
    session.detach()
    return f"{used / 1e6:.2f} MB, {nodes['nodes']} nodes, {nodes['jsEventListeners']} listeners"


def metrics(page: Page) -> Callable[[], dict[str, float]]:
    """Seconds that the main thread has spent so far, by kind."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def read() -> dict[str, float]:
        return {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}

    return read


if __name__ == "__main__":
    main()
