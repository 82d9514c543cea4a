"""Log lines and metrics: each carries the own marker, and the books are told whole."""

import json
import logging
import threading

import pytest

from logrouter.adapters.telemetry import Telemetry, location
from logrouter.model import OWN_MARKER, DropReason, Tally


def lines(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def metrics(capsys) -> dict[tuple[str, ...], float]:
    """Metric values by (name, dimension values besides the service)."""
    found = {}
    for line in lines(capsys):
        for block in line.get("_aws", {}).get("CloudWatchMetrics", ()):
            dimensions = [line[name] for name in block["Dimensions"][0] if name != "service"]
            found |= {(metric["Name"], *dimensions): sum(line[metric["Name"]]) for metric in block["Metrics"]}
    return found


def balanced() -> Tally:
    tally = Tally(received=10, delivered=5, handed_over=2, masking_failed=1)
    tally.drop(DropReason.NOT_SELECTED, 3)
    tally.masked["kr_rrn"] = 4
    return tally


def test_every_line_carries_the_own_marker(capsys):
    """Log lines and metrics alike, in exactly the bytes that `select` looks for."""
    telemetry = Telemetry("forward_errors")
    telemetry.info("started", files=1)
    telemetry.report(balanced(), codes={"http_200": 5})

    out = capsys.readouterr().out.splitlines()
    assert len(out) >= 5
    assert all(OWN_MARKER in line for line in out)


def test_the_books_become_metrics(capsys):
    """Each column is a metric; reasons and codes are dimensions, rules stay in the log line: each would be a metric paid for."""
    Telemetry("forward_errors").report(balanced(), codes={"http_200": 5, "timeout": 1})

    assert metrics(capsys) == {
        ("ReceivedRecords",): 10,
        ("DeliveredRecords",): 5,
        ("HandedOverRecords",): 2,
        ("UndeliveredRecords",): 0,
        ("MissingRecords",): 0,
        ("MaskingFailures",): 1,
        ("DroppedRecords", "not_selected"): 3,
        ("MaskedValues",): 4,
        ("AnswerCodes", "http_200"): 5,
        ("AnswerCodes", "timeout"): 1,
    }


@pytest.mark.parametrize(("delivered", "undelivered", "missing"), [(5, 0, 0), (3, 2, 0), (3, 0, 2), (6, 0, 1)])
def test_missing_records_are_counted(capsys, delivered, undelivered, missing):
    """A record without a fate, or with two, is seen; one left to Lambda is not missing."""
    tally = balanced()
    tally.delivered = delivered

    Telemetry("f").report(tally, undelivered=undelivered)

    assert missing == metrics(capsys)[("MissingRecords",)]


def test_counters_of_threads_add_up(capsys):
    """Counting is thread-safe and ends with the flush."""
    telemetry = Telemetry("f")
    threads = [threading.Thread(target=lambda: [telemetry.count("Asked") for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    telemetry.flush()
    telemetry.flush()

    assert metrics(capsys) == {("Asked",): 4_000}


def test_more_than_a_hundred_metrics_fit(capsys):
    """The embedded format takes 100 metrics a line."""
    telemetry = Telemetry("f")
    for number in range(150):
        telemetry.count(f"Metric{number}")

    telemetry.flush()

    assert len(metrics(capsys)) == 150


def test_libraries_stay_silent(capsys):
    """What botocore and urllib3 log could quote a request."""
    Telemetry("f").info("x")

    logging.getLogger("botocore.endpoint").error("payload")
    logging.getLogger("urllib3.connectionpool").warning("payload")

    captured = capsys.readouterr()
    assert "payload" not in captured.out + captured.err


def test_a_location_names_file_and_line():
    """Where it broke, without what it said."""
    try:
        int("payload")
    except ValueError as error:
        where = location(error.__traceback__)

    assert where.startswith("test_telemetry.py:")
    assert location(None) == "unknown"


def test_a_gauge_says_how_much_there_is(capsys):
    """Said twice in one invocation it is not added up."""
    telemetry = Telemetry("forward_errors")
    for _ in range(2):
        telemetry.gauge("MaskingRules", 130, policy_version="team+1")

    telemetry.flush()

    assert metrics(capsys) == {("MaskingRules", "team+1"): 130}


def test_the_books_name_the_policy_they_were_kept_under(capsys):
    """Each settled invocation can be traced to the rules that masked it."""
    telemetry = Telemetry("forward_errors")
    telemetry.policy_version = "team+1"

    telemetry.report(balanced())

    assert [line["policy"] for line in lines(capsys) if line.get("message") == "settled"] == ["team+1"]
