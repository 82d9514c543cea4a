"""AWS for all commands: one session, its clients, and every way in which AWS refuses as one clear line.

Region, profile and endpoint come from the options, else from the usual variables (`AWS_PROFILE`, `AWS_REGION`, ...).
"""

import argparse
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

UNREACHABLE: Final = frozenset(
    {
        "EndpointConnectionError",
        "ConnectTimeoutError",
        "ReadTimeoutError",
        "ConnectionClosedError",
        "ProxyConnectionError",
    }
)
NOT_ALLOWED: Final = frozenset({"AccessDenied", "AccessDeniedException", "403", "Forbidden"})

ATTEMPTS: Final = 4
"""Of each request: patient enough for a long scan, and a person at a terminal waits seconds for a dead endpoint."""


class AwsRefusedError(CommandError):
    """AWS cannot be used at all: no credentials, expired ones, no way to it."""


def add_aws_options(parser: Any) -> None:
    """Declare whose AWS account it is, on a parser or a group of options."""
    parser.add_argument("--region", metavar="NAME", help="AWS Region (default: AWS_REGION, or that of the profile)")
    parser.add_argument("--profile", metavar="NAME", help="AWS profile (default: AWS_PROFILE)")


class Aws:
    """One session, made when the first client is asked for.

    Args:
        region, profile: None for those of the environment.
    """

    def __init__(self, region: str | None = None, profile: str | None = None) -> None:
        self._region = region
        self._profile = profile
        self._session: Any = None

    def client(self, name: str) -> Any:
        """Return a boto3 client.

        Raises:
            AwsRefusedError: no credentials, no region, no such profile.
        """
        from botocore.config import Config

        self._session = self._session or _session(self._region, self._profile)
        retries: Any = {"mode": "adaptive" if name == "logs" else "standard", "total_max_attempts": ATTEMPTS}
        return self._session.client(name, config=Config(connect_timeout=3, read_timeout=60, retries=retries))


def aws_of(options: argparse.Namespace) -> Aws:
    """Return the AWS that the options of `add_aws_options` mean."""
    return Aws(options.region, options.profile)


def _session(region: str | None, profile: str | None) -> Any:
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        made = boto3.session.Session(region_name=region or os.environ.get("AWS_REGION"), profile_name=profile)
        credentials = made.get_credentials()
    except BotoCoreError as error:
        raise AwsRefusedError(f"AWS: {type(error).__name__}; is the profile configured?") from None
    if credentials is None:
        raise AwsRefusedError("AWS: no credentials; sign in (aws sso login), or give --profile")
    if made.region_name is None:
        raise AwsRefusedError("AWS: no region; give --region, or set AWS_REGION")
    return made


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
def said_clearly(what: str) -> Iterator[None]:
    """Turn a refusal of AWS into one line that says what was asked, the code, and what helps.

    Args:
        what: what is being asked for, such as `s3://policies/policy.json`.

    Raises:
        AwsRefusedError: no call will work: credentials, network.
        CommandError: this one did not.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        with signed_in():
            yield
    except ClientError as refusal:
        raise CommandError(_says(what, code_of(refusal), refusal.operation_name)) from None
    except BotoCoreError as refusal:
        code = code_of(refusal)
        helps = "; look at region, network and AWS_ENDPOINT_URL" if code in UNREACHABLE else ""
        raise AwsRefusedError(f"{what}: AWS does not answer ({code}){helps}") from None


def _says(what: str, code: str, operation: str) -> str:
    if code in NOT_ALLOWED:
        return f"{what}: {operation} is not allowed ({code}); the guide lists what a role needs"
    if code == "ResourceNotFoundException":
        return f"{what}: there is nothing of this name"
    if code == "NoSuchBucket":
        return f"{what}: there is no such bucket ({code})"
    return f"{what}: {operation}: AWS refused with {code}"
