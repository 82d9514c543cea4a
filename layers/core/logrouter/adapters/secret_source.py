"""Fetches a destination's secret from Secrets Manager, kept for a while; an override needs no AWS call.

Values never leave by way of errors, logs or `repr`.
"""

import json
from collections.abc import Mapping
from typing import Any

from logrouter.adapters.aws import client, error_code
from logrouter.errors import SecretError

KEPT_S = 300
"""How long a fetched secret is used before it is fetched again."""


class Secret:
    """The secret of one destination.

    Args:
        arn: of the secret in Secrets Manager; None when `override` holds.
        bare: the field that a secret fills which is a bare string, not a JSON object (`dsn`, `webhook_url`).
        override: fields from the environment; those that are None or empty do not count. When any counts, Secrets
            Manager is not asked at all.
    """

    def __init__(self, arn: str | None, *, bare: str, override: Mapping[str, str | None] | None = None) -> None:
        self._arn = arn
        self._bare = bare
        self._override = {name: value for name, value in (override or {}).items() if value}
        self._provider: Any = None

    def __call__(self, *, refresh: bool = False) -> Mapping[str, object]:
        """Return the secret's fields; `refresh` fetches it now. Raises SecretError naming the secret."""
        if self._override:
            return self._override
        if not self._arn:
            raise SecretError("no secret is configured")
        return _fields(self._fetch(refresh=refresh), self._bare, self._arn)

    def _fetch(self, *, refresh: bool) -> str:
        from aws_lambda_powertools.utilities import parameters  # noqa: PLC0415 - imports boto3

        try:
            if self._provider is None:
                self._provider = parameters.SecretsProvider(boto3_client=client("secretsmanager"))
            text = self._provider.get(self._arn, max_age=KEPT_S, force_fetch=refresh)
        except Exception as error:  # noqa: BLE001 - becomes a SecretError without foreign text
            cause = error.__cause__ or error.__context__ or error
            raise SecretError(f"secret {self._arn}: {error_code(cause)}") from None  # type: ignore[arg-type]
        if not isinstance(text, str):
            raise SecretError(f"secret {self._arn}: is not text")
        return text


def _fields(text: str, bare: str, arn: str) -> Mapping[str, object]:
    text = text.strip()
    if not text.startswith("{"):
        return {bare: text}
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise SecretError(f"secret {arn}: starts like JSON but is not") from None
    return dict(fields)
