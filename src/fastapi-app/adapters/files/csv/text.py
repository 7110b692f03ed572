"""A file of delimited text as it comes: packed or not, in the encodings that spreadsheets write. Nothing is guessed that the bytes
do not show: what is no text is refused.
"""

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator

from domain.errors import InvalidRequestError

DELIMITERS = (",", ";", "\t")
LARGEST_BYTES = 256 * 1024 * 1024
"""Unpacked: forty years of quarter-hours take less."""
LONGEST_HEADER = 65_536
_MARKED = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def refused(detail: str, *, value: object = None, valid: str = "a CSV file of prices") -> InvalidRequestError:
    """The refusal of a whole file."""
    return InvalidRequestError(detail, name="file", value=value, valid=valid)


def text_of(content: bytes) -> str:
    """The text of a file, unpacked if it is gzip, from UTF-8, UTF-16 or Latin-1."""
    plain = _unpacked(content) if content.startswith(b"\x1f\x8b") else content
    if len(plain) > LARGEST_BYTES:
        raise refused(f"more than {LARGEST_BYTES >> 20} MiB: split it")
    if plain.startswith(b"PK\x03\x04"):
        raise refused("a ZIP archive or a spreadsheet: unpack it, or save it as CSV")
    text = _decoded(plain)
    found = _NO_TEXT.search(text)
    if found:
        raise refused(f"not text: control character {found.group()!r} in line {text.count(chr(10), 0, found.start()) + 1}")
    if not text.strip():
        raise refused("an empty file")
    return text


def header_of(text: str, delimiter: str) -> tuple[str, ...]:
    """Cells of the first line."""
    start = io.StringIO(text.lstrip()[:LONGEST_HEADER], newline="")
    try:
        first = next(csv.reader(start, delimiter=delimiter), [])
    except csv.Error as error:
        raise refused(f"its first line is not CSV: {error}") from error
    return tuple(cell.strip() for cell in first)


def records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of each row after the header; empty lines are passed over. The number is that of the row's last line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = ((reader.line_num, cells) for cells in reader if any(map(str.strip, cells)))
        next(rows, None)
        yield from rows
    except csv.Error as error:
        raise refused(f"line {reader.line_num} is not CSV: {error}") from error


def _unpacked(content: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(content)) as packed:
            return packed.read(LARGEST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise refused(f"a damaged or cut gzip file: {error}") from error


def _decoded(content: bytes) -> str:
    """A byte order mark names the encoding; zeros beside the letters are UTF-16 without one; what is not UTF-8 is Latin-1."""
    for mark, encoding in (*_MARKED, *_unmarked(content), (b"", "utf-8")):
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError as error:
                if mark or encoding != "utf-8":
                    raise refused(f"not {encoding.upper()} as its first bytes say: {error}") from error
    return content.decode("latin-1")


def _unmarked(content: bytes) -> tuple[tuple[bytes, str], ...]:
    if len(content) >= 2 and 0 in content[:2]:
        return ((b"", "utf-16-le" if content[1] == 0 else "utf-16-be"),)
    return ()
