"""Who may import whom: the layers of docs/architecture.md, read from the syntax trees."""

import ast
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parents[2] / "src" / "fastapi-app"
LAYERS = ("domain", "wording", "forecasting", "planning", "adapters", "services", "routers")
ALLOWED = {
    "domain": {"domain"},
    "wording": {"domain", "wording"},
    "forecasting": {"domain", "forecasting"},
    "planning": {"domain", "planning"},
    "ports": {"domain", "ports"},
    "adapters": {"domain", "ports", "adapters"},
    "services": {"domain", "ports", "forecasting", "planning", "services"},
    "routers": {"domain", "services", "wording", "routers"},
    "jobs": {"domain", "ports", "services"},
    "settings": set(),
    "start": set(),
    "bootstrap": {*LAYERS, "ports", "jobs", "settings", "bootstrap"} - {"routers", "wording"},
    "main": {"start", "bootstrap", "jobs", "routers", "settings", "domain", "ports"},
    "commands": {*LAYERS, "ports", "bootstrap", "settings", "commands"},
}
OURS = {*LAYERS, "ports", "jobs", "settings", "start", "bootstrap", "main", "commands", "simulator"}
FREE_OF_LIBRARIES = ("domain", "ports")


def layer_of(path: Path) -> str:
    return path.relative_to(APP).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


FILES = sorted(path for path in APP.rglob("*.py") if "__pycache__" not in path.parts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(APP)))
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    layer = layer_of(path)
    found = imported(path) & OURS
    assert "simulator" not in found, "the application never imports the simulator"
    assert layer in ALLOWED, f"{layer} is a new top-level module: decide what it may import"
    assert found <= ALLOWED[layer], f"{layer} imports {sorted(found - ALLOWED[layer])}"


@pytest.mark.parametrize("path", [path for path in FILES if layer_of(path) in FREE_OF_LIBRARIES], ids=str)
def test_the_domain_and_the_ports_import_the_standard_library_only(path: Path) -> None:
    import sys

    outside = imported(path) - OURS - set(sys.stdlib_module_names)
    assert not outside


def test_the_walk_sees_the_application() -> None:
    assert {layer_of(path) for path in FILES} >= {*LAYERS, "bootstrap", "main", "ports"}
