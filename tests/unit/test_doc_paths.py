"""The documents name files that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
FILE = re.compile(r"`([A-Za-z_][A-Za-z0-9_/-]*\.(?:py|js|toml))`")
WITH_CODE = ("src", "tests", "bench")


def all_files() -> list[str]:
    """Paths in the repository, each with a slash before it."""
    found = [path for folder in WITH_CODE for path in (ROOT / folder).rglob("*") if path.is_file()]
    return ["/" + path.relative_to(ROOT).as_posix() for path in (*found, *ROOT.glob("*.*"))]


FILES = all_files()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_is_named_is_there(document: Path) -> None:
    named = set(FILE.findall(document.read_text(encoding="utf-8")))
    assert not {name for name in named if not any(path.endswith(f"/{name}") for path in FILES)}


def test_a_file_that_is_not_there_is_found() -> None:
    assert FILE.findall("(`domain/gaps.py`) and `hull.py`") == ["domain/gaps.py", "hull.py"]
    assert any(path.endswith("/domain/gaps.py") for path in FILES)
    assert not any(path.endswith("/hull.py") for path in FILES)
