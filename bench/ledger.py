"""Days of a random world behind a running service: `scripts/bench ledger [--days N] [--seed N] [--basis B] [--tariff T]
[--minutes N]`.

Orders, wishes, reports, restated prices, faults, edits of the plant with restarts, clocks that are set. Every hour all doors are
compared, every night the audit looks. Prints what was found and how much was looked at; 1 where anything differed.
"""

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from adapters.runtime import child
from support.ledger_walk import PRICES, Walk, walked


def print_now(line: str) -> None:
    """A line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def fork_children() -> None:
    """Every search and score begins as a fork of a process that has loaded them: 1.5 s of the processor less for each."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["planning.answer", "services.plan.work", "services.savings.score"])
    programme = sys.modules["__main__"]
    programme.__spec__ = programme.__file__ = None  # else each of them would load it, and with it the service
    child.multiprocessing.get_context = lambda _: context  # type: ignore[attr-defined]


async def main(arguments: list[str]) -> int:
    """Live, and count."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--basis", choices=sorted(PRICES), default="indexed")
    parser.add_argument("--tariff", default="3.0TD")
    parser.add_argument("--minutes", type=float, default=600.0, help="no hour is begun after")
    options = parser.parse_args(arguments)
    fork_children()
    until = time.monotonic() + 60 * options.minutes
    walk = Walk(Random(options.seed), is_over=lambda: time.monotonic() > until, heard=print_now, passed=print_now)
    with tempfile.TemporaryDirectory() as folder:
        await walked(Path(folder), walk, int(24 * options.days), basis=options.basis, tariff=options.tariff)
    sys.stdout.write("".join(f"{name}: {count}\n" for name, count in sorted(walk.counts.items())))
    sys.stdout.write(f"differences {len(walk.wrong)}\n")
    return 1 if walk.wrong else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
