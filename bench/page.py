"""What the page costs, in Chromium on loopback: `scripts/bench page [--refreshes 1000]`. Takes about five minutes.

A service over the simulator with ten weeks of history, a forecast, a plan and advice. Paint, bytes and main thread are medians of
cold loads in fresh contexts. What a page costs that stays open is in `page_life.py`.
"""

import argparse
import gzip
import signal
import statistics
import sys
import tempfile
from pathlib import Path

import httpx2
from playwright.sync_api import Browser

from bench.page_life import live, metrics
from support.page_world import World, chromium, world

AT = "2026-03-18T10:20:00+00:00"
HISTORY = "2026-01-07"
LOADS = 5
DRAWN = "[...document.querySelectorAll('[data-chart]')].every(plot => plot.firstChild)"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
FIRST_BYTE = "performance.getEntriesByType('navigation')[0].responseStart"
LAST_BYTE = "performance.getEntriesByType('navigation')[0].responseEnd"
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
    for name, values in found.items():
        print(f"load, {name}: {statistics.median(values):.0f} ms (of {LOADS}: {min(values):.0f} to {max(values):.0f})")


if __name__ == "__main__":
    main()
