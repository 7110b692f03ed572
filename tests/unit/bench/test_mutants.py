"""The bench of mutants: what it changes, and which tests are to notice."""

from bench.mutants import Callers, importers, known_equivalent, lines_around
from bench.mutants_made import mutants_of
from bench.mutants_run import APP, ROOT

SOURCE = '''"""A module, with 1 number in its docstring."""

LIMIT: dict[str, int] = {"a": 3}


@cached(2)
def least(prices: list[float], skip: bool = False) -> float | None:
    """The least of them."""
    if not skip and len(prices) >= LIMIT["a"]:
        return min(prices) - 1.5
    raise ValueError(f"only {len(prices) + 1} €")
'''


def test_each_place_of_a_file_is_changed_once_in_each_way() -> None:
    made = {(mutant.line, mutant.kind, mutant.after) for mutant in mutants_of("a.py", SOURCE)}
    assert made == {
        (3, "constant", 'LIMIT: dict[str, int] = {"a": 4}'),
        (7, "constant", "def least(prices: list[float], skip: bool = True) -> float | None:"),
        (9, "boolean", 'if not skip or len(prices) >= LIMIT["a"]:'),
        (9, "unary", 'if skip and len(prices) >= LIMIT["a"]:'),
        (9, "comparison", 'if not skip and len(prices) > LIMIT["a"]:'),
        (10, "return", "return None"),
        (10, "arithmetic", "return min(prices) + 1.5"),
        (10, "call", "return max(prices) - 1.5"),
        (10, "constant", "return min(prices) - 2.5"),
    }


def test_a_mutant_differs_from_its_file_in_one_place_and_is_named_by_it() -> None:
    mutant = mutants_of("a.py", "ä = '€'  # a comment\nb = c if 'ñ' else d\n")[0]
    assert mutant.text == "ä = '€'  # a comment\nb = d if 'ñ' else c\n"
    assert mutant.name == "a.py: b = c if 'ñ' else d -> b = d if 'ñ' else c"


def test_a_mutant_is_tried_by_the_quickest_tests_that_call_its_function() -> None:
    seconds = {"slow": 25.0, "quick": 0.1, "slower": 29.0, "other": 0.1}
    tests = Callers(seconds, {("a.py", 6): ["slow", "slower", "quick"], ("a.py", 1): ["other"]})
    assert tests.of("a.py", lines_around(SOURCE, 10)) == ["quick", "slow"]  # it begins at its decorator
    assert lines_around(SOURCE, 9) == range(6, 12)
    assert tests.of("a.py", [1]) == ["other"]
    assert lines_around(SOURCE, 3) is None
    assert set(tests.of("a.py", None)) == {"quick", "slow", "other"}


def test_the_tests_of_a_module_are_those_that_import_it_or_what_imports_it() -> None:
    files = importers(ROOT, {f"{APP}/domain/intake/prices.py"})
    assert "tests/unit/domain/intake/test_prices.py" in files
    assert "tests/unit/adapters/sources/test_redata.py" in files
    assert "tests/unit/domain/test_timeline.py" not in files


def test_what_is_held_to_be_equivalent_is_still_a_mutant_of_the_tree() -> None:
    for name in sorted(known_equivalent()):
        path = name.partition(": ")[0]
        assert name in {mutant.name for mutant in mutants_of(path, (ROOT / path).read_text(encoding="utf-8"))}
