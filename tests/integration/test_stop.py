"""TERM or INT to a script ends all of it within 5 s, in every state, without a traceback, with the status of a killed process."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from support.process_service import environment_for

ROOT = Path(__file__).resolve().parents[2]
ALL_GONE_S = 5.0
BEGINS_S = 60.0
SIGNALS = (signal.SIGTERM, signal.SIGINT)


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a listener that takes connections and says nothing: whoever asks waits."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def script(folder: Path, name: str, *arguments: str, **settings: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A script as it is started from a terminal, and the file that its output goes to."""
    folder.mkdir(exist_ok=True)
    said = folder / "said.log"
    # This test's own libraries, as if installed from the lock file.
    environment = {**environment_for(folder), "VENV": str(Path(sys.prefix)), "HOME": str(folder), **settings}
    with said.open("wb") as sink:
        process = subprocess.Popen([str(ROOT / "scripts" / name), *arguments], env=environment, stdout=sink, stderr=sink)
    try:
        yield process, said
    finally:
        process.terminate()
        process.wait(30)


def told(process: subprocess.Popen[bytes], said: Path, number: int) -> None:
    """Send a signal, and see that it was obeyed."""
    group = group_of(process)
    began = time.monotonic()
    process.send_signal(number)
    process.wait(30)
    seconds = time.monotonic() - began
    text = said.read_text(encoding="utf-8")
    assert process.returncode == -number, text
    assert seconds < ALL_GONE_S, text
    assert "Traceback" not in text and "KeyboardInterrupt" not in text, text
    assert running_in(group) == []


def group_of(process: subprocess.Popen[bytes]) -> int | None:
    """The session that attached.py gave to what it started; None before that."""
    sessions = [session for parent, session, _ in processes() if parent == process.pid and session != os.getsid(0)]
    return sessions[0] if sessions else None


def running_in(session: int | None) -> list[str]:
    """Commands that still run in a session."""
    return [command for _, there, command in processes() if there == session]


def processes() -> Iterator[tuple[int, int, str]]:
    """Parent, session and command of every process that has not ended; from /proc, for a bare machine has no ps."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state, parent, _, session, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
                command = (folder / "cmdline").read_text().replace("\0", " ")
            except OSError:  # it ended meanwhile
                continue
            if state != "Z":
                yield int(parent), int(session), command


def wait_for(said: Path, pattern: str) -> str:
    """What a script says at last."""
    end = time.monotonic() + BEGINS_S
    while not (found := re.search(pattern, said.read_text(encoding="utf-8"))):
        assert time.monotonic() < end, said.read_text(encoding="utf-8")
        time.sleep(0.05)
    return found[1] if found.groups() else found[0]


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("after_s", [0.1, 0.25, 0.5, 1.0, 1.7])
def test_while_it_loads(tmp_path: Path, number: int, after_s: float) -> None:
    with script(tmp_path, "run") as (process, said):
        time.sleep(after_s)
        told(process, said, number)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_demonstration_ends_with_its_simulator(tmp_path: Path, number: int) -> None:
    folders = {f"DEMO_{name}_DIR": str(tmp_path / name) for name in ("DATA", "MODELS", "LOG")}
    with script(tmp_path, "demo", **folders) as (process, said):
        wait_for(said, "startup complete")
        assert len(running_in(group_of(process))) >= 3, "shell, simulator, service"
        told(process, said, number)


@pytest.mark.parametrize("number", SIGNALS)
def test_while_sources_hang(tmp_path: Path, silent: str, number: int) -> None:
    hanging = {"REE_BASE_URL": silent, "ESIOS_BASE_URL": "http://name.invalid", "OMIE_BASE_URL": silent}
    with script(tmp_path, "run", **hanging) as (process, said):
        wait_for(said, "startup complete")
        time.sleep(0.5)
        told(process, said, number)


def test_while_a_request_is_open_and_nothing_begins_any_more(tmp_path: Path) -> None:
    with script(tmp_path, "run") as (process, said):
        address = wait_for(said, r"level 1: (http://[^/\s]+)")
        wait_for(said, "startup complete")
        with (
            httpx2.Client(base_url=address, transport=httpx2.HTTPTransport(retries=8)) as client,
            client.stream("GET", "/dashboard/complete"),
        ):
            told(process, said, signal.SIGTERM)
        after = said.read_text(encoding="utf-8").partition("Shutting down")[2]
        assert "training_started" not in after and "refreshed" not in after


@pytest.mark.parametrize("number", SIGNALS)
def test_a_command_that_waits(tmp_path: Path, silent: str, number: int) -> None:
    """Copying from a database that never answers."""
    with script(tmp_path, "copy-store", "--from", "influxdb", "--to", "sqlite", INFLUXDB_URL=silent) as (
        process,
        said,
    ):
        time.sleep(2.5)
        told(process, said, number)


def test_a_script_that_is_not_stopped_ends_as_what_it_runs_ends(tmp_path: Path) -> None:
    with script(tmp_path, "check-config", str(tmp_path / "no-such.toml")) as (process, said):
        assert process.wait(60) == 2, said.read_text()
    with script(tmp_path, "check-config") as (process, said):
        assert process.wait(60) == 0, said.read_text()


def test_what_ignores_every_signal_is_killed(tmp_path: Path) -> None:
    stubborn = "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (2, 15)]; print('up', flush=True); time.sleep(99)"
    said = tmp_path / "said.log"
    command = [sys.executable, str(ROOT / "scripts/lib/attached.py"), "sh", "-c", f'{sys.executable} -c "{stubborn}"; echo more']
    with said.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink)
    wait_for(said, "up")
    told(process, said, signal.SIGTERM)
    assert said.read_text() == "up\n"


def test_a_process_1_says_by_its_status_what_ended_it(tmp_path: Path) -> None:
    """As in a container, where no signal kills process 1."""
    if os.geteuid() != 0:
        pytest.skip("a process 1 of one's own needs root")
    program = f"import sys; sys.path.insert(0, {str(ROOT / 'src/fastapi-app')!r}); from start import die_of; die_of(15)"
    ended = subprocess.run(["unshare", "--pid", "--fork", sys.executable, "-c", program], timeout=60, check=False)
    assert ended.returncode == 143
