"""Text that comes in, whatever its door: one line, in one form of Unicode."""

import re
import unicodedata

NOT_IN_A_LINE = r"\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Controls, separators of lines, and signs that turn what stands after them round: a name would be read as another one."""
LINE = f"^[^{NOT_IN_A_LINE}]*$"
"""The pattern of a line, as it is described to others."""
_NO_TEXT = re.compile(f"[{NOT_IN_A_LINE}\\ud800-\\udfff]")


def short_line(text: str, longest: int) -> str:
    """As `one_line`; ValueError for one that is longer [characters] too."""
    if len(text) > longest:
        raise ValueError(f"must be one line of at most {longest} characters")
    return one_line(text)


def one_line(text: str) -> str:
    """A text in its composed form (NFC); ValueError naming the first sign that a line of text cannot hold, or half a surrogate
    pair.
    """
    found = _NO_TEXT.search(text)
    if found:
        raise ValueError(f"must be one line of text, without U+{ord(found.group()):04X} (character {found.start() + 1})")
    return unicodedata.normalize("NFC", text)
