"""Counts the log events of a window once more, independently of how they were read: the archive's second witness.

Logs Insights counts by event time; it is exact some hours after a window's end and costs by bytes scanned. A second
reading with FilterLogEvents costs calls only, and sees the event ids too.
"""

from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from logrouter.adapters.deadline import Deadline
from logrouter.adapters.log_reader import CutPageError, GroupGoneError, LogReader, OutOfTimeError, StaleTokenError
from logrouter.destinations.archive.proof import Count
from logrouter.destinations.archive.records import id_digest
from logrouter.destinations.archive.window import DIGEST_MODULUS, Window

RUNNING: Final = frozenset({"Scheduled", "Running"})
POLL_S: Final = 1.0
INSIGHTS_LIMIT_S: Final = 300.0
"""A query that takes longer is given up; the next counter answers."""
SLICE_IDS: Final = 500_000
"""So many event ids of one slice are held in memory for finding duplicates (about 60 MB)."""


def count_by_insights(client: Any, window: Window, deadline: Deadline, *, sleep: Callable[[float], None]) -> Count:
    """Ask Logs Insights; `events` is None when it refuses, fails or takes too long.

    StartQuery takes whole seconds and includes the last one, so the exact bounds stand in the query itself.
    """
    query = (
        f"filter toMillis(@timestamp) >= {window.start_ms}"
        f" | filter toMillis(@timestamp) < {window.end_ms} | stats count(*) as events"
    )
    try:
        started = client.start_query(
            logGroupName=window.group.log_group,
            startTime=window.start_ms // 1000,
            endTime=-(-window.end_ms // 1000),
            queryString=query,
        )
        waited_s = 0.0
        while not deadline.passed and waited_s < INSIGHTS_LIMIT_S:
            answer = client.get_query_results(queryId=started["queryId"])
            if answer["status"] not in RUNNING:
                return Count("insights", _counted(answer) if answer["status"] == "Complete" else None)
            sleep(POLL_S)
            waited_s += POLL_S
    except (ClientError, BotoCoreError):
        pass
    return Count("insights", None)


def count_again(reader: LogReader, window: Window, deadline: Deadline, *, slice_ms: int) -> Count:
    """Read the window a second time, keeping only the digests of event ids; `events` is None when that is not possible.

    Args:
        reader: reads the source.
        window: whose events to count.
        deadline: ends the reading.
        slice_ms: length of a stretch that fitted in memory when the window was read.
    """
    start_ms, events, digest = window.start_ms, 0, 0
    while start_ms < window.end_ms:
        end_ms = min(start_ms + slice_ms, window.end_ms)
        try:
            ids = _ids(reader, window, start_ms, end_ms, deadline)
        except CutPageError:
            if end_ms - start_ms <= 1:
                return Count("reread", None)
            slice_ms = (end_ms - start_ms) // 2
            continue
        except StaleTokenError:
            continue
        except (GroupGoneError, OutOfTimeError):
            return Count("reread", None)
        events += len(ids)
        digest += sum(id_digest(name) for name in ids)
        start_ms = end_ms
    return Count("reread", events, f"{digest % DIGEST_MODULUS:064x}")


def _ids(reader: LogReader, window: Window, start_ms: int, end_ms: int, deadline: Deadline) -> set[str]:
    ids: set[str] = set()
    for page in reader.read(window.group.log_group, start_ms, end_ms, deadline):
        ids.update(event.id for _, event in page)
        if len(ids) > SLICE_IDS and end_ms - start_ms > 1:
            raise CutPageError(f"{window.group.log_group}: too many events in one slice at {start_ms}")
    return ids


def _counted(answer: Any) -> int | None:
    """Read the count from the result row, or from the statistics where `stats` is not evaluated (emulators)."""
    for row in answer.get("results", ()):
        for cell in row:
            if cell.get("field") == "events":
                return int(float(cell["value"]))
    matched = answer.get("statistics", {}).get("recordsMatched")
    return None if matched is None else int(matched)
