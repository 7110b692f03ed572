"""A Docker Engine of the tests' own, and base images made from Debian packages under the names that the project's files use.

No image registry is needed. DEPLOY_DATA_ROOT names a folder that keeps the images for the next run.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from support.requires import missing, require

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "tests/deploy/images"
CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
NAMES = {
    "python": ("python:3.11-slim",),
    "servers": ("influxdb:2.7", "nginx:1.28-alpine", "tailscale/tailscale:v1.90"),
}
START_S = 60.0
BRIDGE = "factory-tests"
"""The network `backend` on this machine, as tests/deploy/simulator.yml names it."""


class Engine:
    """A running engine: everything goes through its own socket, and lies in its own folder."""

    def __init__(self, folder: Path, data_root: Path) -> None:
        self.folder = folder
        self.socket = folder / "docker.sock"
        self._log = folder / "dockerd.log"
        # It ends with the process that started it, however that ends: a run that was killed leaves no engine behind.
        command = [require("setpriv"), "--pdeathsig", "TERM", require("dockerd"), "--log-level", "warn"]
        command += ["--data-root", str(data_root), "--exec-root", str(folder / "exec")]
        command += ["--pidfile", str(folder / "pid"), "-H", f"unix://{self.socket}"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    @property
    def environment(self) -> dict[str, str]:
        """For `docker` and Compose. The classic builder: the other one is a plug-in that Debian does not have."""
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": os.environ.get("HOME", "/"),
            "DOCKER_HOST": f"unix://{self.socket}",
            "DOCKER_BUILDKIT": "0",
        }

    def docker(self, *words: str, stdin: int | None = None, check: bool = True) -> str:
        """Output of a docker command; RuntimeError with what it said when it fails."""
        return run(["docker", *words], self.environment, stdin=stdin, check=check)

    def wait(self) -> None:
        """Return when it answers."""
        end = time.monotonic() + START_S
        while run(["docker", "info"], self.environment, check=False).find("Server Version") < 0:
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"dockerd does not start: {self._log.read_text(encoding='utf-8')[-3000:]}")
            time.sleep(0.2)

    def clear(self) -> None:
        """End every container; no network stays."""
        names = self.docker("ps", "-aq", check=False).split()
        if names:
            self.docker("rm", "-f", *names, check=False)
        self.docker("network", "prune", "-f", check=False)

    def stop(self) -> None:
        """End every container, then the engine."""
        self.clear()
        self.process.terminate()
        self.process.wait(60)


def run(
    command: list[str], environment: Mapping[str, str], *, stdin: int | None = None, check: bool = True, cwd: Path | None = None
) -> str:
    """Output of a command, both streams; RuntimeError when it fails and `check` is set."""
    ended = subprocess.run(
        command,
        env=dict(environment),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        timeout=900,
    )
    if check and ended.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stdout[-6000:]}")
    return ended.stdout


def clear_away() -> None:
    """What a run that was killed left behind: its network, its files."""
    run(["ip", "link", "delete", BRIDGE], os.environ, check=False)
    for folder in Path(tempfile.gettempdir()).glob("factory-engine-*"):
        if not (folder / "pid").exists():  # the engine has ended
            remove(folder)


def remove(folder: Path) -> None:
    """An engine's folder, once it has ended."""
    run(["umount", str(folder / "exec/netns/default")], os.environ, check=False)  # it leaves its network's namespace mounted
    run(["rm", "-rf", str(folder)], os.environ, check=False)


@contextmanager
def running_engine() -> Iterator[Engine]:
    """An engine with the base images."""
    for program in ("dockerd", "docker", "iptables", "debootstrap", "openssl"):
        require(program)
    if os.geteuid() != 0:
        missing("a Docker Engine of its own needs root")
    if "Server Version" in run(["docker", "info"], os.environ, check=False):
        missing("a Docker Engine runs here already, and two would share one network: stop it for these tests")
    clear_away()
    folder = Path(tempfile.mkdtemp(prefix="factory-engine-"))
    data_root = Path(os.environ.get("DEPLOY_DATA_ROOT") or folder / "root")
    engine = Engine(folder, data_root)
    try:
        engine.wait()
        engine.clear()  # a data root that is kept may hold what a killed run left
        make_images(engine, folder)
        yield engine
    finally:
        engine.stop()
        remove(folder)


def make_images(engine: Engine, folder: Path) -> None:
    """Debian from its packages; on it the stand-ins, each with the names of the official images that it stands for."""
    if not engine.docker("images", "-q", "debian:standin").strip():
        _import_debian(engine, folder / "debian")
    context = folder / "images"
    shutil.copytree(IMAGES, context)
    for image, names in NAMES.items():
        tags = [word for name in names for word in ("-t", name)]
        engine.docker("build", "-q", "--network", "host", "-f", str(context / f"{image}.Dockerfile"), *tags, str(context))


def debian_mirror() -> list[str]:
    """DEBIAN_MIRROR, else where this machine's own packages come from; empty where neither is known: debootstrap has a default."""
    asked = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Origin: Debian", "Label: Debian", "Component: main"]
    known = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()  # nothing before the first update
    asked_for = os.environ.get("DEBIAN_MIRROR")
    return [asked_for] if asked_for else known[:1]


def _import_debian(engine: Engine, rootfs: Path) -> None:
    """What this machine needs to reach package registries (its certificates, its pip settings) goes into this local image alone."""
    unsynced = rootfs / "etc/dpkg/dpkg.cfg.d/unsynced"  # a power cut may cost us a test image: no file is synced by itself
    unsynced.parent.mkdir(parents=True)
    unsynced.write_text("force-unsafe-io\n", encoding="utf-8")
    run(["debootstrap", "--variant=minbase", "--include=ca-certificates", "trixie", str(rootfs), *debian_mirror()], os.environ)
    shutil.copy(CA_BUNDLE, rootfs / "etc/ssl/certs/ca-certificates.crt")
    settings = {name: value for name, value in os.environ.items() if name.startswith("PIP_") and name != "PIP_FIND_LINKS"}
    changes = [word for name, value in settings.items() for word in ("--change", f"ENV {name}={value}")]
    configuration = Path("/etc/pip.conf")
    if configuration.exists():
        shutil.copy(configuration, rootfs / "etc/pip.conf")
    tar = subprocess.Popen(
        ["tar", "-C", str(rootfs), "--exclude=./var/cache/apt/archives/*.deb", "--exclude=./var/lib/apt/lists/*", "-c", "."],
        stdout=subprocess.PIPE,
    )
    assert tar.stdout is not None
    engine.docker("import", *changes, "-", "debian:standin", stdin=tar.stdout.fileno())
    tar.stdout.close()
    if tar.wait() != 0:
        raise RuntimeError("tar could not pack the base image")
    run(["rm", "-rf", str(rootfs)], os.environ)
