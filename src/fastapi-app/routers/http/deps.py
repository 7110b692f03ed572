"""What routes take from the application."""

from typing import Annotated

from fastapi import Depends, Request

from services.container import Services


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


App = Annotated[Services, Depends(_services)]
