"""The simulator: one ASGI program that stands in for every service that prices and weather come from.

Each service has its own prefix (`/redata`, `/esios`, `/omie`, `/aemet`, `/owm`), so that one server is enough: its base address is
the simulator's address and the prefix. `/_control` holds the levers.
"""

import time
from collections.abc import Callable
from datetime import datetime

from starlette.applications import Starlette
from starlette.routing import Mount

from simulator import aemet, archive70, control, esios, omie, owm, redata
from simulator.state import Simulation
from simulator.trouble import Troubled


def create_app(now: Callable[[], datetime], *, seed: int = 1, monotonic: Callable[[], float] = time.monotonic) -> Troubled:
    """The program. `now`: simulated UTC time; `seed`: which market and weather; `monotonic`: real seconds, for rate limits."""
    simulation = Simulation(seed, now, monotonic)
    services = Starlette(
        routes=[
            Mount("/redata", routes=redata.routes(simulation)),
            Mount("/esios", routes=[*esios.routes(simulation), *archive70.routes(simulation)]),
            Mount("/omie", routes=omie.routes(simulation)),
            Mount("/aemet", routes=aemet.routes(simulation)),
            Mount("/owm", routes=owm.routes(simulation)),
            Mount("/_control", routes=control.routes(simulation)),
        ]
    )
    return Troubled(services, simulation)
