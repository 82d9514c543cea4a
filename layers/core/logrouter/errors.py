"""The exceptions of logrouter: each ends one invocation or refuses one document, and none carries payload text.

The fate of a single record is a value (`logrouter.model.DropReason`), never an exception.
"""


class LogrouterError(Exception):
    """Root of every exception raised on purpose. Messages name rules, stages, ids and sizes, never content."""


class SettingsError(LogrouterError):
    """A function's environment is incomplete or malformed; lists every fault by variable name, without values."""

    def __init__(self, function: str, faults: list[str]) -> None:
        self.function = function
        self.faults = faults
        super().__init__(f"settings of {function}: " + "; ".join(faults))


class PolicyError(LogrouterError):
    """A policy document was refused; `place` is the path inside the document, `why` never quotes its values."""

    def __init__(self, place: str, why: str) -> None:
        self.place = place
        self.why = why
        super().__init__(f"policy refused at {place}: {why}")


class SecretError(LogrouterError):
    """A secret is missing, unreadable or has not the expected shape; names the secret, never its value."""


class UndeliveredError(LogrouterError):
    """Records could be neither delivered nor handed over, so the invocation must fail for Lambda to repeat it."""

    def __init__(self, function: str, records: int, reason: str) -> None:
        self.records = records
        super().__init__(f"{function}: {records} records neither delivered nor handed over ({reason})")


class UnsupportedEventError(LogrouterError):
    """The Lambda event is of no kind this function understands; names the keys' count, never their content."""


class ArchiveError(LogrouterError):
    """A window could not be read, written or proven; names group, window and part, never content."""


class BookError(LogrouterError):
    """The delivered book of LLM calls cannot be read or written; names day and AWS code."""


class LangfuseReadError(LogrouterError):
    """Langfuse does not answer what is asked of it; names the question and the status, never text of the answer."""
