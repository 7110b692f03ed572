"""What is told of a value that came in: a remark, or why it was left out."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["remark", "left_out"]
"""What is taken without a remark leaves no note; what is refused whole raises RefusedError."""

Code = Literal[
    "after_the_known",
    "before_the_market",
    "differs_from_published",
    "empty",
    "future",
    "impossible",
    "mixed_steps",
    "no_instant",
    "not_a_number",
    "not_tick",
    "off_grid",
    "other_day",
    "other_place",
    "other_zone",
    "replaces_imported",
    "row_not_read",
    "shifted",
    "stamp_not_read",
    "too_old",
    "twice",
    "two_values",
    "unpublished",
    "witness_disagrees",
]


@dataclass(frozen=True, slots=True)
class Note:
    """One verdict: where it fell, on what, and what would be valid. `count`: cells that it stands for."""

    verdict: Verdict
    code: Code
    place: str
    value: str = ""
    valid: str = ""
    count: int = 1

    def __str__(self) -> str:
        what = f": {self.value}" if self.value else ""
        valid = f" (valid: {self.valid})" if self.valid else ""
        return f"{self.place}: {self.code}{what}{valid}"
