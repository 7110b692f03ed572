"""The service as systemd runs it: its units by systemd's own checkers, and what it says to the service manager."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from env_file import parse
from support.process_service import ROOT, environment_for, served
from support.requires import missing, require

MOST_EXPOSED = {
    "chocolate-factory": 2.0,
    "chocolate-factory-backup": 2.0,
    "chocolate-factory-drill": 2.0,
    "chocolate-factory-prepare": 3.5,
}
"""Of 10, by `systemd-analyze security`: what it was when written, and a little."""


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("units")
    subprocess.run([str(ROOT / "scripts/install-service"), "--units", str(folder)], timeout=60, check=True)
    return folder


def analysed(*words: str) -> str:
    ended = subprocess.run([require("systemd-analyze"), *words], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def test_systemd_finds_no_fault_in_them(units: Path) -> None:
    if not (ROOT / ".venv/bin/python3").exists():
        pytest.skip("the environment of this checkout is elsewhere")
    assert analysed("verify", *map(str, sorted(units.iterdir()))) == ""


@pytest.mark.parametrize("name", MOST_EXPOSED)
def test_they_are_hardened(units: Path, name: str) -> None:
    told = analysed("security", "--offline=true", f"--threshold={round(10 * MOST_EXPOSED[name])}", str(units / f"{name}.service"))
    assert f"Overall exposure level for {name}.service" in told


def test_nothing_of_a_template_is_left_and_what_they_start_is_there(units: Path) -> None:
    for unit in units.iterdir():
        text = unit.read_text()
        assert not re.search(r"@[A-Z]+@", text), unit.name
        for module in re.findall(r"-m start (\S+)", text):
            assert (ROOT / "src/fastapi-app" / f"{module.replace('.', '/')}.py").is_file()
        for path in re.findall(r"-S (scripts/\S+)", text):
            assert (ROOT / path).is_file()


def heard(line: socket.socket, wanted: str) -> None:
    while line.recv(1000).decode() != wanted:
        pass


def test_the_manager_hears_that_it_is_ready_that_it_lives_and_that_it_stops(tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(address))
        line.settimeout(60)
        told = {"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "1000000"}
        with served(tmp_path, environment_for(tmp_path, **told)) as running:
            heard(line, "READY=1")
            heard(line, "WATCHDOG=1")
            os.kill(running.process.pid, signal.SIGSTOP)  # a loop that does not turn is not heard
            line.settimeout(2.5)
            with pytest.raises(TimeoutError):
                while True:
                    line.recv(1000)
            line.settimeout(60)
            os.kill(running.process.pid, signal.SIGCONT)
            heard(line, "WATCHDOG=1")
            running.process.send_signal(signal.SIGTERM)
            heard(line, "STOPPING=1")
            assert running.process.wait(30) == -signal.SIGTERM


def test_it_is_installed_run_again_and_removed(tmp_path: Path) -> None:
    """With a systemctl that only notes what it is told: there is no systemd where tests run."""
    if os.geteuid() != 0:
        missing("to install a service needs root")
    project, folder, bin_ = (tmp_path / name for name in ("project", "units", "bin"))
    for name in ("scripts", "src/fastapi-app"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    folder.mkdir()
    bin_.mkdir()
    (bin_ / "systemctl").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/told\n')
    (bin_ / "systemctl").chmod(0o755)
    (project / ".env").write_text('PORT=8010\nAPI_TOKEN=\nDATA_DIR="kept"\n')
    environment = {"PATH": f"{bin_}:{os.environ['PATH']}", "UNIT_FOLDER": str(folder)}

    def run(*words: str) -> None:
        command = [str(project / "scripts/install-service"), "--user", "daemon", *words]
        subprocess.run(command, env=environment, timeout=60, check=True, capture_output=True)

    run()
    settings = parse((project / ".env").read_bytes(), {})
    assert {name: settings[name].value for name in ("PORT", "ENVIRONMENT", "DATA_DIR", "MODELS_DIR", "BACKUP_DIR", "LOG_DIR")} == {
        "PORT": "8010",
        "ENVIRONMENT": "production",
        "DATA_DIR": "kept",
        "MODELS_DIR": "/var/lib/chocolate-factory/models",
        "BACKUP_DIR": "/var/lib/chocolate-factory/backups",
        "LOG_DIR": "/var/log/chocolate-factory",
    }
    assert len(settings["API_TOKEN"].value) == 40
    mode = (project / ".env").stat()
    assert (oct(mode.st_mode & 0o777), mode.st_uid, mode.st_gid) == ("0o640", 0, pwd.getpwnam("daemon").pw_gid)
    text = (folder / "chocolate-factory.service").read_text()
    assert "User=daemon\n" in text and f"ReadWritePaths={project}/kept\n" in text and f"ExecStart={project}/.venv" in text
    assert (project / "kept").stat().st_uid == pwd.getpwnam("daemon").pw_uid
    before = (project / ".env").read_bytes()
    run()
    assert (project / ".env").read_bytes() == before
    run("--remove")
    assert list(folder.iterdir()) == []
    told = (tmp_path / "told").read_text()
    assert "enable chocolate-factory.service chocolate-factory-backup.timer chocolate-factory-drill.timer" in told
    assert "disable --now chocolate-factory.service" in told


def test_the_backup_may_read_the_key_of_the_certificate(tmp_path: Path) -> None:
    """Nginx's key belongs to Nginx, and the nightly backup runs as the service's user."""
    if os.geteuid() != 0:
        missing("to give files to other users needs root")
    require("openssl")
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/make-certificate", tmp_path / "scripts")
    (tmp_path / ".env").touch(0o640)
    (tmp_path / ".env").chmod(0o640)
    os.chown(tmp_path / ".env", 0, pwd.getpwnam("daemon").pw_gid)
    subprocess.run([str(tmp_path / "scripts/make-certificate"), "localhost"], timeout=60, check=True, capture_output=True)
    key = (tmp_path / "docker/services/nginx/certs/tls.key").stat()
    assert (oct(key.st_mode & 0o777), key.st_uid, key.st_gid) == ("0o640", 1000, pwd.getpwnam("daemon").pw_gid)
