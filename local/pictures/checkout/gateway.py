"""The payment gateway's client of the pictured shop."""

import socket
from typing import Any


class GatewayError(Exception):
    """The gateway could not be asked."""


class Gateway:
    """Speaks to the gateway at a port of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port

    def charge(self, order: dict[str, Any]) -> None:
        """Charge an order's total."""
        try:
            self._send(f"CHARGE {order['id']} {order['total']}")
        except OSError as error:
            raise GatewayError("the payment gateway cannot be reached") from error

    def _send(self, line: str) -> None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(line.encode())
