"""A real influxd (1.x) on free ports with a folder of its own: started, killed, started again.

The index is tsi1, which is the only one that 2.7 has. (With 1.6's own default, inmem, a shard can stay invisible to queries until
the next start when its series are made in several shards at once: docs/influxdb.md.)
"""

import re
import shutil
import subprocess
import time
from pathlib import Path

import httpx2

from bench.ports import reserved_port

CONFIG = """reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
dir = "{folder}/meta"
logging-enabled = false
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
index-version = "{index}"
query-log-enabled = false
[monitor]
store-enabled = false
[continuous_queries]
enabled = false
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
{http}
"""
START_TIMEOUT_S = 60.0


class InfluxServer:
    """One server. `http` adds lines to its [http] section (``auth-enabled = true``, ``max-body-size = 1000``)."""

    def __init__(self, program: str, folder: Path, *, http: str = "", index: str = "tsi1") -> None:
        self.port, rpc_port = reserved_port(), reserved_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "influxdb.conf"
        text = CONFIG.format(folder=folder, port=self.port, rpc_port=rpc_port, index=index, http=http)
        self._config.write_text(text, encoding="utf-8")

    def start(self, timeout_s: float = START_TIMEOUT_S) -> None:
        """Start it and wait until it answers."""
        with (self.folder / "influxd.log").open("ab") as log:
            self._process = subprocess.Popen([self._program, "run", "-config", str(self._config)], stdout=log, stderr=log)
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"influxd ended with {self._process.returncode}:\n{self.log()[-2000:]}")
            if self.answers():
                return
            time.sleep(0.02)
        raise RuntimeError(f"influxd does not answer after {timeout_s} s:\n{self.log()[-2000:]}")

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def send(self, number: int) -> None:
        """A signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> None:
        """End it and wait."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def mend(self) -> int:
        """Remove the indexes of shards that cannot be opened, and start anew: they are built again from the points.

        A disk that fills up while a shard is made can leave its index without a manifest; 1.6 then refuses the shard for ever.
        Returns how many there were.
        """
        self.kill()
        (self.folder / "influxd.log").unlink()
        self.start()
        broken = re.findall(r'"Failed to open shard".* db_shard_id=(\d+)', self.log())
        self.kill()
        for shard in broken:
            for index in self.folder.glob(f"data/*/*/{shard}/index"):
                shutil.rmtree(index)
        self.start()
        return len(broken)

    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def answers(self) -> bool:
        """Whether /ping is answered."""
        try:
            return httpx2.get(f"{self.url}/ping", timeout=2, trust_env=False).status_code == 204
        except httpx2.HTTPError:
            return False

    def execute(self, statement: str) -> bytes:
        """Run InfluxQL without our adapter."""
        response = httpx2.post(f"{self.url}/query", data={"q": statement}, timeout=60, trust_env=False)
        response.raise_for_status()
        return response.content

    def make_bucket(self, name: str, shard: str = "") -> None:
        """A database, which is what a bucket is here; with shards of a duration such as ``52w`` if given."""
        self.execute(f'CREATE DATABASE "{name}"' + (f" WITH SHARD DURATION {shard}" if shard else ""))

    def drop_bucket(self, name: str) -> None:
        """Remove it with its points."""
        self.execute(f'DROP DATABASE "{name}"')

    def log(self) -> str:
        """What it has written."""
        return (self.folder / "influxd.log").read_text(encoding="utf-8", errors="replace")

    def remove(self) -> None:
        """End it and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
