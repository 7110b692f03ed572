"""Proves a backup: restores it into a scratch folder, starts the service on it, compares, and writes a dated record.

Nothing of the running service is touched: the scratch service has its own folders and free ports, an embedded store, no schedule
and no sources.
"""

import argparse
import asyncio
import json
import re
import sys
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2

from adapters.files.archive import MANIFEST, series_of, unpack
from adapters.files.models import ModelFiles
from adapters.files.proof import BackupProof
from adapters.files.seal import check_seal
from adapters.store.sqlite_series import SqliteStore
from bootstrap.opening import machine_clock
from commands.backup import MODELS, SERIES, note_failure
from commands.console import EXIT_FAILED, EXIT_OK, say
from commands.restore import newest, restore_data
from domain.errors import FactoryError, StoreRefusedError
from services.operations.backup import check_same, inventory
from settings import Settings, read_settings

APP = Path(__file__).resolve().parents[1]
START_S = 240.0
"""From its start until it has answered everything."""
LAST_LINES = 30
LISTEN_TRIES, TRY_EVERY_S = 100, 0.1
"""How often, and after how long each time [s], a service that is up but does not listen yet is asked."""
ASKED = ("/health", "/version", "/dashboard/complete", "/dashboard", "/models/registry")
MODEL_NAMES = re.compile(r"^([a-z_]+)_\d{8}_\d{6}$")


def scratch_environment(folder: Path, kind: str) -> dict[str, str]:
    """Settings of the scratch service. A simulated world stays one."""
    simulated = {"SIM_SEED": "1"} if kind == "simulated" else {}
    sources = [name.upper() for name in Settings.model_fields if name.endswith("_base_url")]
    return {
        "ENV_FILE": "",
        "PORT": "0",
        "STORE": "sqlite",
        "SCHEDULER_ENABLED": "false",
        "DATA_DIR": str(folder / "data"),
        "MODELS_DIR": str(folder / "models"),
        "LOG_DIR": str(folder / "logs"),
        "PATH": "/usr/bin:/bin",
        **dict.fromkeys(sources, "http://127.0.0.1:9"),
        **simulated,
    }


@asynccontextmanager
async def scratch_service(environment: Mapping[str, str], said: deque[str]) -> AsyncGenerator[str]:
    """The address of a service in a process of its own, which ends with the block; what it prints goes to `said`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(APP / "main.py"),
        env=dict(environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    heard = asyncio.create_task(_listen(process, said, listening))
    try:
        async with asyncio.timeout(START_S):
            yield await listening
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await heard


async def _listen(process: asyncio.subprocess.Process, said: deque[str], listening: asyncio.Future[str]) -> None:
    """Keep the last lines of a service; tell its address when it is up, StoreRefusedError when it ends before."""
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    address = ""
    async for raw in process.stdout:
        line = raw.decode(errors="replace")
        said.append(line)
        found = re.match(r"level 1: (http://\S+)/dashboard", line)
        address = found[1] if found else address
        if "startup complete" in line and not listening.done():
            listening.set_result(address)
    if not listening.done():
        listening.set_exception(StoreRefusedError("the service does not start on the restored files"))


async def ask(client: httpx2.AsyncClient, path: str) -> int | str:
    """Status of an answer, or the fault that was met instead. A service says that it is up just before its sockets listen."""
    for _ in range(LISTEN_TRIES):
        try:
            return (await client.get(path)).status_code
        except httpx2.ConnectError:
            await asyncio.sleep(TRY_EVERY_S)
        except httpx2.HTTPError as fault:
            return type(fault).__name__
    return httpx2.ConnectError.__name__


async def look_at(settings: Settings, manifest: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """Start the service on the restored files, ask it, and compare the store with the manifest afterwards."""
    said: deque[str] = deque(maxlen=LAST_LINES)
    try:
        async with (
            scratch_service(environment, said) as address,
            httpx2.AsyncClient(base_url=address, timeout=60, trust_env=False) as client,
        ):
            answers = {path: await ask(client, path) for path in ASKED}
        bad = {path: status for path, status in answers.items() if status != 200}
        if bad:
            raise StoreRefusedError(f"the service on the restored files answers {bad}")
    except StoreRefusedError as fault:
        raise StoreRefusedError(f"{fault}; its last words: {''.join(said)}") from fault
    store = SqliteStore(settings.data_dir / SERIES, settings.kind)
    try:
        check_same(await inventory(store), series_of(manifest))
    finally:
        await store.aclose()
    return {"answers": answers, "points": manifest["points"], "months": len(manifest["series"]), "models": loaded_models(settings)}


def loaded_models(settings: Settings) -> dict[str, str]:
    """Model -> the version that this machine's libraries can load, or why none."""
    files = ModelFiles(settings.models_dir, settings.kind)
    names = {found[1] for path in settings.models_dir.glob("*.pkl") if (found := MODEL_NAMES.match(path.stem))}
    said = {}
    for name in sorted(names):
        loaded = files.load(name)
        said[name] = loaded.entry.version if loaded.entry else "; ".join(map(str, loaded.troubles)) or "none was serving"
    return said


def drill(archive: Path, folder: Path) -> dict[str, Any]:
    """What was found; raises when the backup could not be restored as its manifest says."""
    content = folder / "content"
    content.mkdir()
    manifest = unpack(archive, content)
    (content / MANIFEST).unlink()
    environment = scratch_environment(folder, manifest["kind"])
    settings = read_settings(environment)
    if (content / MODELS).exists():
        settings.models_dir.mkdir()
    restored = restore_data(content, manifest, settings, overwrite=False)
    found = asyncio.run(look_at(settings, manifest, environment))
    return found | {"written": restored.written, "made_at": manifest["created_at"], "store_backed_up": manifest["store"]}


def record(folder: Path, now: datetime, outcome: Mapping[str, Any]) -> Path:
    """A dated record of a drill."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{now:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(outcome, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path


def main(argv: Sequence[str]) -> int:
    """The exit code: 0 when the backup was proven, else 1; the record is written either way."""
    parser = argparse.ArgumentParser(
        prog="scripts/restore-drill", description="Prove a backup by restoring it into a scratch folder."
    )
    parser.add_argument("archive", nargs="?", type=Path, help="the newest of the folder backups, if none is named")
    parser.add_argument("--trust", action="store_true", help="take an archive that another installation made: you know who made it")
    given = parser.parse_args(argv)
    started = machine_clock()
    outcome: dict[str, Any] = {"started_at": started.isoformat()}
    settings = read_settings()
    archives, proof = given.archive.parent if given.archive else settings.backup_dir, BackupProof(settings.data_dir)
    try:
        archive = newest(given.archive, settings.backup_dir)
        outcome["archive"] = archive.name
        if not given.trust:
            check_seal(archive, settings.data_dir)
        with tempfile.TemporaryDirectory(prefix="factory-drill-") as scratch:
            outcome |= {"proven": True, **drill(archive, Path(scratch))}
        proof.went_well("drill", started)
    except (FactoryError, OSError, ValueError, TimeoutError, httpx2.HTTPError) as error:
        outcome |= {"proven": False, "error": f"{type(error).__name__}: {error}"}
        note_failure(proof, "drill", error, started)
    outcome["seconds"] = round((machine_clock() - started).total_seconds(), 1)
    say(json.dumps(outcome, indent=1, sort_keys=True))
    say(f"{'proven' if outcome['proven'] else 'NOT PROVEN'}: {record(archives / 'drills', started, outcome)}")
    return EXIT_OK if outcome["proven"] else EXIT_FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
