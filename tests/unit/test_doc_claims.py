"""What the documents say without exception is held by a test that is named for it."""

from support.doc_claims import EVERY, STRICT, claims, lost

EVERY_ALONE = 50
"""So many an `every` stands with no test named for it. It may fall, not rise."""


def test_never_always_and_exactly_one_name_the_test_that_holds_them() -> None:
    found = list(claims(STRICT))
    assert len(found) > 10
    assert [f"{each.document.name}: ...{each.text}..." for each in found if each.test is None] == []


def test_no_more_is_said_of_every_thing_than_was_without_a_test() -> None:
    found = list(claims(EVERY))
    assert sum(each.test is not None for each in found) >= 10
    assert sum(each.test is None for each in found) <= EVERY_ALONE


def test_each_row_stands_in_its_document_and_its_test_is_there() -> None:
    assert lost() == []
