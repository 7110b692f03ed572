"""Who made an archive: a seal beside it, by a key that only the service's user can read.

chocolate-factory-20261122T203000Z.tar.gz.hmac     HMAC-SHA256 of the archive, as hexadecimal text

The checksum proves that an archive is whole, the seal that this installation made it. The key lies beside the data, in no backup.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from adapters.files.archive import READ_BYTES, SEALED, whole_file
from adapters.files.placing import give_to_owner_of_folder
from domain.errors import StoreRefusedError

KEY = "backup.key"
KEY_BYTES = 32


def seal(archive: Path, data_dir: Path) -> Path:
    """Seal an archive; the key is made by the first one."""
    path = archive.with_name(archive.name + SEALED)
    with whole_file(path) as partial:
        partial.write_text(f"{_hmac(archive, _made_key(data_dir))}\n", encoding="utf-8")
    return path


def check_seal(archive: Path, data_dir: Path) -> None:
    """StoreRefusedError unless this installation made the archive as it is."""
    path, key = archive.with_name(archive.name + SEALED), data_dir / KEY
    if not key.exists():
        why = f"there is no {key}"
    elif not path.exists():
        why = f"there is no {path.name}"
    elif hmac.compare_digest(path.read_bytes().strip(), _hmac(archive, key.read_bytes()).encode()):
        return
    else:
        why = f"{path.name} is not of its key"
    raise StoreRefusedError(
        f"nothing says that {archive} was made by this installation ({why}): "
        "--trust takes it all the same, once you know who made it"
    )


def _made_key(data_dir: Path) -> bytes:
    path = data_dir / KEY
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != KEY_BYTES:
            raise StoreRefusedError(
                f"{path} is no key: {len(key)} bytes in place of {KEY_BYTES}; remove it, and a new one is made"
            ) from None
        return key
    with os.fdopen(handle, "wb") as file:
        key = secrets.token_bytes(KEY_BYTES)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    give_to_owner_of_folder(path)
    return key


def _hmac(archive: Path, key: bytes) -> str:
    digest = hmac.new(key, digestmod=hashlib.sha256)
    with archive.open("rb") as file:
        while piece := file.read(READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()
