"""A small shop that logs JSON lines with the standard library, takes one request, and fails in it. For `take.py`."""

import json
import logging
import socket
import sys
import traceback
from datetime import UTC, datetime

from gateway import Gateway
from orders import CheckoutError, place

REQUEST = {
    "serviceId": "checkout",
    "env": "production",
    "version": "2.14.1",
    "requestId": "7d1f0c52-5b0e-4a37-9d0b-6a0c41f2e9b8",
    "traceId": "1-67891233-abcdef012345678912345678",
    "userId": "u-20117",
    "method": "POST",
    "path": "/orders/4711/checkout",
    "hostname": "ip-10-0-12-34",
}


class JsonLines(logging.Formatter):
    """One JSON object a record, with the request's facts and the stack trace of its exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "msg": record.getMessage(),
            "component": record.name,
            **REQUEST,
        }
        if record.exc_info:
            kind, error, _ = record.exc_info
            stack = "".join(traceback.format_exception(error))
            line |= {"status": 502, "error": {"type": kind.__name__, "message": str(error), "stack": stack}}
        return json.dumps(line, ensure_ascii=False)


def handle(log: logging.Logger, gateway: Gateway) -> None:
    """Take the request."""
    log.info("request received from customer %s", "kim" + "@" + "example.com")
    order = {"id": 4711, "items": ["book", "pen", "cup"], "total": 32_000}
    log.info("cart loaded with %d items", len(order["items"]))
    try:
        place(order, gateway)
    except CheckoutError:
        log.exception("checkout failed for order %s", order["id"])


def main() -> None:
    """Log to stdout; the gateway's port is one that nobody listens on."""
    output = logging.StreamHandler(sys.stdout)
    output.setFormatter(JsonLines())
    logging.basicConfig(handlers=[output], level=logging.DEBUG)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        handle(logging.getLogger("checkout"), Gateway(closed.getsockname()[1]))


if __name__ == "__main__":
    main()
