"""The real Nginx with the project's own configuration, in front of a service, without Docker."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.ports import reserved_port

ROOT = Path(__file__).resolve().parents[2]
START = ROOT / "docker/services/nginx/start"
PATIENCE_S = 60.0


class Nginx:
    """One running Nginx. `certs` holds tls.crt and tls.key, `users` is a password file; both are optional, and so is `secret`."""

    def __init__(self, upstream: str, *, certs: Path | None = None, users: Path | None = None, secret: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="factory-nginx-"))
        self.folder.chmod(0o755)  # its workers are another user when it is started by root
        self.http_port, self.https_port, self.health_port = (reserved_port() for _ in range(3))
        self.log = self.folder / "output.log"
        environment = {
            "PATH": os.environ["PATH"],
            "RUN": str(self.folder / "run"),
            "UPSTREAM": upstream,
            "NGINX_SECRET": secret,
            "CERTS": str(certs or self.folder / "none"),
            "AUTH_FILE": str(users or self.folder / "none"),
            "HTTP_PORT": f"127.0.0.1:{self.http_port}",
            "HTTPS_PORT": f"127.0.0.1:{self.https_port}",
            "HEALTH_PORT": str(self.health_port),
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(["sh", str(START)], env=environment, stdout=log, stderr=log)

    def wait(self) -> None:
        """Return when it accepts connections; RuntimeError with what it said when it ended."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(self.said())
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.http_port), 1):
                return
            time.sleep(0.02)
        raise RuntimeError(f"no answer in {PATIENCE_S} s: {self.said()}")

    def said(self) -> str:
        """Everything that it printed, its access log included."""
        return self.log.read_text(encoding="utf-8")

    def stop(self) -> None:
        """End it and remove its folder."""
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def running_nginx(upstream: str, *, certs: Path | None = None, users: Path | None = None, secret: str = "") -> Iterator[Nginx]:
    """Nginx until the block ends."""
    nginx = Nginx(upstream, certs=certs, users=users, secret=secret)
    try:
        nginx.wait()
        yield nginx
    finally:
        nginx.stop()
