"""A record that is no issue and goes to Sentry all the same, as a line of its logs."""

from dataclasses import dataclass

from logrouter.model.records import Level, Record


@dataclass(frozen=True, slots=True)
class LogItem:
    """What the Sentry Logs encoder encodes.

    Args:
        level: severity after the policy's mapping.
        template: the message with what varies lifted out as `%s`; equal for the same line of code.
        params: what was lifted out, in order (masked values).
    """

    record: Record
    level: Level
    template: str = ""
    params: tuple[str, ...] = ()
