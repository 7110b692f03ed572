"""Pictures of the page for the documents: `scripts/screenshots [--keep FOLDER] [NAME ...]`, with a fixed clock and seed, into
docs/images/. FOLDER keeps the demonstration's data, so that a second run need not rehearse.

The world is the demonstration's: the service over the simulator, after it has fetched its history and rehearsed its last weeks.
"""

import argparse
import shutil
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, FloatRect

from bench import floor_states
from bench.page_states import STATES
from bench.png import shrink
from support.page_world import ROOT, chromium, settled, world

IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 250_000
MOST_PX = 100_000
AT = "2026-03-18T10:20:00+00:00"
"""A Wednesday, eleven days before a clock change."""
SHOWN_AT = "2026-03-18T12:01:00+00:00"
"""13:01 in Madrid: today's prices are known, tomorrow's are not out yet."""
DESKTOP, PHONE = (1280, 900), (390, 844)


@dataclass(frozen=True)
class Shot:
    """One picture of a page: language, theme, size of the window [px], the view that is open (none for the first), and
    what is pressed in it."""

    name: str
    lang: str = "es"
    scheme: str = "light"
    size: tuple[int, int] = DESKTOP
    view: str = ""
    pressed: str | None = None


DEMO = (
    Shot("page"),
    Shot("page-dark", scheme="dark"),
    Shot("page-phone", size=PHONE),
    Shot("page-en", lang="en"),
)


def main(arguments: list[str]) -> None:
    """Take the pictures named, or all."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends its processes too
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", type=Path)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        pictures(browser, options.names, options.keep or Path(folder) / "demo", Path(folder))


def pictures(browser: Browser, names: list[str], demo: Path, folder: Path) -> None:
    """Of the demonstration, then of the bad states."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in DEMO if not names or shot.name in names]
    states = [state for state in STATES if not names or state.name in names]
    if wanted or any(state.from_demo for state in states):
        with world(demo, AT, rehearsed=True) as running:
            say(f"history and rehearsal of {AT} ...")
            running.until("/ready", settled)
    if wanted:
        shutil.copytree(demo, folder / "shown")
        with world(folder / "shown", SHOWN_AT) as running:
            running.run("forecast_issue", "plan", "ledger", "advice")
            for shot in wanted:
                take(browser, running.url, shot, height=PHONE[1] if shot.size == PHONE else MOST_PX)  # a phone's first screen
    for state in states:
        say(f"{state.name}: {state.what}")
        with state.running(demo, folder / state.name) as running:
            take(browser, running.url, Shot(state.name, view="all"), first=state.first, height=state.height)
    floor_pictures(browser, names, folder)


def floor_pictures(browser: Browser, names: list[str], folder: Path) -> None:
    """What happens on the floor, on a phone."""
    wanted = [state for state in floor_states.FLOOR if not names or state.name in names]
    if not wanted:
        return
    with world(folder / "morning", floor_states.MORNING, settings=floor_states.SETTINGS) as running:
        floor_states.planned(running)
    for state in wanted:
        shutil.copytree(folder / "morning", folder / state.name)
        with world(folder / state.name, state.at, settings=floor_states.SETTINGS) as running:
            state.tell(running)
            size = PHONE[0], state.height  # as tall as the picture: what stays at the bottom is not over it
            shot = Shot(state.name, lang="en", size=size, view=state.view, pressed=state.pressed)
            take(browser, running.url, shot, height=state.height)


def take(browser: Browser, url: str, shot: Shot, *, first: str = "top", height: int = MOST_PX) -> None:
    """The page as it is first seen, all of its charts drawn: from the section `first` on, at most `height` px of it."""
    width, window = shot.size
    context = browser.new_context(viewport={"width": width, "height": window}, color_scheme=shot.scheme, device_scale_factor=1)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{url}/dashboard?lang={shot.lang}{shot.view and f'#{shot.view}'}", timeout=120_000)
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-chart]')].every(plot => plot.firstChild || !plot.offsetParent)", timeout=120_000
    )
    if shot.pressed:
        page.click(shot.pressed)
    start, end = page.evaluate(f"[document.getElementById('{first}').offsetTop, document.documentElement.scrollHeight]")
    clip: FloatRect = {"x": 0, "y": start, "width": width, "height": min(height, end - start)}
    picture = shrink(page.screenshot(full_page=True, animations="disabled", clip=clip))
    context.close()
    if len(picture) > MOST_BYTES:
        raise SystemExit(f"{shot.name}: {len(picture)} bytes, more than {MOST_BYTES}")
    (IMAGES / f"{shot.name}.png").write_bytes(picture)
    say(f"{shot.name}.png {len(picture)} bytes")


def say(words: str) -> None:
    """Progress for whoever waits."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
