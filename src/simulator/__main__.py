"""`python -m simulator [--host H] [--port N]`: serve until interrupted. SIM_SEED, SIM_NOW and SIM_SPEED choose market and clock."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from domain.clock_time import ScaledTime, parse_sim_now
from simulator.app import create_app
from simulator.serving import address_of, listen, server


def clock_of(environment: Mapping[str, str], real_now: Callable[[], datetime]) -> Callable[[], datetime]:
    """The clock that SIM_NOW and SIM_SPEED describe: real time unless one of them is set."""
    started = real_now()
    text = environment.get("SIM_NOW", "")
    simulated, real = parse_sim_now(text, started) if text else (started, started)
    scaled = ScaledTime(simulated, real, float(environment.get("SIM_SPEED") or 1))
    return lambda: scaled.at(real_now())


def real_time() -> datetime:
    """The computer's clock."""
    return datetime.now(UTC)  # noqa: TID251 (this is where the simulator's clock comes from)


def main(arguments: list[str], environment: Mapping[str, str]) -> None:
    """Open the port, say where, serve."""
    parser = argparse.ArgumentParser(prog="simulator", description="Stand-in for REE, OMIE, AEMET and OpenWeatherMap.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100, help="0 takes a free one")
    options = parser.parse_args(arguments)
    app = create_app(clock_of(environment, real_time), seed=int(environment.get("SIM_SEED") or 1))
    listening = listen(options.host, options.port)
    sys.stdout.write(f"simulator listening on {address_of(listening)}\n")
    sys.stdout.flush()
    asyncio.run(server(app).serve(sockets=[listening]))


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)  # noqa: TID251 (the entry point reads the environment)
