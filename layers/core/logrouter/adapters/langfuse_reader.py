"""Asks Langfuse what it shows of a day, with the langfuse SDK's API client: sums by hour first, then rows by id.

Only the generated client is used: no tracing client, so no thread is started and nothing else is sent. Retries are
ours, because the SDK would sleep beyond the end of an invocation. Both questions exist on servers that write in a v4
mode; others answer 404. Endpoints: SDK 5.0.4, `api.metrics` and `api.observations` (read 2026-11-20).
"""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from logrouter.adapters.clock import Clock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.pace import Pace
from logrouter.destinations.contract import Target, retry_after_s
from logrouter.destinations.langfuse import PATH, SENDER
from logrouter.destinations.langfuse_book import DAY_MS, HOUR_MS, day_of, start_of
from logrouter.destinations.langfuse_figures import Row, Sum
from logrouter.errors import LangfuseReadError

if TYPE_CHECKING:
    from langfuse.api.client import LangfuseAPI

PAGE_ROWS: Final = 1_000
"""The most of a page (SDK 5.0.4, `observations.get_many`)."""
SUM_ROWS: Final = 1_000
"""The most groups of a metrics answer; one that has so many is cut."""
IDS_AT_ONCE: Final = 50
TIMEOUT_S: Final = 20.0
TRIES: Final = 5
FIRST_PAUSE_S: Final = 1.0
MARK: Final = {"type": "stringObject", "column": "metadata", "key": "scope.name", "operator": "=", "value": "logrouter"}
"""Our spans' instrumentation scope, which the server keeps in the metadata."""


class OutOfTimeError(LangfuseReadError):
    """The deadline came before the answer; the same question is asked by the next run."""


