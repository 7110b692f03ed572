"""Who may import whom: the layers of docs/architecture.md and the packages within them, read from the syntax trees."""

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
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
    "settings": {"domain", "env_file", "secret_strength", "setting_values"},
    "setting_values": {"domain"},
    "env_file": set(),
    "secret_strength": set(),
    "start": set(),
    "bootstrap": {*LAYERS, "ports", "jobs", "settings", "bootstrap"} - {"routers", "wording"},
    "main": {"start", "bootstrap", "jobs", "routers", "settings", "domain", "ports"},
    "commands": {*LAYERS, "ports", "bootstrap", "settings", "commands"},
}
OURS = {*LAYERS, "ports", "jobs", "settings", "setting_values", "env_file", "secret_strength", "start", "bootstrap", "main"}
OURS |= {"commands", "simulator"}
FREE_OF_LIBRARIES = ("domain", "ports")
PURE = ("domain", "forecasting", "planning", "wording")
"""What these compute follows from their arguments alone: no clock, no process, no socket, no file, no environment."""
IMPURE_MODULES = {
    *("time", "socket", "ssl", "multiprocessing", "subprocess", "concurrent", "threading", "asyncio", "signal", "select"),
    *("os", "shutil", "tempfile", "sqlite3", "urllib", "http", "logging", "random", "secrets"),
}
IMPURE_CALLS = {"open", "input", "print", "exec", "eval"}
IMPURE_METHODS = {
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "open",
    "iterdir",
    "glob",
    "rglob",
    "now",
    "utcnow",
    "today",
}
ORDER = {
    "forecasting": ("data", "models", "issue", "gate"),
    "planning": ("milp", "search", "conflict"),
}
"""Within a layer: each package may import those before it."""


def layer_of(path: Path) -> str:
    return path.relative_to(APP).parts[0].removesuffix(".py")


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(APP).with_suffix("").parts).removesuffix(".__init__")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def modules_in(tree: ast.Module) -> Iterator[str]:
    """Every module that is imported, also inside functions and for types only; what is imported from a package by its module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if (APP / Path(*whole.split(".")).with_suffix(".py")).is_file() else node.module


def imported(path: Path) -> set[str]:
    """Top-level names."""
    return {name.split(".")[0] for name in modules_in(tree_of(path))}


def package_of(module: str) -> str:
    """`forecasting.issue.week` -> `forecasting.issue`; a module at the root of its layer stands for itself."""
    return ".".join(module.split(".")[:2])


FILES = sorted(path for path in APP.rglob("*.py") if "__pycache__" not in path.parts)
PURE_FILES = [path for path in FILES if layer_of(path) in PURE]


def arrows(of: Mapping[str, str]) -> dict[str, set[str]]:
    """Who imports whom among what modules are mapped to."""
    found: dict[str, set[str]] = {name: set() for name in of.values()}
    for path in FILES:
        here = of[module_of(path)]
        found[here] |= {of[name] for name in modules_in(tree_of(path)) if name in of} - {here}
    return found


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """One way round for each name that can be reached from itself."""
    found = []
    for start in graph:
        ways, seen = [[start]], {start}
        while ways:
            way = ways.pop()
            for further in graph[way[-1]]:
                if further == start:
                    found.append([*way, start])
                    ways = []
                    break
                if further not in seen:
                    seen.add(further)
                    ways.append([*way, further])
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(APP)))
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    layer = layer_of(path)
    found = imported(path) & OURS
    assert "simulator" not in found, "the application never imports the simulator"
    assert layer in ALLOWED, f"{layer} is a new top-level module: decide what it may import"
    assert found <= ALLOWED[layer], f"{layer} imports {sorted(found - ALLOWED[layer])}"


@pytest.mark.parametrize("path", [path for path in FILES if layer_of(path) in FREE_OF_LIBRARIES], ids=str)
def test_the_domain_and_the_ports_import_the_standard_library_only(path: Path) -> None:
    outside = imported(path) - OURS - set(sys.stdlib_module_names)
    assert not outside


@pytest.mark.parametrize("path", PURE_FILES, ids=lambda path: str(path.relative_to(APP)))
def test_a_pure_layer_has_no_clock_process_socket_or_file(path: Path) -> None:
    assert not imported(path) & IMPURE_MODULES
    calls = [node.func for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
    assert not {func.id for func in calls if isinstance(func, ast.Name)} & IMPURE_CALLS
    assert not {func.attr for func in calls if isinstance(func, ast.Attribute)} & IMPURE_METHODS


@pytest.mark.parametrize("layer", ORDER)
def test_the_packages_of_a_layer_build_on_each_other_in_one_direction(layer: str) -> None:
    order = [f"{layer}.{name}" for name in ORDER[layer]]
    graph = arrows({module_of(path): package_of(module_of(path)) for path in FILES})
    assert {name for name in graph if name.startswith(f"{layer}.") and (APP / layer / name.split(".")[1]).is_dir()} == set(order)
    upward = {name: (graph[name] & set(order)) - set(order[:number]) for number, name in enumerate(order)}
    assert not {name: found for name, found in upward.items() if found}


def test_no_two_packages_import_each_other_over_whatever_way() -> None:
    assert not cycles(arrows({module_of(path): package_of(module_of(path)) for path in FILES}))


def test_no_two_modules_import_each_other_over_whatever_way() -> None:
    assert not cycles(arrows({module_of(path): module_of(path) for path in FILES}))


def test_a_way_round_is_found() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == [["b", "c", "b"], ["c", "b", "c"]]
    assert not cycles({"a": {"b", "c"}, "b": {"c"}, "c": set()})


def test_the_walk_sees_the_application() -> None:
    assert {layer_of(path) for path in FILES} >= {*LAYERS, "bootstrap", "main", "ports"}
    assert "forecasting.issue.week" in arrows({module_of(path): module_of(path) for path in FILES})["services.forecast.service"]
