"""Which build runs: of an image, of a checkout (real git), of neither."""

import subprocess
from pathlib import Path

import pytest

from adapters.runtime import build
from adapters.runtime.build import UNKNOWN, build_of
from domain.operations import Build
from support.requires import require

COMMIT = "0123456789abcdef0123456789abcdef01234567"
ME = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")


def git(folder: Path, *words: str) -> str:
    ended = subprocess.run(["git", *ME, "-C", str(folder), *words], capture_output=True, text=True, timeout=60, check=True)
    return ended.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with a program and a plant."""
    require("git")
    root = tmp_path / "checkout"
    (root / "src").mkdir(parents=True)
    (root / "src/main.py").write_text("one\n", encoding="utf-8")
    (root / "factory.toml").write_text("mine\n", encoding="utf-8")
    git(tmp_path, "init", "-q", str(root))
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    return root


def test_a_checkout_is_its_commit_and_an_edited_plant_does_not_make_it_another(checkout: Path) -> None:
    first = git(checkout, "rev-parse", "HEAD")
    (checkout / "factory.toml").write_text("moved\n", encoding="utf-8")
    assert build_of(checkout, checkout / "src") == Build("checkout", first, None, edited=False)
    (checkout / "src/main.py").write_text("two\n", encoding="utf-8")
    assert build_of(checkout, checkout / "src") == Build("checkout", first, None, edited=True)
    git(checkout, "commit", "-q", "-a", "-m", "second")
    told = build_of(checkout, checkout / "src")
    assert told == Build("checkout", git(checkout, "rev-parse", "HEAD"), None, edited=False) and told.revision != first


def test_a_folder_without_git_or_within_the_repository_of_something_else_is_unknown(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert build_of(tmp_path, tmp_path) == UNKNOWN
    assert build_of(checkout / "src", checkout / "src") == UNKNOWN
    monkeypatch.setattr(build, "PATH", "/nonexistent")
    assert build_of(checkout, checkout / "src") == UNKNOWN


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{COMMIT}\n2026-11-28T04:10:00Z\n", Build("image", COMMIT, "2026-11-28T04:10:00Z", None)),
        (f"{COMMIT}\nunknown\n", Build("image", COMMIT, None, None)),
        ("unknown\nunknown\n", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_an_image_says_what_it_was_labelled_with_also_within_a_checkout(checkout: Path, text: str, told: Build) -> None:
    (checkout / "BUILD").write_text(text, encoding="utf-8")
    assert build_of(checkout, checkout / "src") == told
