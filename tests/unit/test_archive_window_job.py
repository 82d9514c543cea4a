"""The compactor: what it knows of a window grows slice by slice."""

from logrouter.destinations.archive.window import GroupId, Window, WindowFacts
from logrouter.jobs.archive_window import Compactor
from logrouter.model import LogEvent, RawText, Tally

WINDOW = Window(GroupId("123456789012", "ap-northeast-2", "/aws/pay/api/application"), 0, 100)


def test_arrivals_span_all_slices():
    """First and last arrival are those of the whole window, whatever slice they came in; unknown ones do not count."""
    facts = WindowFacts("pull", 0, 50)
    compactor = Compactor(
        WINDOW,
        facts,
        Tally("archive"),
        mask_text=lambda text, service, log_group: (text, {}),
        part_bytes=10**6,
        gzip_level=1,
        limit_bytes=10**6,
    )

    for start_ms, arrivals in ((0, [7_000, None]), (30, [9_000, 5_000]), (60, [None]), (90, [8_000])):
        compactor.take(("s", LogEvent(f"{start_ms}-{at}", start_ms, RawText("x"), ingestion_ms=at)) for at in arrivals)
        compactor.commit(start_ms + 10)

    assert (facts.first_ingestion_ms, facts.last_ingestion_ms) == (5_000, 9_000)
