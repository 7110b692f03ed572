"""Pickles that hold arrays, numbers, strings and their containers only, checked by hash before a byte of them is interpreted.

An array is written as a call of `numpy.ndarray(shape, type, bytes)`, so reading needs one name, answered by a function that
checks its arguments, and some thirty instructions of the pickle machine. Any other name, and any other instruction (BUILD, which
sets attributes of whatever is on the stack, among them), is refused before the file is run. Arrays come back read-only.
"""

import hashlib
import io
import pickle
import pickletools
import re
import sys
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from domain.errors import StoreRefusedError

NAME: Final = ("numpy", "ndarray")
"""The only module and name that a file may say. Nothing is imported and no attribute is followed."""
KINDS: Final = re.compile(r"[<|][biufU]\d+")
"""Types of arrays: numbers, truth values, text. Never objects, whose bytes would be taken for addresses."""
INSTRUCTIONS: Final = frozenset(
    (
        *("PROTO", "FRAME", "STOP", "MEMOIZE", "BINGET", "LONG_BINGET", "MARK", "STACK_GLOBAL", "REDUCE"),
        *("NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"),
        *("SHORT_BINUNICODE", "BINUNICODE", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8"),
        *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_LIST", "APPEND", "APPENDS"),
        *("EMPTY_DICT", "SETITEM", "SETITEMS"),
    )
)


class ForeignClassError(StoreRefusedError):
    """A model file holds more than arrays, numbers and strings."""


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if type(value) is not np.ndarray:
            return NotImplemented
        return np.ndarray, (value.shape, value.dtype.str, value.tobytes())


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) != NAME:
            raise ForeignClassError(f"a model file names {module}.{name}, which is not admitted")
        return _array


def _array(shape: tuple[int, ...], kind: str, content: bytes) -> np.ndarray[Any, Any]:
    if not KINDS.fullmatch(kind):
        raise ForeignClassError(f"a model file has an array of type {kind}, which is not admitted")
    return np.ndarray(shape, kind, content)


def dumped(value: Any) -> bytes:
    """A pickle of plain values, equal to the byte for equal ones; read back at once: what could not be loaded is never written."""
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=5).dump(_plain(value))
    content = buffer.getvalue()
    loaded(content, digest(content))
    return content


def loaded(content: bytes, expected: str) -> Any:
    """The value of a pickle whose SHA-256 is the expected one. StoreRefusedError when it is torn, changed or foreign."""
    found = digest(content)
    if found != expected:
        raise StoreRefusedError(f"a model file has SHA-256 {found[:12]}..., the registry says {expected[:12]}...")
    try:
        _check_instructions(content)
        return _Unpickler(io.BytesIO(content)).load()
    except ForeignClassError:
        raise
    except Exception as error:
        raise StoreRefusedError(f"a model file cannot be read: {type(error).__name__}: {error}") from error


def digest(content: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _check_instructions(content: bytes) -> None:
    for instruction, _, at in pickletools.genops(content):
        if instruction.name not in INSTRUCTIONS:
            raise ForeignClassError(f"a model file has the instruction {instruction.name} at byte {at}, which is not admitted")


def _plain(value: Any) -> Any:
    """The same value without numpy's scalars and views, each text once; ForeignClassError names what may not be kept."""
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, np.ndarray):
        return np.asarray(value)
    if isinstance(value, Mapping):
        return {_plain(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_plain(each) for each in value)
    if type(value) is str:
        return sys.intern(value)
    if value is None or type(value) in (bool, int, float):
        return value
    raise ForeignClassError(f"a model state holds a {type(value).__module__}.{type(value).__qualname__}, which is not admitted")
