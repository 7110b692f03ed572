"""Savings of the default plant on its contract by year, of the files that `scripts/bench plan --parts weeks --json FILE` wrote.

`scripts/bench plan_years FILE...` prints them and keeps them in `bench/results/plan_contract.json`; a week counts in the year of
its fourth day. tests/unit/test_doc_figures.py holds the documents to what is kept.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

KEPT = Path("bench/results/plan_contract.json")
COMMAND = "scripts/bench plan --market contract --parts weeks"


def main() -> None:
    """Reads, sums, prints, keeps."""
    parser = argparse.ArgumentParser(prog="bench plan_years", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in parser.parse_args().files]
    if others := [report["market"] for report in reports if report["market"] != "contract"]:
        parser.error(f"not of the contract: {others}")
    found = {"command": COMMAND, "years": by_year(week for report in reports for week in report["weeks"]["each"])}
    text = json.dumps(found, indent=1) + "\n"
    KEPT.write_text(text, encoding="utf-8")
    print(text, end="")


def by_year(weeks: Iterable[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """The weeks of each year, added up; each week once."""
    years: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for week in weeks:
        fourth = date.fromisoformat(week["week"]) + timedelta(days=3)
        years[str(fourth.year)][week["week"]] = week
    return {year: _summed(list(each.values())) for year, each in sorted(years.items())}


def _summed(weeks: Sequence[dict[str, Any]]) -> dict[str, float]:
    savings, percents = [week["saving_eur"] for week in weeks], [week["saving_percent"] for week in weeks]
    usual = sum(week["baseline_eur"] + week["base_cost_eur"] for week in weeks)
    return {
        "weeks": len(weeks),
        "accepted_by_checker": sum(week["checked"] for week in weeks),
        "saving_eur": round(sum(savings), 2),
        "saving_percent": round(100 * sum(savings) / usual, 2),
        "as_usual_with_base_load_eur": round(usual, 2),
        "least_eur": round(min(savings), 2),
        "median_eur": round(median(savings), 2),
        "most_eur": round(max(savings), 2),
        "least_percent": round(min(percents), 1),
        "median_percent": round(median(percents), 1),
        "most_percent": round(max(percents), 1),
        "most_gap_eur": round(max(week["gap_eur"] or 0.0 for week in weeks), 2),
    }


if __name__ == "__main__":
    main()
