"""The report of an invocation goes on beside its errors, and only there."""

import pytest

from logrouter.model import DropReason, LogEvent, RawText
from logrouter.stages.merging.companions import with_reports
from logrouter.stages.select import refuse_errors

A, B = "52fdfc07-2182-454f-963f-5f0f9a621d72", "9566c74d-1003-4c4d-9bbb-0407d1e2c649"
CAUGHT = "[ERROR]\t2026-11-20T02:00:00.000Z\t{}\tcharge failed"
UNCAUGHT = "[ERROR] ValueError: x"
NO = DropReason.NOT_SELECTED


def start(request):
    return f"START RequestId: {request} Version: $LATEST"


def report(request):
    return f"REPORT RequestId: {request}\tDuration: 3.10 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB"


def json_report(request):
    return f'{{"time":"2026-11-20T02:00:00.000Z","type":"platform.report","record":{{"requestId":"{request}"}}}}'


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([start(A), CAUGHT.format(A), report(A)], [NO, None, None]),
        ([start(A), UNCAUGHT, report(A)], [NO, None, None]),
        ([CAUGHT.format(A), json_report(A)], [None, None]),
        ([CAUGHT.format(A), report(B), report(A)], [None, None, None]),
        ([UNCAUGHT, start(B), report(B)], [None, NO, NO]),
        ([UNCAUGHT, report(A), "ok", report(B)], [None, None, NO, NO]),
        ([start(A), "ok", report(A)], [NO, NO, NO]),
        ([report(A), UNCAUGHT], [NO, None]),
        (["ok", "REPORT of sales", UNCAUGHT], [NO, NO, None]),
    ],
)
def test_reports_go_on_beside_errors_of_their_invocation(texts, expected):
    """A report goes on with what names its request or stands before it since the last start or report."""
    events = [LogEvent(str(at), at, RawText(text)) for at, text in enumerate(texts)]

    assert expected == with_reports(refuse_errors)(events, None)
