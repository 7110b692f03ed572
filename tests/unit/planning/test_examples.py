"""The plants of the gallery: each loads, can make what it has due, and is planned for a week."""

import subprocess
from datetime import date
from pathlib import Path

import pytest

from domain.plan.checker import check
from domain.plan.never import never_done
from domain.plan.plan import as_planned
from domain.plan.plant_config import load_plant
from planning.milp.engine import SearchLimits
from planning.search.solve import solve
from support.plan_cases import ROOT, days_problem, local_hours

EXAMPLES = sorted((ROOT / "src/configs/examples").glob("*.toml"))
MONDAY = date(2026, 3, 9)
DAY = [0.09, 0.08, 0.08, 0.08, 0.09, 0.1, 0.13, 0.16, 0.15, 0.12, 0.09, 0.07, 0.05, 0.04, 0.04, 0.05, 0.07, 0.1, 0.15, 0.19]
DAY += [0.2, 0.17, 0.13, 0.11]
LIMITS = SearchLimits(rel_gap=0.02, nodes=500, clock_s=30.0)


def test_there_are_eight_examples() -> None:
    assert len(EXAMPLES) == 8


@pytest.mark.timeout(120)
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_a_week_of_an_example_is_planned_in_time_and_compared_with_working_as_usual(file: Path) -> None:
    plant = load_plant(file.read_text(encoding="utf-8"))
    assert never_done(plant) == ()
    first = plant.demand_kg(MONDAY)
    stock = {quality: plant.min_stock_kg.get(quality, 0.0) + first.get(quality, 0.0) for quality in plant.qualities}
    problem = days_problem(plant, MONDAY, 7, local_hours(MONDAY, 7, DAY), stock_kg=stock)
    plan = solve(problem, LIMITS)
    assert check(as_planned(problem, plan), plan.schedule, late=plan.late).passed
    assert plan.batches
    assert plan.late == ()
    assert plan.gap_percent is not None
    assert plan.baseline is not None
    assert plan.saving_eur is not None and plan.saving_eur >= -1e-9


def test_the_script_lists_the_examples_and_copies_one(tmp_path: Path) -> None:
    script = ROOT / "scripts/init-plant"
    listed = subprocess.run([script], capture_output=True, text=True, check=True, cwd=ROOT).stdout  # our own script
    assert [line.split()[0] for line in listed.splitlines()] == [file.stem for file in EXAMPLES]
    (tmp_path / "factory.toml").write_text("# mine\n")
    env = {"CONFIG_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([script, "workshop"], capture_output=True, text=True, check=True, env=env, cwd=ROOT)  # the same
    assert "well-formed" in done.stdout
    assert (tmp_path / "factory.toml").read_text() == (ROOT / "src/configs/examples/workshop.toml").read_text()
    assert (tmp_path / "factory.toml.before").read_text() == "# mine\n"
    assert subprocess.run([script, "nothing"], capture_output=True, env=env, cwd=ROOT).returncode == 2  # the same
