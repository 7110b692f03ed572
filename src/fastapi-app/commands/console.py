"""What the commands share towards the operator: lines, exit codes, settings that may be wrong."""

import sys

from settings import Settings, read_settings

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130


def say(line: str) -> None:
    """A line that is out even if the next instant ends the process."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def settings_or_none() -> Settings | None:
    """The settings of the environment and `.env`; None after saying what is wrong with them."""
    try:
        return read_settings()
    except (ValueError, OSError) as error:
        say(f"settings: {error}")
        return None
