"""The forms in which golden documents are held: what they leave out, and what they must not."""

import json
from pathlib import Path

import pytest

from support import golden

SHA = "0f" * 32


def test_digits_that_differ_between_machines_are_left_out_and_those_that_a_person_sees_are_kept() -> None:
    told = golden.as_json({"cost_eur": 0.1 + 0.2, "none": 1e-17, "many": 1234567, "price": 0.196745}, {}, golden.Names())
    assert json.loads(told) == {"cost_eur": 0.3, "many": 1234567, "none": 0.0, "price": 0.196745}
    assert golden.as_text("a,0.30000000000000004,-0.0,-575.224,2026-03-28T12:00:00.5\n", golden.Names()) == (
        "a,0.3,0.0,-575.224,2026-03-28T12:00:00.5\n"
    )


def test_what_is_masked_is_masked_at_any_depth_but_not_where_it_is_missing() -> None:
    told = golden.as_json([{"folder": "/tmp/1"}, {"folder": None}], {"folder": "<folder>"}, golden.Names())
    assert json.loads(told) == [{"folder": "<folder>"}, {"folder": None}]


def test_the_same_hash_has_the_same_number_in_every_document_and_in_its_short_form() -> None:
    names = golden.Names()
    assert golden.as_text(f"plan {SHA}", names) == "plan <hash 1>\n"
    assert golden.as_text(f"{'1e' * 32} {SHA[:12]}", names) == "<hash 2> <hash 1>\n"
    assert golden.as_text("202603281200 20260328-standard-1 effaced", names) == "202603281200 20260328-standard-1 effaced\n"


def test_a_long_value_is_broken_into_lines_and_a_short_one_is_not() -> None:
    slots = [{"start": "2026-03-28T12:00:00+01:00", "price_eur_kwh": 0.1}] * 3
    lines = golden.as_json({"slots": slots}, {}, golden.Names()).splitlines()
    assert lines[:2] == ["{", '  "slots": [']
    assert lines[2:5] == ['    {"price_eur_kwh": 0.1, "start": "2026-03-28T12:00:00+01:00"}' + end for end in (",", ",", "")]


def test_a_page_keeps_its_words_and_its_structure_but_not_what_is_drawn_for_one_answer() -> None:
    page = '<p class="b" id="a">12 &lt; <b>13</b><br>kW</p><script nonce="x1">let a = "<p>";</script><p>end</p>'
    assert golden.as_outline(page, golden.Names()).splitlines() == [
        '<p class="b" id="a">',
        "  12 <",
        "  <b>",
        "    13",
        "  <br>",
        "  kW",
        "<script>",
        "<p>",
        "  end",
    ]
    assert golden.without_nonce("script-src 'nonce-Zm9v' 'self'") == "script-src 'nonce-<drawn>' 'self'"


def test_a_difference_is_told_as_a_diff_and_a_document_that_is_not_kept_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(golden, "FOLDER", tmp_path)
    (tmp_path / "stale.txt").write_text("old", encoding="utf-8")
    golden.keep({"a.txt": "one\ntwo\n"})
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert golden.difference("a.txt", "one\ntwo\n") == ""
    assert golden.difference("a.txt", "one\nthree\n").splitlines()[-2:] == ["-two", "+three"]
    assert golden.difference("b.txt", "new\n").splitlines()[-1] == "+new"
