"""One text for equal values."""

from dataclasses import dataclass, field

from domain.canonical import LATER, canonical


@dataclass(frozen=True)
class Box:
    """A value with a field that came later."""

    kg: float
    label: str = field(default="", metadata=LATER)


def test_a_field_that_came_later_changes_no_older_text() -> None:
    assert canonical(Box(1.5)) == '{"kg":1.5,"kind":"Box"}'
    assert canonical(Box(1.5, "a")) == '{"kg":1.5,"kind":"Box","label":"a"}'
