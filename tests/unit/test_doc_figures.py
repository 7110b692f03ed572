"""Numbers of the documents are those that the code says, or the kept result of a command."""

import pytest

from support.doc_commands import DOCUMENTS, ROOT
from support.doc_figure import Figure
from support.doc_figures import FIGURES, RESULTS, kept, numbers_held
from support.doc_numbers import needless, numbers

TEXTS = {path.name: " ".join(path.read_text(encoding="utf-8").split()) for path in DOCUMENTS}


@pytest.mark.parametrize("figure", FIGURES, ids=[f"{figure.document}: {figure.saying}" for figure in FIGURES])
def test_a_number_is_what_the_code_or_a_kept_result_says(figure: Figure) -> None:
    assert figure.text in TEXTS[figure.document]


def test_a_kept_result_names_a_command_that_there_is_and_stands_in_a_document() -> None:
    names = [path.stem for path in RESULTS.glob("*.json")]
    assert names
    for name in names:
        script, benchmark, *_ = str(kept(name)["command"]).split()
        assert (ROOT / script).is_file() and (ROOT / f"bench/{benchmark}.py").is_file()
        assert any(str(kept(name)["command"]) in text for text in TEXTS.values())


def test_no_fewer_numbers_are_held_than_were() -> None:
    assert numbers_held() >= 180


def test_no_measurement_stands_where_no_command_prints_it_and_of_other_numbers_it_is_said_what_they_are() -> None:
    silent = [each for each in numbers() if not each.printed]
    assert len(silent) > 30
    assert [f"{each.document.name}: {each.title}: {each.measured}" for each in silent if each.kind is None or each.measured] == []
    assert needless() == []
