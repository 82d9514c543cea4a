"""Reads log events with FilterLogEvents, page by page, paced, until a deadline. Holds one page, stores nothing.

Source of the behaviours met here: FilterLogEvents, API reference, checked 2026-11-20 (pages of 1 MB or 10,000 events
that may be empty, tokens that live 24 hours, 10 calls a second in an account and Region).
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from logrouter.adapters.aws import error_code
from logrouter.adapters.clock import Clock
from logrouter.adapters.deadline import Deadline
from logrouter.errors import ArchiveError
from logrouter.model import LogEvent, RawText

PAGE_EVENTS: Final = 10_000
"""The most events of a page, and what is asked for."""

THROTTLES: Final = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
        "LimitExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailableException",
        "ServiceUnavailable",
        "InternalFailure",
        "InternalServerError",
    }
)
"""Codes that mean: later. Every other code ends the reading."""

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 20.0
TRIES_OF_A_PAGE: Final = 12


class OutOfTimeError(ArchiveError):
    """The deadline came before the last page; what was read of this stretch has to be read again."""


class CutPageError(ArchiveError):
    """A page came back full and without a token to go on: the stretch must be read in smaller pieces."""


class StaleTokenError(ArchiveError):
    """A page token expired or was refused; the stretch must be read again from its start."""


class GroupGoneError(ArchiveError):
    """The log group is not there (any more)."""


class LogReader:
    """Reads stretches of one account's log groups.

    Args:
        client: a boto3 `logs` client.
        wait: called before each request; sleeps as long as the pace asks.
        sleep: pauses for so many seconds after a throttle.
    """

    def __init__(self, client: Any, *, clock: Clock, wait: Callable[[], None], sleep: Callable[[float], None]) -> None:
        self._client = client
        self._clock = clock
        self._wait = wait
        self._sleep = sleep

    def read(
        self, log_group: str, start_ms: int, end_ms: int, deadline: Deadline, *, log_stream: str | None = None
    ) -> Iterator[list[tuple[str, LogEvent]]]:
        """Yield the pages of `start_ms <= timestamp < end_ms`: lists of (log stream, log event), in the source's order.

        Args:
            log_group: whose.
            start_ms: epoch milliseconds.
            end_ms: epoch milliseconds.
            deadline: no page is begun behind it.
            log_stream: only this one; without it, all of the group.

        Raises:
            OutOfTimeError: no time for the next page.
            CutPageError, StaleTokenError: the stretch must be read again.
            GroupGoneError: no such log group.
            ArchiveError: any other refusal of the service, by its code.
        """
        arguments: dict[str, Any] = {
            "logGroupName": log_group,
            "startTime": start_ms,
            "endTime": end_ms - 1,  # inclusive in this API
            "limit": PAGE_EVENTS,
        }
        if log_stream is not None:
            arguments["logStreamNames"] = [log_stream]
        token: str | None = None
        while True:
            page = self._page(arguments if token is None else {**arguments, "nextToken": token}, log_group, deadline)
            events = page.get("events", ())
            if events:
                yield [_event(item) for item in events]
            previous, token = token, page.get("nextToken")
            if not token:
                if len(events) >= PAGE_EVENTS:
                    raise CutPageError(f"{log_group}: a full page without a token at {start_ms}")
                return
            if token == previous and not events:
                raise StaleTokenError(f"{log_group}: the token of an empty page leads to itself at {start_ms}")

    def _page(self, arguments: dict[str, Any], log_group: str, deadline: Deadline) -> dict[str, Any]:
        pause_s = FIRST_PAUSE_S
        for _ in range(TRIES_OF_A_PAGE):
            if deadline.passed:
                raise OutOfTimeError(f"{log_group}: out of time at {arguments['startTime']}")
            self._wait()
            try:
                answer: dict[str, Any] = self._client.filter_log_events(**arguments)
            except (ClientError, BotoCoreError) as refusal:
                self._refused(refusal, arguments, log_group)
            else:
                return answer
            self._sleep(min(pause_s * (0.5 + self._clock.chance()), deadline.left_s))
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        raise ArchiveError(f"{log_group}: FilterLogEvents was throttled {TRIES_OF_A_PAGE} times in a row")

    def _refused(self, refusal: Exception, arguments: dict[str, Any], log_group: str) -> None:
        """Return when the request may be tried again; raise what its code means otherwise."""
        code = error_code(refusal)
        if code in THROTTLES or not isinstance(refusal, ClientError):
            return
        if code == "ResourceNotFoundException":
            raise GroupGoneError(f"{log_group}: no such log group") from None
        if code == "InvalidParameterException" and "nextToken" in arguments:
            raise StaleTokenError(f"{log_group}: page token refused at {arguments['startTime']}") from None
        raise ArchiveError(f"{log_group}: FilterLogEvents refused with {code}") from None


def _event(item: dict[str, Any]) -> tuple[str, LogEvent]:
    event = LogEvent(
        id=str(item["eventId"]),
        timestamp_ms=int(item["timestamp"]),
        message=RawText(item.get("message", "")),
        ingestion_ms=item.get("ingestionTime"),
    )
    return str(item["logStreamName"]), event
