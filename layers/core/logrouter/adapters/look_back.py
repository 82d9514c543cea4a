"""Asks CloudWatch Logs what a request logged before the event at hand. A help, never a need: fails softly, and rests.

Source of the behaviours met here: FilterLogEvents, API reference, checked 2026-11-20 (pages of 1 MB that may be empty,
10 calls a second in an account and Region, events searchable some seconds after they arrived). Holds raw text for a
minute, stores and logs nothing of it.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final

from logrouter.adapters.clock import Clock
from logrouter.adapters.resting import Rest
from logrouter.model import LogEvent, RawText
from logrouter.settings import ForwardErrorsSettings
from logrouter.stages.requests.history import History, Lookup, NoHistory
from logrouter.stages.requests.payloads import EVENT_LIMIT_CHARS

CLIENT: Final = "logs look-back"
"""Name of the client in `adapters.aws`: tries once, and gives up after `LONGEST_S`."""

LONGEST_S: Final = 1.5
"""What one call may take: 0.5 s to connect, 1 s to be answered."""

FRESH_S: Final = 60.0
"""How long an answer holds; a Kinesis event that is left in part is planned again record by record within seconds."""

ANSWERS_KEPT: Final = 32
PAGE_EVENTS: Final = 10_000


class LogsHistory:
    """The log groups of one account as a history.

    Args:
        account: 12 digits; log groups of others may have the same names.
        make_client: gives the boto3 `logs` client named `CLIENT`; called when something is asked for the first time.
        count: called with a metric's name and a number when a lookup fails.
    """

    def __init__(
        self, account: str, *, make_client: Callable[[], Any], clock: Clock, count: Callable[[str, int], None]
    ) -> None:
        self._account = account
        self._make_client = make_client
        self._clock = clock
        self._count = count
        self._rest = Rest(clock)
        self._answers: OrderedDict[tuple[Lookup, int], tuple[float, Sequence[LogEvent]]] = OrderedDict()

    def before(self, lookup: Lookup, limit: int, within_s: float) -> Sequence[LogEvent]:
        """Return the latest log events that answer, oldest first; none when CloudWatch Logs fails or time is short."""
        key, now_s = (lookup, limit), self._clock.monotonic_s()
        asked_s, known = self._answers.get(key, (-FRESH_S, ()))
        if now_s - asked_s < FRESH_S:
            return known
        if lookup.origin.account != self._account or within_s < LONGEST_S or self._rest.is_on:
            return ()
        try:
            found = self._ask(lookup, limit)
        except Exception as error:  # noqa: BLE001 - an issue without breadcrumbs is better than none
            self._count("LookBackFailures", 1)
            self._rest.failed(error)
            found = ()
        else:
            self._rest.succeeded()
        self._answers[key] = (now_s, found)
        while len(self._answers) > ANSWERS_KEPT:
            self._answers.popitem(last=False)
        return found

    def _ask(self, lookup: Lookup, limit: int) -> Sequence[LogEvent]:
        """Ask for one page from the end of the stretch; a boto3 that cannot, for one page that is the whole of it."""
        client = self._make_client()
        can_begin_at_end = "startFromHead" in _parameters(client)
        arguments: dict[str, Any] = {
            "logGroupName": lookup.origin.log_group,
            "startTime": lookup.since_ms,
            "endTime": lookup.until_ms,
            "limit": limit if can_begin_at_end else PAGE_EVENTS,
        }
        if lookup.in_stream:
            arguments["logStreamNames"] = [lookup.origin.log_stream]
        if lookup.text is not None:
            arguments["filterPattern"] = f'"{lookup.text}"'
        if can_begin_at_end:
            arguments["startFromHead"] = False
        page = client.filter_log_events(**arguments)
        if page.get("nextToken") and not can_begin_at_end:
            return ()
        events = [_event(item) for item in page.get("events", ())]
        return sorted(events, key=lambda event: (event.timestamp_ms, event.id))[-limit:]


def history_from(
    settings: ForwardErrorsSettings,
    clock: Clock,
    count: Callable[[str, int], None],
    make_client: Callable[[], Any],
) -> History:
    """Return the history that the settings allow: none without `LOOK_BACK_ACCOUNT`."""
    if settings.look_back_account is None:
        return NoHistory()
    return LogsHistory(settings.look_back_account, make_client=make_client, clock=clock, count=count)


def _parameters(client: Any) -> Sequence[str]:
    """Return the parameters of FilterLogEvents that this boto3 knows: the runtime's may be older than the service."""
    return tuple(client.meta.service_model.operation_model("FilterLogEvents").input_shape.members)


def _event(item: dict[str, Any]) -> LogEvent:
    text = item.get("message", "")
    return LogEvent(
        str(item["eventId"]), int(item["timestamp"]), RawText(text if len(text) <= EVENT_LIMIT_CHARS else "")
    )
