"""The four verdicts on what comes in, and the tray on which those that are worth telling are collected."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.notes import Code, Note, Verdict

LONGEST_SHOWN = 60
"""Characters of a foreign value that are shown; it may be a page."""


class RefusedError(ValueError):
    """The whole answer or file is refused: nothing of it may be stored."""

    def __init__(self, code: Code, place: str, value: object, valid: str) -> None:
        super().__init__(f"{place}: {code}: {shown(value)} (valid: {valid})")
        self.code = code
        self.place = place
        self.valid = valid


@dataclass(slots=True)
class Tray:
    """Collects the notes on one answer or file."""

    notes: list[Note] = field(default_factory=list)

    def leave_out(self, code: Code, place: str, value: object = "", valid: str = "", count: int = 1) -> None:
        """That cell or row is not taken."""
        self.notes.append(Note("left_out", code, place, shown(value), valid, count))

    def remark(self, code: Code, place: str, value: object = "", valid: str = "") -> None:
        """It is taken, and this is worth telling."""
        self.notes.append(Note("remark", code, place, shown(value), valid))

    def counts(self, verdict: Verdict = "left_out") -> Mapping[str, int]:
        """Code -> cells."""
        found: Counter[str] = Counter()
        for note in self.notes:
            if note.verdict == verdict:
                found[note.code] += note.count
        return dict(sorted(found.items()))


def shown(value: object) -> str:
    """A foreign value as it may be shown: one short line."""
    text = value if isinstance(value, str) else repr(value)
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_SHOWN else line[: LONGEST_SHOWN - 3] + "..."
