"""What the documents say without exception is held by a test that is named for it."""

import re

import pytest

from support.doc_claims import EVERY, STRICT, claims, lost


@pytest.mark.parametrize(("words", "least"), [(STRICT, 10), (EVERY, 30)], ids=["never, always, exactly one", "every"])
def test_what_is_said_without_exception_names_the_test_that_holds_it(words: re.Pattern[str], least: int) -> None:
    found = list(claims(words))
    assert len(found) > least
    assert [f"{each.document.name}: ...{each.text}..." for each in found if each.test is None] == []


def test_each_row_stands_in_its_document_and_its_test_is_there() -> None:
    assert lost() == []
