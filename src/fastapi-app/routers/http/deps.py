"""What routes take from the application."""

from typing import Annotated

from fastapi import Depends, Request

from services.container import Services
from wording.wording import Wording


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def _wording(request: Request) -> Wording:
    wording: Wording = request.app.state.page.wording
    return wording


App = Annotated[Services, Depends(_services)]
Words = Annotated[Wording, Depends(_wording)]
