"""What a page costs that stays open: main thread of a refresh, and the memory after many of them.

The page is rendered from the document of a real service, of which every other state differs in its price, alerts, advice, plan and
sources, so that each refresh changes texts, makes and removes sections' parts, and draws every chart anew. Between two changes the
answer is a real 304. The heap rises over the first hundreds, while the engine keeps what it compiled; then it stays.
"""

import copy
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from playwright.sync_api import Browser, Page

from support.page_server import Served, page_server

Document = dict[str, Any]
SAMPLE = 20
MEASURES = 5
"""How often the memory is looked at."""
LONGEST_S = 260.0
"""A slow machine ends the refreshes here; the count that is printed is the one that was made."""
ASK = "dispatchEvent(new Event('online'))"
MARK = "for (const one of document.querySelectorAll('[data-chart] > svg')) one.dataset.old = 1; window.seen = 0"
TAKEN_IN = """price => document.querySelector('#now .big').textContent.includes(price)
    && !document.querySelector('[data-chart] > svg[data-old]')"""
COUNT_ANSWERS = """new PerformanceObserver(list => { window.seen = (window.seen ?? 0) + list.getEntries().length; })
    .observe({type: 'resource'})"""


def live(browser: Browser, document: Document, refreshes: int) -> None:
    """Print the main thread of a refresh by its kind, and heap and nodes as the refreshes add up."""
    with page_server(document) as served:
        served.now = datetime.fromisoformat(document["current"]["price"]["start"])
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(f"{served.url}/dashboard?lang=en", timeout=120_000)
        page.evaluate(COUNT_ANSWERS)
        states = [state_of(document, number) for number in range(2)]
        spent = metrics(page)
        for number in range(2):  # the first of each kind pays for what is made once
            change(page, served, states, number)
            unchanged(page)
        sample(spent, "changed", lambda number: change(page, served, states, number))
        sample(spent, "unchanged (304)", lambda _: unchanged(page))
        many(page, served, states, refreshes)
        statuses = (served.count("/dashboard/complete", status) for status in (200, 304))
        print("answers to the page: {} with 200, {} with 304".format(*statuses))


def sample(spent: Callable[[], dict[str, float]], kind: str, refresh: Callable[[int], None]) -> None:
    """Main thread of one kind of refresh, the mean of some."""
    before = spent()["TaskDuration"]
    for number in range(SAMPLE):
        refresh(number)
    print(f"refresh, {kind}: main thread {1000 * (spent()['TaskDuration'] - before) / SAMPLE:.1f} ms (mean of {SAMPLE})")


def many(page: Page, served: Served, states: list[Document], refreshes: int) -> None:
    """Refresh so often with a change, and as often without, in turn; look at the memory now and then."""
    end = time.monotonic() + LONGEST_S
    found = [memory(page)]
    print(f"memory before: {found[0][0] / 1e6:.2f} MB, {found[0][1]} nodes, {found[0][2]} listeners")
    made = 0
    while made < refreshes and time.monotonic() < end:
        change(page, served, states, made)
        unchanged(page)
        made += 1
        if made % (refreshes // MEASURES) == 0:
            found.append(memory(page))
            print(f"memory after {made} changes: {found[-1][0] / 1e6:.2f} MB, {found[-1][1]} nodes, {found[-1][2]} listeners")
    used, nodes = ((found[-1][place] - found[len(found) // 2][place]) for place in (0, 1))
    print(f"{made} changes made; growth over the second half: {2 * used / made:.0f} bytes each, {nodes} nodes in all")


def state_of(document: Document, number: int) -> Document:
    """One of two states of a document, with texts and lists that the other has not."""
    state = copy.deepcopy(document)
    price = state["current"]["price"]
    price["price_eur_kwh"] = round(price["price_eur_kwh"] + 0.01 * number, 4)
    if number % 2:
        state["alerts"] = []
        state["recommendations"] = state["recommendations"][1:]
        state["plan"]["batches"] = state["plan"]["batches"][1:]
        state["plan"]["changes"] = []
        state["system"]["sources"][0]["state"] = "degraded"
        state["prices"]["tomorrow"] |= {"slots": [], "state": "not_published"}
    return state


def change(page: Page, served: Served, states: list[Document], number: int) -> None:
    """A refresh that finds the other state, until it is taken in and every chart is drawn anew."""
    served.document = states[number % 2] | {"revision": f"{time.monotonic_ns()}"}
    page.evaluate(MARK)
    page.evaluate(ASK)
    page.wait_for_function(TAKEN_IN, arg=f"{served.document['current']['price']['price_eur_kwh']:.4f}", timeout=60_000)


def unchanged(page: Page) -> None:
    """A refresh that is answered with 304."""
    page.evaluate("window.seen = 0")
    page.evaluate(ASK)
    page.wait_for_function("() => window.seen > 0", timeout=60_000)


def memory(page: Page) -> tuple[int, int, int]:
    """Bytes of the JavaScript heap after a forced collection, nodes, listeners."""
    session = page.context.new_cdp_session(page)
    for _ in range(3):  # what a collection frees in the DOM, the next one frees in the heap
        session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    counts = session.send("Memory.getDOMCounters")
    session.detach()
    return int(used), counts["nodes"], counts["jsEventListeners"]


def metrics(page: Page) -> Callable[[], dict[str, float]]:
    """Seconds that the main thread has spent so far, by kind."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def read() -> dict[str, float]:
        return {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}

    return read
