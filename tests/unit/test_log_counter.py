"""The archive's second witness: what it counts, and when it says that it cannot."""

import pytest

from logrouter.adapters.deadline import Deadline
from logrouter.adapters.log_counter import INSIGHTS_LIMIT_S, count_again, count_by_insights
from logrouter.adapters.log_reader import CutPageError, GroupGoneError, OutOfTimeError, StaleTokenError
from logrouter.destinations.archive.proof import Count
from logrouter.destinations.archive.records import id_digest
from logrouter.destinations.archive.window import GroupId, Window
from logrouter.model import LogEvent, RawText

WINDOW = Window(GroupId("123456789012", "ap-northeast-2", "/aws/pay/api/application"), 0, 8)
ENDLESS = Deadline(lambda: 900_000, 0)


class Reader:
    """Eight events, one a millisecond; each reading may fail first in the way its script says."""

    def __init__(self, *faults):
        self.faults = list(faults)
        self.spans = []

    def read(self, _log_group, start_ms, end_ms, _deadline):
        self.spans.append((start_ms, end_ms))
        if self.faults and (fault := self.faults.pop(0)):
            raise fault("x")
        yield [("s", LogEvent(str(at), at, RawText("x"))) for at in range(start_ms, end_ms)]


class Insights:
    """Logs Insights that stays `running` for so many questions."""

    def __init__(self, running):
        self.running = running

    def start_query(self, **_query):
        return {"queryId": "q"}

    def get_query_results(self, queryId):  # noqa: N803 - the AWS name
        self.running -= 1
        row = [{"field": "events", "value": "8"}]
        return {"status": "Running"} if self.running >= 0 else {"status": "Complete", "results": [row]}


DIGEST = f"{sum(id_digest(str(at)) for at in range(8)) % 2**256:064x}"


@pytest.mark.parametrize(
    ("faults", "spans"),
    [
        ([], [(0, 4), (4, 8)]),
        ([StaleTokenError], [(0, 4), (0, 4), (4, 8)]),
        ([CutPageError], [(0, 4), (0, 2), (2, 4), (4, 6), (6, 8)]),
    ],
)
def test_a_stretch_that_broke_off_is_read_again(faults, spans):
    """After a stale token the same stretch, after a cut page smaller ones; every event counts once."""
    reader = Reader(*faults)

    count = count_again(reader, WINDOW, ENDLESS, slice_ms=4)

    assert (count, reader.spans) == (Count("reread", 8, DIGEST), spans)


@pytest.mark.parametrize("fault", [GroupGoneError, OutOfTimeError])
def test_a_reading_that_cannot_end_counts_nothing(fault):
    """Half a count is no count."""
    assert count_again(Reader(None, fault), WINDOW, ENDLESS, slice_ms=4) == Count("reread", None)


def test_insights_is_waited_for():
    """A query that runs for a while is asked again, a second apart."""
    naps = []

    assert count_by_insights(Insights(3), WINDOW, ENDLESS, sleep=naps.append) == Count("insights", 8)
    assert naps == [1.0] * 3


@pytest.mark.parametrize("deadline", [ENDLESS, Deadline(lambda: 0, 0)])
def test_insights_is_given_up(deadline):
    """A query that never ends, or for which there is no time, answers nothing."""
    naps = []

    count = count_by_insights(Insights(10**6), WINDOW, deadline, sleep=naps.append)

    assert (count, sum(naps) in {0, INSIGHTS_LIMIT_S}) == (Count("insights", None), True)


def test_insights_is_not_asked_without_time():
    """A deadline that passed ends the waiting before the first answer."""
    assert count_by_insights(Insights(0), WINDOW, Deadline(lambda: 0, 0), sleep=lambda _: None).events is None
