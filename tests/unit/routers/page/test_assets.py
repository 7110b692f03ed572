"""The inliner of the page's modules."""

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

from routers.page.assets import AssetError, dependency_order, inline_modules, load_assets
from support.requires import require

STATIC = Path(__file__).parents[4] / "src" / "fastapi-app" / "static"


def test_a_module_comes_after_those_that_it_imports() -> None:
    sources = {
        "main": 'import { b } from "./b.js";\nimport { c } from "./c.js";\n',
        "b": 'import { c } from "./c.js";\nexport const b = c;\n',
        "c": "export const c = 1;\n",
        "unused": "export const u = 1;\n",
    }
    assert dependency_order(sources, "main") == ["c", "b", "main"]


def test_the_joined_script_runs_and_equal_names_do_not_clash() -> None:
    node = require("node")
    sources = {
        "main": 'import { add, twice } from "./sum-of.js";\nconst local = 5;\nconsole.log(add(local, twice(1)));\n',
        "sum-of": (
            "const local = 10;\nexport function add(a, b) {\n  return a + b + local;\n}\nexport const twice = (a) => 2 * a;\n"
        ),
    }
    ran = subprocess.run([node, "-e", inline_modules(sources, "main")], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout == "17\n"


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ({"main": 'import { a } from "./a.js";\n', "a": 'import { m } from "./main.js";\n'}, "import cycle: main -> a -> main"),
        ({"main": 'import { a } from "./a.js";\n'}, "main imports a.js, which does not exist"),
        ({"main": "export default 1;\n"}, "main.js: not understood: export default 1;"),
        ({"main": 'import { a as b } from "./a.js";\n', "a": "export const a = 1;\n"}, "main.js: not understood: import"),
        ({"main": 'import * as a from "./a.js";\n', "a": ""}, "main.js: not understood: import"),
        ({"main": "const a = 1;\nexport { a };\n"}, "main.js: not understood: export"),
    ],
)
def test_what_it_does_not_know_is_refused(sources: dict[str, str], message: str) -> None:
    with pytest.raises(AssetError, match=message):
        inline_modules(sources, "main")


def test_a_closing_tag_inside_is_refused(tmp_path: Path) -> None:
    shutil.copytree(STATIC, tmp_path / "static")
    (tmp_path / "static" / "js" / "main.js").write_text('console.log("</script>");\n')
    with pytest.raises(AssetError, match="</script would end the element early"):
        load_assets(tmp_path / "static")


def test_modules_are_short_and_the_script_keeps_its_budget() -> None:
    lengths = {path.name: len(path.read_text("utf-8").splitlines()) for path in (STATIC / "js").glob("*.js")}
    assert {name: length for name, length in lengths.items() if length >= 150} == {}
    assert len(gzip.compress(load_assets(STATIC).js.encode(), 6)) < 29_000


def test_no_text_of_the_script_goes_over_the_end_of_a_line() -> None:
    """Else the indentation that is taken off would be part of it."""
    lines = [line for path in (STATIC / "js").glob("*.js") for line in path.read_text("utf-8").splitlines()]
    assert len(lines) > 1500
    assert [line for line in lines if not line.lstrip().startswith("//") and line.count("`") % 2] == []


def test_every_module_is_part_of_the_page() -> None:
    sources = {path.stem: path.read_text("utf-8") for path in (STATIC / "js").glob("*.js")}
    assert set(dependency_order(sources, "main")) == set(sources)
