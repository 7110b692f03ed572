"""Sentences of messages, for tests that hold what people read."""

from pathlib import Path

from domain.messages import Message
from domain.plan.labels import load_labels
from routers.page.page import catalogue_files
from wording.wording import Wording, wording_of

CATALOGUES = Path(__file__).parents[2] / "src" / "fastapi-app" / "wording" / "catalogues"
LABELS = load_labels((Path(__file__).parents[2] / "src" / "configs" / "factory.toml").read_text("utf-8"))
"""What the plant of the demonstration calls its own."""
WORDING: Wording = wording_of(catalogue_files(CATALOGUES), LABELS)


def es(message: Message) -> str:
    """In Spanish."""
    return WORDING.locale("es").message(message)


def en(message: Message) -> str:
    """In English."""
    return WORDING.locale("en").message(message)
