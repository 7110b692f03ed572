"""What is no whole backup, or not ours, is refused with a line that says why."""

import json
import os
import random
import sqlite3
import tarfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.files.archive import pack, sums_of, unpack
from adapters.store.sqlite_series import SqliteStore
from domain.errors import StoreRefusedError
from domain.series import Rows, SeriesKey
from services.operations.backup import take
from support.backups import NOW, backed_up, fill, live, restored
from support.process_service import environment_for


async def test_a_damaged_archive_is_refused_wherever_the_damage_is(tmp_path: Path) -> None:
    archive = backed_up(await live(tmp_path / "old"), tmp_path / "kept")
    content = archive.read_bytes()
    for place in (10, len(content) // 3, len(content) // 2, len(content) - 20):
        archive.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        assert "not what" in restored(archive, environment_for(tmp_path / f"at{place}")).stdout
    archive.with_name(archive.name + ".sha256").unlink()
    half = len(content) // 2
    for wrong in (content[:half], b"", content[:half] + b"x" * 50 + content[half + 50 :]):
        archive.write_bytes(wrong)
        ended = restored(archive, environment_for(tmp_path / "fresh"))
        assert ended.returncode == 1, ended.stdout
    assert not (tmp_path / "fresh/data/state.sqlite").exists()


def test_damage_to_the_packed_bytes_is_refused_or_changes_nothing(tmp_path: Path) -> None:
    """gzip, deflate and tar each refuse in their own way. A rare turned bit is another way to pack the same bytes."""
    chance, parts = random.Random(1), tmp_path / "parts"
    parts.mkdir()
    for number in range(5):
        (parts / f"part{number}").write_bytes(bytes(chance.choices(range(97, 105), k=8_000)))
    archive = pack(parts, tmp_path, NOW, {})
    archive.with_name(archive.name + ".sha256").unlink()
    packed, as_packed, refused = archive.read_bytes(), sums_of(parts), 0
    checked_from = packed.index(b"\0", 10) + 1  # before it the header has a time and a name (RFC 1952), which no checksum covers
    for trial in range(400):
        fresh = tmp_path / f"fresh{trial}"
        archive.write_bytes(damaged(packed, chance.randrange(checked_from, len(packed)), chance))
        try:
            unpack(archive, fresh)
            assert sums_of(fresh) == as_packed
        except StoreRefusedError:
            assert not fresh.exists()
            refused += 1
    assert refused > 380


def damaged(packed: bytes, place: int, chance: random.Random) -> bytes:
    """With a bit turned, overwritten, cut, or with something between."""
    kinds = (
        bytes([packed[place] ^ 1 << chance.randrange(8)]) + packed[place + 1 :],
        chance.randbytes(50) + packed[place + 50 :],
        b"",
        b"x" + packed[place:],
    )
    return packed[:place] + chance.choice(kinds)


def test_a_file_that_is_not_the_manifests_is_refused(tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    (content / "state.sqlite").write_text("one")
    archive = pack(content, tmp_path, NOW, {})
    (tmp_path / "a").mkdir()
    unpack(archive, tmp_path / "a")
    (tmp_path / "a/state.sqlite").write_text("two")
    with tarfile.open(archive, "w:gz") as tar:
        for path in sorted((tmp_path / "a").iterdir()):
            tar.add(path, path.name)
    archive.with_name(archive.name + ".sha256").unlink()
    with pytest.raises(StoreRefusedError, match=r"does not hold what its manifest says: state\.sqlite"):
        unpack(archive, tmp_path / "b")


@pytest.mark.parametrize("manifest", ["[]", "{}", '{"format": 1}', "7", "{"])
def test_an_archive_of_another_program_is_refused(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    archive = tmp_path / "chocolate-factory-20260320T120000Z.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "manifest.json", "manifest.json")
    ended = restored(archive, environment_for(tmp_path / "new"))
    assert (ended.returncode, "is no" in ended.stdout) == (1, True), ended.stdout


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.fixture(params=[True, False], ids=["with the library's filter", "without, as Python 3.11.2"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr(tarfile, "data_filter", getattr(tarfile, "fully_trusted_filter", None), raising=False)


HOSTILE = {
    "a path upwards": [member("../outside")],
    "a path from the root": [member("/tmp/outside-of-everything")],
    "a link out": [member("a", tarfile.SYMTYPE, "../../outside")],
    "a link to the root": [member("a", tarfile.SYMTYPE, "/tmp/outside-of-everything")],
    "a file through a link": [member("d", tarfile.DIRTYPE), member("a", tarfile.SYMTYPE, "d"), member("a/../../outside")],
    "a file beneath a link": [member("d", tarfile.DIRTYPE), member("a", tarfile.SYMTYPE, "d"), member("a/x")],
    "a link in place of a link": [member("a", tarfile.SYMTYPE, "b"), member("a", tarfile.SYMTYPE, "c")],
    "a hard link": [member("a", tarfile.LNKTYPE, "/etc/passwd")],
    "a device": [member("a", tarfile.CHRTYPE)],
    "a pipe": [member("a", tarfile.FIFOTYPE)],
}


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("members", HOSTILE.values(), ids=HOSTILE)
def test_an_archive_cannot_write_outside_its_folder(tmp_path: Path, members: list[tarfile.TarInfo]) -> None:
    archive = tmp_path / "chocolate-factory-20260320T120000Z.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for one in members:
            tar.addfile(one)
    with pytest.raises(StoreRefusedError, match=r"is no whole backup: .*(outside|is no file|link|absolute)"):
        unpack(archive, tmp_path / "deep/folder")
    assert not (tmp_path / "deep/outside").exists() and not Path("/tmp/outside-of-everything").exists()
    assert not any(path.is_file() for path in (tmp_path / "deep").rglob("*"))


@pytest.mark.usefixtures("library")
def test_what_is_unpacked_belongs_to_who_unpacks_it(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content/state.sqlite").write_text("one")
    (tmp_path / "content/latest").symlink_to("state.sqlite")
    archive = pack(tmp_path / "content", tmp_path, NOW, {})
    unpack(archive, tmp_path / "new")
    found = (tmp_path / "new/state.sqlite").stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o022) == (os.geteuid(), os.getegid(), 0)
    assert (tmp_path / "new/latest").readlink() == Path("state.sqlite")


async def test_a_newer_program_or_schema_or_the_other_world_is_refused(tmp_path: Path) -> None:
    archive = backed_up(await live(tmp_path / "old"), tmp_path / "kept")
    simulated = restored(archive, environment_for(tmp_path / "sim", SIM_SEED="1"))
    assert (simulated.returncode, "backup of real data; this service is simulated" in simulated.stdout) == (1, True)
    for newer in ("state.sqlite", "format"):
        folder = tmp_path / newer
        folder.mkdir()
        manifest = unpack(archive, folder)
        (folder / "manifest.json").unlink()
        if newer == "format":
            manifest["format"] = 2
        else:
            with closing(sqlite3.connect(folder / newer)) as connection:
                connection.execute("PRAGMA user_version = 99")
        made = pack(folder, tmp_path / "kept", NOW + timedelta(days=len(newer)), {})
        if newer == "format":
            rewrite_manifest(made, tmp_path / "rewritten", format=2)
        else:
            rewrite_manifest(made, tmp_path / "rewritten2", **{k: manifest[k] for k in ("kind", "series", "models", "store")})
        ended = restored(made, environment_for(tmp_path / f"new-{newer}"))
        assert (ended.returncode, "newer" in ended.stdout) == (1, True), ended.stdout


def rewrite_manifest(archive: Path, folder: Path, **changes: object) -> None:
    """Another manifest in an archive."""
    with tarfile.open(archive) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)
        tar.extractall(folder)
    manifest = json.loads((folder / "manifest.json").read_text()) | changes
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with tarfile.open(archive, "w:gz") as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, path.name)
    archive.with_name(archive.name + ".sha256").unlink()


async def test_a_target_that_loses_points_is_found_out(tmp_path: Path) -> None:
    source, target = SqliteStore(tmp_path / "a.sqlite", "real"), SqliteStore(tmp_path / "b.sqlite", "real")
    await fill(source)
    write = target.write

    async def lose_one(key: SeriesKey, rows: Rows) -> None:
        await write(key, Rows(rows.times[1:], {name: column[1:] for name, column in rows.columns.items()}))

    target.write = lose_one  # type: ignore[method-assign]
    with pytest.raises(StoreRefusedError, match="not kept as they were written"):
        await take(source, target)
    await source.aclose()
    await target.aclose()
