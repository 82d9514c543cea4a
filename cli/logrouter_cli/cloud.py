"""AWS for single requests of a command: clients that give up soon, and every way they fail as one clear line.

Long runs over many groups and objects are `logrouter_cli.aws`, which goes on past what one of them refuses.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from logrouter_cli.aws import LOST, NOT_SIGNED_IN, code_of
from logrouter_cli.command import CommandError

UNREACHABLE: Final = frozenset(
    {
        "EndpointConnectionError",
        "ConnectTimeoutError",
        "ReadTimeoutError",
        "ConnectionClosedError",
        "ProxyConnectionError",
    }
)
WITHOUT_CREDENTIALS: Final = NOT_SIGNED_IN | LOST | {"ProfileNotFound"}
REFUSED: Final = frozenset({"AccessDenied", "AccessDeniedException", "403", "Forbidden"})


def client(service: str) -> Any:
    """Return a boto3 client; region, profile and endpoint come from the usual variables (`AWS_PROFILE`, ...).

    Patient enough for a person at a terminal; the functions' own limits are in `logrouter.adapters.aws`.
    """
    import boto3
    from botocore.config import Config

    from logrouter.adapters.aws import DEFAULT_REGION

    limits = Config(connect_timeout=3, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3})
    with said_clearly(service):
        session = boto3.Session()
        region = os.environ.get("AWS_REGION") or session.region_name or DEFAULT_REGION
        return session.client(service, region_name=region, config=limits)  # type: ignore[call-overload]  # any name


@contextmanager
def said_clearly(what: str) -> Iterator[None]:
    """Turn a refusal of AWS into a `CommandError` that names what was asked, the code, and what helps.

    Args:
        what: what is being asked, such as `s3://policies/policy.json`.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as refusal:
        raise CommandError(_says(what, code_of(refusal), refusal.operation_name)) from None
    except BotoCoreError as refusal:
        raise CommandError(_says(what, code_of(refusal), "")) from None


def _says(what: str, code: str, operation: str) -> str:
    asked = f"{operation}: " if operation else ""
    if code in WITHOUT_CREDENTIALS:
        return f"{what}: no AWS credentials that are good ({code}); set AWS_PROFILE, or log in again"
    if code in UNREACHABLE:
        return f"{what}: AWS does not answer ({code}); look at region, network and AWS_ENDPOINT_URL"
    if code in REFUSED:
        return f"{what}: {asked}not allowed ({code}); docs/policy.md lists what a role needs"
    if code == "ResourceNotFoundException":
        return f"{what}: there is nothing of this name"
    if code == "NoSuchBucket":
        return f"{what}: there is no such bucket"
    return f"{what}: {asked}AWS refused with {code}"
