"""What the service knows of its backups, from the commands themselves."""

from pathlib import Path

from adapters.files.proof import BackupProof
from domain.operations import BackupState
from support.backups import backed_up, command, live
from support.process_service import environment_for


async def test_a_backup_and_a_failure_are_known_to_the_service(tmp_path: Path) -> None:
    environment = await live(tmp_path / "old")
    proof = BackupProof(tmp_path / "old/data")
    assert proof.read() == BackupState()
    backed_up(environment, tmp_path / "kept")
    made = proof.read()
    assert made.made_at is not None and made.error is None
    (tmp_path / "a-file").touch()
    assert command("backup", environment, "--to", str(tmp_path / "a-file")).returncode == 1
    failed = proof.read()
    assert failed.made_at == made.made_at and (failed.error or "").startswith("FileExistsError"), failed
    backed_up(environment, tmp_path / "kept")
    assert proof.read().error is None


def test_a_drill_that_fails_is_known_until_one_goes_well(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    environment = environment_for(tmp_path, BACKUP_DIR=str(tmp_path / "backups"))
    assert command("restore_drill", environment).returncode == 1
    assert "holds no backup" in (BackupProof(tmp_path / "data").read().error or "")
