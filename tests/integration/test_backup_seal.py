"""Who made an archive: only what this installation sealed is restored or tried without --trust."""

from pathlib import Path

import pytest

from adapters.files.seal import KEY, check_seal, seal
from domain.errors import StoreRefusedError
from support.backups import backed_up, command, live


def archive_in(folder: Path, body: bytes = b"an archive") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "chocolate-factory-20261122T203000Z.tar.gz"
    path.write_bytes(body)
    return path


def test_a_sealed_archive_is_ours_as_long_as_it_is_as_it_was(tmp_path: Path) -> None:
    archive, data = archive_in(tmp_path), tmp_path / "data"
    beside = seal(archive, data)
    check_seal(archive, data)
    assert [oct(path.stat().st_mode & 0o777) for path in (data / KEY, beside)] == ["0o600", "0o600"]
    key = (data / KEY).read_bytes()
    assert seal(archive, data) == beside
    assert (data / KEY).read_bytes() == key, "the key is made once"
    archive.write_bytes(b"another one")
    with pytest.raises(StoreRefusedError, match="--trust"):
        check_seal(archive, data)


@pytest.mark.parametrize("what", ["no key", "no seal", "seal of another key", "torn seal", "text"])
def test_what_nobody_vouches_for_is_refused(tmp_path: Path, what: str) -> None:
    archive, data = archive_in(tmp_path), tmp_path / "data"
    beside = seal(archive, data)
    if what == "no key":
        (data / KEY).unlink()
    elif what == "no seal":
        beside.unlink()
    elif what == "seal of another key":
        seal(archive, tmp_path / "others")
    elif what == "torn seal":
        beside.write_bytes(beside.read_bytes()[:-9])
    else:
        beside.write_text("é")
    with pytest.raises(StoreRefusedError, match="made by this installation"):
        check_seal(archive, data)


def test_a_key_that_is_none_seals_nothing(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / KEY).write_bytes(b"")
    with pytest.raises(StoreRefusedError, match="no key"):
        seal(archive_in(tmp_path), tmp_path / "data")


async def test_the_archive_of_another_installation_is_restored_and_tried_only_when_told(tmp_path: Path) -> None:
    """Its own checksum fits: whoever makes an archive makes that, too."""
    theirs = await live(tmp_path / "theirs")
    archive = backed_up(theirs, tmp_path / "kept")
    ours = theirs | {name: str(tmp_path / "ours" / name) for name in ("DATA_DIR", "MODELS_DIR", "LOG_DIR")}
    refused = command("restore", ours, "--part", "data", str(archive))
    assert (refused.returncode, "--trust" in refused.stdout) == (1, True)
    assert not (tmp_path / "ours/DATA_DIR/state.sqlite").exists(), "nothing of it was touched"
    tried = command("restore_drill", ours, str(archive))
    assert (tried.returncode, "--trust" in tried.stdout) == (1, True)
    taken = command("restore", ours, "--part", "data", "--trust", str(archive))
    assert taken.returncode == 0, taken.stdout
    assert command("restore_drill", theirs, str(archive)).returncode == 0, "who made it needs no word"
