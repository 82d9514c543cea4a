"""Gives maskers the keys of their pseudonyms: from Secrets Manager, kept for a while, or from the environment.

Asked only when a rule in force makes pseudonyms. Without keys such a rule hides values whole, which is counted.
"""

from typing import TYPE_CHECKING, Final, Protocol

from logrouter.adapters.clock import Clock, SystemClock
from logrouter.adapters.secret_source import KEPT_S, Secret
from logrouter.adapters.telemetry import Telemetry
from logrouter.errors import SecretError
from logrouter.settings import Settings

if TYPE_CHECKING:
    from logrouter.masking.values.pseudonyms import PseudonymKeys

AGAIN_S: Final = 60
"""After a failure the secret is asked for again no sooner than this."""


class MakesPseudonyms(Protocol):
    """What is asked of a masker."""

    @property
    def makes_pseudonyms(self) -> bool:
        """True when a rule in force needs keys."""
        ...

    def use_pseudonym_keys(self, keys: "PseudonymKeys | None") -> None:
        """Take keys, or none."""
        ...


class PseudonymKeySource:
    """The keys in force.

    Args:
        settings: name the secret, or hold the keys themselves for runs on one's own machine.
        telemetry: counts `PseudonymKeysMissing`, and is told why.
    """

    def __init__(self, settings: Settings, telemetry: Telemetry, *, clock: Clock | None = None) -> None:
        self._settings = settings
        self._telemetry = telemetry
        self._clock = clock or SystemClock()
        self._secret = Secret(settings.pseudonym_secret_arn, bare="key")
        self._keys: PseudonymKeys | None = None
        self._due_s = 0.0
        self._why = ""

    def give(self, masker: MakesPseudonyms) -> None:
        """Give a masker that makes pseudonyms the keys in force; older ones rather than none."""
        if not masker.makes_pseudonyms:
            return
        if self._clock.monotonic_s() >= self._due_s:
            self._look()
        masker.use_pseudonym_keys(self._keys)
        if self._keys is None:
            self._telemetry.count("PseudonymKeysMissing")
            self._telemetry.warning("no keys for pseudonyms, values are hidden whole", why=self._why)

    def _look(self) -> None:
        wait_s = KEPT_S
        try:
            self._keys = self._read()
        except SecretError as error:
            wait_s, self._why = AGAIN_S, str(error)
            if self._keys is not None:
                self._telemetry.warning("keys for pseudonyms unreadable, the last ones stay", why=self._why)
        self._due_s = self._clock.monotonic_s() + wait_s

    def _read(self) -> "PseudonymKeys":
        from logrouter.masking.values.pseudonyms import parse_keys, read_keys  # noqa: PLC0415 - draining a queue masks nothing

        if self._settings.pseudonym_keys:
            return parse_keys(self._settings.pseudonym_keys)
        if not self._settings.pseudonym_secret_arn:
            raise SecretError("PSEUDONYM_SECRET_ARN names no secret")
        return read_keys(self._secret(refresh=True))
