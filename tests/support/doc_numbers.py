"""The numbers of README and docs, section by section: which command prints them, or why none does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from support.doc_commands import DOCUMENTS

NUMBER = re.compile(r"(?<![\w./:#`-])\d[\d,]*(?:\.\d+)?(?![\w/`:-]|\.\d)")
SECTION = re.compile(r"^(?=#{1,3} )", re.MULTILINE)
PRINTS = re.compile(r"scripts/(?:bench|test)\b|\btest_\w+\.py")
"""A command that measures, or the test that holds the number."""
MEASURES = re.compile(
    r"\b(?:measured (?:on|anew|with)|took|on (?:one|two) cores?|about \d[\d,.]* (?:[kMG]B|m?s|min)\b)", re.IGNORECASE
)
"""Words of a measurement, which need such a command in their own section."""

NOT_MEASURED: dict[str, dict[str, str]] = {
    "laws, contracts and what others publish": {
        "billing.md": "The curve|The contract|The lines|The check",
        "contract.md": "What the plant pays|What a kWh costs: which taxes are inside|The dated tables",
        "sources.md": "Price sources|Common to all|Quirks|What is taken",
        "weather.md": "Which hour a value belongs to|Licences|Known limits",
    },
    "constants and settings": {
        "architecture.md": "Failure",
        "forecasting.md": "Tasks|What serves|Known limits",
        "history.md": "What ought to be there|The ledger|Filling|The schedule|When the store is away|Logs|Health",
        "influxdb.md": "Set-up|While it is away",
        "operations.md": "What runs where|Nginx: the company's network|Backup and restore|Alerts|A model by hand",
        "page.md": "Refresh|Changing the plan",
        "planning.md": "The plant|The question and the answer|The programme",
        "plant.md": "The plant, edited while the service runs|Where it is read-only",
        "savings.md": "Savings: each figure once",
        "simulator.md": "Simulator|Time and chance|Quirks that are served on purpose|The market|The climate",
        "sources.md": "When it goes wrong",
        "weather.md": "What is asked|The merge rule (`domain/weather/merge.py`)|What it means for production",
    },
    "status codes, ports, versions, names of forms, steps that are counted": {
        "README.md": "Chocolate Factory|Routes|Documents",
        "access.md": "Who may call what",
        "architecture.md": "Access levels",
        "glossary.md": "Glossary",
        "import.md": "Known exports|Any other file|What happens",
        "influxdb.md": "The history in InfluxDB|How it is spoken to",
        "operations.md": "First installation|Settings by way of running|Without Docker|Tailscale: reading from anywhere"
        "|When something is wrong",
        "page.md": "Files to take away|Pictures",
        "planning.md": "Planning",
        "simulator.md": "Levers",
        "sources.md": "Adding a source",
    },
    "how measurements were made": {
        "forecasting.md": "How the choices were made, and what was seen of the tests|Use",
    },
}
"""What the numbers of a section are, where no command prints them."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A section with numbers."""

    document: Path
    title: str
    count: int
    printed: bool
    """It names a command that prints such, or a test that holds them."""
    kind: str | None
    """Why none does; None where nobody says."""
    measured: str | None
    """A word of a measurement, where no command is named."""


@cache
def numbers() -> tuple[Numbers, ...]:
    """Each section of the documents in which numbers stand."""
    return tuple(_all())


def _all() -> Iterator[Numbers]:
    for document in DOCUMENTS:
        for section in SECTION.split(document.read_text(encoding="utf-8")):
            title = section.partition("\n")[0].strip("# ")
            plain = re.sub(r"`[^`]*`|\]\([^)]*\)|```.*?```", "", section, flags=re.DOTALL)
            count = len(NUMBER.findall(plain))
            if count:
                printed = PRINTS.search(section) is not None
                word = None if printed else MEASURES.search(plain)
                yield Numbers(document, title, count, printed, kind_of(document.name, title), word and word[0])


def kind_of(document: str, title: str) -> str | None:
    """What the numbers of a section are that no command prints."""
    return next((kind for kind, rows in NOT_MEASURED.items() if title in rows.get(document, "").split("|")), None)


def needless() -> list[str]:
    """Sections of which it is said what their numbers are, and which are not there or name a command."""
    printed = {(each.document.name, each.title) for each in numbers() if each.printed}
    rows = [(name, title) for kind in NOT_MEASURED.values() for name, titles in kind.items() for title in titles.split("|")]
    texts = {document.name: document.read_text(encoding="utf-8") for document in DOCUMENTS}
    return [f"{name}: {title}" for name, title in rows if (name, title) in printed or f"# {title}\n" not in texts[name]]
