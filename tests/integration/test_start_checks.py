"""What an operator reads when the service cannot start: one line that names what is wrong and the command that mends it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from adapters.files.folders import check_writable
from bench.ports import reserved_port
from bootstrap import wait_for_the_time
from settings import read_settings
from support.process_service import MAIN, ROOT, environment_for, served
from support.requires import missing

SOMEBODY = 12345
"""A user that owns nothing here."""


@pytest.fixture
def locked() -> Iterator[Path]:
    """A folder that belongs to root, reachable by everyone: not one of pytest's, which each new session closes to others again."""
    if os.geteuid() != 0:
        missing("to start as another user needs root")
    with tempfile.TemporaryDirectory(prefix="factory-locked-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    check_writable([tmp_path / "a/b"])
    assert list((tmp_path / "a/b").iterdir()) == []


@pytest.mark.parametrize("name", ["data", "logs", "models"])
def test_a_folder_of_another_user_is_named_with_the_command_that_mends_it(locked: Path, name: str) -> None:
    for each in ("data", "logs", "models"):
        (locked / each).mkdir()
        os.chown(locked / each, SOMEBODY if each != name else 0, SOMEBODY)
    # The program is imported by root first: this checkout may lie where nobody else may look.
    become = f"os.setgroups([]); os.setgid({SOMEBODY}); os.setuid({SOMEBODY})"
    script = f"import main, os\n{become}\nmain.main()"
    environment = environment_for(locked) | {"PYTHONPATH": str(MAIN.parent)}
    ended = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=100, cwd=MAIN.parent, check=False
    )
    assert ended.returncode == 1, ended.stderr
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith(f"cannot start: user {SOMEBODY} cannot write {locked / name}: ")
    assert "sudo scripts/init-env" in line


def test_a_weak_secret_is_named_with_the_command_that_mends_it_and_no_secret_is_told(tmp_path: Path) -> None:
    environment = environment_for(tmp_path, ENVIRONMENT="production", API_TOKEN="planted", OPENWEATHERMAP_API_KEY="planted-too")
    ended = subprocess.run([sys.executable, str(MAIN)], env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode == 1
    assert ended.stderr == "cannot start: API_TOKEN is shorter than 16 characters: scripts/init-env writes a strong one\n"


def refusal(folder: Path, **settings: str) -> str:
    """The one line with which the service does not start."""
    ended = subprocess.run(
        [sys.executable, str(MAIN)],
        env=environment_for(folder, **settings),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, ""), ended.stdout + ended.stderr
    (line,) = ended.stderr.splitlines()
    return line.removeprefix("cannot start: ")


def test_each_fault_of_a_setting_or_a_file_is_one_line_before_anything_is_announced(tmp_path: Path) -> None:
    configs = tmp_path / "configs"
    shutil.copytree(ROOT / "src/configs", configs)
    (configs / "factory.toml").write_text((configs / "factory.toml").read_text() + "\nx = [\n")
    (tmp_path / "odd.env").write_bytes(b"PORT=0\r\nexport STORE = sqlite\nTYPO_PORT=1\n")
    (tmp_path / "cut.env").write_text("PORT=0\nAPI_TOKEN='abc\n")
    cases = {
        r"CONFIG_DIR: /nonexistent/factory\.toml: No such file": {"CONFIG_DIR": "/nonexistent"},
        r".*/configs/factory\.toml: line \d+: ": {"CONFIG_DIR": str(configs)},
        r"SIM_NOW: ": {"SIM_NOW": "ayer"},
        r"HISTORY_START: must not lie after today, \d{4}-": {"HISTORY_START": "2090-01-01"},
        r"HOST: nonsense\.invalid is no address of this machine": {"HOST": "nonsense.invalid", "ALLOW_OPEN": "1"},
        r"HOST: 192\.0\.2\.1 is no address of this machine": {"HOST": "192.0.2.1", "ALLOW_OPEN": "1"},
        r"odd\.env, line 3: TYPO_PORT is no setting; did you mean PORT\?": {"ENV_FILE": str(tmp_path / "odd.env")},
        r".*/cut\.env, line 2: API_TOKEN: the quote ' is not closed": {"ENV_FILE": str(tmp_path / "cut.env")},
        r".*no-such\.env": {"ENV_FILE": str(tmp_path / "no-such.env")},
    }
    for expected, settings in cases.items():
        assert re.match(expected, refusal(tmp_path, **settings)), (expected, refusal(tmp_path, **settings))


def test_a_port_that_is_taken_is_told_with_its_address_and_level(tmp_path: Path) -> None:
    port = reserved_port(2) + 1
    with socket.create_server(("127.0.0.1", port)):
        line = refusal(tmp_path, PORT=str(port - 1), LISTEN_LEVELS="1,2")
    assert line == f"PORT: 127.0.0.1:{port} (level 2) is in use by another program; choose another PORT"


def test_one_folder_of_data_has_one_service(tmp_path: Path) -> None:
    with served(tmp_path, environment_for(tmp_path)) as running:
        line = refusal(tmp_path)
        assert line.startswith(f"{tmp_path}/data is in use by process {running.process.pid} on "), line
    with served(tmp_path, environment_for(tmp_path)):
        pass


@pytest.mark.parametrize("nohup", [False, True])
def test_a_hang_up_is_an_end_that_says_so_and_nothing_under_nohup(tmp_path: Path, *, nohup: bool) -> None:
    heard = "SIG_IGN" if nohup else "SIG_DFL"  # whatever runs these tests may itself be under nohup
    program = ("-c", f"import signal; signal.signal(signal.SIGHUP, signal.{heard}); from main import main; main()")
    path = {"PYTHONPATH": str(MAIN.parent)}
    with served(tmp_path, environment_for(tmp_path, SCHEDULER_ENABLED="false") | path, program) as running:
        running.process.send_signal(signal.SIGHUP)
        if nohup:
            assert httpx2.get(running.url("/health"), timeout=30).status_code == 200
        else:
            assert running.process.wait(60) == -signal.SIGTERM
        said = running.output.read_text()
    assert ("SIGHUP: the service ends" in said) != nohup and "Traceback" not in said
    assert nohup or "Finished server process" in said or "shutdown complete" in said, said


def test_only_the_levels_that_are_asked_for_are_listened_on(tmp_path: Path) -> None:
    with served(tmp_path, environment_for(tmp_path, LISTEN_LEVELS="1")) as running:
        assert len(running.ports) == 1
    with served(tmp_path, environment_for(tmp_path, LISTEN_LEVELS="1,3", HOST="::1")) as running:
        said = running.output.read_text()
    assert re.findall(r"^level (\d): http://\[::1\]:\d+", said, re.MULTILINE) == ["1", "3"]


def test_a_clock_that_cannot_be_right_is_waited_for_and_said_once() -> None:
    times = [datetime(1970, 1, 1, tzinfo=UTC)] * 3 + [datetime(2030, 1, 1, tzinfo=UTC)]
    said: list[str] = []
    slept: list[float] = []
    wait_for_the_time(read_settings({}), said.append, lambda: times[len(slept)], slept.append)
    assert len(slept) == 3 and len(said) == 1
    assert said[0].startswith("waiting: the clock says 1970-01-01 00:00 UTC, which lies before this version was made (20")
    wait_for_the_time(read_settings({"SIM_SEED": "1"}), said.append, lambda: times[0], slept.append)
    assert len(slept) == 3, "a simulated world has a time of its own"
