"""Requests from the interface's own description to a running service, every check of Schemathesis on.

`scripts/bench openapi --examples 500`; exits with 1 where an answer is not as described. `--level 2` asks at Nginx's door, as who
is signed in there, `--level 3` at the sidecar's, each for what is open there; there another method is refused by the door (403)
before it is looked at (405), so that the check `unsupported_method` is left out. `--only REGEX` asks the paths that it finds.
"""

import argparse
import asyncio
import re
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from commands.access_table import routes
from routers.http.access import is_open
from support.described import PHASES, asked
from support.service import Service, running_service, settings_for
from support.simulator_server import running_simulator

NOON = datetime(2026, 3, 20, 11, 0, tzinfo=UTC)
NGINX_SECRET = "x7Qm2vR9tLp4Zk8WcN5bHj3sDf6g"  # noqa: S105 - of a service that lives as long as this command
AS_NGINX = ("--header", f"X-Nginx-Secret: {NGINX_SECRET}", "--header", "X-Remote-User: ana")


def open_paths(level: int, only: str) -> str:
    """A regular expression of the described paths that are asked for at a door."""
    there = {re.sub(r":\w+}", "}", path) for method, path in routes() if is_open(level, method, filled(path), signed_in=True)}
    return "^(" + "|".join(re.escape(path) for path in sorted(there) if re.search(only, path)) + ")$"


def filled(path: str) -> str:
    """A path with something in the place of each parameter."""
    return re.sub(r"\{[^}]*\}", "x", path)


def words(service: Service, level: int, only: str, seed: int) -> list[str]:
    """What is said to Schemathesis of a door."""
    more = ["--seed", str(seed), "--include-path-regex", open_paths(level, only), "--url", service.url("", level)]
    if level == 1:
        return more
    return [*more, "--exclude-checks", "unsupported_method", *(AS_NGINX if level == 2 else ())]


async def run(examples: int, seed: int, level: int, only: str) -> int:
    """A service with a month of history; its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        async with running_simulator(NOON) as simulator:
            more = {"HISTORY_START": (NOON - timedelta(days=30)).date().isoformat(), "NGINX_SECRET": NGINX_SECRET}
            settings = settings_for(simulator, Path(folder), **more)
            async with running_service(settings, simulator.clock) as service:
                await service.until("/ready", lambda state: state["ingestion"]["state"] == "done")
                phases = (*PHASES, "stateful") if only == "." else PHASES
                told = await asyncio.to_thread(asked, service.url(""), examples, phases, *words(service, level, only, seed))
    sys.stdout.write(told.stdout + told.stderr)
    return told.returncode


def main() -> None:
    """Read the arguments and ask."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=50, help="requests for each operation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--level", type=int, choices=(1, 2, 3), default=1, help="the door")
    parser.add_argument("--only", default=".", help="paths that are asked for, as a regular expression; all if none is given")
    given = parser.parse_args()
    sys.exit(asyncio.run(run(given.examples, given.seed, given.level, given.only)))


if __name__ == "__main__":
    main()
