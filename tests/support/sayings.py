"""Sentences of messages, for tests that hold what people read."""

from pathlib import Path

from domain.messages import Message
from routers.page.page import catalogue_files
from wording.wording import Wording, wording_of

CATALOGUES = Path(__file__).parents[2] / "src" / "fastapi-app" / "wording" / "catalogues"
WORDING: Wording = wording_of(catalogue_files(CATALOGUES))


def es(message: Message) -> str:
    """In Spanish."""
    return WORDING.locale("es").message(message)


def en(message: Message) -> str:
    """In English."""
    return WORDING.locale("en").message(message)