class LangfuseReader:
    """One Langfuse project, read.

    Args:
        target: address and credentials, as they are sent to.
        reads_a_minute: Langfuse Cloud allows 30 on its smallest plan and 1,000 on the others (server 4.16.0, checked
            2026-11-20), shared by everybody who reads the organisation's projects.
    """

    def __init__(self, target: Target, *, reads_a_minute: float, clock: Clock, sleep: Callable[[float], None]) -> None:
        self._target = target
        self._clock = clock
        self._sleep = sleep
        self._pace = Pace(reads_a_minute / 60, clock=clock, sleep=sleep)
        self._api: LangfuseAPI | None = None
        self._making = threading.Lock()

    def sums(self, day: str, deadline: Deadline) -> list[Sum] | None:
        """Return the sums of our rows by hour, environment and model.

        None where they say nothing: too many groups, or a server that gives none (its limit of a day is spent, it has
        no such question, or does not know the filter). Raises LangfuseReadError.
        """
        start = start_of(day)
        query = {
            "view": "observations",
            "dimensions": [{"field": "environment"}, {"field": "providedModelName"}],
            "metrics": [
                {"measure": "count", "aggregation": "count"},
                {"measure": "totalTokens", "aggregation": "sum"},
                {"measure": "totalCost", "aggregation": "sum"},
            ],
            "filters": [MARK],
            "timeDimension": {"granularity": "hour"},
            "fromTimestamp": _iso(start),
            "toTimestamp": _iso(start + DAY_MS),
            "config": {"row_limit": SUM_ROWS},
        }
        options: Any = {"max_retries": 0, "timeout_in_seconds": TIMEOUT_S}
        try:
            answer = self._ask(
                "metrics",
                lambda api: api.metrics.metrics(query=json.dumps(query), request_options=options),
                deadline,
                patient=False,
            )
        except OutOfTimeError:
            raise
        except LangfuseReadError:
            return None
        sums = [_sum(line, day) for line in answer.data]
        return None if len(sums) >= SUM_ROWS or None in sums else [each for each in sums if each and each.rows]

    def rows(self, since_ms: int, until_ms: int, deadline: Deadline) -> Iterator[Row]:
        """Yield every row that starts in a stretch, of every writer, copies as rows of their own.

        A page begins strictly behind the last row of the one before it, so a copy of that row would go unseen: those
        rows are asked for by id at the end, and what the pages did not show of them is yielded too.
        """
        last: list[str] = []
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = self._page(_between(since_ms, until_ms), cursor, deadline)
            yield from (_row(each) for each in page.data)
            cursor = page.meta.cursor
            if not cursor or not page.data:
                break
            last.append(page.data[-1].id)
            seen += [each.id for each in page.data if each.id == last[-1]]
        for row in self.rows_of(last, since_ms, until_ms, deadline):
            if row.observation_id in seen:
                seen.remove(row.observation_id)
            else:
                yield row

    def rows_of(self, ids: Sequence[str], since_ms: int, until_ms: int, deadline: Deadline) -> Iterator[Row]:
        """Yield every row of some observations that start in a stretch."""
        for at in range(0, len(ids), IDS_AT_ONCE):
            wanted = {"type": "stringOptions", "column": "id", "operator": "any of"}
            conditions = [*_between(since_ms, until_ms), {**wanted, "value": list(ids[at : at + IDS_AT_ONCE])}]
            yield from (_row(each) for each in self._page(conditions, None, deadline).data)

    def _page(self, conditions: Sequence[object], cursor: str | None, deadline: Deadline) -> Any:
        options: Any = {"max_retries": 0, "timeout_in_seconds": TIMEOUT_S}
        return self._ask(
            "observations",
            lambda api: api.observations.get_many(
                fields="core,usage",
                limit=PAGE_ROWS,
                cursor=cursor,
                filter=json.dumps(conditions),
                request_options=options,
            ),
            deadline,
        )

    def _ask(
        self, what: str, question: Callable[["LangfuseAPI"], Any], deadline: Deadline, *, patient: bool = True
    ) -> Any:
        """Ask, again after 408, 429, 5xx and broken connections; raise LangfuseReadError otherwise.

        Args:
            what: names the question in errors.
            question: asks it once.
            deadline: of the invocation.
            patient: False gives up at a 429 that asks for more than a minute.
        """
        import httpx  # noqa: PLC0415 - heavy, and a day that was checked before asks nothing
        from langfuse.api.core.api_error import ApiError  # noqa: PLC0415 - see above

        pause_s, why = FIRST_PAUSE_S, ""
        for number in range(1, TRIES + 1):
            self._wait_for_turn(what, deadline)
            try:
                return question(self._client())
            except ApiError as refusal:
                status, headers = refusal.status_code or 0, refusal.headers or {}
                why = f"http_{status}"
                if status not in {408, 429} and status < 500:
                    raise LangfuseReadError(f"langfuse {what}: {why}") from None
                asked_s = retry_after_s({name.lower(): text for name, text in headers.items()})
                if asked_s is not None and asked_s > 60 and not patient:
                    raise LangfuseReadError(f"langfuse {what}: {why}") from None
                wait_s = pause_s if asked_s is None else asked_s
            except httpx.HTTPError as failure:
                why, wait_s = type(failure).__name__, pause_s
            except Exception as odd:  # noqa: BLE001 - an answer of another form; its text may quote it
                raise LangfuseReadError(f"langfuse {what}: {type(odd).__name__}") from None
            if number == TRIES:
                break
            if wait_s >= deadline.left_s:
                raise OutOfTimeError(f"langfuse {what}: {why}, and no time to wait")
            self._sleep(wait_s)
            pause_s *= 2
        raise LangfuseReadError(f"langfuse {what}: {why}, {TRIES} times")

    def _wait_for_turn(self, what: str, deadline: Deadline) -> None:
        self._pace.wait()
        if deadline.left_s < 1:
            raise OutOfTimeError(f"langfuse {what}: no time left")

    def _client(self) -> "LangfuseAPI":
        with self._making:
            if self._api is None:
                from langfuse.api.client import LangfuseAPI  # noqa: PLC0415 - 0.3 s of a cold start

                self._api = LangfuseAPI(
                    base_url=self._target.url.removesuffix(PATH),
                    headers={**SENDER, **self._target.headers},
                    timeout=TIMEOUT_S,
                    follow_redirects=False,
                )
            return self._api


def _between(since_ms: int, until_ms: int) -> list[dict[str, str]]:
    bounds = ((">=", since_ms), ("<", until_ms))
    return [
        {"type": "datetime", "column": "startTime", "operator": operator, "value": _iso(moment_ms)}
        for operator, moment_ms in bounds
    ]


def _iso(moment_ms: int) -> str:
    moment = datetime.fromtimestamp(moment_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _row(shown: Any) -> Row:
    """Read a row; the total cost is what Langfuse adds up in its own pages."""
    usage = shown.usage_details or {}
    cost = shown.total_cost
    if cost is None:
        cost = (shown.cost_details or {}).get("total")
    return Row(shown.id, int(usage.get("total", 0)), None if cost is None else _decimal(cost))


def _sum(line: dict[str, Any], day: str) -> Sum | None:
    """Read one line of a metrics answer; None when it is of no known form."""
    with suppress(KeyError, ValueError, TypeError):
        moment = datetime.fromisoformat(str(line["time_dimension"]))
        at_ms = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
        rows = int(line["count_count"] or 0)
        if day_of(at_ms) == day or not rows:
            group = (str(line["environment"] or ""), str(line["providedModelName"] or ""))
            tokens, cost = line["sum_totalTokens"] or 0, line["sum_totalCost"] or 0
            hour = min(max(at_ms - start_of(day), 0), DAY_MS - 1) // HOUR_MS
            return Sum(hour, group, rows, int(float(tokens)), _decimal(cost))
    return None


def _decimal(number: object) -> Decimal:
    try:
        return Decimal(str(number))
    except InvalidOperation:
        raise LangfuseReadError("langfuse: a cost is no number") from None
