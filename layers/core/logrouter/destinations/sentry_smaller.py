"""Make a smaller delivery of one that the server found too large, with the same event id: better less than nothing.

Our own limit is below those of Sentry, but a self-hosted server, or a proxy before it, may have set a lower one.
"""

import json
from dataclasses import replace
from typing import Final

from logrouter.destinations.sentry_envelope import event_bytes
from logrouter.model import Delivery

SMALLER_EVENT_BYTES: Final = 50_000
"""Size of an event at the second attempt; at the third, it gives up all that it can."""

WORTH_SENDING: Final = 0.9
"""What is hardly smaller than before would be found too large again."""


def smaller(delivery: Delivery) -> Delivery | None:
    """Return the delivery with an event that has given up more; None when it has nothing left to give up.

    Args:
        delivery: one event, as `encode_issue` made it.
    """
    head, item, payload = delivery.body.split(b"\n", 2)
    payload = payload.rstrip(b"\n")
    trimmed = event_bytes(json.loads(payload), SMALLER_EVENT_BYTES if len(payload) > SMALLER_EVENT_BYTES else 0)
    if len(trimmed) > WORTH_SENDING * len(payload):
        return None
    header = json.dumps({**json.loads(item), "length": len(trimmed)}, separators=(",", ":")).encode()
    return replace(delivery, body=b"\n".join((head, header, trimmed, b"")))
