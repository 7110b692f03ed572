"""A life as a service: what `scripts/try-service [SUITE]` does. Needs root, debootstrap and nothing of the project's libraries.

The way without Docker of docs/operations.md, on a bare Debian that a real systemd has started as process 1, in mounts and
processes of their own: installed, killed, hung, stopped, behind Nginx, backed up, restored in a trial, removed. A host with the
first version of control groups starts Debian 12's systemd, which is the default here, and none after 257.
"""

import argparse
import os
import shlex
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from bench import bare
from bench.ports import reserved_port

SUITE = "bookworm"
PACKAGES = "systemd,systemd-sysv,dbus,git,ca-certificates,python3,python3-venv,nginx-light,openssl,procps"
"""What the document has installed, and systemd, which every Debian but the smallest has."""
PLACE = Path("/srv/chocolate-factory")
UNIT = "chocolate-factory"
BOOT_S, UP_S, WATCHDOG_S, STOP_S = 60.0, 600.0, 150.0, 5.0


class Machine:
    """A root in which systemd runs as process 1."""

    def __init__(self, root: Path, log: Path) -> None:
        self.root = root
        quoted = shlex.quote(str(root))
        mounts = f"mount -t proc proc {quoted}/proc && mount -t tmpfs tmpfs {quoted}/run"
        first = f"{mounts} && exec chroot {quoted} /lib/systemd/systemd --system"
        with log.open("wb") as sink:
            self._unshare = subprocess.Popen(
                ["unshare", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "sh", "-c", first],
                env={"container": "other", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
        self._log = log
        wait("systemd runs", BOOT_S, lambda: self.typed("systemctl is-system-running", check=False) in ("running", "degraded"))

    @property
    def _process_1(self) -> str | None:
        """Its number out here; None until there is one."""
        children = Path(f"/proc/{self._unshare.pid}/task/{self._unshare.pid}/children")
        if self._unshare.poll() is not None:
            raise bare.BareError(f"systemd ended: {bare.tail(self._log)}")
        return next(iter(children.read_text().split()), None)

    def typed(self, line: str, *, check: bool = True) -> str:
        """Output of what root types in the checkout; `sudo` is nothing to root."""
        first = self._process_1
        if first is None:
            return ""
        command = f"cd {PLACE} && " + line.replace("sudo ", "")
        ended = subprocess.run(
            ["nsenter", "-t", first, "-m", "-p", "-u", "-i", "chroot", str(self.root), "/bin/sh", "-c", command],
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        if check and ended.returncode:
            raise bare.BareError(f"{line} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}{self.journal()}")
        return ended.stdout.strip()

    def shown(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.typed(f"systemctl show -p {name} --value {unit}")

    def journal(self) -> str:
        """The last lines of all units."""
        return self.typed("journalctl --no-pager -n 40", check=False)


def wait(what: str, limit_s: float, holds: Callable[[], bool]) -> float:
    """Seconds until it holds; BareError when it takes longer."""
    started = time.monotonic()
    while not holds():
        if time.monotonic() - started > limit_s:
            raise bare.BareError(f"not within {limit_s:.0f} s: {what}")
        time.sleep(bare.LOOK_EVERY_S)
    return time.monotonic() - started


def status_of(url: str) -> int:
    """Status of an answer; 0 without one."""
    anyone = ssl.create_default_context()
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE  # a certificate of its own making
    try:
        with urllib.request.urlopen(url, timeout=3, context=anyone) as answer:  # noqa: S310 - http(s) of this machine
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def pip_settings(machine: Path, environment: dict[str, str]) -> None:
    """What leads pip to a package index, for every unit."""
    given = [f'"{name}={value}"' for name, value in environment.items() if name.startswith("PIP_") or name in bare.PASSED_ON]
    folder = machine / "etc/systemd/system.conf.d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.conf").write_text(f"[Manager]\nDefaultEnvironment={' '.join(given)}\n")


def lived(machine: Machine, port: int) -> None:
    """Each step of the document, and each accident that it promises to survive."""
    health = f"http://127.0.0.1:{port}/health"

    def is_up() -> bool:
        return status_of(health) == 200

    def another_than(process: str) -> bool:
        return machine.shown(UNIT, "MainPID") not in (process, "0") and is_up()

    (machine.root / PLACE.relative_to("/") / ".env").write_text(f"PORT={port}\n")
    started = time.monotonic()
    machine.typed("sudo scripts/install-service")
    wait("the service answers", UP_S, is_up)
    bare.say(f"install-service: answers after {time.monotonic() - started:.0f} s as {machine.shown(UNIT, 'User')}")

    first = machine.shown(UNIT, "MainPID")
    machine.typed(f"systemctl kill -s KILL {UNIT}")
    again = wait("started again after a kill", UP_S, lambda: another_than(first))
    bare.say(f"killed: answers again after {again:.0f} s")

    hung = machine.shown(UNIT, "MainPID")
    machine.typed(f"kill -STOP {hung}")
    noticed = wait(
        "the watchdog ends what hangs", WATCHDOG_S, lambda: machine.shown(UNIT, "MainPID") not in (hung, "0") and is_up()
    )
    bare.say(f"hung: another one answers after {noticed:.0f} s")

    told = time.monotonic()
    machine.typed(f"systemctl stop {UNIT}")
    if time.monotonic() - told > STOP_S or is_up():
        raise bare.BareError(f"systemctl stop took {time.monotonic() - told:.1f} s")
    bare.say(f"stopped after {time.monotonic() - told:.1f} s")

    machine.typed("sudo scripts/make-certificate factory.example.com 127.0.0.1")
    machine.typed("echo LISTEN_LEVELS=1,2 | sudo tee -a .env && sudo systemctl restart chocolate-factory")
    wait("up with two listeners", UP_S, is_up)
    plain, secure, look = (reserved_port() for _ in range(3))
    nginx = f"UPSTREAM=127.0.0.1:{port + 1} HTTP_PORT={plain} HTTPS_PORT={secure} HEALTH_PORT={look}"
    machine.typed(f"sudo {nginx} setsid docker/services/nginx/start > /tmp/nginx.log 2>&1 < /dev/null &")
    wait("Nginx answers", 30, lambda: status_of(f"https://127.0.0.1:{secure}/health") == 200)
    closed = status_of(f"https://127.0.0.1:{secure}/metrics")
    if closed != 403:
        raise bare.BareError(f"/metrics through Nginx: {closed}")
    bare.say("HTTPS through Nginx: /health 200, /metrics 403")

    for name in ("backup", "drill"):
        machine.typed(f"systemctl start {UNIT}-{name}.service")
        bare.say(f"{UNIT}-{name}.service: {machine.shown(f'{UNIT}-{name}', 'Result')}")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        told_of = [line for line in answer.read().decode().splitlines() if line.startswith("chocolate_backup_")]
    if "chocolate_backup_failed 0.0" not in told_of:
        raise bare.BareError(f"/metrics tells of backups: {told_of}")

    machine.typed("sudo scripts/install-service --remove")
    machine.typed(f"pkill -QUIT nginx; sudo rm -r /var/lib/{UNIT} /var/log/{UNIT} && sudo userdel {UNIT}")
    left = machine.typed("systemctl list-unit-files --no-legend 'chocolate-factory*'", check=False)
    if left or is_up():
        raise bare.BareError(f"after the removal: {left or 'it still answers'}")
    bare.say("removed: no unit, no user, nothing listens")


def inside(given: argparse.Namespace, scratch: Path) -> int:
    """Everything that happens in the mounts of our own."""
    environment = dict(os.environ)
    root = bare.build(bare.bare_root(given.suite, given.cache, PACKAGES), scratch)
    bare.furnish(root, environment)
    (root / "srv").mkdir(exist_ok=True)
    (root / bare.CHECKOUT.relative_to("/")).rename(root / PLACE.relative_to("/"))
    subprocess.run(["chown", "-hR", "0:0", str(root / PLACE.relative_to("/"))], check=True)
    pip_settings(root, environment)
    (root / "etc/systemd/system/nginx.service").symlink_to("/dev/null")  # Debian's own would take port 80 of this machine
    machine = Machine(root, given.logs / f"{given.suite}-systemd.log")
    bare.say(f"{given.suite}: {machine.typed('systemctl --version | head -n 1')}, {machine.typed('python3 -VV')}")
    lived(machine, reserved_port(3))
    return 0


if __name__ == "__main__":
    sys.exit(bare.main("scripts/try-service", SUITE, inside, "bench.bare_service"))
