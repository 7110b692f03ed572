"""An import as a process of its own that a test may kill at any moment."""

import multiprocessing
import os
import random
import sys
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from unittest.mock import patch


def run(data_dir: str, output: str, batch: int, argv: list[str]) -> None:
    """Run `scripts/import` with small batches; what it says goes to a file."""
    from commands import import_history
    from services.prices import imports as import_service

    os.environ["DATA_DIR"] = data_dir
    import_service.BATCH = batch
    with Path(output).open("w", encoding="utf-8") as sys.stdout:
        code = import_history.main(argv)
    os._exit(code)


def start(data_dir: Path, output: Path, batch: int, argv: list[str]) -> ForkServerProcess:
    """Start it from a server that has the modules loaded already: the round takes milliseconds instead of the time of imports."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["commands.import_history"])
    process = context.Process(target=run, args=(str(data_dir), str(output), batch, argv))
    with patch.dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)):  # the server looks for what it loads there
        process.start()
    return process


def kill_at_a_random_moment(process: ForkServerProcess, output: Path, chance: random.Random) -> None:
    """SIGKILL after a random number of lines and a random part of the time that one takes; or after its end, if it comes first."""
    wanted = chance.choice([0, 1, 2, 5, 10, 20])
    while process.is_alive() and (not output.exists() or output.read_text(encoding="utf-8").count("\n") < wanted):
        time.sleep(0.001)
    time.sleep(chance.random() * 0.03)
    process.kill()
    process.join()
