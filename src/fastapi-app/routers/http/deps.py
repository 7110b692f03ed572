"""What routes take from the application."""

from typing import Annotated

from fastapi import Depends, Header, Request

from routers.http.pieces import LongAnswers
from routers.page.document import Documents
from services.container import Services
from wording.wording import Wording


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def _wording(request: Request) -> Wording:
    wording: Wording = request.app.state.page.wording
    return wording


def _documents(request: Request) -> Documents:
    documents: Documents = request.app.state.documents
    return documents


def _long(request: Request) -> LongAnswers:
    long: LongAnswers = request.app.state.long
    return long


Key = Annotated[str | None, Header(min_length=1, max_length=120, description="The sender's own: sent again it is done once")]
Long = Annotated[LongAnswers, Depends(_long)]
App = Annotated[Services, Depends(_services)]
Words = Annotated[Wording, Depends(_wording)]
Shown = Annotated[Documents, Depends(_documents)]
