"""Every read of SQLite whose order matters has a total order: two versions of SQLite break ties otherwise.

The rule is read from the code: a text with SELECT gives one row (aggregates, EXISTS, one row by its whole key), or its ORDER BY
names all columns of a key of its table, so that no two rows are equal in it.
"""

import ast
import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest

from adapters.state.file import MIGRATIONS as STATE
from adapters.store.sqlite import Database
from adapters.store.sqlite_series import MIGRATIONS as SERIES

ADAPTERS = Path(__file__).resolve().parents[3] / "src/fastapi-app/adapters"
ONE_ROW = re.compile(r"SELECT (coalesce\(|sum\(|count\(|min\(|max\(|EXISTS|1 )", re.IGNORECASE)
ORDER = re.compile(r"ORDER BY (.+?)(?: LIMIT|$)", re.IGNORECASE)
ENOUGH = {
    "energy_prices": "time",
    "{key.measurement}": "time",
    "issued": "issued_at",
    "job_runs": "job_id",
    "ledger": "first",
    "series": "tags",
}
"""Table -> the column that orders a read of one series, one span or one measurement in full; or of distinct or grouped rows."""

Keys = Mapping[str, list[frozenset[str]]]


def text_of(node: ast.expr, constants: Mapping[str, str]) -> str:
    """A text of the code; of what is put into it, constants of the module are known, and the rest stays as `{name}`."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.FormattedValue):
        name = ast.unparse(node.value)
        return constants.get(name, f"{{{name}}}")
    return "".join(text_of(part, constants) for part in node.values) if isinstance(node, ast.JoinedStr) else ""


def sql_of(path: Path) -> list[str]:
    """Texts of a module that are SQL or a part of it, each on one line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: text_of(node.value, {})
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in parts]
    found = (" ".join(text_of(node, constants).split()) for node in nodes)
    return [
        text
        for text in found
        if re.search(r"^(SELECT|INSERT|UPDATE|DELETE|WITH)\b.*\bSELECT .*\bFROM\b|^SELECT .*\bFROM\b|\bORDER BY\b", text)
    ]


def keys(folder: Path) -> Keys:
    """The keys of every table, as SQLite knows them."""
    schemas: tuple[tuple[Literal["series", "state"], tuple[tuple[str, ...], ...]], ...] = (("series", SERIES), ("state", STATE))
    for role, migrations in schemas:
        Database(folder / f"{role}.sqlite", role=role, kind="real", migrations=migrations).close()
    found: dict[str, list[frozenset[str]]] = {}
    for name in ("series.sqlite", "state.sqlite"):
        connection = sqlite3.connect(folder / name)
        for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
            found[table] = [frozenset(column[1] for column in columns if column[5])]
            for index in connection.execute(f"PRAGMA index_list({table})").fetchall():
                if index[2]:
                    found[table].append(frozenset(row[2] for row in connection.execute(f"PRAGMA index_info({index[1]})")))
        connection.close()
    return found


def fault(text: str, known: Keys) -> str | None:
    """What is wrong with the order of a read; None where nothing is."""
    tables = re.findall(r"\bFROM (\w+|\{[^}]+\})", text)
    if not tables:
        return f"an ORDER BY apart from its table, where nobody sees whether it is total: {text}"
    table, order = tables[-1] if "IN (SELECT" in text else tables[0], ORDER.search(text)
    own = [key for key in known.get(table, []) if key]
    if order:
        columns = {term.split()[0] for term in re.sub(r"\w+\((.*?)\)", r"\1", order.group(1)).split(",")}
        return None if any(key <= columns for key in own) or ENOUGH.get(table) in columns else f"ties: {text}"
    one_row = ONE_ROW.search(text) and "GROUP BY" not in text
    by_key = any(all(re.search(rf"\b{column} = \?", text) for column in key) for key in own)
    return None if one_row or by_key else f"no order: {text}"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return keys(tmp_path_factory.mktemp("keys"))


def test_every_read_whose_order_matters_has_a_total_order(known: Keys) -> None:
    modules = [path for path in ADAPTERS.rglob("*.py") if "influx" not in str(path.relative_to(ADAPTERS))]
    found = [(path.name, text) for path in modules for text in sql_of(path)]
    assert len(found) > 20, "the queries are elsewhere now"
    assert [f"{name}: {why}" for name, text in found if (why := fault(text, known))] == []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT body FROM plans WHERE in_force_from <= ? ORDER BY in_force_from DESC, made_at DESC LIMIT 1",
        "SELECT body FROM plans WHERE in_force_from > ?",
        "SELECT body FROM alerts WHERE ended_at >= ? ORDER BY ended_at DESC, id",
        "SELECT job_id, max(ended_at) FROM job_runs GROUP BY job_id",
        "ORDER BY in_force_from DESC, made_at DESC LIMIT 1",
    ],
)
def test_a_read_that_leaves_ties_is_noticed(text: str, known: Keys) -> None:
    assert fault(text, known) is not None
