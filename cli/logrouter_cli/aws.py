"""AWS clients for commands that people or schedules run: the profile's region and credentials, refusals in one line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from logrouter_cli.command import CommandError

NOT_SIGNED_IN: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "AuthFailure",
        "TokenRefreshRequired",
    }
)
"""Codes with which no call will work."""


LOST: Final = frozenset(
    {
        "NoCredentialsError",
        "PartialCredentialsError",
        "CredentialRetrievalError",
        "TokenRetrievalError",
        "SSOTokenLoadError",
        "UnauthorizedSSOTokenError",
        "RefreshWithMFAUnsupportedError",
    }
)
"""Exceptions of botocore that mean the same before a call is made."""


class AwsRefusedError(CommandError):
    """AWS cannot be used at all: no credentials, expired ones, no way to it."""


def session(region: str | None) -> Any:
    """Return a boto3 session; raise `AwsRefusedError` when no region is known or no credentials are there."""
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        made = boto3.session.Session(region_name=region or os.environ.get("AWS_REGION"))
        credentials = made.get_credentials()
    except BotoCoreError as error:
        raise AwsRefusedError(f"AWS: {type(error).__name__}; is the profile configured?") from None
    if credentials is None:
        raise AwsRefusedError("AWS: no credentials; sign in (aws sso login), or set AWS_PROFILE")
    if made.region_name is None:
        raise AwsRefusedError("AWS: no region; give --region, or set AWS_REGION")
    return made


def client(made: Any, name: str) -> Any:
    """Return a client with patient retries; without any network it gives up after a quarter of a minute."""
    from botocore.config import Config

    retries: Any = {"mode": "adaptive" if name == "logs" else "standard", "total_max_attempts": 5}
    return made.client(name, config=Config(connect_timeout=5, read_timeout=60, retries=retries))


def code_of(error: Exception) -> str:
    """Return the AWS error code of a botocore exception, else its type; never its message, which repeats requests."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return str(code or type(error).__name__)[:60]


@contextmanager
def signed_in() -> Iterator[None]:
    """Turn what no repeat will mend into `AwsRefusedError`; let everything else pass."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (ClientError, BotoCoreError) as error:
        code = code_of(error)
        if code in NOT_SIGNED_IN or code in LOST:
            raise AwsRefusedError(f"AWS: credentials refused ({code}); sign in again") from None
        raise


@contextmanager
def refusals(doing: str) -> Iterator[None]:
    """Turn what boto3 raises into one line; what ends every call is `AwsRefusedError`."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with signed_in():
            yield
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, ClientError):
            raise CommandError(f"{doing}: AWS refused with {code_of(error)}") from None
        raise AwsRefusedError(f"AWS: {code_of(error)} at {doing}") from None
