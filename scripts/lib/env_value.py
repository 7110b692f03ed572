"""The value of a setting in `.env`, read as the service and Compose read it: `env_value.py NAME`, from the project's root,
with src/fastapi-app on the path.

Prints nothing where it is not set; a `.env` that cannot be read is one line and exit status 1. Standard library only.
"""

import os
import sys
from pathlib import Path

from env_file import EnvFileError, parse


def main(name: str) -> None:
    """Print the value."""
    try:
        entry = parse(Path(".env").read_bytes(), os.environ).get(name)
    except EnvFileError as error:
        sys.exit(f".env, {error}")
    print(entry.value if entry else "", end="")


if __name__ == "__main__":
    main(sys.argv[1])
