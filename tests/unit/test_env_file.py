"""`.env` is read as Docker Compose reads it; `scripts/test deploy` holds the same table against the real Compose."""

import pytest

from env_file import EnvFileError, parse
from support.odd_env_files import ENVIRONMENT, READ, REFUSED, REFUSED_BY_US


@pytest.mark.parametrize(("raw", "expected"), READ, ids=[repr(raw) for raw, _ in READ])
def test_it_is_read_as_compose_reads_it(raw: bytes, expected: dict[str, str]) -> None:
    found = parse(raw, ENVIRONMENT)
    assert {name: found[name].value for name in ("A", "B") if name in found} == expected


@pytest.mark.parametrize("raw", [*REFUSED, *REFUSED_BY_US], ids=repr)
def test_what_nobody_can_mean_is_refused_with_its_line_and_never_a_value(raw: bytes) -> None:
    with pytest.raises(EnvFileError, match=r"^line \d+: ") as refused:
        parse(raw, ENVIRONMENT)
    assert "\n" not in str(refused.value) and "abc" not in str(refused.value)


def test_each_value_knows_its_line() -> None:
    found = parse(b"# a comment\nA=1\n\nB='two\nlines'\nC=3\nA=4\n", {})
    assert {name: entry.line for name, entry in found.items()} == {"A": 7, "B": 4, "C": 6}


def test_nothing_is_executed() -> None:
    assert parse(b"A=$(touch /tmp/never)`id`\n", {})["A"].value == "$(touch /tmp/never)`id`"
