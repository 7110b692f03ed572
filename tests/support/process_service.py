"""The service as an operator starts it: a process of its own, with nothing but what its environment says."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAIN = ROOT / "src/fastapi-app/main.py"
DEMONSTRATION = ("-m", "start", "simulator.demonstration")
"""The service with the rehearsal of the last weeks among its jobs."""
NOWHERE = "http://127.0.0.1:9"
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Served:
    """A running process, the ports of its three levels, and where its output goes."""

    process: subprocess.Popen[bytes]
    ports: tuple[int, ...]
    output: Path

    def url(self, path: str, level: int = 1) -> str:
        """Address of a path at a level."""
        return f"http://127.0.0.1:{self.ports[level - 1]}{path}"


def environment_for(folder: Path, **more: str) -> dict[str, str]:
    """Three free ports, folders of its own, sources that nobody answers for."""
    sources = ("REE", "ESIOS", "OMIE", "AEMET", "OPENWEATHERMAP")
    return {
        "PATH": os.environ["PATH"],
        "ENV_FILE": "",
        "PORT": "0",
        "LISTEN_LEVELS": "1,2,3",
        "DATA_DIR": str(folder / "data"),
        "LOG_DIR": str(folder / "logs"),
        "MODELS_DIR": str(folder / "models"),
        **{f"{name}_BASE_URL": NOWHERE for name in sources},
        **more,
    }


@contextmanager
def served(folder: Path, environment: Mapping[str, str], program: Sequence[str] = (str(MAIN),)) -> Iterator[Served]:
    """The service until the block ends."""
    output = folder / "output.log"
    folder.mkdir(parents=True, exist_ok=True)
    with output.open("wb") as sink:
        process = subprocess.Popen([sys.executable, *program], env=dict(environment), stdout=sink, stderr=sink)
    try:
        yield Served(process, _ports(process, output), output)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _ports(process: subprocess.Popen[bytes], output: Path) -> tuple[int, ...]:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        text = output.read_text(encoding="utf-8")
        ports = tuple(int(port) for port in re.findall(r"^level \d: http://[^:]+:(\d+)", text, re.MULTILINE))
        if "startup complete" in text and all(map(_listens, ports)):
            return ports
        assert process.poll() is None, f"the service ended: {text}"
        time.sleep(0.05)
    raise AssertionError(f"the service did not start: {output.read_text(encoding='utf-8')}")


def _listens(port: int) -> bool:
    """Whether a port takes connections: the service says that it is up just before its sockets listen."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0
