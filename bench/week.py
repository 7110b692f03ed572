"""A working week told through the doors of the real service: `scripts/bench week [--day DAY ...]`; `--day other` is another week.

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
from bench.week_stories import OTHER, PARTS, told


def main(arguments: list[str]) -> int:
    """The days that are asked for; 1 where a row failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--day", choices=PARTS | OTHER, action="append", help="only this day, and those named beside it")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        play = Play(Path(folder) / "week")
        told(play, options.day or list(PARTS))
    rows, to_plan, to_page = play.rows, play.to_plan_s, play.to_page_s
    failed = sum(verdict == "FAIL" for _, verdict, _ in rows)
    sys.stdout.write(
        f"rows {len(rows)}, failed {failed}\nevent to plan: {percentiles(to_plan)}\nevent to page: {percentiles(to_page)}"
        f" (load {os.getloadavg()[0]:.1f})\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
