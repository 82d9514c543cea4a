"""What stands in brackets behind the level: a logger of Python's, or a thread of Java's with a logger behind it."""

import pytest

from logrouter.model import MaskedEvent, MaskedText, Origin
from logrouter.stages.parse import parse

ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/ecs/depot/application", "s")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ERROR [billing] Invoice 88 could not be sent", ("python", "billing", "Invoice 88 could not be sent")),
        ("ERROR [web] Exception on /lists/17 [POST]", ("python", "web", "Exception on /lists/17 [POST]")),
        ("ERROR [main] com.depot.Api disk failed", ("java", "com.depot.Api", "disk failed")),
        ("ERROR [main] com.depot.Api: disk failed", ("java", "com.depot.Api", "disk failed")),
        ("ERROR [main] DataNode: disk failed", ("java", "DataNode", "disk failed")),
        ("ERROR [nio-8080-exec-3] Api - disk failed", ("java", "Api", "disk failed")),
        ("[nio-8080-exec-3] ERROR Api - disk failed", ("java", "Api", "disk failed")),
        ("[main] ERROR com.depot.Api [req-77aa] - disk failed", ("java", "com.depot.Api", "disk failed")),
    ],
)
def test_logger_and_message(line, expected):
    """No first word of a message is taken for a logger, and no logger for a word of the message."""
    record = read(line)

    assert (record.format, record.component, record.message) == expected


@pytest.mark.parametrize(
    "message", ["Timeout: bank did not answer", "10.0.0.7 refused the connection", "Invoice 99 could not be sent"]
)
@pytest.mark.parametrize("head", ["ERROR [db]", "[MainThread] ERROR"])
def test_no_word_is_lost(head, message):
    """Whatever the brackets are, the message keeps all its words."""
    assert read(f"{head} {message}").message.endswith(message)


def read(line):
    text = MaskedText(f"2026-11-20 02:00:00,123 {line}")
    return parse(MaskedEvent(ORIGIN, "1", 1_795_140_000_000, text))
