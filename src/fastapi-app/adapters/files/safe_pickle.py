"""Pickles that hold library objects and plain values only, checked by hash before a byte of them is interpreted.

This guards against accidents (a torn, changed or foreign file). The security is that only files which this service wrote, with the
hash that its registry holds, are loaded at all.
"""

import hashlib
import importlib
import io
import pickle
from typing import Any, Final

from domain.errors import StoreRefusedError

ADMITTED: Final = {
    "numpy": {"ndarray", "dtype"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.numeric": {"_frombuffer"},
    "lightgbm.basic": {"Booster"},
    "collections": {"OrderedDict", "defaultdict"},
}
"""Module -> the names of it that a model file may hold; whole library modules are below."""
ADMITTED_MODULES: Final = ("sklearn.isotonic", "sklearn.linear_model", "sklearn.preprocessing")


class ForeignClassError(StoreRefusedError):
    """A model file names a class that is not admitted."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        library = any(module == whole or module.startswith(whole + ".") for whole in ADMITTED_MODULES)
        if "." in name or not (library or name in ADMITTED.get(module, ())):
            raise ForeignClassError(f"a model file names {module}.{name}, which is not admitted")
        return getattr(importlib.import_module(module), name)


def dumped(value: Any) -> bytes:
    """A pickle of library objects and plain values; read back at once, so that what could not be loaded is never written."""
    content = pickle.dumps(value, protocol=5)
    loaded(content, digest(content))
    return content


def loaded(content: bytes, expected: str) -> Any:
    """The value of a pickle whose SHA-256 is the expected one. StoreRefusedError when it is torn, changed or foreign."""
    found = digest(content)
    if found != expected:
        raise StoreRefusedError(f"a model file has SHA-256 {found[:12]}..., the registry says {expected[:12]}...")
    try:
        return _Unpickler(io.BytesIO(content)).load()
    except ForeignClassError:
        raise
    except Exception as error:
        raise StoreRefusedError(f"a model file cannot be read: {type(error).__name__}: {error}") from error


def digest(content: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()
