"""Tells a service manager such as systemd how we are: sd_notify(3), one datagram a message."""

import socket


class ServiceManager:
    """Whoever listens at an address (a path, or `@` and an abstract name); without one every call does nothing."""

    def __init__(self, address: str | None) -> None:
        self._address = f"\0{address[1:]}" if address and address.startswith("@") else address

    def ready(self) -> None:
        """The listeners are open."""
        self._tell("READY=1")

    def alive(self) -> None:
        """The loop turns; where this fails to come, the manager starts us again."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """We were told to stop, and do."""
        self._tell("STOPPING=1")

    def _tell(self, text: str) -> None:
        if self._address:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                line.sendto(text.encode(), self._address)
