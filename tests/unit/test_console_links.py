"""Console links lead to the log event and to the request, in the console's own encoding."""

import re
from urllib.parse import unquote

import pytest

from logrouter.destinations.console_links import request_link, stream_link, trace_link
from logrouter.model import Origin

ORIGIN = Origin("1", "eu-west-1", "/aws/lambda/orders", "2026/11/20/[$LATEST]0a한")
NOW_MS = 1795140000123


def test_stream_link_decodes_to_group_and_stream():
    """Decoded twice, the address names the group, the stream, the moment and the event."""
    link = stream_link(ORIGIN, NOW_MS, "42")

    once = unquote(link.replace("$", "%"))
    assert unquote(once) == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/"
        "/aws/lambda/orders/log-events/2026/11/20/[$LATEST]0a한?start=1795140000123&refEventId=42"
    )
    assert link.isascii()


def test_request_link_decodes_to_a_query():
    """Decoded, the address holds the query, a span of time around the record, and the log group."""
    link = request_link(ORIGIN, NOW_MS, "req-1")

    fragment = unquote(unquote(link.replace("$", "%")).split("#", 1)[1])
    values = re.sub(r"\*(..)", r"%\1", fragment)
    assert unquote(values) == (
        "logsV2:logs-insights?queryDetail=~(end~'2026-11-20T02:15:00.000Z~start~'2026-11-20T01:45:00.000Z"
        "~timeType~'ABSOLUTE~tz~'UTC~editorString~'fields @timestamp, @logStream, @message\n"
        '| filter @message like "req-1"\n| sort @timestamp asc~source~(~\'/aws/lambda/orders))'
    )


@pytest.mark.parametrize("request_id", [None, "", "abc", 'a" or 1=1', "a\nb", "[UUID]", "x" * 129, "a/b/c", "한글한글"])
def test_no_query_for_odd_request_ids(request_id):
    """A request id that could mean something inside a query, or hardly anything, gets no link."""
    assert request_link(ORIGIN, NOW_MS, request_id) is None


@pytest.mark.parametrize(
    ("origin", "timestamp_ms"),
    [(Origin("1", "", "/g", "s"), NOW_MS), (Origin("1", "r", "", "s"), NOW_MS), (ORIGIN, 10**18)],
)
def test_no_link_without_a_place_or_a_time(origin, timestamp_ms):
    """Without region or group, or outside of all calendars, there is nothing to link to."""
    assert request_link(origin, timestamp_ms, "req-1") is None


def test_no_stream_link_without_a_stream():
    """A record without a stream has no place in one."""
    assert stream_link(Origin("1", "eu-west-1", "/g", ""), NOW_MS, "1") is None


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("us-east-1", "us-east-1.console.aws.amazon.com"),
    ],
)
def test_partitions(region, host):
    """China and the government regions have consoles of their own."""
    assert stream_link(Origin("1", region, "/g", "s"), NOW_MS, "1").startswith(f"https://{host}/cloudwatch/")


def test_trace_link():
    """A trace has an address in the Region of the record; without an id or a Region there is none."""
    xray = "1-67891233-abcdef012345678912345678"

    assert trace_link(ORIGIN, xray) == (
        f"https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#xray:traces/{xray}"
    )
    assert (trace_link(ORIGIN, None), trace_link(Origin("1", "", "/g", "s"), xray)) == (None, None)
