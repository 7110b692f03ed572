"""The house in numbers: `scripts/bench house [--at COMMIT] [--run TEST ...]`.

Of the working tree, or of a commit: files and statements of each package, the fullest folder, `dict[str, Any]` inside, ways round
between packages. With `--run`: of how many files of the application functions run in a test that makes one journey (a wish to a new
plan, say); what only its fixtures call is not counted, and neither is what a child process runs.
"""

import argparse
import ast
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APP = "src/fastapi-app"
INSIDE = ("domain", "forecasting", "planning", "ports", "services")
"""Where values are to be typed."""
UNTYPED = re.compile(r"\b(?:dict|Mapping)\[str, Any\]")


def main(arguments: Sequence[str]) -> None:
    """Print it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--at", help="a commit; the working tree when left out")
    parser.add_argument("--run", nargs="+", default=[], metavar="TEST")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        root = ROOT if options.at is None else unpacked(options.at, Path(folder))
        report(root / APP)
        for test in options.run:
            files = run_files(root, test)
            sys.stdout.write(f"{test}: " + (f"{len(files)} files run\n" if files else "cannot be run with the packages of today\n"))


def unpacked(commit: str, folder: Path) -> Path:
    """The tree of a commit."""
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(folder)  # noqa: S202 - what git just packed
    return folder


def report(app: Path) -> None:
    """A line a package, then the sums."""
    trees = {path.relative_to(app): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(app.rglob("*.py"))}
    tops = Counter(path.parts[0].removesuffix(".py") for path in trees)
    sys.stdout.write(f"{'package':14s} files statements {'untyped':>8s}\n")
    untyped = {path: len(UNTYPED.findall((app / path).read_text(encoding="utf-8"))) for path in trees}
    for top in sorted(tops):
        own = [path for path in trees if path.parts[0].removesuffix(".py") == top]
        counted = sum(statements(trees[path]) for path in own)
        sys.stdout.write(f"{top:14s} {len(own):5d} {counted:10d} {sum(untyped[path] for path in own):8d}\n")
    folders = Counter(path.parent for path in trees if path.name != "__init__.py")
    fullest, files = folders.most_common(1)[0]
    total = sum(map(statements, trees.values()))
    within = sum(found for path, found in untyped.items() if path.parts[0] in INSIDE)
    graph = arrows(trees)
    sys.stdout.write(
        f"{len(trees)} files, {total} statements, {len(folders)} folders of {sum(folders.values()) / len(folders):.1f} files, "
        f"most in {fullest}: {files}\n{within} untyped mappings in {', '.join(INSIDE)}\n"
        f"{len(tangled(graph))} of {len(graph)} packages lie on a way round\n"
    )


def statements(tree: ast.Module) -> int:
    """Statements, docstrings left out."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    return sum(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in found)


def arrows(trees: Mapping[Path, ast.Module]) -> dict[str, set[str]]:
    """Package (of two levels, or the module itself where it lies higher) -> the packages that it imports."""
    modules = {".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in trees}
    found: dict[str, set[str]] = {}
    for path, tree in trees.items():
        here = package_of(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
        there = {package_of(name) for name in imported(tree, modules)} - {here}
        found.setdefault(here, set()).update(there)
    return found


def package_of(module: str) -> str:
    """Of two levels."""
    return ".".join(module.split(".")[:2])


def imported(tree: ast.Module, modules: set[str]) -> Iterator[str]:
    """The modules of the application that are imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module in modules:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in modules else node.module for name in names)


def tangled(graph: Mapping[str, set[str]]) -> set[str]:
    """The packages that import themselves over others."""
    found = set()
    for start in graph:
        seen, ways = set[str](), list(graph[start])
        while ways:
            name = ways.pop()
            if name not in seen:
                seen.add(name)
                ways.extend(graph.get(name, ()))
        if start in seen:
            found.add(start)
    return found


def run_files(root: Path, test: str) -> list[str]:
    """The files of the application whose functions run in a test; none where it does not pass."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        environment = {"PATH": "/usr/bin:/bin", "HOUSE_FILES": out.name, "HOUSE_APP": str(root / APP)}
        environment["PYTHONPATH"] = f"{ROOT / 'bench'}:{root / APP}:{root / 'src'}"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "house_files", "-o", "addopts=--import-mode=importlib", test]
        ended = subprocess.run(command, cwd=root, env=environment, check=False, capture_output=True)
        files: list[str] = [] if ended.returncode else json.loads(Path(out.name).read_text(encoding="utf-8"))
    return files


if __name__ == "__main__":
    main(sys.argv[1:])
