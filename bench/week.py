"""A working week told through the doors of the real service: `scripts/bench week [--story N] [--only WORD]`.

Simulator and service run as processes of their own on the default plant, in a simulated October; between the scenes the service is
killed and begins again at the next instant on the same data. After every event the laws are checked from outside: what runs is in
the plan, no machine has two batches, nothing begins in the past, on a machine that is down or where nobody is, every door shows
the same plan. The table says what was seen, row by row; exit 1 where something failed. Then the seconds from an event to the new
plan, and to the page.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from bench.week_play import Play, percentiles
from bench.week_stories import STORIES


def main(arguments: list[str]) -> int:
    """The stories; 1 where a row failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--story", choices=sorted(STORIES), action="append")
    options = parser.parse_args(arguments)
    rows: list[tuple[str, str, str]] = []
    to_plan: list[float] = []
    to_page: list[float] = []
    for name in options.story or sorted(STORIES):
        with tempfile.TemporaryDirectory() as folder:
            play = Play(Path(folder) / "week")
            sys.stdout.write(f"# {name}\n")
            STORIES[name](play)
        rows += play.rows
        to_plan += play.to_plan_s
        to_page += play.to_page_s
    failed = sum(verdict == "FAIL" for _, verdict, _ in rows)
    sys.stdout.write(
        f"rows {len(rows)}, failed {failed}\nevent to plan: {percentiles(to_plan)}\nevent to page: {percentiles(to_page)}"
        f" (load {os.getloadavg()[0]:.1f})\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
