"""Messages to sentences, and documents that get theirs where they go out."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.messages import (
    Amount,
    BatchName,
    Day,
    Figure,
    Hours,
    Listed,
    Message,
    Moment,
    Term,
    count,
    euros,
    listed,
    message,
    message_json,
    message_of,
)
from support.sayings import WORDING, en, es

AT = datetime(2026, 11, 19, 20, tzinfo=UTC)
FIRST = BatchName("20261119-premium-1", "premium", date(2026, 11, 19), 1)

names = st.text(max_size=8)
numbers = st.floats(allow_nan=False, allow_infinity=False)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
plain = st.one_of(
    names,
    st.builds(Amount, numbers, st.sampled_from(["eur", "kw"]), st.none() | st.integers(0, 4)),
    st.builds(Moment, instants),
    st.builds(lambda at: Hours(at, at + timedelta(hours=3)), instants),
    st.builds(Day, st.dates()),
    st.builds(Term, names, names),
    st.builds(BatchName, names, st.none() | names, st.none() | st.dates(), st.none() | st.integers(1, 9)),
)


def messages_of(inner: st.SearchStrategy[Figure]) -> st.SearchStrategy[Message]:
    named = st.dictionaries(names, inner, max_size=3)
    return st.builds(Message, names, named.map(lambda of: tuple(of.items())))


def rows_of(inner: st.SearchStrategy[Figure]) -> st.SearchStrategy[Listed]:
    return st.builds(Listed, st.lists(inner, max_size=3).map(tuple), st.sampled_from(["and", "or", "name"]))


figures: st.SearchStrategy[Figure] = st.recursive(plain, lambda inner: messages_of(inner) | rows_of(inner), max_leaves=6)


@given(messages_of(figures))
def test_a_message_goes_to_json_and_back_without_loss(said: Message) -> None:
    assert message_of(message_json(said)) == said


def test_a_sentence_has_its_figures_as_each_language_writes_them() -> None:
    limits, batches = listed([Term("limit", "machines")]), listed([FIRST])
    said = message("why.in_the_way", there=Moment(AT), saving=euros(1234.5), limits=limits, batches=batches)
    assert es(said) == (
        "El jueves 19 a las 21:00 costaría 1.234,50\u00a0€ menos, "
        "pero no es posible por las máquinas y sus tiempos (premium 1 (jue 19))."
    )
    assert en(said) == (
        "Thursday 19 at 21:00 would cost €1,234.50 less, but is ruled out by the machines and their times (premium 1 (Thu 19))."
    )


def test_rows_have_commas_and_a_last_joint() -> None:
    limits = [Term("limit", code) for code in ("demand", "shifts", "wishes")]
    assert es(message("clash.several", limits=listed(limits))) == (
        "No todo puede salir a tiempo: no caben a la vez la demanda, los turnos y las peticiones."
    )
    mended = message("clash.mended", clash=message("clash.one", limit=limits[0]), reliefs=listed(["A", "B"], "or"))
    assert en(mended) == "Not everything can be in time because of the demand. A or B would be enough."


def test_one_is_singular() -> None:
    fewer = [en(message("relief.wishes", count=count(n), wishes=listed(["w1"]))) for n in (1, 2)]
    assert fewer == ["wish w1 withdrawn", "2 wishes withdrawn (w1)"]


def test_hours_of_two_days_are_named_by_the_first() -> None:
    hours = Hours(AT, AT + timedelta(hours=4))
    assert en(message("alert.price_spike.action", hours=hours)) == "Avoid starting batches on Thursday 19 from 21:00 to 01:00."


def test_a_stage_in_a_sentence_is_not_written_as_its_label() -> None:
    assert es(message("advice.start", stage=Term("stage", "mixing"), batch=FIRST, at=Moment(AT))) == (
        "Empieza el lote premium 1 (jue 19): mezclado, el jueves 19 a las 21:00."
    )


def test_a_document_gets_a_sentence_in_each_language_beside_code_and_figures() -> None:
    document = {"plan": {"batches": [{"why": message_json(message("why.cheapest", start=Moment(AT)))}]}, "n": 1}
    (batch,) = WORDING.filled(document)["plan"]["batches"]
    assert batch["why"] == {
        "es": "El jueves 19 a las 21:00: no hay hora más barata.",
        "en": "Thursday 19 at 21:00: no time is cheaper.",
        "code": "why.cheapest",
        "figures": {"start": {"at": "2026-11-19T20:00:00+00:00"}},
    }
    assert WORDING.spoken(document, "en")["plan"]["batches"] == [{"why": {"en": "Thursday 19 at 21:00: no time is cheaper."}}]


def test_a_text_that_was_kept_before_there_were_codes_is_said_as_it_was() -> None:
    old = message_of({"es": "No caben.", "en": "They do not fit."})
    assert (es(old), en(old)) == ("No caben.", "They do not fit.")
    assert WORDING.filled({"text": {"es": "No caben."}}) == {"text": {"es": "No caben."}}
    assert message_of(message_json(old)) == old


def unsaid(value: Any) -> list[str]:
    """Codes of messages that went out without a sentence in some language."""
    if isinstance(value, list):
        return [code for part in value for code in unsaid(part)]
    if not isinstance(value, dict):
        return []
    if "code" in value and "figures" in value:
        return [] if all(value.get(lang) for lang in WORDING.langs) else [value["code"]]
    return [code for part in value.values() for code in unsaid(part)]


def test_no_message_goes_out_without_its_sentences() -> None:
    """In the documents of every door, as the golden test holds them."""
    documents = [json.loads(path.read_text("utf-8")) for path in (Path(__file__).parents[2] / "fixtures" / "golden").glob("*.json")]
    assert unsaid(documents) == []
    assert unsaid([{"text": message_json(message("changes.none"))}]) == ["changes.none"]
    assert any("code" in alert["text"] for document in documents if "alerts" in document for alert in document["alerts"])
