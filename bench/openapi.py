"""Requests from the interface's own description to a running service, every check of Schemathesis on.

`scripts/bench openapi --examples 500`; exits with 1 where an answer is not as described.
"""

import argparse
import asyncio
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from support.described import PHASES, asked
from support.service import running_service, settings_for
from support.simulator_server import running_simulator

NOON = datetime(2026, 3, 20, 11, 0, tzinfo=UTC)


async def run(examples: int, seed: int) -> int:
    """A service with a month of history; its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        async with running_simulator(NOON) as simulator:
            settings = settings_for(simulator, Path(folder), HISTORY_START=(NOON - timedelta(days=30)).date().isoformat())
            async with running_service(settings, simulator.clock) as service:
                await service.until("/ready", lambda state: state["ingestion"]["state"] == "done")
                more = ("--seed", str(seed))
                told = await asyncio.to_thread(asked, service.url(""), examples, (*PHASES, "stateful"), *more)
    sys.stdout.write(told.stdout)
    return told.returncode


def main() -> None:
    """Read the arguments and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=50, help="requests for each operation")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(asyncio.run(run(given.examples, given.seed)))


if __name__ == "__main__":
    main()
