"""Which form a file of consumption has, and its slots by supply point. A file that is not understood is refused whole."""

import bz2

from adapters.files.consumption import documents, named, official
from adapters.files.csv.text import LARGEST_BYTES, refused, text_of
from domain.intake.consumption import CUPS, Metering, Reported, placed

VALID = f"{named.VALID}; JSON of Datadis or UFD; P1, P2, F1, F5, P5 files"


def is_consumption(content: bytes) -> bool:
    """Whether a file is one of consumption: bz2, JSON, a first column CUPS, or a CUPS at its start."""
    if content.startswith((b"BZh", b"{", b"[")):
        return True
    head = _plain(text_of(content))[:400]
    return named.is_named(head.split("\n", 1)[0]) or CUPS.match(head) is not None


def read_consumption(content: bytes, supply_point: str | None = None) -> dict[str, list[Metering]]:
    """CUPS (20 characters) -> its slots in order of time."""
    rows = _rows(_plain(text_of(_unpacked(content))), supply_point)
    if not rows:
        raise refused("no row of consumption", valid=VALID)
    return placed(rows)


def _plain(text: str) -> str:
    return text.lstrip("\ufeff").lstrip()


def _rows(text: str, supply_point: str | None) -> list[Reported]:
    if text.startswith(("{", "[")):
        return list(documents.read(text, supply_point))
    if named.is_named(text.split("\n", 1)[0]):
        return list(named.read(text))
    if CUPS.match(text):
        return list(official.read(text))
    raise refused("no form of consumption that is known", valid=VALID)


def _unpacked(content: bytes) -> bytes:
    if not content.startswith(b"BZh"):
        return content
    packed = bz2.BZ2Decompressor()
    try:
        plain = packed.decompress(content, LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise refused(f"a damaged bz2 file: {error}") from error
    if not packed.eof:
        raise refused("a cut bz2 file, or one of more than 256 MiB", valid="a whole file; split a longer one")
    return plain
