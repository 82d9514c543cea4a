"""Makes AWS clients on first use and keeps them, with timeouts that fit into an invocation. Imports boto3 lazily."""

import os
import threading
from typing import Any

DEFAULT_REGION = "us-east-1"

_LIMITS: dict[str, Any] = {
    "connect_timeout": 2,
    "read_timeout": 5,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}
_LIMITS_OF: dict[str, dict[str, Any]] = {
    # Asked once per delivery on the hot path, and never vital (adapters.ledger): give up early.
    "dynamodb": {"connect_timeout": 1, "read_timeout": 2, "retries": {"mode": "standard", "total_max_attempts": 2}},
    "logs": {"connect_timeout": 2, "read_timeout": 30, "retries": {"mode": "adaptive", "total_max_attempts": 8}},
    # Asked while an issue waits for its breadcrumbs, which it can do without.
    "logs look-back": {"connect_timeout": 0.5, "read_timeout": 1, "retries": {"total_max_attempts": 1}},
    "s3": {"connect_timeout": 2, "read_timeout": 30, "retries": {"mode": "standard", "total_max_attempts": 4}},
    # Asked in the reserve of an invocation: two tries have to end before it is killed.
    "sqs": {"connect_timeout": 1, "read_timeout": 3, "retries": {"mode": "standard", "total_max_attempts": 2}},
    # The bodies of LLM calls, which a call can be told without.
    "s3 bodies": {"connect_timeout": 1, "read_timeout": 3, "retries": {"mode": "standard", "total_max_attempts": 2}},
    # Asked behind the books of an invocation, only when a budget is reached.
    "sns": {"connect_timeout": 1, "read_timeout": 3, "retries": {"mode": "standard", "total_max_attempts": 2}},
    # A small document that every function looks at before it works: S3 down must not cost the whole invocation.
    "s3 policy": {"connect_timeout": 2, "read_timeout": 3, "retries": {"mode": "standard", "total_max_attempts": 2}},
}

_clients: dict[str, Any] = {}
_lock = threading.Lock()


def client(name: str) -> Any:
    """Return the client of one AWS service, made on the first call, shared by all threads.

    A word behind the service's name (`s3 policy`) asks for a client of its own, with limits of its own.
    Region and endpoint come from the usual variables (`AWS_REGION`, `AWS_ENDPOINT_URL`).
    """
    with _lock:
        if name not in _clients:
            _clients[name] = _make(name)
        return _clients[name]


def forget_clients() -> None:
    """Drop every client kept, so that the next call makes a new one (after endpoint or credentials changed)."""
    with _lock:
        _clients.clear()


def error_code(error: Exception) -> str:
    """Return the AWS error code of a botocore exception (`AccessDenied`), else the exception's type name.

    Never the message: AWS repeats parts of the request there.
    """
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return str(code or type(error).__name__)[:60]


def _make(name: str) -> Any:
    import boto3  # noqa: PLC0415 - a run that needs no AWS must not pay for it
    from botocore.config import Config  # noqa: PLC0415 - see above

    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    return boto3.client(  # type: ignore[call-overload]  # the name is not a literal here
        name.partition(" ")[0],
        region_name=region,
        config=Config(max_pool_connections=64, **_LIMITS_OF.get(name, _LIMITS)),
    )
