"""Every command of README and docs: where it stands, and what runs it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(path for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "adr")])
FIRST_WORDS = (
    r"(?:sudo |\w+=\S+ )*(?:scripts/|docker/services/|docker |docker-compose |systemctl |curl |git |influx |apt |rm |chown |"
    r"crontab |python |node |printf |echo |export |install |userdel |cd )"
)
COMMAND = re.compile(rf"^{FIRST_WORDS}\S*.*$")
INLINE = re.compile(rf"`({FIRST_WORDS}[^`]+)`")
NO_COMMANDS = re.compile(r"docker/services/[^ ]+|docker compose")
"""Folders and the name of a program."""
BY_HAND = "by hand"

RUN_BY: tuple[tuple[str, str, str], ...] = (
    (r"scripts/bench ([a-z_]+)", "bench/", ""),
    (r"scripts/bench NAME", BY_HAND, "any of the list"),
    (r"scripts/demo", "bench/bare.py", "scripts/demo"),
    (r"scripts/run", "bench/first.py", "scripts/run"),
    (r"scripts/test deploy", ".ci/run", "scripts/test deploy"),
    (r"(?:\w+=\S+ )*scripts/test", "bench/bare.py", "scripts/test"),
    (r"scripts/(?:check|setup-system|try-bare)(?: |$)", ".ci/run", "scripts/check"),
    (r"scripts/try-service", "bench/bare_service.py", "systemctl"),
    (r"scripts/fix|scripts/access-table", "tests/unit/commands/test_access_table.py", "document"),
    (r"sudo scripts/init-env|scripts/init-env", "tests/integration/test_init_env.py", "scripts/init-env"),
    (r"scripts/build-image", "tests/deploy/conftest.py", "build-image"),
    (r"(?:sudo )?scripts/install-service", "bench/bare_service.py", "install-service"),
    (r"(?:sudo )?scripts/make-certificate", "tests/integration/test_nginx.py", "make-certificate"),
    (r"(?:sudo )?scripts/backup|.*scripts/backup", "tests/deploy/test_restored.py", '"backup"'),
    (r"(?:sudo )?scripts/restore-drill|.*scripts/restore-drill", "tests/deploy/test_restored.py", '"restore-drill"'),
    (r"(?:sudo )?scripts/restore", "tests/deploy/test_restored.py", "--containers"),
    (r"scripts/pin-images", "tests/deploy/test_pinned_images.py", "pin-images"),
    (r"scripts/copy-store", "tests/integration/test_copy_store.py", "copy_store"),
    (r"scripts/check-doors", "tests/integration/test_golden.py", "check_doors"),
    (r"scripts/check-settings", "tests/unit/commands/test_check_settings.py", "check_settings"),
    (r"scripts/check-config", "tests/unit/commands/test_check_config.py", "check_config"),
    (r"scripts/init-plant", "tests/unit/planning/test_examples.py", "init-plant"),
    (r"scripts/try-cases", "tests/unit/commands/test_try_cases.py", "try_cases"),
    (r"scripts/import", "tests/integration/test_import_command.py", "import_history"),
    (r"scripts/audit", "tests/integration/test_audit.py", "audit"),
    (r"scripts/screenshots", "bench/screenshots.py", "scripts/screenshots"),
    (r"scripts/third-party", "tests/unit/test_third_party.py", "third_party"),
    (r"docker compose (?:-f \S+ )*(?:--profile nginx )?(?:up|restart|ps|stop|down)", "tests/deploy/conftest.py", "compose"),
    (r"docker compose --profile nginx (?:-f \S+ )*down", "tests/deploy/conftest.py", '"down"'),
    (r"docker compose logs", "tests/deploy/test_guarded_doors.py", '"logs"'),
    (r"docker tag", "tests/deploy/test_pinned_images.py", '"tag"'),
    (r"docker (?:kill|stop)", "tests/deploy/test_outages.py", "kill"),
    (r"(?:sudo )?git clean", "tests/integration/test_removal_doc.py", "git clean"),
    (r"sudo UPSTREAM=\S+", "bench/bare_service.py", "docker/services/nginx/start"),
    (r"echo LISTEN_LEVELS", "bench/bare_service.py", "LISTEN_LEVELS"),
    (r"systemctl (?:status|stop)|sudo systemctl", "bench/bare_service.py", "systemctl"),
    (r"curl -s (?:http://)?localhost:8000/ready", "tests/integration/test_service.py", "/ready"),
    (r"curl .*localhost:8000/models/", "tests/integration/test_models_doors_walk.py", "rollback"),
    (r"curl ", "tests/integration/test_openapi.py", "description"),
    (r"influx bucket", "tests/integration/test_influx2.py", "influx bucket"),
    (r"python -m simulator", "tests/integration/test_simulator_faults.py", "simulator"),
    (r"node tests/js/lint\.js", "scripts/check", "lint.js"),
    (r"(?:sudo )?git clone|git bundle", "tests/integration/test_stranger_walk.py", '"bundle"'),
    (r"git remote get-url", "tests/integration/test_stranger_walk.py", "get-url"),
    (r"(?:sudo )?git (?:pull|checkout|stash)", BY_HAND, "needs a newer version, or an older one"),
    (r"cd ", BY_HAND, "a chain of commands that are listed by themselves"),
    (r"sudo apt install", "bench/bare_service.py", "python3-venv"),
    (r"sudo crontab -e", BY_HAND, "an editor"),
    (r"sudo rm |docker image rm|sudo userdel", BY_HAND, "removes what the machine's owner names"),
    (r"sudo chown 1000|sudo install -o|printf 'ana", BY_HAND, "a password or certificate of the owner's"),
    (r"docker compose exec nginx", BY_HAND, "a renewed certificate"),
    (r"export TAILSCALE_AUTHKEY", BY_HAND, "two words for Compose"),
)
"""A command as it begins, the file that runs it, and a word of that file. `by hand`: why nothing runs it."""


@dataclass(frozen=True)
class Command:
    """A command of a document."""

    document: Path
    line: int
    text: str

    @property
    def run_by(self) -> tuple[str, str] | None:
        """The file that runs it and a word that stands there; None where nobody knows."""
        for begins, path, word in RUN_BY:
            found = re.match(begins, self.text)
            if found:
                return (f"bench/{found[1]}.py", "__main__") if path == "bench/" else (path, word)
        script = re.match(r"(?:sudo )?scripts/([a-z-]+)", self.text)
        return named_by_a_test(script[1]) if script else None


@cache
def named_by_a_test(script: str) -> tuple[str, str] | None:
    """The first test that names a script, or the module of its command."""
    for word in (f"scripts/{script}", script.replace("-", "_")):
        for path in sorted((ROOT / "tests").rglob("test_*.py")):
            if not path.name.startswith("test_doc") and word in path.read_text(encoding="utf-8"):
                return path.relative_to(ROOT).as_posix(), word
    return None


def commands() -> Iterator[Command]:
    """Those that stand on a line of their own, and those inside a sentence."""
    for document in DOCUMENTS:
        for line, text in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
            shown = text.strip()
            if text.startswith("    ") and COMMAND.match(shown):
                yield Command(document, line, shown)
                continue
            for found in INLINE.finditer(text):
                if not NO_COMMANDS.fullmatch(found[1]):
                    yield Command(document, line, found[1])
