"""`scripts/check-settings`: each setting, what it counts as, where it is from, what is wrong with it and what would be valid."""

import os
import sys
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bootstrap import check_configuration
from settings import Given, Settings, env_path, gathered, secret_names, texts_of, told, unknown_names

EXIT_OK, EXIT_WRONG = 0, 1
BY_DEFAULT = "by default"


def shown(name: str, value: object) -> str:
    """A value as it counts; of a secret only whether it is set."""
    if name in secret_names():
        return "set" if value else "not set"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None else str(value)


def faults_of(texts: Mapping[str, Given]) -> tuple[Settings | None, list[str]]:
    """The settings, or what is wrong with them."""
    values: dict[str, Any] = {name: one.text for name, one in texts.items()}
    try:
        settings = Settings(**values)
    except ValidationError as refused:
        return None, told(refused)
    try:
        check_configuration(settings)
    except ValueError as fault:
        return settings, [str(fault)]
    return settings, []


def lines_of(settings: Settings | None, texts: Mapping[str, Given]) -> list[str]:
    """One line a setting; where some are wrong, what was given stands in for what it counts as."""
    lines = []
    for name, field in Settings.model_fields.items():
        given = texts.get(name)
        value = getattr(settings, name) if settings else given.text if given else field.default
        lines.append(f"{name.upper():26}{shown(name, value):44}{given.where if given else BY_DEFAULT}")
    return lines


def main() -> int:
    """0 when the service would start with these settings, else 1."""
    environment = dict(os.environ)  # noqa: TID251 - it tells where a setting is from
    try:
        given = gathered(environment, env_path(environment))
        texts = texts_of(given)
    except (ValueError, OSError) as fault:
        sys.stdout.write(f"WRONG: {fault}\n")
        return EXIT_WRONG
    settings, faults = faults_of(texts)
    faults = [*unknown_names(given), *faults]
    told_lines = [*lines_of(settings, texts), *(f"WRONG: {fault}" for fault in faults)]
    sys.stdout.write("\n".join(told_lines) + "\n")
    return EXIT_WRONG if faults else EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
