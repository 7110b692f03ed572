"""What a model file may hold: arrays, numbers, texts. What else has been tried, as the bytes that a hostile archive would bring."""

import pickle
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from adapters.files.safe_pickle import digest, dumped, loaded
from domain.errors import StoreRefusedError

STATE = {
    "weights": np.arange(6.0).reshape(2, 3).T,
    "classes": np.array([0, 2, 3]),
    "names": np.array(["a", "bcd"]),
    "known": np.array([True, False]),
    "empty": np.zeros((0, 3)),
    "decisions": [(739000, "lear", "it led")],
    "metrics": {"lear": {"mae": 18.9, "issues": 182, "by_day": [1.5, None], "large": 2**70, "below": -3}},
}


def test_a_state_comes_back_as_it_was() -> None:
    content = dumped(STATE)
    back = loaded(content, digest(content))
    assert back.keys() == STATE.keys()
    for name in ("weights", "classes", "names", "known", "empty"):
        np.testing.assert_array_equal(back[name], STATE[name])
        assert back[name].dtype == STATE[name].dtype  # type: ignore[attr-defined]
    assert (back["decisions"], back["metrics"]) == (STATE["decisions"], STATE["metrics"])


def test_equal_states_are_equal_to_the_byte() -> None:
    again = {"".join(name): value for name, value in STATE.items()} | {"weights": np.arange(6.0).reshape(2, 3).T.copy()}
    again["decisions"] = [(np.int64(739000), "".join(["le", "ar"]), np.str_("it led"))]
    assert dumped(again) == dumped(STATE)


@pytest.mark.parametrize(
    "value",
    [datetime(2026, 3, 20, tzinfo=UTC), {"at": object()}, [np.array([None, "x"])], np.zeros(1, "M8[s]"), {1, 2}, b"x", print, np],
    ids=["datetime", "object", "array of objects", "array of times", "set", "bytes", "function", "module"],
)
def test_what_is_no_plain_value_is_not_written(value: Any) -> None:
    with pytest.raises((StoreRefusedError, TypeError)):
        dumped(value)


def named(module: str, name: str) -> bytes:
    """The instructions that put a name on the stack."""
    return b"".join(b"\x8c" + bytes([len(text)]) + text.encode() for text in (module, name)) + b"\x93"


def text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


BUILD_ON_A_FUNCTION = named("numpy", "ndarray") + b"}" + text("__wrapped__") + b"K\x01s" + b"b"
BUILD_WITH_BUILTINS = named("collections", "OrderedDict") + b"}" + text("__builtins__") + b"}s" + b"b"
BUILD_ON_A_MODULE = named("numpy._core", "multiarray") + b"}" + text("_reconstruct") + named("os", "system") + b"sb"
HOSTILE = {
    "a call": named("os", "system") + text("true") + b"\x85R",
    "the name of an admitted module": named("numpy", "load") + text("x") + b"\x85R",
    "an attribute of an admitted name": named("numpy", "ndarray.__init__"),
    "numpy's own way": pickle.dumps(np.arange(3.0).reshape(3, 1)[:, ::-1], protocol=5)[2:-1],
    "an object's addresses": named("numpy", "ndarray") + b"K\x01\x85" + text("|O") + b"C\x08AAAAAAAA" + b"\x87R",
    "a texts' addresses": named("numpy", "ndarray") + b"K\x01\x85" + text("T") + b"C\x10AAAAAAAAAAAAAAAA" + b"\x87R",
    "fields": named("numpy", "ndarray") + b"K\x01\x85" + text("O,f8") + b"C\x10AAAAAAAAAAAAAAAA" + b"\x87R",
    "more than there is": named("numpy", "ndarray") + b"K\x09\x85" + text("<f8") + b"C\x08AAAAAAAA" + b"\x87R",
    "attributes of a function": BUILD_ON_A_FUNCTION,
    "other builtins": BUILD_WITH_BUILTINS,
    "attributes of a module": BUILD_ON_A_MODULE,
    "a name in a line": b"cos\nsystem\n" + text("true") + b"\x85R",
    "an instance": b"(" + text("true") + b"ios\nsystem\n",
    "a new object": named("numpy", "ndarray") + b")\x81",
    "an extension": b"\x82\x01",
    "a persistent name": text("x") + b"Q",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_even_when_its_hash_is_vouched_for(body: bytes) -> None:
    content = b"\x80\x05" + body + b"."
    with pytest.raises(StoreRefusedError):
        loaded(content, digest(content))


@pytest.mark.parametrize("body", [BUILD_ON_A_FUNCTION, BUILD_WITH_BUILTINS, BUILD_ON_A_MODULE])
def test_build_is_refused_before_anything_is_run(body: bytes) -> None:
    content = b"\x80\x05" + body + b"."
    with pytest.raises(StoreRefusedError, match=r"instruction BUILD at byte \d+"):
        loaded(content, digest(content))


def test_a_torn_file_and_one_of_another_hash_are_refused() -> None:
    content = dumped(STATE)
    for torn in (b"", content[:-1], content[: len(content) // 2]):
        with pytest.raises(StoreRefusedError, match="cannot be read"):
            loaded(torn, digest(torn))
    with pytest.raises(StoreRefusedError, match="the registry says"):
        loaded(content, digest(b"other"))
