"""The virtual environment follows its Python, the machine and the lock file; the old one stays until the new one works."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "scripts/lib/venv.py"
NOTHING = "# needs nothing\n"
IMPOSSIBLE = "no-such-library==1 --hash=sha256:" + 64 * "0" + "\n"
SOMEBODY = 12345


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with an environment; each test takes a copy."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "a.lock").write_text(NOTHING)
    said = prepare(folder)
    assert "Preparing" in said
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "project", symlinks=True))


def prepare(folder: Path, lock: str = "a.lock", code: int = 0) -> str:
    """What is said on the way; nothing where nothing is to be done."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")} | {"PIP_NO_INDEX": "1"}
    command = [sys.executable, "-I", "-S", str(PROGRAM), lock, str(folder / ".venv")]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=110, check=False)
    assert ended.returncode == code, ended.stderr
    return ended.stderr


def works(folder: Path) -> bool:
    program = "import sys; assert sys.prefix != sys.base_prefix; import pip"
    return subprocess.run([str(folder / ".venv/bin/python3"), "-c", program], check=False).returncode == 0


def marked(folder: Path) -> Path:
    """A file that only this environment has."""
    mark = folder / ".venv/this-one"
    mark.touch()
    return mark


def test_where_nothing_changed_nothing_is_done(project: Path) -> None:
    mark = marked(project)
    assert prepare(project) == ""
    assert mark.exists()


@pytest.mark.parametrize("is_stamped", [True, False])
def test_of_another_python_it_is_made_anew(project: Path, is_stamped: bool) -> None:
    """As an upgrade of the system leaves it: the interpreter is another, the libraries lie where it does not look."""
    mark = marked(project)
    (library,) = (project / ".venv/lib").glob("python3.*")
    library.rename(library.with_name("python3.1"))
    if not is_stamped:
        (project / ".venv/.made-for").unlink()
    assert "Preparing" in prepare(project)
    assert works(project) and not mark.exists()


def test_of_another_machine_it_is_made_anew(project: Path) -> None:
    mark = marked(project)
    (project / ".venv/.made-for").write_text("cpython-311 linux-riscv64\n")
    assert "Preparing" in prepare(project)
    assert works(project) and not mark.exists()
    assert not list(project.glob(".venv.*ing")) and not list(project.glob(".venv.old"))


def test_whose_python_is_gone_it_is_made_anew(project: Path) -> None:
    for name in ("python", "python3"):
        (project / ".venv/bin" / name).unlink()
        (project / ".venv/bin" / name).symlink_to("/usr/bin/python3.1")
    assert "Preparing" in prepare(project)
    assert works(project)


def test_its_programs_name_the_folder_where_it_is(project: Path) -> None:
    (project / ".venv/.made-for").write_text("another\n")
    prepare(project)
    assert (project / ".venv/bin/pip").read_text().startswith(f"#!{project}/.venv/bin/python")


def test_a_lock_file_that_asks_for_what_is_there_needs_no_index(project: Path) -> None:
    mark = marked(project)
    (project / "a.lock").write_text(NOTHING + "# and this comment\n")
    prepare(project)
    assert mark.exists()
    assert prepare(project) == ""


def test_a_new_one_that_cannot_be_made_leaves_the_old_one(project: Path) -> None:
    mark = marked(project)
    (project / "a.lock").write_text(IMPOSSIBLE)
    assert "what was there before stays" in prepare(project, code=1)
    assert works(project) and mark.exists()
    (project / "a.lock").write_text(NOTHING)
    assert prepare(project) == ""


def test_a_second_lock_file_is_added(project: Path) -> None:
    mark = marked(project)
    (project / "b.lock").write_text(NOTHING)
    prepare(project, "b.lock")
    assert mark.exists() and prepare(project, "b.lock") == "" and prepare(project) == ""


def test_what_root_makes_belongs_to_whose_the_checkout_is(project: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("to give files away needs root")
    os.chown(project, SOMEBODY, SOMEBODY)
    (project / ".venv/.made-for").write_text("another\n")
    prepare(project)
    assert (project / ".venv/bin/pip").stat().st_uid == SOMEBODY
