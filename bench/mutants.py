"""`scripts/bench mutants [--folder domain/intake] [--sample 60] [--seed 1]`: how many slips of the hand the tests notice.

Draws mutants of the folders, tries each in a copy of the tree with those unit tests that call the function it is in, and prints the
survivors (file, line, what stood there, what stands there now) and the share killed. Those held to be equivalent, each with its
reason, are in `bench/mutants_equivalent.txt`: they are counted apart.
"""

import argparse
import ast
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.mutants_made import Mutant, mutants_of
from bench.mutants_run import APP, ROOT, function_lines, is_killed, load_libraries, scratch, touches

FOLDERS = ("domain", "planning", "forecasting", "adapters/store")
EQUIVALENT = ROOT / "bench/mutants_equivalent.txt"
BASE_SECONDS = 900.0
"""At most for the first run, which finds out what calls what."""
TEST_SECONDS = 30.0
"""The tests of a mutant are the quickest that together take no longer; it counts as killed when they take three times as long."""


@dataclass(frozen=True, slots=True)
class Callers:
    """What the first run has found. `called`: (file, first line of a function) -> the tests that call it, the quickest first."""

    seconds: Mapping[str, float]
    called: Mapping[tuple[str, int], Sequence[str]]

    def of(self, path: str, lines: Iterable[int] | None) -> list[str]:
        """The tests that call a function of these lines (None: any test), within the time that there is."""
        names = set(self.seconds) if lines is None else {name for line in lines for name in self.called.get((path, line), ())}
        chosen: list[str] = []
        spent = 0.0
        for name in sorted(names, key=lambda name: (self.seconds[name], name)):
            spent += self.seconds[name]
            if spent > TEST_SECONDS and chosen:
                break
            chosen.append(name)
        return chosen


def main(arguments: Sequence[str]) -> int:
    """A line a survivor, and one a folder."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", nargs="+", default=FOLDERS)
    parser.add_argument("--sample", type=int, default=60, help="mutants of each folder")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    load_libraries()
    with scratch() as tree:
        for folder in given.folder:
            _folder(tree, folder, given.sample, given.seed)
    return 0


def _folder(tree: Path, folder: str, sample: int, seed: int) -> None:
    began, equivalent = time.monotonic(), known_equivalent()
    texts = {str(path.relative_to(tree)): path.read_text(encoding="utf-8") for path in sorted((tree / APP / folder).rglob("*.py"))}
    every = [mutant for path, text in texts.items() for mutant in mutants_of(path, text)]
    drawn = random.Random(seed).sample(every, min(sample, len(every)))
    counted = [mutant for mutant in drawn if mutant.name not in equivalent]
    tests = _tests(tree, folder, {mutant.path for mutant in counted})
    killed = 0
    for mutant in counted:
        if _killed(tree, mutant, texts[mutant.path], tests):
            killed += 1
            continue
        print(f"{mutant.path.removeprefix(APP + '/')}:{mutant.line} {mutant.kind}\n  - {mutant.before}\n  + {mutant.after}")
    print(
        f"{folder}: {killed} of {len(counted)} killed ({100 * killed / max(1, len(counted)):.1f} %), "
        f"{len(drawn) - len(counted)} more held to be equivalent; drawn of {len(every)} by seed {seed}; "
        f"{time.monotonic() - began:.0f} s",
        flush=True,
    )


def _tests(tree: Path, folder: str, paths: set[str]) -> Callers:
    """The unit tests that import one of the files, or what imports it, and the functions that each calls."""
    found = touches(tree, folder, importers(tree, paths), BASE_SECONDS)
    for name in found["failed"]:
        print(f"fails without a mutant, and is left out: {name}")
    return gathered(tree, found)


def gathered(tree: Path, found: Mapping[str, Any]) -> Callers:
    """What the first run wrote down, turned round."""
    failed = set(found["failed"])
    called: dict[tuple[str, int], list[str]] = defaultdict(list)
    for name, functions in found["called"].items():
        for path, line in functions if name not in failed else ():
            called[str(Path(path).relative_to(tree)), line].append(name)
    return Callers({name: seconds for name, seconds in found["seconds"].items() if name not in failed}, called)


def _killed(tree: Path, mutant: Mutant, text: str, tests: Callers) -> bool:
    names = tests.of(mutant.path, lines_around(text, mutant.line))
    own = f"tests/unit/{Path(mutant.path).parent.relative_to(APP)}/"
    near, far = ([name for name in names if name.startswith(own) is is_near] for is_near in (True, False))
    file = tree / mutant.path
    file.write_text(mutant.text, encoding="utf-8")
    try:
        return any(is_killed(tree, some, 20 + 3 * sum(tests.seconds[name] for name in some)) for some in (near, far) if some)
    finally:
        file.write_text(text, encoding="utf-8")


def lines_around(text: str, line: int) -> range | None:
    """The lines of the function that a line is in; None where it is in none: what it sets may be used wherever it is imported."""
    return next((lines for lines in function_lines(text) if line in lines), None)


def known_equivalent() -> set[str]:
    """Names of the mutants that change nothing that can be seen: lines of `path: before -> after # why`."""
    lines = EQUIVALENT.read_text(encoding="utf-8").splitlines()
    return {f"{APP}/{line.partition('  # ')[0].strip()}" for line in lines if line.strip()}


def importers(tree: Path, paths: set[str]) -> list[str]:
    """Files of unit tests that import one of the modules, or a module that does so."""
    module_of = {path: _module(path.removeprefix(APP + "/")) for path in paths}
    wanted = set(module_of.values())
    near = wanted | {
        _module(str(path.relative_to(tree / root)))
        for root in (APP, "tests")
        for path in (tree / root).rglob("*.py")
        if wanted & _imported(path)
    }
    return [str(path.relative_to(tree)) for path in sorted((tree / "tests/unit").rglob("test_*.py")) if near & _imported(path)]


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _imported(path: Path) -> set[str]:
    """Names that a file imports: modules, and what may be one in a package."""
    names = set[str]()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
