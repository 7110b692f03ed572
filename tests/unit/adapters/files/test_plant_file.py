"""The plant's file on a real disk."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.files.plant_file import MOST_KEPT, PlantFileOnDisk
from domain.errors import ChangedMeanwhileError, NotFoundError, NotWritableError

NOW = datetime(2026, 11, 28, 11, 12, 13, tzinfo=UTC)


def names(path: Path) -> list[str]:
    return sorted(beside.name for beside in path.parent.iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "factory.toml"
    made.write_bytes(b"a = 1\r\n")
    made.chmod(0o640)
    return made


async def test_the_old_text_is_kept_beside_under_the_time(path: Path) -> None:
    file = PlantFileOnDisk(path)
    before = await file.read()
    assert (before.text, before.closed, before.kept) == ("a = 1\r\n", None, [])
    assert await file.replace("a = 2\r\n", before.digest, NOW) == "factory.toml.20261128T111213Z"
    after = await file.read()
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"a = 2\r\n", 0o640)
    assert after.kept == ["factory.toml.20261128T111213Z"]
    assert await file.old(after.kept[0]) == "a = 1\r\n"
    assert names(path) == ["factory.toml", "factory.toml.20261128T111213Z"]


async def test_a_file_that_somebody_changed_meanwhile_stays_as_it_is(path: Path) -> None:
    file = PlantFileOnDisk(path)
    digest = (await file.read()).digest
    path.write_text("by hand = true")
    with pytest.raises(ChangedMeanwhileError):
        await file.replace("a = 2", digest, NOW)
    assert (path.read_text(), names(path)) == ("by hand = true", ["factory.toml"])


async def test_a_bounded_number_is_kept_and_two_of_one_second_have_two_names(path: Path) -> None:
    file = PlantFileOnDisk(path)
    for number in range(MOST_KEPT + 3):
        await file.replace(f"a = {number}", (await file.read()).digest, NOW if number < 2 else NOW + timedelta(minutes=number))
    kept = (await file.read()).kept
    assert len(kept) == MOST_KEPT
    assert await file.old(kept[0]) == f"a = {MOST_KEPT + 1}"
    (path.parent / "factory.toml.example").write_text("not ours")
    assert (await file.read()).kept == kept


@pytest.mark.parametrize("name", ["../secret", "factory.toml", "factory.toml.20200101T000000Z"])
async def test_only_what_is_kept_can_be_read(path: Path, name: str) -> None:
    (path.parent.parent / "secret").write_text("x")
    with pytest.raises(NotFoundError):
        await PlantFileOnDisk(path).old(name)


@pytest.mark.parametrize("content", [None, b'a = "\xf1"'])
async def test_a_file_that_is_gone_or_no_text_is_told(path: Path, content: bytes | None) -> None:
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(NotWritableError, match="cannot be read"):
        await PlantFileOnDisk(path).read()


async def test_a_link_stays_one(path: Path) -> None:
    link = path.with_name("link.toml")
    link.symlink_to(path)
    file = PlantFileOnDisk(link)
    await file.replace("a = 3", (await file.read()).digest, NOW)
    assert link.is_symlink() and path.read_text() == "a = 3"


@pytest.mark.parametrize("in_the_way", [".factory.toml.20261128T111213Z.partial", ".factory.toml.partial"])
async def test_a_disk_that_refuses_leaves_the_file_and_keeps_no_second_one(path: Path, in_the_way: str) -> None:
    """What stands where a text is to go: root passes every mode, but not this."""
    file = PlantFileOnDisk(path)
    (path.parent / in_the_way).mkdir()
    with pytest.raises(NotWritableError):
        await file.replace("a = 2", (await file.read()).digest, NOW)
    assert path.read_bytes() == b"a = 1\r\n"
    assert (await file.read()).kept == []
