"""The audit shares with the service what is stored, and nothing that computes."""

import ast
from pathlib import Path

import domain.audit.log

SHARED = {"domain.shop_floor.events", "domain.plan.plant", "domain.plan.production", "domain.bill.tariff"}
"""Values: the records of the log, the plant's file, batches and orders, the published tables."""
VALUES = {
    *("Event", "Recipe", "Recorded", "Plant", "Stage", "Batch", "Order", "DatedTable", "TariffTables"),
}


def _trees() -> list[tuple[str, ast.Module]]:
    files = sorted(Path(domain.audit.log.__file__).parent.glob("*.py"))
    return [(path.name, ast.parse(path.read_text(encoding="utf-8"))) for path in files]


def test_the_audit_imports_values_alone() -> None:
    assert len(_trees()) > 3
    for name, tree in _trees():
        for node in ast.walk(tree):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            ours = module.startswith(("domain", "services", "planning", "ports"))
            if ours and not module.startswith("domain.audit"):
                assert module in SHARED, f"{name} imports {module}"
                assert isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} <= VALUES, ast.unparse(node)


METHODS = {
    "is_staffed",
    "base_kw",
    "demand_kg",
    "extra_kw",
    "shifts_of",
    "batch_kwh",
    "is_closed",
    "bounds",
    "at",
    "since",
    "stage",
}


def test_it_asks_no_method_of_the_plant_or_the_tables() -> None:
    for name, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
                of = ast.unparse(node.func.value)
                assert not of.endswith(("plant", "calendar", "shift", "table", "tables", "limit")), f"{name}: {of}.{node.func.attr}"
