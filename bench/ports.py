"""Ports that one test or measurement holds for itself, whoever else runs beside it.

A port that the system hands out (`bind` to 0) and that is closed again may be given at once to any other
program, or to the near end of any connection. These lie below all that the system hands out
(`/proc/sys/net/ipv4/ip_local_port_range`), and each is held by a name that lives as long as this process and
in the same network as its port (an abstract socket, unix(7)), so that nobody beside it is given it again.
"""

import random
import socket
from pathlib import Path

LOWEST = 20_000
RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_held: dict[int, int] = {}
"""Descriptor of the name by port, open until this process ends."""


def reserved_port(row: int = 1) -> int:
    """The first of `row` ports one after another, free and held by nobody. OSError where there are none."""
    beyond = int(RANGE.read_text(encoding="ascii").split()[0])
    for port in random.sample(range(LOWEST, beyond - row), beyond - row - LOWEST):
        names = [_name(each) for each in range(port, port + row)]
        if None not in names and all(_is_free(each) for each in range(port, port + row)):
            _held.update((port + offset, name.detach()) for offset, name in enumerate(names) if name)
            return port
        for name in filter(None, names):
            name.close()
    raise OSError(f"no {row} free ports in a row between {LOWEST} and {beyond}")


def _name(port: int) -> socket.socket | None:
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind(f"\0chocolate-factory-port-{port}")
    except OSError:
        name.close()
        return None
    return name


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
