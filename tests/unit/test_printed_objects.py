"""Objects that programs print are read like the JSON they could have written, and what is no object stays text."""

import pytest

from logrouter.stages.reading.printed import LIMIT_CHARS, printed_object


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("{ message: 'no stock', level: 'error', order: 17 }", {"message": "no stock", "level": "error", "order": 17}),
        ("{'message': \"it's gone\", 'user': None, 'ok': False}", {"message": "it's gone", "user": None, "ok": False}),
        ("{ order: { id: 17, tags: [ 'a', 'b' ] } }", {"order": {"id": 17, "tags": "[ 'a', 'b' ]"}}),
        (
            "{ at: 2026-11-20T02:00:00.123Z, of: Map(1) { 'a' => 1 } }",
            {"at": "2026-11-20T02:00:00.123Z", "of": "Map(1) { 'a' => 1 }"},
        ),
        ("{'body': b'\\x00', 'amount': Decimal('10')}", {"body": "b'\\x00'", "amount": "Decimal('10')"}),
        (
            "{\n  text: 'one\\n' +\n    'two',\n  [Symbol(level)]: 'error'\n}",
            {"text": "one\ntwo", "Symbol(level)": "error"},
        ),
        (
            "{\n  order: 17,\n  error: Error: boom\n      at f (/app/a.js:1:2) {\n    code: 'E1'\n  }\n}",
            {"order": 17, "error": "Error: boom\n    at f (/app/a.js:1:2) {\n  code: 'E1'\n}"},
        ),
        ("{\n  order: {\n    id: 17,\n    of: { user: 'u' }\n  }\n}", {"order": {"id": 17, "of": {"user": "u"}}}),
    ],
)
def test_what_node_and_python_print(text: str, document: object) -> None:
    """Keys with and without quotes, words of both languages, strings over several lines, errors with their stacks."""
    assert printed_object(text) == document


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{ }",
        "{foo}",
        "{ a: 1",
        "{ a: 1 } b }",
        "{ a: 1,, }",
        "{ a: 'x }",
        "set {1, 2}",
        "{1, 2}",
        "{ a: { b: 1 }",
    ],
)
def test_what_is_no_object(text: str) -> None:
    """A text that only begins and ends like an object is none."""
    assert printed_object(text) is None


def test_a_long_text_is_not_looked_at() -> None:
    """Beyond the limit a text stays what it is, so that nesting costs no time."""
    text = "{ a: " * LIMIT_CHARS + "1" + " }" * LIMIT_CHARS

    assert printed_object(text) is None
    assert printed_object("{ a: '" + "x" * LIMIT_CHARS + "' }") is None
