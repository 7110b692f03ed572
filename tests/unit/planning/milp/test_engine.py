from planning.milp.engine import MOST_PROBED, PROBING, SearchLimits, minimise, options_of
from planning.milp.programme import Program, Sum


def chosen(columns: int) -> Program:
    """So many columns of 0 or 1, of which half at least are 1, at a cost of 1, 2, 3 in turn."""
    program, total = Program(), Sum()
    for number in range(columns):
        total.plus(program.column(1.0 + number % 3, 1))
    program.row(columns / 2, total, float(columns), "half")
    return program


def test_only_a_programme_of_ordinary_size_is_probed() -> None:
    assert "presolve_rule_off" not in options_of(SearchLimits(), MOST_PROBED)
    assert options_of(SearchLimits(), MOST_PROBED + 1)["presolve_rule_off"] == PROBING


def test_a_programme_that_is_not_probed_has_its_optimum() -> None:
    outcome = minimise(chosen(6_000), SearchLimits(rel_gap=0.0))
    assert outcome.stopped_by == "gap"
    assert outcome.objective == outcome.bound == 2_000 * 1.0 + 1_000 * 2.0
