"""By which price the weeks of `scripts/bench plan` are planned, and that a kept result goes with all that it depends on."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import plan_captured, plan_forecasts, plan_kept
from bench.plan_weeks import followed

HOUR = datetime(2026, 8, 12, 13, tzinfo=UTC)
"""A Wednesday of August, from 15:00 in Madrid: P4 of 3.0TD."""


def test_the_contract_is_the_spot_through_the_terms_of_its_hour() -> None:
    """Spot, ancillary services and capacity with losses; fund and fee; municipal tax; toll and charge; electricity tax."""
    paid = followed("contract").of({HOUR: 0.12})[HOUR]
    untaxed = 1.015 * ((0.12 + 0.02174 + 0.00025) * 1.165 + 0.002658 + 0.008) + 0.002627 + 0.007168
    assert paid == pytest.approx(untaxed * 1.0511269632, abs=1e-9)


def test_an_hour_before_the_tables_has_no_price_by_the_contract_and_one_of_the_market() -> None:
    before, first = datetime(2023, 12, 31, 22, tzinfo=UTC), datetime(2023, 12, 31, 23, tzinfo=UTC)
    assert list(followed("contract").of({before: 0.1, first: 0.1})) == [first]
    assert followed("spot").of({before: 0.1}) == followed("pvpc").of({before: 0.1}) == {before: 0.1}


@pytest.mark.parametrize("modules", [plan_captured.MODULES, plan_forecasts.MODULES])
def test_what_a_kept_result_depends_on_is_there(modules: tuple[str, ...]) -> None:
    assert len(plan_kept.digest_of(modules, b"")) == 24


def test_a_change_within_a_folder_changes_the_name_of_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_kept, "SOURCE", tmp_path)
    monkeypatch.setattr(plan_kept, "_source", plan_kept._source.__wrapped__)
    module = tmp_path / "planning/search/solve.py"
    module.parent.mkdir(parents=True)
    module.write_text("one", encoding="utf-8")
    before = plan_kept.digest_of(("planning",), b"")
    module.write_text("two", encoding="utf-8")
    assert plan_kept.digest_of(("planning",), b"") != before
