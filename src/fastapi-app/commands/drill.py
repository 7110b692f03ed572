"""The drill of one archive in a scratch folder: it is restored there, the service started on it, and all compared.

Nothing of the running service is touched: the scratch service has its own folders and free ports, an embedded store, no schedule
and no sources. Root runs it in a process without root's rights (`drilled`): what an archive holds was made by whoever made it.
"""

import asyncio
import json
import re
import sys
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from adapters.files.archive import MANIFEST, series_of, unpack
from adapters.files.models import ModelFiles
from adapters.runtime.unprivileged import Program, has_rights_to_lose, interpreter_environment, run_as_nobody
from adapters.store.sqlite_series import SqliteStore
from commands.backup import MODELS, SERIES
from commands.console import EXIT_OK
from commands.restore import restore_data
from domain.errors import FactoryError, StoreRefusedError
from services.operations.backup import check_same, inventory
from settings import ROOT, Settings, read_settings

APP = Path(__file__).resolve().parents[1]
START_S = 240.0
"""From its start until it has answered everything."""
LAST_LINES = 30
LISTEN_TRIES, TRY_EVERY_S = 100, 0.1
"""How often, and after how long each time [s], a service that is up but does not listen yet is asked."""
ASKED = ("/health", "/version", "/dashboard/complete", "/dashboard", "/models/registry")
DRILL_S = 1800.0
"""Of a whole drill: six years take a minute on a small machine."""
PARTS = ("CHANGELOG.md", "src/fastapi-app", "src/configs")
"""Of the project's folder: what a drill runs on."""
FAULTS = (FactoryError, OSError, ValueError, TimeoutError, httpx2.HTTPError)
"""By which a drill fails."""
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
        **interpreter_environment(),
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
    if not manifest["points"]:
        raise StoreRefusedError(
            f"no point of the history is in the backup (made from {manifest['store']}): is that the service's store?"
        )
    environment = scratch_environment(folder, manifest["kind"])
    settings = read_settings(environment)
    if (content / MODELS).exists():
        settings.models_dir.mkdir()
    restored = restore_data(content, manifest, settings, overwrite=False)
    found = asyncio.run(look_at(settings, manifest, environment))
    return found | {"written": restored.written, "made_at": manifest["created_at"], "store_backed_up": manifest["store"]}


def drilled(archive: Path, folder: Path) -> dict[str, Any]:
    """What `drill` finds; for root in a process of a user who owns nothing but the folder."""
    if not has_rights_to_lose():
        return drill(archive, folder)
    program = Program(ROOT, PARTS, "src/fastapi-app", "commands.drill")
    ended = run_as_nobody(program, folder, takes=beside(archive), timeout_s=DRILL_S)
    try:
        said: dict[str, Any] = json.loads(ended.stdout)
        found, failed = said.get("found"), said.get("failed")
    except (ValueError, AttributeError):
        found, failed = None, f"the drill's process ended by {ended.returncode}: {ended.stderr[-2000:]}"
    if not isinstance(found, dict):
        copied = rf"\S*/{re.escape(archive.name)}"
        raise StoreRefusedError(re.sub(copied, lambda _: str(archive), str(failed)))
    return found


def beside(archive: Path) -> list[Path]:
    """The archive and its checksum."""
    checksum = archive.with_name(archive.name + ".sha256")
    return [archive, *([checksum] if checksum.exists() else [])]


def main(argv: Sequence[str]) -> int:
    """In the process without rights: the archive and its folder are named, what was found is said as JSON."""
    archive, folder = map(Path, argv)
    try:
        said: dict[str, Any] = {"found": drill(archive, folder)}
    except FAULTS as error:
        said = {"failed": str(error) if isinstance(error, FactoryError) else f"{type(error).__name__}: {error}"}
    json.dump(said, sys.stdout)
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
