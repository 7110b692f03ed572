"""What is looked at before anything is opened, so that a fault is one line and no page."""

import re
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from bootstrap.opening import build_clock, machine_clock, read_plant, read_points, read_tariffs
from domain.timeline import local_day
from settings import ROOT, Settings

CLOCK_LOOK_S = 2.0
"""How often a clock that cannot be right is looked at again [s]."""


def check_configuration(settings: Settings) -> None:
    """Read every configuration file, and hold the settings against the clock. ValueError naming file and line, or the setting."""
    for name, read in (("factory.toml", read_plant), ("tariffs.toml", read_tariffs), ("weather_points.toml", read_points)):
        try:
            read(settings)
        except OSError as error:
            raise ValueError(f"CONFIG_DIR: {settings.config_dir / name}: {error.strerror}") from None
        except ValueError as error:
            raise ValueError(f"{settings.config_dir / name}: {error}") from None
    now = build_clock(settings)()
    if settings.history_start is not None and settings.history_start > local_day(now):
        raise ValueError(f"HISTORY_START: must not lie after today, {local_day(now)}")


def released_on(root: Path = ROOT) -> date:
    """The day of the newest version in the changelog."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    return date.fromisoformat(re.findall(r"^## \[\d[^]]*\] - (\S+)", text, re.MULTILINE)[0])


def wait_for_the_time(
    settings: Settings,
    say: Callable[[str], None],
    read: Callable[[], datetime] = machine_clock,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait while the machine's clock cannot be right: a board without a battery learns the time some seconds after its start.

    What began at a wrong time would keep a history from then on.
    """
    told = False
    while not settings.simulated and read().date() < released_on():
        if not told:
            say(f"waiting: the clock says {read():%Y-%m-%d %H:%M} UTC, which lies before this version was made ({released_on()})")
            told = True
        sleep(CLOCK_LOOK_S)
