"""Issues for the tests of the Sentry destination, as `classify` would make them."""

from logrouter.model import ErrorInfo, Frame, Issue, Level, Origin, Record

ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/ecs/orders/errors", "app/orders/0a1b")
EVENT_ID = "38247922349343574172699194757823705471706119218654085254"
NOW_MS = 1795140000123


def record(**changes):
    facts = {
        "origin": ORIGIN,
        "event_id": EVENT_ID,
        "timestamp_ms": NOW_MS,
        "message": "order 17 failed",
        "level": Level.ERROR,
    }
    return Record(**(facts | changes))


def issue(of=None, **changes):
    facts = {
        "record": of or record(),
        "level": Level.ERROR,
        "fingerprint": ("{{ default }}",),
        "template": "order %s failed",
        "params": ("17",),
    }
    return Issue(**(facts | changes))


def python_error():
    """KeyError while handling which a ValueError was raised, from a TimeoutError."""
    root = ErrorInfo(
        "TimeoutError", "no answer in 3 s", (Frame("get", "/opt/python/http/client.py", 88, in_app=False),)
    )
    middle = ErrorInfo("orders.errors.StockError", "no stock", (), root, "python")
    return ErrorInfo(
        "KeyError",
        "'price'",
        (
            Frame("handler", "/var/task/app.py", 12, None, "app", in_app=True, source="return total(order)"),
            Frame("total", "/var/task/orders/total.py", 40, 8, "orders.total", in_app=True, source="order['price']"),
        ),
        middle,
        "python",
        relation="context",
    )


def full():
    """An issue with every field a record can have."""
    return issue(
        record(
            message="order 17 failed",
            service="orders",
            environment="prod",
            version="1.4.2",
            request_id="8f14e45f-ceea-467f-a8d4-0c1f7d8b9e10",
            trace_id="1-67891233-abcdef012345678912345678",
            span_id="53995c3f42cd8ad8",
            user_id="u-4711",
            session_id="s-1",
            path="/orders/17",
            method="POST",
            client_ip="[IP]",
            user_agent="okhttp/4.12.0",
            component="OrderService",
            duration_ms=812.5,
            status=500,
            error=python_error(),
            attributes={"hostname": "ip-10-0-0-1", "cart": {"items": 3, "total": 12.5}, "retry": None, "flags": [True]},
            format="canonical",
            lines=2,
            rules={"email": 2, "card": 1},
        ),
        breadcrumbs=(
            record(message="order received", level=Level.INFO, timestamp_ms=NOW_MS - 40, service="orders"),
            record(message="주문 가격 없음", level=Level.WARN, timestamp_ms=NOW_MS - 2, component="Pricing"),
        ),
        fingerprint=("{{ default }}", "orders"),
        transaction="POST /orders/{id}",
    )
