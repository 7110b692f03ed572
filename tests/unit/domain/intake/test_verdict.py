"""The tray, and how a verdict is told."""

from domain.intake.verdict import LONGEST_SHOWN, RefusedError, Tray, shown
from domain.notes import Note


def test_the_tray_counts_cells_by_reason_apart_from_remarks() -> None:
    tray = Tray()
    tray.leave_out("two_values", "row 3", "1 and 2", "one", count=2)
    tray.leave_out("empty", "row 1")
    tray.leave_out("empty", "row 2", 5, "a number")
    tray.remark("twice", "row 9", 7.5, "once")
    assert list(tray.counts().items()) == [("empty", 2), ("two_values", 2)]
    assert tray.counts("remark") == {"twice": 1}
    assert tray.notes[1] == Note("left_out", "empty", "row 1", "", "", 1)
    assert tray.notes[2:] == [Note("left_out", "empty", "row 2", "5", "a number"), Note("remark", "twice", "row 9", "7.5", "once")]


def test_a_refusal_names_place_value_and_what_would_be_valid() -> None:
    refused = RefusedError("other_place", "idema", "C649I", "5279X")
    assert str(refused) == "idema: other_place: C649I (valid: 5279X)"
    assert (refused.code, refused.place, refused.valid) == ("other_place", "idema", "5279X")


def test_a_foreign_value_is_shown_on_one_line_of_ordinary_length() -> None:
    assert LONGEST_SHOWN == 60
    assert shown("a\n  b\t") == "a b"
    assert shown("x" * 60) == "x" * 60
    assert shown("x" * 61) == "x" * 57 + "..."
    assert shown([1, None]) == "[1, None]"


def test_a_note_says_what_it_has() -> None:
    assert str(Note("left_out", "empty", "line 3", "", "a number")) == "line 3: empty (valid: a number)"
    assert str(Note("remark", "twice", "line 3", "7.5")) == "line 3: twice: 7.5"
