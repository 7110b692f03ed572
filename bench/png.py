"""Pictures small enough for a repository: a PNG of a page with its colours cut to a palette of 256. Standard library and numpy."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_DISTINCT, CLEARLY = 192, 24**2
"""How much of the palette is for colours that differ; the squared distance in red, green and blue from which they do."""
Pixels = NDArray[np.uint8]
"""Rows x columns x red, green, blue."""


def shrink(png: bytes) -> bytes:
    """The picture with a palette: its commonest colours, and for each other colour the nearest of them."""
    pixels = decoded(png)
    flat = pixels.reshape(-1, 3).astype(np.uint32)
    packed = (flat[:, 0] << 16) | (flat[:, 1] << 8) | flat[:, 2]
    colours, place, count = np.unique(packed, return_inverse=True, return_counts=True)
    palette = _palette(colours[np.argsort(-count, kind="stable")])
    nearest = _nearest(_split(colours), _split(palette))
    return encoded(nearest[place].reshape(pixels.shape[:2]).astype(np.uint8), _split(palette))


def decoded(png: bytes) -> Pixels:
    """The pixels of a PNG of 8 bits a channel, without interlace; transparency is dropped. ValueError for another kind."""
    parts = dict[bytes, bytes]()
    at = len(SIGNATURE)
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        parts[kind] = parts.get(kind, b"") + png[at + 8 : at + 8 + length]
        at += 12 + length
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    channels = {2: 3, 6: 4}.get(colour, 0)
    if depth != 8 or interlace or not channels:
        raise ValueError(f"not understood: depth {depth}, colour type {colour}, interlace {interlace}")
    raw = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, 1 + width * channels)
    rows = np.zeros((height + 1, width, channels), np.uint8)
    for y in range(height):
        rows[y + 1] = _unfiltered(int(raw[y, 0]), raw[y, 1:].reshape(width, channels), rows[y])
    return rows[1:, :, :3]


def _unfiltered(kind: int, row: Pixels, above: Pixels) -> Pixels:
    """A row of pixels from its differences to nothing, left, above, the mean, or the nearest of three (PNG 1.2, chapter 6)."""
    if kind == 0:
        return row
    if kind == 1:
        return np.cumsum(row, axis=0, dtype=np.uint64).astype(np.uint8)
    if kind == 2:
        return row + above
    predict = _mean if kind == 3 else _paeth
    out, left, corner = [], [0] * row.shape[1], [0] * row.shape[1]
    for given, up in zip(row.tolist(), above.tolist(), strict=True):
        left = [(value + predict(a, b, c)) & 255 for value, a, b, c in zip(given, left, up, corner, strict=True)]
        corner = up
        out.append(left)
    return np.array(out, np.uint8)


def _mean(left: int, up: int, _: int) -> int:
    return (left + up) // 2


def _paeth(left: int, up: int, corner: int) -> int:
    by_left, by_up, by_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if by_left <= by_up and by_left <= by_corner:
        return left
    return up if by_up <= by_corner else corner


def encoded(indices: Pixels, palette: Pixels) -> bytes:
    """A PNG of places in a palette."""
    height, width = indices.shape
    rows = np.hstack([np.zeros((height, 1), np.uint8), indices])
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 9)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"PLTE", palette.tobytes()) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _split(packed: NDArray[np.uint32]) -> Pixels:
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1).astype(np.uint8)


def _palette(commonest: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """At most 256 colours, the commonest first: those that differ clearly from the ones before, then the commonest of the rest."""
    seen = _split(commonest).astype(np.int64)
    chosen = [0]
    for place in range(1, len(seen)):
        if len(chosen) < MOST_DISTINCT and ((seen[chosen] - seen[place]) ** 2).sum(axis=1).min() > CLEARLY:
            chosen.append(place)
    rest = np.setdiff1d(np.arange(len(seen)), chosen)[: 256 - len(chosen)]
    return commonest[np.concatenate([chosen, rest]).astype(np.int64)]


def _nearest(colours: Pixels, palette: Pixels) -> NDArray[np.int64]:
    """For each colour the place of the nearest in the palette."""
    far = palette.astype(np.int64)
    found = [np.argmin(((part.astype(np.int64)[:, None] - far) ** 2).sum(axis=2), axis=1) for part in np.array_split(colours, 64)]
    return np.concatenate(found)
